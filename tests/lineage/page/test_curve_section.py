"""The curves in static HTML: what is said of them, their figures, and where lines are drawn."""

import re
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.curve_section import curves_html, drawing, label, ticks
from tradingview_scraper.pipelines.selection.lineage.page.markup import percent

LINE = {"assets": 1, "symbols": [], "holes": 0, "trough": "2026-01-02", "max_drawdown": -0.5, "total": 0.0}
CURVES: dict[str, Any] = {
    "days": ["2026-01-01", "2026-01-02", "2026-01-05"],
    "lines": [{"name": "winners", **LINE, "wealth": [2, 1, 1], "drawdown": [0, -0.5, -0.5]}],
}


def test_it_says_that_it_is_in_sample_and_what_a_missing_return_is(still: Any) -> None:
    assert "these days were used to choose the winners" in still.texts["in-sample"]
    assert "counts as 0 between an asset's first and last return" in still.texts["curve-policy"]


def test_the_figures_are_those_of_the_data(data: dict[str, Any], still: Any) -> None:
    table, lines = still.tables["curve-figures"], data["curves"]["lines"]
    assert table.column(0) == ["winners, directed", "pool, all long", "benchmark, long (SPY)"]
    for row, values, line in zip(table.rows, table.values, lines, strict=True):
        assert row[2] == str(line["assets"])
        assert [float(str(value)) for value in values[3:5]] == [line["total"], line["max_drawdown"]]
        assert row[3] == percent(line["total"], 4)
        assert row[5] == line["trough"]


def test_where_wealth_is_unknown_there_is_no_line() -> None:
    """v3.4 believes an infinite return: wealth has no number from there on."""
    line = {**CURVES["lines"][0], "wealth": [2, None, 1], "drawdown": [None, None, None], "total": None}
    drawn = drawing({**CURVES, "lines": [line]}, 464)
    assert 'class="curve winners" d="M52.0 22.0M452.0 212.0"' in drawn
    assert 'class="curve winners" d=""' in drawn


def test_lines_are_drawn_over_the_calendar() -> None:
    drawn = drawing(CURVES, 464)
    # 400 wide from 52 on; wealth from 1 to 2 over 190 from 22 on.
    assert 'class="curve winners" d="M52.0 22.0L152.0 212.0L452.0 212.0"' in drawn
    assert 'class="curve winners" d="M52.0 256.0L152.0 446.0L452.0 446.0"' in drawn
    assert re.findall(r">(2026-[0-9-]+)<", drawn) == CURVES["days"]
    assert "Wealth: what 1 became" in drawn
    assert "Drawdown: loss from the highest wealth so far" in drawn
    assert label(CURVES).endswith(
        "winners, directed: total return 0\u202f%, deepest drawdown \u221250\u202f% on 2026-01-02."
    )


def test_ticks_are_round() -> None:
    assert ticks(0.93, 2.8) == [1.0, 1.5, 2.0, 2.5]
    assert ticks(-0.481, 0.0) == [-0.4, -0.3, -0.2, -0.1, 0.0]
    assert ticks(1.0, 1.0)


def test_a_benchmark_that_the_data_lacks_is_said() -> None:
    data = {
        "curves": CURVES,
        "first_day": "2026-01-01",
        "as_of": "2026-01-05",
        "days": 3,
        "coverage": {"benchmarks": {"named": ["SPY"], "found": []}},
    }
    assert "the profile names SPY, and the pool has none of these" in curves_html(data)
    nobody = {**data, "curves": {**CURVES, "lines": [{**CURVES["lines"][0], "name": "pool"}]}}
    assert "Nobody won" in curves_html(nobody)
