"""The matrix of the page: every pair where it fits, else means of neighbours, both held against plain sums."""

from base64 import b64decode
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import NO_TREE
from tradingview_scraper.pipelines.selection.drivers.recording.page import matrix
from tradingview_scraper.pipelines.selection.drivers.recording.page.matrix import block_means, matrix_data, packed

# A and B move alike, C and D too, and the pairs somewhat against each other.
CORRELATION = np.array([[1.0, 0.8, -0.4, -0.4], [0.8, 1.0, -0.4, -0.4], [-0.4, -0.4, 1.0, 0.6], [-0.4, -0.4, 0.6, 1.0]])
NAMES = ["A", "B", "C", "D"]
SHUFFLED = [2, 0, 3, 1]


def distances(correlation: np.ndarray) -> Distances:
    return Distances.of_square(np.sqrt((1.0 - correlation) / 2.0), pd.Index(NAMES))


def levels(text: str) -> list[int]:
    return list(b64decode(text))


def data(names: list[str] | None = None, winners: tuple[int, ...] = (0, 2)) -> dict[str, Any]:
    """Of a pool in the order C, A, D, B, clustered in the order A, B, C, D."""
    table = distances(CORRELATION)
    pool = names or [NAMES[place] for place in SHUFFLED]
    cluster = np.array([1 if name in "AB" else 2 for name in pool])
    return matrix_data(table, pd.Index(pool), cluster, np.array(winners), tree=NO_TREE)


def test_a_byte_runs_from_minus_one_to_one() -> None:
    assert levels(packed(np.array([-1.0, 0.0, 0.5, 1.0, -1.5, 1.5]))) == [0, 127, 190, 254, 0, 254]


def test_every_pair_of_a_small_pool_in_the_order_of_the_clusters() -> None:
    found = data()
    pool = [NAMES[place] for place in SHUFFLED]
    order = [pool[place] for place in found["order"]]
    assert sorted(order) == NAMES
    assert found["starts"] is None
    places = [NAMES.index(name) for name in order]
    pairs = [CORRELATION[a, b] for row, a in enumerate(places) for b in places[row + 1 :]]
    assert levels(found["values"]) == [round((value + 1) * 127) for value in pairs]


def test_extents_say_cluster_place_length_and_the_mean_of_the_pairs() -> None:
    found = {extent[0]: extent[1:] for extent in data()["extents"]}
    assert {cluster: extent[1:] for cluster, extent in found.items()} == {1: [2, 0.8], 2: [2, 0.6]}
    assert sorted(extent[0] for extent in found.values()) == [0, 2]


def test_a_cluster_of_one_has_no_pairs() -> None:
    table = distances(CORRELATION)
    found = matrix_data(table, pd.Index(NAMES), np.array([1, 1, 1, 2]), np.array([0]), tree=NO_TREE)
    (alone,) = (extent for extent in found["extents"] if extent[0] == 2)
    assert alone[2:] == [1, None]


def test_means_of_blocks_by_hand() -> None:
    found = block_means(distances(CORRELATION), np.arange(4), np.array([0, 2]))
    np.testing.assert_allclose(found, [[0.8, -0.4], [-0.4, 0.6]])
    uneven = block_means(distances(CORRELATION), np.array([3, 0, 1, 2]), np.array([0, 1]))
    np.testing.assert_allclose(uneven, [[1.0, (-0.4 - 0.4 + 0.6) / 3], [(-0.2) / 3, (0.8 - 0.4 - 0.4) / 3]], atol=1e-12)


def test_a_large_pool_is_averaged_and_keeps_the_pairs_of_its_winners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "LIMIT", 3)
    monkeypatch.setattr(matrix, "BLOCKS", 2)
    found = data(winners=(1, 0))  # A and C
    assert found["starts"] == [0, 2]
    first, second = (0.8, 0.6) if found["extents"][0][0] == 1 else (0.6, 0.8)
    assert levels(found["values"]) == [round((value + 1) * 127) for value in (first, -0.4, second)]
    assert levels(found["among_winners"]) == [round(0.6 * 127)]


def test_blocks_begin_where_clusters_do_unless_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    extents = [[1, 0, 3], [2, 3, 5]]
    monkeypatch.setattr(matrix, "BLOCKS", 4)
    assert matrix._starts(8, extents).tolist() == [0, 2, 3, 4, 6]
    monkeypatch.setattr(matrix, "MOST_CLUSTERS", 1)
    assert matrix._starts(8, extents).tolist() == [0, 2, 4, 6]
    assert matrix._starts(7, extents).tolist() == [0, 2, 4, 6]
