"""The run page as text: its policy, its data island, and what two pages say of each other."""

import html
import json
import re
from base64 import b64encode
from copy import deepcopy
from hashlib import sha256
from typing import Any

import pytest

from tradingview_scraper.pipelines.selection.lineage.page.page import island, page_html, page_parts
from tradingview_scraper.pipelines.selection.lineage.page.pagediff import compared

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><style>\n#dag{fill:red}\n</style><g class="node"/></svg>\n'
DATA: dict[str, Any] = {"profile": "v4", "as_of": "2026-03-18", "text": "</script><!-- & \u2028 \u00e9"}


def test_the_data_comes_back_whatever_it_holds() -> None:
    page = page_html(DATA, SVG)
    assert page_parts(page) == (DATA, SVG)
    assert page.count("</script>") == 2
    assert "\u2028" not in page
    assert json.loads(island(DATA)) == DATA


def test_the_title_is_escaped() -> None:
    page = page_html({**DATA, "profile": "<b>&"}, SVG)
    assert "<title>tvselect &lt;b&gt;&amp;, 2026-03-18</title>" in page


def test_a_number_that_json_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        page_html({**DATA, "x": float("nan")}, SVG)


def test_another_text_is_no_page() -> None:
    with pytest.raises(ValueError, match="no run page"):
        page_parts("<html></html>")


def test_the_policy_allows_these_styles_and_this_script_alone() -> None:
    page = page_html(DATA, SVG)
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


def test_nothing_in_the_page_is_asked_for_or_styled_in_place() -> None:
    page = page_html(DATA, SVG)
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
    "explain",
    "scatter",
    "matrix",
    "scorers",
    "lineage",
]


def run_data() -> dict[str, Any]:
    """A page's data of three assets and one gate, as far as a comparison reads it."""
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
        "columns": [[25.0, 21.0, None]],
        "gates": [{"gate": "adx", "op": ">=", "threshold": 20.0, "column": 0, "verdicts": "ppu"}],
        "assets": {
            "symbol": ["A", "B", "C"],
            "conviction": [0.5, 0.4, 0.3],
            "rank": [1, 2, 3],
            "cluster": [1, 1, 2],
            "outcome": {"names": ["outranked", "vetoed", "winner"], "codes": [2, 0, 1]},
            "route": {"names": ["", "ranked"], "codes": [1, 0, 0]},
            "direction": {"names": ["LONG", "SHORT"], "codes": [0, 0, 0]},
        },
        "winners": [0],
    }


def test_a_run_does_not_differ_from_itself() -> None:
    found = compared(run_data(), run_data(), ("a", "b"))
    assert [found[name] for name in ("facts", "settings", "inputs", "figures", "entered", "left")] == [[]] * 6
    assert [(row["asset"], row["change"], row["why"]) for row in found["winners"]] == [("A", "stayed", "")]


def test_every_winner_that_came_or_went_has_its_reason() -> None:
    this, other = run_data(), run_data()
    this["settings"] = "[gates.adx]\nthreshold = 30.0\n"
    this["gates"][0] |= {"threshold": 30.0, "verdicts": "ffp"}
    this["columns"] = [[25.0, 21.0, 31.0]]
    this["winners"] = [2]
    this["assets"]["outcome"]["codes"] = [1, 1, 2]
    other["winners"] = [0, 1]
    found = {row["asset"]: row for row in compared(this, other, ("a", "b"))["winners"]}
    assert found["A"]["change"] == "went"
    assert found["A"]["why"] == "stopped in this run by adx (25, needs \u2265 30; where it won: 25 against \u2265 20)"
    assert found["C"]["change"] == "came"
    assert (
        found["C"]["why"]
        == "stopped in the other run by adx (unknown, needs \u2265 20; where it won: 31 against \u2265 30)"
    )
    assert compared(this, other, ("a", "b"))["settings"] == [["gates.adx.threshold", 30.0, 20.0]]


def test_outranked_and_absent_assets_are_told_apart() -> None:
    this, other = run_data(), run_data()
    this["winners"], this["assets"]["outcome"]["codes"] = [1], [0, 2, 1]
    found = {row["asset"]: row["why"] for row in compared(this, other, ("a", "b"))["winners"]}
    assert found == {"A": "outranked in this run, in cluster 1", "B": "outranked in the other run, in cluster 1"}
    without = deepcopy(other)
    without["assets"]["symbol"] = ["X", "B", "C"]
    told = compared(this, without, ("a", "b"))
    assert (told["entered"], told["left"]) == (["A"], ["X"])
    assert {row["asset"]: row["why"] for row in told["winners"]}["X"] == "not in the pool in this run"
