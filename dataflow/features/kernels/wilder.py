"""Wilder's directional movement system (New Concepts in Technical Trading Systems, 1978), for all assets at once.

True range and directional movements of each day, smoothed by Wilder's average (the mean of the first `length` values,
then 1/length of each new one), give DI+ and DI-; the same average of DX gives ADX. Each asset's bars are moved to the left,
so that late listings and gaps cost nothing: a gap joins the bars on its two sides.
"""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows

LINES = ("adx", "plus_di", "minus_di")


def directional_movement(high: pd.DataFrame, low: pd.DataFrame, close: pd.DataFrame, length: int) -> pd.DataFrame:
    """ADX, DI+ and DI- of the last day, assets x 3, in [0, 100].

    NaN where there are fewer than 2 x length bars (DI: length + 1), or where the range is zero throughout.
    """
    bars = [asset_rows(frame) for frame in (high, low, close)]
    known = ~np.isnan(bars[0]) & ~np.isnan(bars[1]) & ~np.isnan(bars[2])
    counts = known.sum(axis=1)
    long = counts > length
    lines = np.full((len(close.columns), len(LINES)), np.nan)
    if long.any():
        highs, lows, closes = (_from_the_left(rows[long], known[long]) for rows in bars)
        lines[long] = _last_lines(highs, lows, closes, counts[long], length)
    return pd.DataFrame(lines, index=close.columns, columns=list(LINES))


def _from_the_left(rows: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Each row's known values from its beginning on, NaN behind them."""
    counts = known.sum(axis=1)
    aligned = np.full((len(rows), counts.max()), np.nan)
    aligned[np.arange(aligned.shape[1]) < counts[:, None]] = rows[known]
    return aligned


def _last_lines(high: np.ndarray, low: np.ndarray, close: np.ndarray, counts: np.ndarray, length: int) -> np.ndarray:
    """The three lines on the last of each row's `counts` bars; what is computed behind it is not read."""
    up, down = np.diff(high, axis=1), -np.diff(low, axis=1)
    plus = np.where((up > down) & (up > 0), up, 0.0)
    minus = np.where((down > up) & (down > 0), down, 0.0)
    previous = close[:, :-1]
    true_range = np.maximum(high[:, 1:], previous) - np.minimum(low[:, 1:], previous)
    span, plus, minus = np.split(wilder_average(np.concatenate([true_range, plus, minus]), length), 3)
    flat = span <= 0
    plus_di = np.where(flat, np.nan, 100.0 * plus / np.where(flat, 1.0, span))
    minus_di = np.where(flat, np.nan, 100.0 * minus / np.where(flat, 1.0, span))
    # A close beyond its day's range (by a rounding) can make a movement longer than the true range.
    plus_di, minus_di = np.minimum(plus_di, 100.0), np.minimum(minus_di, 100.0)
    total = plus_di + minus_di
    still = ~(total > 0)
    dx = np.where(still, 0.0, 100.0 * np.abs(plus_di - minus_di) / np.where(still, 1.0, total))
    rows, last = np.arange(len(counts)), counts - length - 1
    adx = np.full(len(counts), np.nan)
    enough = counts >= 2 * length
    if enough.any():
        adx[enough] = wilder_average(dx, length)[rows[enough], (counts - 2 * length)[enough]]
    adx = np.where(np.isnan(plus_di[rows, last]), np.nan, adx)
    return np.column_stack([adx, plus_di[rows, last], minus_di[rows, last]])


def wilder_average(values: np.ndarray, length: int) -> np.ndarray:
    """Wilder's smoothing along the last axis, (rows, days) to (rows, days - length + 1)."""
    # `scipy.signal.lfilter` is this recursion; compiled to fused multiplications it may have other bits.
    weight = 1.0 / length
    smoothed = weight * np.ascontiguousarray(values[:, length - 1 :].T)
    smoothed[0] = values[:, :length].mean(axis=1)
    for day in range(1, len(smoothed)):
        smoothed[day] += (1.0 - weight) * smoothed[day - 1]
    return np.ascontiguousarray(smoothed.T)
