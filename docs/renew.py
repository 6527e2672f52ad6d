"""Write what the blocks of the pages print now into the pages: `python docs/renew.py [PAGE ...]`.

Outputs that agree already stay as they are. Read the difference that git shows before you commit it.
"""

import sys
import tempfile
from pathlib import Path

import snippets


def renewed_page(page: Path) -> str:
    """The page's text with the outputs of today."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        done = list(snippets.executed(page, Path(folder)))
    for each in reversed(done):
        if each.output is not None and snippets.difference(each):
            start = each.output.start
            text = (
                text[:start] + snippets.renewed(each.output.code, each.printed) + text[start + len(each.output.code) :]
            )
    return text


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or snippets.pages():
        path.write_text(renewed_page(path), encoding="utf-8")
