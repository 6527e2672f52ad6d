"""The run page as text: its policy, its data island, and what two pages say of each other."""

import html
import json
import re
from base64 import b64encode
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
        "assets": {
            "symbol": ["A", "B", "C"],
        },
    }


def test_a_run_does_not_differ_from_itself() -> None:
    found = compared(run_data(), run_data(), ("a", "b"), [])
    assert [found[name] for name in ("facts", "settings", "inputs", "figures", "entered", "left", "winners")] == [
        []
    ] * 7


def test_facts_settings_and_pools_are_compared() -> None:
    this, other = run_data(), run_data()
    this["settings"] = "[gates.adx]\nthreshold = 30.0\n"
    this["rung"] = 2
    other["assets"]["symbol"] = ["X", "B", "C"]
    winners = [
        {"asset": "A", "change": "came", "conviction": [0.5, None], "rank": [1, None], "why": "was not in the pool"}
    ]
    found = compared(this, other, ("a", "b"), winners)
    assert (found["this"], found["other"]) == ("a", "b")
    assert found["settings"] == [["gates.adx.threshold", 30.0, 20.0]]
    assert found["facts"] == [["rung", 2, 1]]
    assert (found["entered"], found["left"]) == (["A"], ["X"])
    assert found["winners"] == winners
