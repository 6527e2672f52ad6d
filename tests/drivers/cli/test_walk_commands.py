"""What is made of a finished walk, as a person meets it."""

from pathlib import Path

from support.command_line import tvselect
from support.walks import walked


def test_research_page_says_where_it_lies(tmp_path: Path) -> None:
    project, page = walked().folder.parents[1], tmp_path / "page.html"
    done = tvselect("research-page", walked().folder.name[:8], "--project", str(project), "--output", str(page))
    assert (done.exit_code, done.stdout) == (0, f"{page}\n"), done.stderr
    assert walked().folder.name in page.read_text("utf-8")


def test_a_walk_that_is_none_is_refused(tmp_path: Path) -> None:
    done = tvselect("research-page", "--project", str(tmp_path))
    assert done.exit_code == 2
    assert "there are no finished walks" in done.stderr
