"""Rows with gaps are grouped by length and keep the bits of the row that stands alone."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from support.market import returns
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import (
    asset_rows,
    equal_length_groups,
    row_means,
    row_medians,
)

NUMBERS = st.one_of(st.floats(-1e3, 1e3), st.just(np.nan))
MATRICES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9), elements=NUMBERS)


def test_asset_rows_turns_days_by_assets_round_contiguously() -> None:
    frame = returns()
    rows = asset_rows(frame)
    assert rows.shape == frame.shape[::-1]
    assert rows.flags.c_contiguous
    np.testing.assert_array_equal(rows[3], frame.iloc[:, 3])


@settings(max_examples=50, deadline=None)
@given(matrix=MATRICES)
def test_groups_hold_each_row_once_without_its_gaps(matrix: np.ndarray) -> None:
    seen: list[int] = []
    for members, compact in equal_length_groups(matrix, ~np.isnan(matrix)):
        seen += members.tolist()
        assert compact.shape[0] == len(members)
        for row, values in zip(members, compact, strict=True):
            np.testing.assert_array_equal(values, matrix[row][~np.isnan(matrix[row])])
    assert sorted(seen) == list(range(len(matrix)))


@settings(max_examples=50, deadline=None)
@given(matrix=MATRICES)
def test_means_have_the_bits_of_each_row_alone(matrix: np.ndarray) -> None:
    expected = [row[~np.isnan(row)].mean() if (~np.isnan(row)).any() else np.nan for row in matrix]
    np.testing.assert_array_equal(row_means(matrix, ~np.isnan(matrix)), np.array(expected, dtype=float))


def test_means_of_real_returns_have_the_bits_of_each_row_alone() -> None:
    rows = asset_rows(returns())
    alone = [pd.Series(row).dropna().to_numpy().mean() for row in rows]
    np.testing.assert_array_equal(row_means(rows, ~np.isnan(rows)), alone)


@settings(max_examples=50, deadline=None)
@given(matrix=MATRICES)
def test_medians_are_those_of_the_known_values(matrix: np.ndarray) -> None:
    alone = [row[~np.isnan(row)] for row in matrix]
    expected = [np.median(known) if len(known) else np.nan for known in alone]
    np.testing.assert_array_equal(row_medians(matrix), np.array(expected, dtype=float))
