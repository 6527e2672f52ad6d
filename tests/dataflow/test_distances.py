"""Any part of the distances is the same, computed for itself or taken from the pairs that are held."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import mean_distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.inertia import drawn_together


def simulated(size: int, holes: float, seed: int = 0) -> Distances:
    rng = np.random.default_rng(seed)
    rows = rng.standard_t(3, size=(size, 70))
    rows[rng.random(rows.shape) < holes] = np.nan
    rows[0] = 0.001  # a flat one
    return mean_distances(rows, pd.RangeIndex(size), (30, 70), 0.01, 20, "products")


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.sampled_from([0.0, 0.05, 0.6]), st.integers(0, 10**6), st.booleans())
def test_rows_are_those_of_the_matrix_before_all_pairs_are_held_and_after(
    size: int, holes: float, seed: int, inert: bool
) -> None:
    found = simulated(size, holes, seed)
    if inert:
        found = drawn_together(found, np.arange(size) % 3 - 1, 0.5)
    places = np.random.default_rng(seed).permutation(size)[: size // 2 + 1]
    computed, strips = found.rows(places), np.vstack([rows for _, rows in found.strips()])
    matrix = found.square()
    np.testing.assert_array_equal(computed, matrix[places])
    np.testing.assert_array_equal(strips, matrix)
    np.testing.assert_array_equal(squareform(found.condensed, checks=False), matrix if size > 1 else [[0.0]])
    np.testing.assert_array_equal(found.rows(places), matrix[places])
    np.testing.assert_array_equal(np.vstack([rows for _, rows in found.strips()]), matrix)


def test_strips_name_the_places_of_their_rows() -> None:
    found = simulated(600, 0.0)
    matrix = found.square()
    for strip, rows in found.strips():
        np.testing.assert_array_equal(rows, matrix[strip])


def test_what_is_held_or_given_nobody_can_change() -> None:
    given = np.array([[0.0, 0.3], [0.3, 0.0]])
    found = Distances.of_square(given)
    found.square()[:] = found.rows(np.array([0]))[:] = 9.0
    drawn_together(found, np.array([0, 0]), 0.5).square()
    np.testing.assert_array_equal(given, [[0.0, 0.3], [0.3, 0.0]])
    with pytest.raises(ValueError, match="read-only"):
        found.condensed[0] = 0.0
    assert found.rows(np.array([1])).tolist() == [[0.3, 0.0]]


def test_the_products_of_points_are_the_correlations() -> None:
    found = upstream("distance")
    (points,) = found.points
    implied = 1.0 - 2.0 * found.square() ** 2
    complete = (points != 0.0).all(axis=1)
    assert complete.sum() > 5
    expected = 0.99 * (points @ points.T)[np.ix_(complete, complete)]
    np.testing.assert_allclose(implied[np.ix_(complete, complete)], expected + 0.01 * np.eye(complete.sum()), atol=1e-6)
