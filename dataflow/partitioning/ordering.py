"""How a distance between assets is shown: in the order of its dendrogram, as the correlation behind it."""

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.trees import leaves, linkage

NO_TREE = np.empty((0, 4))
"""The linkage of a single asset, or of a bucketizer that grows none."""


def clustered_order(distance: Distances, cluster: np.ndarray, tree: np.ndarray) -> np.ndarray:
    """The dendrogram's leaves, with each cluster's kept together where the bucketizer cut another way.

    `tree` is the linkage that the bucketizer cut; where it grew none the one of average distances is shown.
    """
    if len(distance) < 3:
        return np.arange(len(distance))
    shown = tree if len(tree) else linkage(distance.condensed, method="average")
    order = leaves(shown)
    _, first = np.unique(cluster[order], return_index=True)
    rank = {label: place for place, label in enumerate(cluster[order][np.sort(first)].tolist())}
    together = np.argsort([rank[label] for label in cluster[order].tolist()], kind="stable")
    return np.asarray(order[together])


def implied(distance: np.ndarray) -> np.ndarray:
    """The correlation behind a distance: 1 - 2 d^2."""
    # In one new array: of a large pool the pages of a second one cost more than the computation.
    correlation: np.ndarray = np.square(distance)
    correlation *= -2.0
    correlation += 1.0
    return correlation
