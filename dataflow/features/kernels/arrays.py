"""Vectorised building blocks of the factors: assets are rows, days are the contiguous last axis.

NumPy reduces a contiguous row with the same pairwise sum whether it stands alone or in a matrix, so whole universes give
the bits of asset-by-asset code (notes/NUMERICS.md). `equal_length_groups` extends that to rows with gaps.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd


def asset_rows(frame: pd.DataFrame) -> np.ndarray:
    """A days x assets frame as a C-contiguous (assets, days) array."""
    return np.ascontiguousarray(frame.to_numpy().T)


def by_dtype(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The columns of each type of number; v3.4 computes with a column in the type in which it is given it."""
    kinds = frame.dtypes.tolist()
    found = dict.fromkeys(kinds)
    if len(found) == 1:
        return {str(kind): frame for kind in found}
    return {str(kind): frame.loc[:, [each == kind for each in kinds]] for kind in found}


def equal_length_groups(matrix: np.ndarray, valid: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The rows compacted to their valid values: for each number n of them, (row numbers, array (rows, n)).

    Every row's values stand in one contiguous piece, as if the invalid ones had never been there.
    """
    counts = valid.sum(axis=1)
    if counts.size and (counts == matrix.shape[1]).all():
        yield np.arange(len(matrix)), matrix
        return
    for count in np.unique(counts):
        rows = np.flatnonzero(counts == count)
        yield rows, matrix[rows][valid[rows]].reshape(len(rows), count)


def row_means(matrix: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Mean of the valid values of each row, NaN where there are none."""
    means = np.full(len(matrix), np.nan, dtype=matrix.dtype)
    for rows, compact in equal_length_groups(matrix, valid):
        if compact.shape[1]:
            means[rows] = compact.mean(axis=1)
    return means


def row_medians(matrix: np.ndarray) -> np.ndarray:
    """Median of the known values of each row, NaN where there are none; `numpy.nanmedian` takes three to six times as long."""
    if not matrix.shape[1]:
        return np.full(len(matrix), np.nan)
    ordered = np.sort(matrix, axis=1)  # what is unknown goes to the end
    count = ordered.shape[1] - np.isnan(ordered).sum(axis=1)
    rows, middle = np.arange(len(ordered)), count // 2
    return np.asarray((ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, middle]) / 2)


def row_order_sum(blocks: np.ndarray) -> np.ndarray:
    """Sum over the middle axis, (blocks, days, rows) to (blocks, rows), with the bits that NumPy gives for contiguous days.

    NumPy halves a contiguous row down to pieces of at most 128 values, and adds each piece in eight lanes. At least 8 days.
    """
    days = blocks.shape[1]
    if days > 128:
        half = days // 16 * 8
        return row_order_sum(blocks[:, :half]) + row_order_sum(blocks[:, half:])
    whole = days // 8 * 8
    a, b, c, d, e, f, g, h = np.moveaxis(
        blocks[:, :whole].reshape(len(blocks), -1, 8, blocks.shape[2]).sum(axis=1), 1, 0
    )
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for day in range(whole, days):
        total += blocks[:, day]
    return np.asarray(total)


def sample_deviation(rows: np.ndarray) -> np.ndarray:
    """Standard deviation (ddof 1) of each row; of small floats as pandas does it, their variance rounded to their size."""
    if rows.dtype.kind != "f" or rows.dtype.itemsize >= 8:
        return np.asarray(np.std(rows, axis=1, ddof=1))
    return np.sqrt(np.var(rows.astype(np.float64), axis=1, ddof=1).astype(rows.dtype))
