"""Every block of README, CONTRIBUTING and the site runs as printed, and prints what the page says."""

from pathlib import Path

import pytest

import snippets
from support.paths import ROOT

STALE = """\
```sh
echo winners: 18
echo losers: 2
```

```text
winners: 17
...
```
"""


@pytest.mark.parametrize("page", snippets.pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_pages_blocks_run_and_print_what_it_says(page: Path, tmp_path: Path):
    for done in snippets.executed(page, tmp_path):
        difference = snippets.difference(done)
        where = f"{page.relative_to(ROOT)}, line {done.block.line}"
        assert difference is None, (
            f"{where}: {difference}\nIf this is meant: python docs/renew.py {page.relative_to(ROOT)}"
        )


def test_a_stale_output_is_noticed_and_renewed(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(STALE, encoding="utf-8")
    (tmp_path / "a").mkdir()
    (done,) = snippets.executed(page, tmp_path / "a")
    difference = snippets.difference(done)
    assert difference is not None
    assert "the page says\nwinners: 17" in difference
    assert "it prints\nwinners: 18" in difference
    assert snippets.renewed(done.output.code, done.printed) == "winners: 18\n...\n"


def test_a_block_that_fails_names_page_and_line(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("Text.\n\n```sh\ntvselect sing\n```\n", encoding="utf-8")
    (tmp_path / "a").mkdir()
    with pytest.raises(snippets.SnippetError, match=r"page\.md, line 3: exit 2: (.|\n)*there is no command 'sing'"):
        list(snippets.executed(page, tmp_path / "a"))


@pytest.mark.parametrize(
    "printed",
    ["20261124-005743-452288  v4", "1 strict    12    11     96     388", "head 11:89fc23e81fb01916cb4484555f75fb0c"],
)
def test_what_differs_from_run_to_run_is_not_compared(printed: str):
    changed = printed.replace("452288", "99aabb").replace(" 388", " 41").replace("89fc23e8", "00fc23e8")
    assert changed != printed
    assert snippets.normalised(changed) == snippets.normalised(printed)
