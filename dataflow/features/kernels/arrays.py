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
    means = np.full(len(matrix), np.nan)
    for rows, compact in equal_length_groups(matrix, valid):
        if compact.shape[1]:
            means[rows] = compact.mean(axis=1)
    return means
