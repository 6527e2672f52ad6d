"""Permutation entropy of many series at once (Bandt and Pompe 2002).

Patterns of all windows, the share of each pattern per asset in lexicographic order, Shannon entropy of the shares.
"""

import math

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import equal_length_groups
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln

# The compare-exchange network that sorted five values on the machine on which v3.4 was recorded (V3_4.md, section 9).
NETWORK = ((0, 1), (2, 3), (0, 3), (1, 2), (0, 1), (2, 3), (3, 4), (0, 2), (1, 3), (0, 1), (2, 3))


def highest_entropy(order: int, window: int) -> float:
    """The most that `window` values can show: all their windows different, or all patterns alike."""
    windows, patterns = window - order + 1, math.factorial(order)
    return math.log(min(windows, patterns)) / math.log(patterns)


def pattern_entropy(
    rows: np.ndarray, *, order: int, min_patterns: int, join_gaps: bool, network_ties: bool, portable: bool
) -> np.ndarray:
    """Entropy of the ordinal patterns of each row (assets, days), divided by ln(order!).

    NaN with fewer than `min_patterns` windows. Windows with a NaN don't count; with `join_gaps` NaN are removed before
    windows are formed. Equal values are ordered by time, or by the fixed network. `portable` logarithms are the same on every
    processor, the others SciPy's (v3.4).
    """
    result = np.full(len(rows), np.nan)
    if join_gaps:
        for members, compact in equal_length_groups(rows, ~np.isnan(rows)):
            result[members] = _entropy(compact, order, min_patterns, network_ties, portable)
        return result
    return _entropy(rows, order, min_patterns, network_ties, portable)


def _entropy(rows: np.ndarray, order: int, min_patterns: int, network_ties: bool, portable: bool) -> np.ndarray:
    if rows.shape[1] < order or not len(rows):
        return np.full(len(rows), np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(rows, order, axis=1)
    whole = ~np.isnan(windows).any(axis=2)
    # The network is that of values of four or eight bytes; smaller ones are sorted by insertion, which is stable.
    by_network = network_ties and order == 5 and rows.dtype.itemsize >= 4
    ranks = _network_order(windows) if by_network else np.argsort(windows, axis=-1, kind="stable")
    codes = ranks @ (order ** np.arange(order - 1, -1, -1))
    # One sort for all: asset-major keys, so that each asset's patterns come in lexicographic order.
    space = order**order
    keys = (np.arange(len(rows))[:, None] * space + codes)[whole]
    distinct, counts = np.unique(keys, return_counts=True)
    total = whole.sum(axis=1)
    shares = counts / total[distinct // space]
    return _normalised(shares, distinct // space, total, order, min_patterns, portable)


def _normalised(
    shares: np.ndarray, owner: np.ndarray, total: np.ndarray, order: int, min_patterns: int, portable: bool
) -> np.ndarray:
    """Entropy of each owner's shares over ln(order!); shares are grouped by owner."""
    result = np.full(len(total), np.nan)
    kinds = np.bincount(owner, minlength=len(total))
    start = np.concatenate([[0], np.cumsum(kinds)[:-1]])
    for count in np.unique(kinds[kinds > 0]):
        members = np.flatnonzero((kinds == count) & (total >= min_patterns))
        if len(members):
            block = shares[start[members][:, None] + np.arange(count)]
            # Divided by their sum, which rounding keeps from 1, as `scipy.stats.entropy` does (a quarter second to import).
            block = block / block.sum(axis=1, keepdims=True)
            surprise = -block * ln(block) if portable else _entr(block)
            result[members] = surprise.sum(axis=1) / math.log(math.factorial(order))
    return result


def _entr(shares: np.ndarray) -> np.ndarray:
    """SciPy's -x ln(x), imported where v3.4 asks for it: that takes a tenth of a second."""
    from scipy.special import entr

    found: np.ndarray = entr(shares)
    return found


def _network_order(windows: np.ndarray) -> np.ndarray:
    """Index order of five values as the fixed network leaves them (it isn't stable)."""
    keys = [windows[..., position].copy() for position in range(5)]
    order = [np.full(windows.shape[:-1], position) for position in range(5)]
    for a, b in NETWORK:
        swap = keys[a] > keys[b]
        keys[a], keys[b] = np.where(swap, keys[b], keys[a]), np.where(swap, keys[a], keys[b])
        order[a], order[b] = np.where(swap, order[b], order[a]), np.where(swap, order[a], order[b])
    return np.stack(order, axis=-1)
