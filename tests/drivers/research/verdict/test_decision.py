"""Every case of the rule."""

import math
from dataclasses import replace

import pytest
from scipy.stats import norm

from tradingview_scraper.pipelines.selection.drivers.research.verdict.decision import (
    KEEP,
    MORE,
    PROMOTE,
    Evidence,
    _p,
    decided,
    deflated,
    further_dates,
    threshold,
)

GOOD = Evidence(
    dates=100, mean=0.03, t=3.0, p_deflated=0.012, p_worse=0.999, book_p_worse=0.6, highest=50.0, e_value=30.0
)


@pytest.mark.parametrize(
    ("changes", "anytime", "verdict"),
    [
        ({}, False, PROMOTE),
        ({}, True, PROMOTE),
        ({"highest": 39.0}, True, MORE),
        ({"p_deflated": 0.013}, False, MORE),
        ({"p_deflated": 0.03}, True, PROMOTE),
        ({"book_p_worse": 0.02}, False, KEEP),
        ({"book_p_worse": 0.02}, True, KEEP),
        ({"book_p_worse": math.nan}, False, PROMOTE),
        ({"mean": -0.03, "t": -3.0, "p_deflated": 1.0, "p_worse": 0.002, "highest": 1.0}, False, KEEP),
        ({"mean": -0.01, "t": -1.0, "p_deflated": 1.0, "p_worse": 0.2}, False, KEEP),
        ({"dates": 29}, False, MORE),
        ({"t": math.nan, "p_deflated": math.nan, "p_worse": math.nan}, False, MORE),
        ({"mean": 0.01, "t": 1.0, "p_deflated": math.nan}, False, MORE),
    ],
)
def test_the_rule(changes: dict[str, float], anytime: bool, verdict: str) -> None:
    found = decided(replace(GOOD, **changes), alpha=0.05, trials=2, anytime=anytime)
    assert found.verdict == verdict
    assert (found.more_dates is not None) == (verdict == MORE)


def test_deflation_gives_each_trial_the_same_share_of_alpha() -> None:
    assert deflated(0.01, 1, 1) == 0.01
    assert deflated(0.01, 30, 3) == pytest.approx(0.1)
    assert deflated(0.2, 30, 3) == 1.0
    assert threshold(0.05, 30) == pytest.approx(600)


def test_further_dates_at_the_seen_advantage() -> None:
    seen = replace(GOOD, t=1.5, p_deflated=0.07)
    more = further_dates(seen, alpha=0.05, trials=1, anytime=False)
    assert more == math.ceil(100 * ((norm.ppf(0.9875) + norm.ppf(0.8)) / 1.5) ** 2) - 100
    grown = replace(seen, e_value=math.sqrt(20), highest=math.sqrt(20))
    assert further_dates(grown, alpha=0.05, trials=1, anytime=True) in (100, 101)
    assert further_dates(replace(seen, e_value=0.7), alpha=0.05, trials=1, anytime=True) is None


def test_a_p_value_never_reads_as_zero() -> None:
    assert _p(0.0004) == "p below 0.001"
    assert _p(0.0123) == "p 0.012"
