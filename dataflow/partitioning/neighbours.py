"""The nearest neighbours of each asset, found tile by tile: N k numbers are held, never N^2.

`nearest` keeps the k nearest seen so far of each asset while the tiles pass. Of equally near ones the first in the order of
clustering counts as nearer, so that the answer hangs on no order of tiles. `linked` makes a graph of them in which everybody is
reached from everybody.
"""

from collections import defaultdict
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.tiles import each_tile

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def nearest(distance: Distances, count: int) -> np.ndarray:
    """Places (N, count) of each asset's nearest others, nearest first; all others where there are no more."""
    size = len(distance)
    count = min(count, size - 1)
    apart, places = np.full((size, count), np.inf), np.full((size, count), size)
    locks: defaultdict[int, Lock] = defaultdict(Lock)

    def use(rows: slice, columns: slice, part: np.ndarray) -> None:
        if rows == columns:
            np.fill_diagonal(part, np.nan)  # nobody is its own neighbour
        for some, others, seen in ((rows, columns, part), (columns, rows, part.T))[: 1 if rows == columns else 2]:
            with locks[some.start]:
                _keep_nearer(apart[some], places[some], seen, others.start)

    if count:
        each_tile(size, distance.block, use)
    return places


def _keep_nearer(apart: np.ndarray, places: np.ndarray, seen: np.ndarray, first: int) -> None:
    """Put into both (rows, k) whoever is nearer among those just seen (rows, others), whose places begin at `first`."""
    row, column = np.nonzero(seen <= apart[:, -1:])  # an equally near one may come before
    touched, again = np.unique(row, return_inverse=True)
    count = apart.shape[1]
    rows = np.concatenate([np.repeat(np.arange(len(touched)), count), again])
    distances = np.concatenate([apart[touched].ravel(), seen[row, column]])
    found = np.concatenate([places[touched].ravel(), column + first])
    order = np.lexsort((found, distances, rows))
    starts = np.searchsorted(rows[order], np.arange(len(touched)))
    best = order[starts[:, None] + np.arange(count)]
    apart[touched], places[touched] = distances[best], found[best]


def linked(distance: Distances, neighbours: np.ndarray) -> "csr_array":
    """The graph (N, N) of who is among the neighbours of whom, either way round, in one piece.

    Pieces are joined as Boruvka joins them: the first asset of each to the nearest first asset of another, until one is left.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    size, count = neighbours.shape
    start, end = np.repeat(np.arange(size), count), neighbours.ravel()
    while True:
        edges = np.concatenate([start, end]), np.concatenate([end, start])
        graph = csr_array((np.ones(len(edges[0]), dtype=np.int8), edges), shape=(size, size))
        pieces, piece = connected_components(graph, directed=False)
        if pieces == 1:
            return graph
        firsts = np.unique(piece, return_index=True)[1]
        apart = distance.block(firsts, firsts)
        np.fill_diagonal(apart, np.inf)
        start, end = np.concatenate([start, firsts]), np.concatenate([end, firsts[apart.argmin(axis=1)]])
