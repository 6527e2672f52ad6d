"""What moves nothing and whom the own trend contradicts, by hand and on a real selection."""

import math

from support.market import selected
from tradingview_scraper.pipelines.selection.lineage.record.figures import run_figures
from tradingview_scraper.pipelines.selection.lineage.record.pool_findings import pool_findings

FIGURES = {"pool": 60, "against_trend": 12, "weighed_values.momentum": 60, "weighed_values.survival": 1}


def test_by_hand() -> None:
    assert pool_findings(FIGURES, 500) == [
        "the weight of survival moves nothing: all assets have the same value, or none",
        "12 of 60 candidates go against their own trend over 500 days (momentum below 0)",
    ]
    assert pool_findings({**FIGURES, "weighed_values.survival": 2, "against_trend": 0}, 500) == []
    assert "over all days" in pool_findings(FIGURES, 0)[1]


def test_what_is_unknown_or_from_before_is_not_said() -> None:
    # A record has no number for what isn't one.
    for unknown in (math.nan, None, "NaN"):
        assert len(pool_findings({**FIGURES, "against_trend": unknown}, 500)) == 1
    assert pool_findings({"pool": 60}, 500) == []


def test_a_real_selection_and_its_own_columns_agree() -> None:
    found = selected({"scorers.log_mps.weights": {"momentum": 1.0, "excluded": 1.0}})
    store, figures = found.context.feature_store, run_figures(found.context, found.distance)
    against = int((store["momentum"] < 0).sum())
    assert 0 < against < len(store)
    lines = pool_findings(figures.values, found.settings.data.lookback)
    assert lines[0].startswith("the weight of excluded moves nothing")
    assert lines[1].startswith(f"{against} of {len(store)} candidates go against their own trend over 500 days")
    assert len(lines) == 2


def test_momentum_that_knows_no_direction_contradicts_nobody() -> None:
    found = selected({"compat.direction_aware": False})
    figures = run_figures(found.context, found.distance)
    assert math.isnan(figures.values["against_trend"])
    assert figures.notes["against_trend"] == "the profile's momentum doesn't know directions"
    assert not any("trend" in line for line in pool_findings(figures.values, 500))
