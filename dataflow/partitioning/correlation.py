"""Pairwise-complete correlation of many return series.

Four matrix products (values, squares, masks) where there are gaps, one where there are none; pandas takes 13 times as
long (notes/NUMERICS.md) and is kept for parity with v3.4, whose last bits it has.
"""

import numpy as np
import pandas as pd

# Deviations from the mean up to this share of the largest value are rounding.
FLAT = 1e-13


def pairwise_correlation(rows: np.ndarray, min_common: int, method: str) -> np.ndarray:
    """Pearson correlation (assets, assets) over the days that both traded, zeros and NaN counting as not traded.

    Undefined entries (fewer than `min_common` common days, no variance) are 0, on the diagonal too.
    """
    traded = np.where(rows == 0.0, np.nan, rows)
    if method == "pandas":
        return np.nan_to_num(pd.DataFrame(traded.T).corr(min_periods=min_common).to_numpy())
    known = ~np.isnan(traded)
    # Centring first keeps the sums of squares from cancelling; any shift of a series leaves its correlations alone.
    centred = np.where(known, traded - _means(traded, known)[:, None], 0.0)
    # What centring leaves of a flat series is rounding, not variance.
    level = np.abs(np.where(known, traded, 0.0)).max(axis=1, initial=0.0)
    centred[np.abs(centred).max(axis=1, initial=0.0) <= FLAT * level] = 0.0
    return _complete(centred, min_common) if known.all() else _with_gaps(centred, known.astype(np.float64), min_common)


def _means(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def _complete(centred: np.ndarray, min_common: int) -> np.ndarray:
    if centred.shape[1] < min_common:
        return np.zeros((len(centred), len(centred)))
    norm = np.sqrt((centred**2).sum(axis=1))
    scaled = np.divide(centred, norm[:, None], out=np.zeros_like(centred), where=norm[:, None] > 0)
    correlation = scaled @ scaled.T
    np.fill_diagonal(correlation, np.where(norm > 0, 1.0, 0.0))
    return correlation


def _with_gaps(centred: np.ndarray, known: np.ndarray, min_common: int) -> np.ndarray:
    common = known @ known.T
    safe = np.maximum(common, 1.0)
    sums = centred @ known.T
    squares = (centred**2) @ known.T
    variance = squares - sums**2 / safe
    covariance = centred @ centred.T - sums * sums.T / safe
    scale = np.sqrt(np.maximum(variance, 0.0) * np.maximum(variance.T, 0.0))
    # What centring leaves of a flat series is rounding: a millionth of a millionth of its squares.
    defined = (common >= min_common) & (variance > 1e-12 * squares) & (variance.T > 1e-12 * squares.T)
    return np.divide(covariance, scale, out=np.zeros_like(scale), where=defined & (scale > 0))


def shrunk(correlation: np.ndarray, intensity: float) -> np.ndarray:
    """Correlation drawn towards the identity: C (1 - s) + I s."""
    drawn = correlation * (1.0 - intensity)
    drawn.flat[:: len(drawn) + 1] += intensity
    return drawn


def correlation_distance(correlation: np.ndarray) -> np.ndarray:
    """sqrt(0.5 (1 - C)) with C clipped to [-1, 1]: 0 for equal series, 1 for opposite ones."""
    # In place: at 5000 assets a matrix is 200 MB.
    distance = np.clip(correlation, -1.0, 1.0)
    np.subtract(1.0, distance, out=distance)
    np.multiply(0.5, distance, out=distance)
    return np.sqrt(distance, out=distance)
