"""Ward along nearest neighbours: all of them make it Ward, few of them nearly so."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import is_valid_linkage

from support.market import selected, selection, settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.neighbour_ward import (
    NeighbourWardBucketizer,
)
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.ward import WardBucketizer
from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import mean_distances
from tradingview_scraper.pipelines.selection.drivers.research.measures.stability import adjusted_rand
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError, ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings


def chosen(**changed: object) -> ClusterSettings:
    return settings().clusters.model_copy(update=changed)


def of_factors(size: int, seed: int) -> Distances:
    """Complete returns of four factors."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(size, 4)) @ rng.normal(size=(4, 120)) + rng.normal(size=(size, 120))
    return mean_distances(rows, pd.RangeIndex(size), (120,), 0.01, 20, "products")


@example_settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 0.7]), st.integers(1, 30))
def test_with_all_neighbours_it_is_ward(size: int, seed: int, threshold: float, most: int) -> None:
    distance, cut = of_factors(size, seed), chosen(threshold=threshold, max_clusters=most)
    plain, mine = WardBucketizer(cut), NeighbourWardBucketizer(cut, neighbours=size)
    np.testing.assert_allclose(mine.tree(distance)[:, 2], plain.tree(distance)[:, 2], atol=1e-6)
    assert adjusted_rand(mine.cut(mine.tree(distance)), plain.cut(plain.tree(distance))) == 1.0


def test_with_few_neighbours_it_is_nearly_ward() -> None:
    distance, cut = of_factors(300, 1), chosen(max_clusters=8)
    plain, mine = WardBucketizer(cut), NeighbourWardBucketizer(cut, neighbours=5)
    tree = mine.tree(distance)
    assert is_valid_linkage(tree, throw=True)
    assert 0.4 < adjusted_rand(mine.cut(tree), plain.cut(plain.tree(distance))) < 1.0


def test_it_never_asks_for_all_pairs() -> None:
    distance = of_factors(40, 2)
    NeighbourWardBucketizer(chosen()).tree(distance)
    assert "condensed" not in vars(distance)


def test_on_real_returns_with_gaps_it_partitions_the_pool() -> None:
    run = selected({"clusters.bucketizer": "neighbour_ward", "clusters.parameters": {"neighbours": 5}})
    clusters = run.context.clusters["cluster"]
    assert 2 < clusters.nunique() <= 25
    assert run.settings.clusters.bucketizer == "neighbour_ward"
    shared = clusters.index.intersection(selection().context.clusters.index)
    assert adjusted_rand(clusters[shared].to_numpy(), selection().context.clusters["cluster"][shared].to_numpy()) > 0.3


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"clusters.inertia": 0.1}, "inertia = 0"),
        ({"clusters.parameters": {"neighbours": 0}}, "neighbours >= 1"),
        ({"compat.correlation_method": "pandas"}, "distances alone"),
    ],
)
def test_what_it_can_t_do_is_refused_by_name(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        selected({"clusters.bucketizer": "neighbour_ward", **changed})


def test_one_asset_and_distances_alone() -> None:
    mine = NeighbourWardBucketizer(chosen())
    assert mine.cut(mine.tree(of_factors(1, 0))).tolist() == [1]
    with pytest.raises(ComponentError, match="distances alone"):
        mine.labels(np.array([[0.0, 0.3], [0.3, 0.0]]))
    assert len(upstream("distance").points) == 1
