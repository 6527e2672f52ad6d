"""The correlation matrix of the run page: ordered by the dendrogram, a byte a pair, averaged where there are too many.

Correlations are those that the clustering saw, implied by its distance: 1 - 2 d^2.
"""

import math
from base64 import b64encode
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import clustered_order, implied

LIMIT = 600
"""Up to so many assets the matrix holds every pair."""
BLOCKS = 400
MOST_CLUSTERS = 200
LEVELS = 127
STRIP = 256
"""Rows of distances at a time."""


def matrix_data(
    distance: Distances, symbols: pd.Index, cluster: np.ndarray, winners: np.ndarray, *, tree: np.ndarray
) -> dict[str, Any]:
    """Order (places in `symbols`), cluster extents (with the mean correlation of their pairs), values.

    The values are the upper triangle row by row, without its diagonal.

    With more than `LIMIT` assets rows are blocks of neighbours (`starts`: their first places), whose diagonal is there
    too; the winners' own pairs are `among_winners`.
    """
    places = distance.assets.get_indexer(symbols)
    order = clustered_order(distance, cluster[np.argsort(places)], tree)
    leaves = np.argsort(places)[order]
    extents = _extents(cluster[leaves])
    inside = [_within(distance, order[start : start + length]) for _, start, length in extents]
    told: dict[str, Any] = {
        "order": leaves.tolist(),
        "extents": [[*extent, mean] for extent, mean in zip(extents, inside, strict=True)],
    }
    if len(order) <= LIMIT:
        correlation = implied(distance.square()[np.ix_(order, order)])
        return {**told, "starts": None, "values": packed(correlation[np.triu_indices(len(order), 1)])}
    starts = _starts(len(order), extents)
    mean = block_means(distance, order, starts)
    own = places[winners]
    return {
        **told,
        "starts": starts.tolist(),
        "values": packed(mean[np.triu_indices(len(starts))]),
        "among_winners": packed(implied(distance.rows(own)[:, own])[np.triu_indices(len(own), 1)]),
    }


def packed(correlation: np.ndarray) -> str:
    """A byte each, base64: (correlation + 1) x `LEVELS`, rounded."""
    levels = np.rint((np.clip(correlation, -1.0, 1.0) + 1.0) * LEVELS)
    return b64encode(levels.astype(np.uint8).tobytes()).decode()


def block_means(distance: Distances, order: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean correlation between blocks of neighbours in the order; within a block, of its pairs (1 for a single asset)."""
    sizes = np.diff([*starts, len(order)])
    means = np.empty((len(starts), len(starts)))
    for row, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        strip = implied(distance.rows(order[start : start + size])).sum(axis=0)[order]
        sums = np.add.reduceat(strip, starts)
        means[row] = sums / (size * sizes)
        means[row, row] = (sums[row] - size) / (size * (size - 1)) if size > 1 else 1.0
    return means


def _within(distance: Distances, places: np.ndarray) -> float | None:
    """Mean correlation of the pairs among these; None for a single asset."""
    size = len(places)
    if size < 2:
        return None
    # A few rows at a time: one cluster may be the whole pool.
    strips = (places[start : start + STRIP] for start in range(0, size, STRIP))
    total = math.fsum(implied(distance.rows(strip)[:, places]).sum() for strip in strips) - size
    return float(f"{total / (size * (size - 1)):.4g}")


def _extents(cluster: np.ndarray) -> list[list[int]]:
    """Cluster, first place and length of each run of one cluster."""
    edges = [0, *(np.flatnonzero(np.diff(cluster)) + 1).tolist(), len(cluster)]
    return [[int(cluster[a]), a, b - a] for a, b in pairwise(edges)]


def _starts(count: int, extents: list[list[int]]) -> np.ndarray:
    """Where blocks begin: evenly, and where a cluster does, unless there are too many of these."""
    begins = [start for _, start, _ in extents] if len(extents) <= MOST_CLUSTERS else [0]
    return np.unique([*range(0, count, -(-count // BLOCKS)), *begins])
