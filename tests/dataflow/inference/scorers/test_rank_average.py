"""Rank average by hand and against a loop."""

from typing import Any

import numpy as np
import pandas as pd

from support.market import settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.components import Scoring
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.rank_average import RankAverage

NAN = np.nan
METRICS = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.2, NAN, 0.8]}, index=["X", "Y", "Z"])


def scoring(**changed: Any) -> Scoring:
    given: dict[str, Any] = {"metrics": METRICS, "maps": {"a": "rank", "b": "cdf"}, "fragility": pd.Series([0.0] * 3)}
    return Scoring(**{**given, "universe": np.ones(3, dtype=bool), **changed})


def test_rank_average_by_hand() -> None:
    scorer, given = RankAverage(), scoring(weights={"a": 3.0, "b": -1.0})
    p = scorer.probabilities(given)
    np.testing.assert_allclose(p["a"], [0.01, 0.505, 1.0])
    np.testing.assert_allclose(p["b"], [1.0, 0.2575, 0.2575])
    np.testing.assert_allclose(scorer.conviction(p, given), p @ [0.75, 0.25])
    unknown = pd.DataFrame({"a": [NAN, 0.4], "b": [NAN, NAN]})
    np.testing.assert_allclose(scorer.conviction(unknown, given), [0.5, 0.4])


def test_a_small_weight_turns_nothing() -> None:
    p = RankAverage().probabilities(scoring(weights={"a": 0.5, "b": 0.001}))
    np.testing.assert_allclose(p["a"], [0.01, 0.505, 1.0])
    np.testing.assert_allclose(p["b"], [0.2575, 0.2575, 1.0])


def test_weights_count_by_their_shares_however_small() -> None:
    p = pd.DataFrame({"a": [0.8, NAN, NAN], "b": [0.2, 0.4, NAN]})
    given = scoring(weights={"a": 0.003, "b": 0.001})
    np.testing.assert_allclose(RankAverage().conviction(p, given), [0.65, 0.4, 0.5])


def test_a_negative_weight_turns_a_turned_rank_back() -> None:
    given = scoring(weights={"a": 1.0, "b": -1.0}, maps={"a": "rank_desc", "b": "rank_desc"})
    p = RankAverage().probabilities(given)
    np.testing.assert_allclose(p["a"], [1.0, 0.505, 0.01])
    np.testing.assert_allclose(p["b"], [0.2575, 0.2575, 1.0])
    assert p.index.equals(METRICS.index)


def test_of_a_real_pool_against_the_loop() -> None:
    outputs, weights = upstream("inference_outputs"), settings().weights_of("rank_average")
    for name in outputs.index[:20]:
        known = {metric: outputs.loc[name, f"rank_average.p_{metric}"] for metric in weights}
        known = {metric: p for metric, p in known.items() if not np.isnan(p)}
        total = sum(abs(weights[metric]) for metric in known)
        expected = sum(abs(weights[metric]) * p for metric, p in known.items()) / total
        np.testing.assert_allclose(outputs.loc[name, "rank_average.score"], expected, rtol=1e-12)


def test_places_are_taken_against_the_universe() -> None:
    given = scoring(weights={"a": 1.0}, universe=np.array([True, True, False]))
    np.testing.assert_allclose(RankAverage().probabilities(given)["a"], [0.01, 1.0, 1.0])
