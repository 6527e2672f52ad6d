"""What doesn't show itself is shown, in a text and in all texts of a document."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.schemas.escapes import on_one_line, seen, seen_in


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


def test_every_text_of_a_document_is_shown_wherever_it_stands() -> None:
    document = {"a\u202e": [1, None, True, 0.5, ["N\nL"], {"b": ("\x1b", "c")}]}
    assert seen_in(document) == {"a\\u202e": [1, None, True, 0.5, ["N\nL"], {"b": ["\\u001b", "c"]}]}
    assert on_one_line(document) == {"a\\u202e": [1, None, True, 0.5, ["N\\nL"], {"b": ["\\u001b", "c"]}]}


@given(st.text())
def test_no_text_of_one_line_has_two(text: str) -> None:
    assert len((on_one_line(text) + "|").splitlines()) == 1
