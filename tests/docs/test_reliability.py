"""Each promise of docs/reliability.md names a test that exists."""

import re
from pathlib import Path

from support.paths import DOCS, ROOT

TEST = re.compile(r"^\| .* \| `(?P<file>[\w/]+\.py)(?:::(?P<name>test_\w+))?` \|", re.M)


def test_each_guarantee_has_its_test() -> None:
    text = (DOCS / "reliability.md").read_text("utf-8")
    named = list(TEST.finditer(text))
    assert len(named) == sum(
        line.startswith("| ") and "---" not in line and "| promise |" not in line for line in text.splitlines()
    )
    for found in named:
        path: Path = ROOT / "tests" / found["file"]
        assert path.is_file(), found["file"]
        if found["name"]:
            assert re.search(rf"^def {found['name']}\(", path.read_text("utf-8"), re.M), found[0]
