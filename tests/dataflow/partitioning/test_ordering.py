"""The order in which a distance is shown, and the correlation behind it."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from support.market import selection, upstream
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import NO_TREE, clustered_order, implied


def runs(labels: np.ndarray) -> int:
    """How many stretches of equal labels there are."""
    return 1 + int((labels[1:] != labels[:-1]).sum())


@pytest.mark.parametrize("grown", [True, False])
def test_every_asset_once_and_each_cluster_together(grown: bool) -> None:
    distance = selection().distance
    cluster = selection().context.clusters["cluster"].loc[distance.assets].to_numpy()
    order = clustered_order(distance, cluster, selection().cluster_tree if grown else NO_TREE)
    assert sorted(order.tolist()) == list(range(len(distance)))
    assert runs(cluster[order]) == len(np.unique(cluster))


def test_neighbours_are_closer_than_in_the_given_order() -> None:
    distance = upstream("distance").square()
    order = clustered_order(upstream("distance"), np.zeros(len(distance)), upstream("cluster_tree"))
    shown = distance[np.ix_(order, order)]
    assert np.diag(shown, 1).mean() < np.diag(distance, 1).mean()


def test_by_hand() -> None:
    # 0 and 2 are near, 1 and 3 are near; the cut put 3 beside 0 and 2.
    distance = np.full((4, 4), 0.9)
    np.fill_diagonal(distance, 0.0)
    distance[0, 2] = distance[2, 0] = 0.1
    distance[1, 3] = distance[3, 1] = 0.2
    given = Distances.of_square(distance)
    assert clustered_order(given, np.array([1, 2, 1, 2]), NO_TREE).tolist() == [0, 2, 1, 3]
    assert clustered_order(given, np.array([1, 2, 1, 1]), NO_TREE).tolist() == [0, 2, 3, 1]
    assert clustered_order(Distances.of_square(distance[:2, :2]), np.array([1, 2]), NO_TREE).tolist() == [0, 1]


def test_the_order_is_that_of_the_tree_that_was_cut() -> None:
    distance, tree = selection().distance, selection().cluster_tree
    np.testing.assert_array_equal(tree, linkage(squareform(distance.square(), checks=False), method="ward"))
    one = np.zeros(len(distance))
    assert clustered_order(distance, one, tree).tolist() == leaves_list(tree).tolist()
    assert clustered_order(distance, one, tree).tolist() != clustered_order(distance, one, NO_TREE).tolist()


def test_the_correlation_behind_a_distance() -> None:
    correlation = np.array([1.0, 0.5, 0.0, -1.0])
    np.testing.assert_allclose(implied(np.sqrt((1 - correlation) / 2)), correlation, atol=1e-12)
