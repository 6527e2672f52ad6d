"""Distances by hand and by loop; clusters partition the pool."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from support.market import returns, selected, selection, settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.components import FactorBucketizer
from tradingview_scraper.pipelines.selection.dataflow.partitioning import nodes as partitioning
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.ward import WardBucketizer
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import NO_TREE
from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection
from tradingview_scraper.pipelines.selection.drivers.research.measures.stability import adjusted_rand
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError


def loop(frame: pd.DataFrame, lookbacks: tuple[int, ...], shrinkage: float, least: int) -> np.ndarray:
    parts = []
    for lookback in lookbacks:
        correlation = frame.iloc[-lookback:].replace(0.0, np.nan).corr(min_periods=least).fillna(0.0).to_numpy()
        correlation = correlation * (1 - shrinkage) + np.eye(len(correlation)) * shrinkage
        parts.append(np.sqrt(0.5 * (1 - np.clip(correlation, -1, 1))))
    mean = np.mean(parts, axis=0)
    np.fill_diagonal(mean, 0)
    return mean


def longs(frame: pd.DataFrame) -> pd.Series:
    return pd.Series("LONG", index=frame.columns)


def test_distance_against_the_loop() -> None:
    frame, pool = upstream("returns", "raw_pool")
    found = upstream("distance").frame()
    sides = np.where(pool["direction"] == "SHORT", -1.0, 1.0)
    assert len(set(sides)) == 2
    expected = loop((frame * sides)[found.columns], settings().clusters.lookbacks, 0.01, 20)
    np.testing.assert_allclose(found, expected, atol=1e-7)
    np.testing.assert_array_equal(found, found.T)
    assert (np.diag(found) == 0).all()
    assert found.index.is_monotonic_increasing


@pytest.mark.parametrize(("days", "used"), [(130, (60, 120)), (60, (60,)), (45, (45,))])
def test_lookbacks_longer_than_the_history_do_not_count(days: int, used: tuple[int, ...]) -> None:
    frame = returns().iloc[-days:, :12]
    several = settings().clusters.model_copy(update={"lookbacks": (60, 120, 200)})
    found = partitioning.distance(frame, frame.columns, longs(frame), several, "products").square()
    np.testing.assert_allclose(found, loop(frame, used, 0.01, 20), atol=1e-7)


@pytest.mark.parametrize(("directed", "near"), [(True, ["B", "C"]), (False, ["A", "B"])])
def test_a_short_of_the_inverse_is_near_where_returns_are_directed(directed: bool, near: list[str]) -> None:
    one = returns().iloc[-200:, 0].to_numpy()
    frame = pd.DataFrame({"A": one, "B": one, "C": -one}, index=returns().index[-200:])
    chosen = settings().clusters.model_copy(update={"directed": directed})
    direction = pd.Series({"A": "SHORT", "B": "LONG", "C": "SHORT"})
    found = partitioning.distance(frame, frame.columns, direction, chosen, "products").frame()
    close = np.sqrt(0.5 * chosen.shrinkage)
    assert found.loc[near[0], near[1]] == pytest.approx(close)
    assert found["B"].round(6).value_counts()[round(close, 6)] == 1


@pytest.mark.parametrize(("how", "expected"), [("symbol", ["A", "B", "C"]), ("column", ["C", "A", "B"])])
def test_clustering_order(how: str, expected: list[str]) -> None:
    frame = pd.DataFrame(0.0, index=[0], columns=["C", "A", "B"])
    assert partitioning.clustering_order(frame, how).tolist() == expected


def test_clusters_are_numbered_as_they_are_met_and_in_the_pools_order() -> None:
    labels = pd.Series([7, 3, 7, -1], index=["A", "B", "C", "D"])
    pool = pd.DataFrame(index=pd.Index(["D", "C", "B", "A"], name="symbol"))
    assert partitioning.clusters(labels, pool)["cluster"].to_dict() == {"D": 3, "C": 1, "B": 2, "A": 1}


def test_labels_of_the_wrong_shape_are_refused() -> None:
    class Wrong(FactorBucketizer):
        def labels(self, distance: np.ndarray) -> np.ndarray:
            return np.zeros(len(distance) - 1)

    with pytest.raises(ComponentError, match=r"gave labels of shape .* 74 assets"):
        partitioning.cluster_labels(upstream("distance"), NO_TREE, Wrong())


def test_the_default_is_wards_linkage_cut_to_at_most_25() -> None:
    distance, found = upstream("distance", "clusters")
    tree = linkage(squareform(distance.square(), checks=False), method="ward")
    cut = fcluster(tree, 0.5, criterion="distance")
    cut = fcluster(tree, 25, criterion="maxclust") if len(set(cut)) > 25 else cut
    mine = {frozenset(names) for names in found.groupby("cluster").groups.values()}
    assert mine == {frozenset(distance.assets[cut == label]) for label in set(cut)}
    assert sorted(found["cluster"].unique()) == list(range(1, len(mine) + 1))


def before(run: Selection) -> list[list[str]]:
    """A run's partition, as `clusters.held` takes it."""
    rows = run.context.standings
    positions = rows.index.astype(str) + " " + rows["direction"]
    return [positions[rows["cluster"] == number].tolist() for number in sorted(rows["cluster"].unique())]


@cache
def other_clusters() -> Selection:
    """A selection whose partition is another than the profile's."""
    return selected({"clusters.lookbacks": [60]})


def test_a_partition_without_inertia_or_without_a_past_is_the_distances_own() -> None:
    plain, distance, direction = upstream("clusters", "distance", "direction")
    other = before(other_clusters())
    held = settings().clusters.model_copy(update={"held": other})
    assert partitioning.inert_distance(distance, direction, held.held, held) is distance
    alone = held.model_copy(update={"inertia": 0.5})
    assert partitioning.inert_distance(distance, direction, (), alone) is distance
    pd.testing.assert_frame_equal(selected({"clusters.held": other}).context.clusters, plain)


def test_the_more_inertia_the_more_of_the_partition_before_stays() -> None:
    distance, direction = upstream("distance", "direction")
    other = other_clusters()
    chosen = settings().clusters.model_copy(update={"held": before(other)})
    then = other.context.clusters["cluster"].reindex(distance.assets).to_numpy()
    found = []
    for inertia in (0.0, 0.1, 0.9):
        inert = chosen.model_copy(update={"inertia": inertia})
        nearer = partitioning.inert_distance(distance, direction, inert.held, inert)
        found.append(adjusted_rand(then, WardBucketizer(inert).labels(nearer.square())))
    assert found[0] < found[1] < found[2]
    run = selected({"clusters.inertia": 0.9, "clusters.held": before(other)})
    assert adjusted_rand(run.context.clusters["cluster"].reindex(distance.assets).to_numpy(), then) == found[2]
    # Who is another's duplicate is a question of returns, not of clusters.
    pd.testing.assert_frame_equal(run.distance.frame(), distance.frame())


def test_who_has_turned_is_bound_to_nobody_where_returns_are_directed() -> None:
    distance, direction = upstream("distance", "direction")
    names = distance.assets[:3].tolist()
    now = direction[names].to_list()
    then = ["SHORT" if now[0] == "LONG" else "LONG", *now[1:]]
    held = ([f"{name} {side}" for name, side in zip(names, then, strict=True)],)
    chosen = settings().clusters.model_copy(update={"inertia": 0.5})
    found = partitioning.inert_distance(distance, direction, held, chosen)
    ratio = (found.frame() / distance.frame()).loc[names, names].to_numpy()
    np.testing.assert_allclose(ratio[np.triu_indices(3, 1)], [1.0, 1.0, 0.5])
    whole = partitioning.inert_distance(distance, direction, held, chosen.model_copy(update={"directed": False}))
    ratio = (whole.frame() / distance.frame()).loc[names, names].to_numpy()
    np.testing.assert_allclose(ratio[np.triu_indices(3, 1)], 0.5)


@pytest.mark.parametrize("bucketizer", ["ward", "agglomerative"])
@pytest.mark.parametrize("most", [1, 3, 25, 999])
def test_clusters_partition_the_pool_into_at_most_so_many(bucketizer: str, most: int) -> None:
    run = selected({"clusters.bucketizer": bucketizer, "clusters.max_clusters": most})
    clusters = run.context.clusters
    assert clusters.index.equals(run.context.raw_pool.index)
    assert 1 <= clusters["cluster"].nunique() <= most
    assert sorted(clusters["cluster"].unique()) == list(range(1, clusters["cluster"].nunique() + 1))


def test_correlated_assets_share_a_cluster() -> None:
    clusters, frame = selection().context.clusters["cluster"], returns().iloc[-200:]
    correlation = frame.corr(min_periods=150).to_numpy()
    together = clusters.to_numpy()[:, None] == clusters.to_numpy()
    pairs = ~np.eye(len(clusters), dtype=bool) & ~np.isnan(correlation)
    assert correlation[together & pairs].mean() > correlation[~together & pairs].mean() + 0.1
