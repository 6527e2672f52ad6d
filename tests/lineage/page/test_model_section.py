"""The models of a page: a row each, numbers as the facts have them; nothing where there is none."""

import re

from tradingview_scraper.pipelines.selection.lineage.page.model_section import models_html

FACTS = {
    "scorer": "mine",
    "role": "challenger",
    "file": "models/mine/2026-05-20.skops",
    "usable_from": "2026-05-20",
    "age": 14,
    "every": 10,
    "estimator": "ridge",
    "target": "rank",
    "horizon": 2,
    "window": {"first": "2026-03-02", "last": "2026-05-13", "dates": 12, "rows": 940, "assets": 79},
    "ic_out_of_fold": {"mean": 0.0314, "error": {"null": "nan"}, "dates": 9},
    "limits": ["It knows no cost & no <return>."],
}


def test_a_page_without_models_has_no_table() -> None:
    assert models_html({}) is None
    assert models_html({"models": []}) is None


def test_each_cell_is_the_fact_s_own() -> None:
    text = str(models_html({"models": [FACTS]}))
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", text.split("<tbody")[1])]
    assert cells[:5] == [
        "mine (challenger)",
        "models/mine/2026-05-20.skops",
        "rank over 2 sessions, by ridge",
        "2026-05-20",
        "14",
    ]
    assert cells[5:8] == ["940", "12", "31.4"]
    assert "older than its schedule has it" in text
    assert "mine: It knows no cost &amp; no &lt;return&gt;." in text
