"""Log-MPS by hand and against the loop of its definition (V3_4.md, section 3)."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.components import Scoring
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps, fragility_penalty

NAN = np.nan
METRICS = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.2, NAN, 0.8]}, index=["X", "Y", "Z"])


def scoring(**changed: Any) -> Scoring:
    given = {
        "weights": {"a": 2.0, "b": 0.5},
        "maps": {"a": "rank", "b": "cdf"},
        "fragility": pd.Series([0.0, 1.0, 4.0]),
    }
    return Scoring(**{"metrics": METRICS, **given, "universe": np.ones(3, dtype=bool), **changed})


def test_log_mps_by_hand() -> None:
    scorer, given = LogMps(), scoring()
    p = scorer.probabilities(given)
    np.testing.assert_allclose(p, [[0.01, 0.2], [0.505, NAN], [1.0, 0.8]])
    expected = [0.01**2 * 0.2**0.5, 0.505**2 * 0.5**0.5 * (1 - 0.125), 0.8**0.5 * 0.5]
    np.testing.assert_allclose(scorer.conviction(p, given), expected, rtol=1e-12)


def test_log_mps_of_a_real_pool_against_the_loop() -> None:
    given, found = upstream("log_mps.scoring", "inference_outputs")
    weights = settings().active_weights
    peak = given.fragility.max()
    for name in found.index:
        log_score = 0.0
        for metric, weight in weights.items():
            p = found.loc[name, f"log_mps.p_{metric}"]
            log_score += weight * math.log(max(0.5 if math.isnan(p) else p, 1e-9))
        penalty = 0.5 * given.fragility[name] / peak
        expected = math.exp(log_score + math.log(max(1 - penalty, 1e-9)))
        assert found.loc[name, "alpha_score"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("fragility", "expected"),
    [([0, 2, 4], [0, 0.25, 0.5]), ([0, 0], [0, 0]), ([NAN, 4], [0, 0.5]), ([NAN, NAN], [0, 0])],
)
def test_fragility_penalty(fragility: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(fragility_penalty(np.array(fragility, dtype=float)), expected)


def test_a_negative_weight_lowers_and_a_probability_of_nothing_counts_a_billionth() -> None:
    p = pd.DataFrame({"a": [1.0, 0.0], "b": [0.25, 0.25]}, index=["X", "Y"])
    given = scoring(weights={"a": 1.0, "b": -0.5}, fragility=pd.Series([0.0, 0.0]))
    found = LogMps().conviction(p, given)
    np.testing.assert_allclose(found, [2.0, 2e-9], rtol=1e-12)
    assert found.index.equals(p.index)


def test_a_peak_of_zero_divides_nothing() -> None:
    """A peak of 0 divides nothing: -2 penalises by half of itself, as v3.4 has it."""
    np.testing.assert_array_equal(fragility_penalty(np.array([0.0, -2.0])), [0.0, -1.0])


def test_the_most_fragile_keep_half_and_nobody_falls_below_a_billionth() -> None:
    p = pd.DataFrame({"a": [1.0, 1.0], "b": [1.0, 1.0]})
    np.testing.assert_allclose(LogMps().conviction(p, scoring(fragility=pd.Series([1.0, 3.0]))), [5 / 6, 0.5])
    # A negative peak turns the penalty: -3 / -1 x 0.5 is more than all.
    np.testing.assert_allclose(LogMps().conviction(p, scoring(fragility=pd.Series([-3.0, -1.0]))), [1e-9, 0.5])


def test_places_are_taken_against_the_universe() -> None:
    only_two = scoring(universe=np.array([True, True, False]))
    np.testing.assert_allclose(LogMps().probabilities(only_two)["a"], [0.01, 1.0, 1.0])
