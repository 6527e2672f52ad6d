"""No text acts on a terminal."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from support.paths import ROOT
from tradingview_scraper.pipelines.selection.drivers.cli.printing import seen


def test_what_does_not_show_itself_is_shown() -> None:
    assert seen("A\x1b[31m\x00\u202eB\u2028\x9b\x7f\ufeff") == r"A\u001b[31m\u0000\u202eB\u2028\u009b\u007f\ufeff"
    assert seen("é 漢字\tcolumn\nline 😀") == "é 漢字\tcolumn\nline 😀"


@given(st.text())
def test_every_control_and_direction_is_an_escape_that_json_reads_back(text: str) -> None:
    shown = seen(text)
    acting = {"Cc", "Zl", "Zp"}
    assert not [one for one in shown if unicodedata.category(one) in acting and one not in "\n\t"]
    assert not [one for one in shown if unicodedata.bidirectional(one) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI"}]
    document = json.dumps(text, ensure_ascii=False)
    assert json.loads(seen(document)) == text


def test_the_command_line_prints_by_it_alone() -> None:
    # `completion` prints a script of click's own; `options` erases a line of its own.
    allowed = {"printing.py", "completion.py", "options.py"}
    others = [path for path in (ROOT / "drivers" / "cli").glob("*.py") if path.name not in allowed]
    assert len(others) > 15
    assert [path.name for path in others if "click.echo" in path.read_text() or "print(" in path.read_text()] == []
