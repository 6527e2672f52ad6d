"""Log-MPS and rank average against loops of their definitions (V3_4.md, section 3)."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import selected, selection, settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.components import Scoring
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps, fragility_penalty
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.rank_average import RankAverage

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
    given, found = upstream("scoring", "inference_outputs")
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


def test_rank_average_by_hand() -> None:
    scorer, given = RankAverage(), scoring(weights={"a": 3.0, "b": -1.0})
    p = scorer.probabilities(given)
    np.testing.assert_allclose(p["a"], [0.01, 0.505, 1.0])
    np.testing.assert_allclose(p["b"], [1.0, 0.2575, 0.2575])
    np.testing.assert_allclose(scorer.conviction(p, given), p @ [0.75, 0.25])
    unknown = pd.DataFrame({"a": [NAN, 0.4], "b": [NAN, NAN]})
    np.testing.assert_allclose(scorer.conviction(unknown, given), [0.5, 0.4])


def test_outputs_are_tagged_by_scorer_and_alpha_is_the_champions() -> None:
    outputs = selection().context.inference_outputs
    metrics = list(settings().active_weights)
    expected = [
        "alpha_score",
        *(f"{s}.{c}" for s in ("log_mps", "rank_average") for c in ("score", *(f"p_{m}" for m in metrics))),
    ]
    assert outputs.columns.tolist() == expected
    pd.testing.assert_series_equal(outputs["alpha_score"], outputs["log_mps.score"], check_names=False)


def test_the_roles_may_be_exchanged() -> None:
    run = selected({"scorers.log_mps.role": "challenger", "scorers.rank_average.role": "champion"})
    before = selection().context.inference_outputs
    pd.testing.assert_series_equal(run.conviction, before["rank_average.score"], check_names=False)
    pd.testing.assert_series_equal(run.context.inference_outputs["log_mps.score"], before["log_mps.score"])


@pytest.mark.parametrize("universe", ["sound", "eligible"])
def test_against_whom_metrics_are_ranked(universe: str) -> None:
    run = selected({"scoring_universe": universe})
    first = selected({"scoring_universe": universe, "ladder": [{"name": "strict"}]})
    standings = first.context.standings
    among = standings[standings[{"sound": "sound", "eligible": "eligible"}[universe]]].index
    momentum = first.context.feature_store.loc[among, "momentum"].rank()
    p = first.context.inference_outputs.loc[among, "log_mps.p_momentum"]
    np.testing.assert_allclose(p, 0.01 + 0.99 * (momentum - 1) / (len(among) - 1), rtol=1e-12)
    assert not run.conviction.equals(selection().conviction)


def test_a_factor_without_a_weight_is_not_scored() -> None:
    run = selected({"weights.momentum": 0.0})
    assert "log_mps.p_momentum" not in run.context.inference_outputs
    assert not run.conviction.equals(selection().conviction)


def test_probability_maps_of_the_profile_win() -> None:
    run = selected({"probabilities.momentum": "rank_desc"})
    turned, plain = (r.context.inference_outputs["log_mps.p_momentum"] for r in (run, selection()))
    assert turned.corr(plain) < -0.99
