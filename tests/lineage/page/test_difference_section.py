"""What differs from another run, as static HTML."""

from collections.abc import Callable
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.difference_section import difference_html

AGAINST: dict[str, Any] = {
    "this": "b",
    "other": "a",
    "facts": [["rung", 2, 1]],
    "settings": [],
    "inputs": [],
    "figures": [["winners", 2, None]],
    "entered": ["A"],
    "left": ["X"],
    "turnover": 0.5,
    "turned": ["B"],
    "winners": [
        {"asset": "A", "change": "came", "conviction": [0.5, None], "rank": [1, None], "why": "was <not> there"},
        {"asset": "B", "change": "stayed", "conviction": [0.4, 0.3], "rank": [2, 1], "why": ""},
        {"asset": "X", "change": "went", "conviction": [None, 0.2], "rank": [None, 2], "why": "left"},
    ],
}
DATA = {"assets": {"symbol": ["A", "B"]}, "against": AGAINST}


def test_turnover_and_each_winner_of_either_run(parsed: Callable[[str], Any]) -> None:
    page = parsed(difference_html(DATA))
    assert page.texts["turnover"] == "1 came, 1 stayed, 1 went; turnover 0.5."
    table = page.tables["against-winners"]
    assert [row[:2] for row in table.rows] == [["A", "+ came"], ["B", "= stayed"], ["X", "\u2212 went"]]
    assert table.links == [["#asset-A"], ["#asset-B"], []]
    assert table.rows[0][-1] == "was <not> there"
    assert page.tables["against-facts"].rows == [["rung", "2", "1"]]
    assert page.tables["against-figures"].rows == [["winners", "2", "\u2013"]]
    assert page.texts["against-settings"] == "Settings. None."
    assert "Turned to the other direction" in difference_html(DATA)


def test_a_page_of_one_run_says_how_to_compare_it() -> None:
    assert "tvselect report" in difference_html({})
