"""Stability: by hand, and the Rand index as scikit-learn has it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import replaced
from tradingview_scraper.pipelines.selection.drivers.research.measures.stability import (
    adjusted_rand,
    list_stability,
    partition_stability,
)


@pytest.mark.parametrize("clusters", [1, 2, 7, 40])
def test_the_rand_index_is_that_of_scikit_learn(clusters: int) -> None:
    rng = np.random.default_rng(clusters)
    for _ in range(20):
        these = rng.integers(0, clusters, 40)
        those = np.where(rng.random(40) < 0.3, rng.integers(0, clusters, 40), these)
        assert adjusted_rand(these, those) == pytest.approx(adjusted_rand_score(these, those), abs=1e-9)


def test_the_rand_index_at_its_edges() -> None:
    assert adjusted_rand(np.array([1, 1, 2]), np.array([5, 5, 3])) == 1.0
    assert adjusted_rand(np.arange(4), np.arange(4)) == 1.0
    assert adjusted_rand(np.array([3]), np.array([1])) == 1.0
    assert np.isnan(adjusted_rand(np.array([], dtype=int), np.array([], dtype=int)))
    assert adjusted_rand(np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])) == pytest.approx(-0.5)


def test_a_partition_is_compared_over_the_assets_of_both_dates() -> None:
    panel = pd.DataFrame(
        {
            "date": [1, 1, 1, 1, 2, 2, 2, 2],
            "symbol": ["A", "B", "C", "X", "A", "B", "C", "Y"],
            "cluster": [1, 1, 2, 2, 2, 2, 1, 2],
        }
    )
    found = partition_stability(panel)
    assert np.isnan(found[1])
    assert found[2] == 1.0


def test_the_partitions_of_a_walk_are_those_of_scikit_learn() -> None:
    panel = walked().panel
    first, second = sorted(panel["date"].unique())[:2]
    wide = panel.pivot(index="symbol", columns="date", values="cluster")[[first, second]].dropna()
    expected = adjusted_rand_score(wide[first], wide[second])
    assert partition_stability(panel)[second] == pytest.approx(expected, abs=1e-9)


def test_what_stays_of_a_list_by_hand() -> None:
    panel = pd.DataFrame(
        {
            "date": [1, 1, 1, 2, 2, 2, 3, 3, 3],
            "symbol": ["A", "B", "C"] * 3,
            "direction": ["LONG", "LONG", "LONG", "SHORT", "LONG", "LONG", "LONG", "LONG", "LONG"],
        }
    )
    held = pd.Series([True, True, False, True, True, True, False, False, False])
    found = list_stability(panel, held)
    assert found["kept"].tolist()[1:] == [0.5, 0.0]
    assert found["jaccard"].tolist()[1:] == [0.25, 0.0]
    assert found.iloc[0].isna().all()
    after_nobody = list_stability(panel, pd.Series(False, index=panel.index))
    assert after_nobody.isna().all().all()


def test_a_list_of_constant_size_keeps_what_it_does_not_replace() -> None:
    panel = walked().panel
    held = panel.groupby("date")["conviction"].rank(method="first") <= 10
    found = list_stability(panel, held)["kept"]
    np.testing.assert_allclose(found[1:], 1.0 - replaced(panel, held)[1:], rtol=0, atol=1e-12)
