"""Nearest neighbours against a whole matrix, and the graph of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from tradingview_scraper.pipelines.selection.dataflow import tiles
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.neighbours import linked, nearest


def tied(size: int, seed: int) -> np.ndarray:
    """Distances of five values, so that most are tied."""
    half = np.triu(np.random.default_rng(seed).integers(1, 6, (size, size)) / 5.0, 1)
    return half + half.T


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 50), st.integers(1, 60), st.integers(1, 17), st.integers(0, 10**6))
def test_the_nearest_are_those_of_the_whole_matrix_ties_by_place(size: int, count: int, tile: int, seed: int) -> None:
    matrix = tied(size, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE", tile)
        found = nearest(Distances.of_square(matrix), count)
    alone = np.where(np.eye(size, dtype=bool), np.inf, matrix)
    np.testing.assert_array_equal(found, np.argsort(alone, axis=1, kind="stable")[:, : min(count, size - 1)])


def test_all_are_linked_and_neighbours_either_way_round() -> None:
    groups = np.arange(12) // 3
    matrix = (
        np.where(groups[:, None] == groups, 0.1, 0.9) + np.abs(np.subtract.outer(np.arange(12), np.arange(12))) / 100
    )
    np.fill_diagonal(matrix, 0.0)
    distance = Distances.of_square(matrix)
    found = nearest(distance, 2)
    assert connected_components(linked(distance, found))[0] == 1
    graph = linked(distance, found).toarray()
    np.testing.assert_array_equal(graph, graph.T)
    links = {(one, other) for one, other in np.argwhere(graph).tolist() if one < other and groups[one] != groups[other]}
    assert links == {(0, 3), (3, 6), (6, 9)}  # the first of each group, to the nearest first
