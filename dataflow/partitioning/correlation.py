"""Pairwise-complete correlation of many return series, with the same bits on every processor.

Products of values, squares and masks where there are gaps, one product where there are none. BLAS adds in another order with
every kernel and number of threads; so each row has unit length and is rounded to whole steps of 2^-25. Products of two
such numbers are whole steps of 2^-50, and no sum of them exceeds 1 by more than a rounding: all fit into a double, every
partial sum is exact, and the order doesn't matter, nor into which tiles a matrix is cut. That moves a correlation by 6e-8 at
most.

pandas takes 13 times as long (notes/NUMERICS.md) and is kept for parity with v3.4, whose last bits it has.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.tiles import Block, Places, symmetric

# Deviations from the mean up to this share of the largest value are rounding.
FLAT = 1e-13
MANY = 0.5
"""Share of assets with gaps above which it is quicker to multiply all than to pick them."""
STEPS = 2.0**25
"""Steps per unit: the square of a row, 2^50 steps of a product, has three bits to spare in a double."""


def pairwise_correlation(rows: np.ndarray, min_common: int, method: str) -> np.ndarray:
    """Pearson correlation (assets, assets) over the days that both traded, zeros and NaN counting as not traded.

    Undefined entries (fewer than `min_common` common days, no variance) are 0, on the diagonal too.
    """
    if method == "pandas":
        return _by_pandas(rows, min_common)
    units, known = unit_rows(rows)
    correlation = symmetric(len(rows), _block(units, known, min_common))
    if known.all():
        np.fill_diagonal(correlation, np.where(units.any(axis=1) & (units.shape[1] >= min_common), 1.0, 0.0))
    return correlation


def mean_distances(
    rows: np.ndarray, assets: pd.Index, lookbacks: Sequence[int], shrinkage: float, min_common: int, method: str
) -> Distances:
    """Mean over the lookbacks of the distance of the shrunk correlations.

    A lookback is a number of last days; 0 of them are none, and only v3.4 takes that.
    """
    parts = [rows[:, rows.shape[1] - days :] for days in lookbacks]
    if method == "pandas":
        wholes = [Distances.of_square(_by_pandas(part, min_common)).block for part in parts]
        return Distances.of_square(Distances(assets, _mean(wholes, shrinkage)).square(), assets)
    told = [unit_rows(part) for part in parts]
    blocks = [_block(units, known, min_common) for units, known in told]
    return Distances(assets, _mean(blocks, shrinkage), tuple(units for units, _ in told))


def _mean(correlations: Sequence[Block], shrinkage: float) -> Block:
    """What gives any part of the mean distance of these correlations."""

    def block(some: Places, others: Places) -> np.ndarray:
        # Shrinking leaves an asset's distance from itself alone, which is 0 whatever comes of it here.
        first, *further = (correlation_distance(each(some, others), shrinkage) for each in correlations)
        for distance in further:
            first += distance
        first /= len(correlations)
        return first

    return block


def _by_pandas(rows: np.ndarray, min_common: int) -> np.ndarray:
    traded = pd.DataFrame(np.where(rows == 0.0, np.nan, rows).T)
    return np.nan_to_num(traded.corr(min_periods=min_common).to_numpy())


def unit_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row less its mean at length 1, in steps of 2^-25, 0 on days without trading; and the days it traded (bool)."""
    traded = np.where(rows == 0.0, np.nan, rows)
    known = ~np.isnan(traded)
    # Centring first keeps the sums of squares from cancelling; any shift of a series leaves its correlations alone.
    centred = np.where(known, traded - _means(traded, known)[:, None], 0.0)
    # What centring leaves of a flat series is rounding, not variance.
    level = np.abs(np.where(known, traded, 0.0)).max(axis=1, initial=0.0)
    centred[np.abs(centred).max(axis=1, initial=0.0) <= FLAT * level] = 0.0
    units = rounded_units(centred)
    units.flags.writeable = False
    return units, known


def _block(units: np.ndarray, known: np.ndarray, min_common: int) -> Block:
    """What gives any part of the correlation of these rows, but for an asset and itself."""
    return _complete(units, min_common) if known.all() else _with_gaps(units, known.astype(np.float64), min_common)


def _means(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def rounded_units(centred: np.ndarray) -> np.ndarray:
    """Each row at length 1, in steps of 2^-25; a flat row stays 0."""
    length = np.sqrt((centred**2).sum(axis=1))
    steps = centred * (STEPS / np.where(length > 0, length, 1.0))[:, None]
    return np.rint(steps, out=steps) / STEPS


def _complete(units: np.ndarray, min_common: int) -> Block:
    few = units.shape[1] < min_common

    def block(some: Places, others: Places) -> np.ndarray:
        correlation: np.ndarray = units[some] @ units[others].T
        if few:
            correlation[:] = 0.0
        return correlation

    return block


def _with_gaps(units: np.ndarray, known: np.ndarray, min_common: int) -> Block:
    squares = units**2
    gappy = np.asarray(~known.all(axis=1), dtype=bool)
    days, total, total_square = known.sum(axis=1), units.sum(axis=1), squares.sum(axis=1)

    def over_days_of(others: Places, values: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """Each row's sum over the days of each of the others, (rows, others); `whole` where these miss none."""
        few = gappy[others]
        if few.mean() > MANY:
            return np.asarray(values @ known[others].T)
        sums = np.repeat(whole[:, None], len(few), axis=1)
        sums[:, few] = values @ known[others][few].T
        return sums

    def block(some: Places, others: Places) -> np.ndarray:
        common = over_days_of(others, known[some], days[some])
        safe = np.maximum(common, 1.0)
        sums = over_days_of(others, units[some], total[some])
        their_sums = np.ascontiguousarray(over_days_of(some, units[others], total[others]).T)
        own_squares = over_days_of(others, squares[some], total_square[some])
        their_squares = np.ascontiguousarray(over_days_of(some, squares[others], total_square[others]).T)
        variance, their_variance = own_squares - sums**2 / safe, their_squares - their_sums**2 / safe
        covariance = units[some] @ units[others].T - sums * their_sums / safe
        scale = np.sqrt(np.maximum(variance, 0.0) * np.maximum(their_variance, 0.0))
        # What centring leaves of a flat series is rounding: a millionth of a millionth of its squares.
        defined = (variance > 1e-12 * own_squares) & (their_variance > 1e-12 * their_squares)
        defined &= (common >= min_common) & (scale > 0)
        return np.divide(covariance, scale, out=np.zeros_like(scale), where=defined)

    return block


def shrunk(correlation: np.ndarray, intensity: float) -> np.ndarray:
    """Correlation drawn towards the identity: C (1 - s) + I s."""
    drawn = correlation * (1.0 - intensity)
    drawn.flat[:: len(drawn) + 1] += intensity
    return drawn


def correlation_distance(correlation: np.ndarray, shrinkage: float) -> np.ndarray:
    """sqrt(0.5 (1 - C)), C being shrunk and clipped to [-1, 1]: 0 for equal series, 1 for opposite ones. In place.

    Written as sqrt(0.5 - 0.5 C), which has the same bits and takes a pass less: halving is exact.
    """
    distance = np.multiply(correlation, 0.5 * (1.0 - shrinkage), out=correlation)
    np.clip(distance, -0.5, 0.5, out=distance)
    np.subtract(0.5, distance, out=distance)
    return np.sqrt(distance, out=distance)
