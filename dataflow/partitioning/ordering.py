"""How a distance between assets is shown: in the order of its dendrogram, as the correlation behind it."""

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage

from tradingview_scraper.pipelines.selection.dataflow.partitioning.tiles import condensed


def clustered_order(distance: np.ndarray, cluster: np.ndarray, ward: bool) -> np.ndarray:
    """The dendrogram's leaves, with each cluster's kept together where the bucketizer cut another way."""
    if len(distance) < 3:
        return np.arange(len(distance))
    tree = linkage(condensed(distance), method="ward" if ward else "average")
    leaves: np.ndarray = leaves_list(tree)
    _, first = np.unique(cluster[leaves], return_index=True)
    rank = {label: place for place, label in enumerate(cluster[leaves][np.sort(first)].tolist())}
    together = np.argsort([rank[label] for label in cluster[leaves].tolist()], kind="stable")
    return np.asarray(leaves[together])


def implied(distance: np.ndarray) -> np.ndarray:
    """The correlation behind a distance: 1 - 2 d^2."""
    # In one new array: of a large pool the pages of a second one cost more than the computation.
    correlation: np.ndarray = np.square(distance)
    correlation *= -2.0
    correlation += 1.0
    return correlation
