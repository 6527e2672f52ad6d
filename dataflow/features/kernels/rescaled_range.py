"""Hurst exponents of many series at once by rescaled range (V3_4.md, section 2).

For each lag the leading blocks' R/S, their mean per asset, then the slope of ln(mean R/S) on ln(lag). Short blocks of pure noise
have a steeper slope than 0.5; with the correction of Anis & Lloyd each R/S is first held against that of noise.
"""

import math
from collections.abc import Callable

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import row_means, row_order_sum
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln

LAGS = (8, 16, 32, 64, 128, 256, 512)
SHORT_LAGS = (10, 15, 20, 25)
CHUNK = 512
"""Rows at a time, so that what is computed of them stays in the processor's cache."""
Slope = Callable[[np.ndarray, np.ndarray], np.ndarray]


def hurst_exponent(
    rows: np.ndarray,
    *,
    min_days: int,
    thin: float = np.nan,
    own_days: bool = False,
    portable: bool = True,
    corrected: bool = False,
) -> np.ndarray:
    """Hurst exponent of each row (assets, days), in [0, 1]; a block with a NaN doesn't count.

    NaN with fewer than `min_days` days; `thin` with fewer than two usable lags. With `own_days` a row's days are those from
    its first known value to its last, as if it had been given alone; else all there are (v3.4). The `portable` slope is the
    same on every processor; the other is LAPACK's (v3.4). `corrected` by the expected R/S of noise, white noise has 0.5.
    """
    if own_days:
        rows, spans = _from_first_day(rows)
        exponent = _exponents(rows, spans, min_days, thin, portable, corrected)
        return np.where(spans < min_days, np.nan, exponent)
    return _exponents(rows, np.full(len(rows), rows.shape[1]), min_days, thin, portable, corrected)


def _from_first_day(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows shifted so that each begins with its first known value, NaN behind its last, and their spans."""
    known = ~np.isnan(rows)
    days = rows.shape[1]
    if not known.size:
        return rows, np.zeros(len(rows), dtype=int)
    first = known.argmax(axis=1)
    spans = np.where(known.any(axis=1), days - known[:, ::-1].argmax(axis=1) - first, 0)
    late = np.flatnonzero(first)
    if len(late):
        places = np.arange(days) + first[late, None]
        rows = rows.copy()
        rows[late] = np.where(
            places < days, np.take_along_axis(rows[late], np.minimum(places, days - 1), axis=1), np.nan
        )
    return np.ascontiguousarray(rows[:, : spans.max()]), spans


def expected_rescaled_range(lag: int) -> float:
    """R/S of `lag` independent normal values: Gamma((n-1)/2) / (sqrt(pi) Gamma(n/2)) x sum over i < n of sqrt((n-i)/i).

    By the recursion of the Gamma function, so that it has the same bits everywhere.
    Source: Anis and Lloyd, Biometrika 63 (1976), with the standard deviation by n, as `rescaled_ranges` has it.
    """
    ratio = 1.0 if lag % 2 == 0 else 2.0 / math.pi  # Gamma((n-1)/2) / Gamma(n/2) over sqrt(pi), of n = 2 or 3
    for smaller in range(2 + lag % 2, lag, 2):
        ratio *= (smaller - 1) / smaller
    return ratio * sum(math.sqrt((lag - i) / i) for i in range(1, lag))


def _exponents(
    rows: np.ndarray, spans: np.ndarray, min_days: int, thin: float, portable: bool, corrected: bool
) -> np.ndarray:
    days = rows.shape[1]
    if days < min_days:
        return np.full(len(rows), np.nan)
    lags = [lag for lag in LAGS if lag <= days // 2]
    if len(lags) < 2:
        lags = [lag for lag in SHORT_LAGS if lag <= days // 2]
    ranges = np.where(spans[:, None] >= 2 * np.array(lags), _mean_rescaled_ranges(rows, lags), np.nan)
    if corrected:
        # Noise then has sqrt(lag) throughout, whose slope is 0.5.
        ranges *= np.array([math.sqrt(lag) / expected_rescaled_range(lag) for lag in lags])
    return _slopes(np.array(lags), ranges, thin, _slope if portable else _fitted_slope)


def _mean_rescaled_ranges(rows: np.ndarray, lags: list[int]) -> np.ndarray:
    """Mean R/S (rows, lags) over the row's leading blocks of each length with R/S > 0; NaN where there is none."""
    if rows.dtype == np.float64:
        rescaled = [np.empty((len(rows), rows.shape[1] // lag)) for lag in lags]
        for start in range(0, len(rows), CHUNK):
            days = np.ascontiguousarray(rows[start : start + CHUNK].T)
            for found, lag in zip(rescaled, lags, strict=True):
                found[start : start + CHUNK] = rescaled_ranges_over_time(days, lag).T
    else:  # of the small floats that v3.4 believes NumPy takes some means in a larger type
        rescaled = [rescaled_ranges(rows, lag) for lag in lags]
    return np.column_stack([row_means(found, found > 0) for found in rescaled])


def rescaled_ranges(rows: np.ndarray, lag: int) -> np.ndarray:
    """R/S of each block, (rows, days) to (rows, blocks); 0 where a block is flat or has a NaN."""
    blocks = rows[:, : rows.shape[1] // lag * lag].reshape(len(rows), -1, lag)
    deviation = blocks - blocks.mean(axis=2, keepdims=True)
    path = np.cumsum(deviation, axis=2)
    spread = path.max(axis=2) - path.min(axis=2)
    return _rescaled(spread, np.std(blocks, axis=2))


def rescaled_ranges_over_time(days: np.ndarray, lag: int) -> np.ndarray:
    """The same bits in a quarter of the time, (days, rows) to (blocks, rows): a day of all rows and blocks at once."""
    blocks = days[: len(days) // lag * lag].reshape(-1, lag, days.shape[1])
    deviation = blocks - (row_order_sum(blocks) / lag)[:, None]
    path = deviation[:, 0].copy()
    highest, lowest = path.copy(), path.copy()
    for day in range(1, lag):
        path += deviation[:, day]
        np.maximum(highest, path, out=highest)
        np.minimum(lowest, path, out=lowest)
    variance = row_order_sum(np.multiply(deviation, deviation, out=deviation)) / lag
    return _rescaled(highest - lowest, np.sqrt(variance))


def _rescaled(spread: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.divide(spread, scale, out=np.zeros_like(spread), where=scale > 1e-12)


def _slopes(lags: np.ndarray, ranges: np.ndarray, thin: float, slope: Slope) -> np.ndarray:
    """Clipped slope of ln(range) on ln(lag), over each asset's usable lags."""
    usable = ~np.isnan(ranges)
    # Assets with the same usable lags share one regression: a pattern is a number with a bit a lag.
    pattern = usable @ (1 << np.arange(len(lags)))
    result = np.full(len(ranges), thin)
    for bits in np.unique(pattern):
        chosen = (bits >> np.arange(len(lags)) & 1).astype(bool)
        if chosen.sum() < 2:
            continue
        members = np.flatnonzero(pattern == bits)
        result[members] = np.clip(slope(lags[chosen], ranges[members][:, chosen]), 0.0, 1.0)
    return result


def _slope(lags: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """Least squares in closed form; sums of at most seven numbers, in their order."""
    x, y = ln(lags), ln(ranges)
    x = x - x.mean()
    return (x * y).sum(axis=1) / (x * x).sum()


def _fitted_slope(lags: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    return np.asarray(np.polyfit(np.log(lags), np.log(ranges).T, 1)[0])
