"""The run page as text: its policy, its data island, and what two pages say of each other."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.lineage.page.page import island, page_html, page_parts
from tradingview_scraper.pipelines.selection.lineage.page.pagediff import compared, directed_winners, turnover

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><style>\n#dag{fill:red}\n</style><g class="node"/></svg>\n'


def test_the_data_comes_back_whatever_it_holds(data: dict[str, Any]) -> None:
    odd = {**data, "text": "</script><!-- & \u2028 \u00e9"}
    page = page_html(odd, SVG)
    assert page_parts(page) == (odd, SVG)
    assert page.count("</script>") == 2
    assert "\u2028" not in page
    assert json.loads(island(odd)) == odd


def test_the_page_depends_on_its_arguments_alone(data: dict[str, Any], folder: Path) -> None:
    svg = page_parts((folder / "report.html").read_text("utf-8"))[1]
    assert page_html(data, svg) == (folder / "report.html").read_text("utf-8")


def test_the_title_is_escaped(data: dict[str, Any]) -> None:
    page = page_html({**data, "profile": "<b>&"}, SVG)
    assert f"<title>Selection by &lt;b&gt;&amp; as of {data['as_of']}</title>" in page
    assert f"<h1>Selection by &lt;b&gt;&amp; as of {data['as_of']}</h1>" in page


def test_a_symbol_is_text_wherever_it_stands(data: dict[str, Any], parsed: Callable[[str], Any]) -> None:
    name = '"><img src=x> #'
    symbols = [name, *data["assets"]["symbol"][1:]]
    page = page_html({**data, "assets": {**data["assets"], "symbol": symbols}}, SVG)
    assert "<img" not in page
    assert name in parsed(page).tables["assets-table"].column(0)


def test_correlations_of_undirected_returns_are_not_called_directed(data: dict[str, Any]) -> None:
    page = page_html({**data, "directed": False}, SVG)
    assert "Correlation of returns</h2>" in page
    assert "clusters of returns." in page


def test_a_number_that_json_has_not_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="JSON"):
        page_html({**data, "x": float("nan")}, SVG)


def test_another_text_is_no_page() -> None:
    with pytest.raises(ValueError, match="no run page"):
        page_parts("<html></html>")


def test_the_policy_allows_these_styles_and_this_script_alone(data: dict[str, Any]) -> None:
    page = page_html(data, SVG)
    content = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert content is not None
    rules = dict(rule.strip().split(" ", 1) for rule in html.unescape(content[1]).split(";"))
    assert rules["default-src"] == "'none'"
    assert rules.keys() == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert rules["style-src"].split() == [digest(style) for style in styles]
    assert rules["script-src"].split() == [digest(script) for script in scripts]
    assert len(styles) == 2
    assert len(scripts) == 1
    assert "unsafe" not in content[1]


def digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_nothing_in_the_page_is_asked_for_or_styled_in_place(data: dict[str, Any]) -> None:
    page = page_html(data, SVG)
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<[a-z][^>]* style=", page)
    assert not re.search(r"<(link|img|iframe|base)\b|@import|url\(|\bfetch\(|XMLHttpRequest|\beval\(", page)
    assert "\r" not in page
    assert all(f'data-testid="{name}"' in page for name in SECTIONS)


SECTIONS = [
    "verdict",
    "against",
    "inputs",
    "ladder",
    "funnel",
    "winners",
    "curves",
    "clusters",
    "assets",
    "explain",
    "scatter",
    "matrix",
    "scorers",
    "lineage",
    "record",
]


def run_data() -> dict[str, Any]:
    """A page's data of three assets, as far as a comparison reads it."""
    return {
        "profile": "v4",
        "first_day": "2025-01-01",
        "as_of": "2026-01-01",
        "days": 365,
        "floor": 1,
        "reached_floor": True,
        "rung": 1,
        "settings": "[gates.adx]\nthreshold = 20.0\n",
        "figures": {"winners": 1},
        "inputs": [{"name": "bars", "rows": 10, "columns": 3, "digest": "sha256:" + "a" * 64}],
        "winners": [2, 0],
        "assets": {
            "symbol": ["A", "B", "C"],
            "direction": {"names": ["LONG", "SHORT"], "codes": [0, 0, 1]},
        },
    }


def test_a_run_does_not_differ_from_itself() -> None:
    found = compared(run_data(), run_data(), ("a", "b"), [])
    assert [
        found[name] for name in ("facts", "settings", "inputs", "figures", "entered", "left", "winners", "turned")
    ] == [[]] * 8
    assert found["turnover"] == 0.0


def test_facts_settings_and_pools_are_compared() -> None:
    this, other = run_data(), run_data()
    this["settings"] = "[gates.adx]\nthreshold = 30.0\n"
    this["rung"] = 2
    other["assets"] = {"symbol": ["X", "B", "C"], "direction": {"names": ["LONG"], "codes": [0, 0, 0]}}
    winners = [
        {"asset": "A", "change": "came", "conviction": [0.5, None], "rank": [1, None], "why": "was not in the pool"}
    ]
    found = compared(this, other, ("a", "b"), winners)
    assert (found["this"], found["other"]) == ("a", "b")
    assert found["settings"] == [["gates.adx.threshold", 30.0, 20.0]]
    assert found["facts"] == [["rung", 2, 1]]
    assert (found["entered"], found["left"]) == (["A"], ["X"])
    assert found["winners"] == winners
    assert found["turned"] == ["C"]
    assert found["turnover"] == 1.0


def test_directed_winners_stand_best_first() -> None:
    assert list(directed_winners(run_data()).items()) == [("C", "SHORT"), ("A", "LONG")]


LONGS = dict.fromkeys("ABCD", "LONG")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (LONGS, LONGS, 0.0),
        ({}, {}, 0.0),
        ({}, LONGS, 1.0),
        (LONGS, {}, 1.0),
        (LONGS, {**LONGS, "A": "SHORT"}, 0.25),
        (LONGS, {"A": "LONG", "B": "LONG", "X": "LONG", "Y": "LONG"}, 0.5),
        # From quarters to halves: each of the two kept has a quarter bought.
        (LONGS, {"A": "LONG", "B": "LONG"}, 0.5),
        ({"A": "LONG"}, {"B": "LONG", "C": "LONG"}, 1.0),
    ],
)
def test_turnover_is_what_has_to_be_bought(before: dict[str, str], now: dict[str, str], expected: float) -> None:
    assert turnover(before, now) == expected


@given(*[st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from(["LONG", "SHORT"]))] * 2)
def test_turnover_is_half_of_all_changes_the_same_both_ways_and_within_bounds(
    before: dict[str, str], now: dict[str, str]
) -> None:
    def weights(held: dict[str, str]) -> dict[object, Fraction]:
        return {position: Fraction(1, len(held)) for position in held.items()} or {"cash": Fraction(1)}

    old, new = weights(before), weights(now)
    half = sum(abs(new.get(key, Fraction(0)) - old.get(key, Fraction(0))) for key in {*old, *new}) / 2
    assert turnover(before, now) == pytest.approx(float(half), abs=1e-9)
    assert turnover(before, now) == pytest.approx(turnover(now, before), abs=1e-9)
    assert 0.0 <= turnover(before, now) <= 1.0
