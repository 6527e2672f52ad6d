"""A matrix is the same wherever it is cut and however many threads there are; an error of a tile is an error."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from threadpoolctl import threadpool_info, threadpool_limits

from tradingview_scraper.pipelines.selection.dataflow import tiles
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import mean_distances


def rows_with(holes: float, size: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = rng.standard_t(3, size=(size, 70)) * 0.02
    rows[rng.random(rows.shape) < holes] = np.nan
    rows[0] = 0.001  # a flat one
    return rows


def distances(rows: np.ndarray, lookbacks: tuple[int, ...], method: str = "products") -> Distances:
    return mean_distances(rows, pd.RangeIndex(len(rows)), lookbacks, 0.01, 20, method)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 60),
    tile=st.integers(1, 64),
    holes=st.sampled_from([0.0, 0.02, 0.6]),
    method=st.sampled_from(["products", "pandas"]),
)
def test_distances_are_the_same_bits_in_tiles_of_any_size(
    seed: int, size: int, tile: int, holes: float, method: str
) -> None:
    rows = rows_with(holes, size, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE", size)
        whole = distances(rows, (30, 70), method).square()
        patch.setattr(tiles, "TILE", tile)
        cut = distances(rows, (30, 70), method)
        np.testing.assert_array_equal(cut.square(), whole)
        np.testing.assert_array_equal(squareform(cut.condensed), whole)
    np.testing.assert_array_equal(whole, whole.T)


@pytest.mark.parametrize("holes", [0.0, 0.05])
def test_distances_are_the_same_bits_for_any_number_of_threads(holes: float) -> None:
    rows = rows_with(holes, 600)
    found = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            found.append(distances(rows, (70,)).square())
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize("size", [2, tiles.TILE + 1])
def test_blas_has_one_thread_for_one_tile_as_for_many(size: int) -> None:
    seen = []

    def block(rows: slice, columns: slice) -> np.ndarray:
        seen.extend(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return np.zeros((rows.stop - rows.start, columns.stop - columns.start))

    with threadpool_limits(2):
        tiles.symmetric(size, block)
    assert {*seen} == {1}


def test_an_error_of_a_tile_is_raised() -> None:
    def block(rows: slice, columns: slice) -> np.ndarray:
        raise ValueError(f"no rows {rows.start}")

    with pytest.raises(ValueError, match="no rows"):
        tiles.symmetric(2 * tiles.TILE, block)


def test_numpy_is_as_silent_in_the_threads_as_outside() -> None:
    def block(rows: slice, columns: slice) -> np.ndarray:
        return np.log(np.zeros((rows.stop - rows.start, columns.stop - columns.start)))

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        assert np.isneginf(tiles.symmetric(2 * tiles.TILE, block)).all()
