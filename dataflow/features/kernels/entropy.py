"""Permutation entropy of many series at once (Bandt and Pompe 2002).

Patterns of all windows, the share of each pattern per asset in lexicographic order, Shannon entropy of the shares.
"""

import itertools
import math

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import equal_length_groups
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln

# The compare-exchange network that sorted five values on the machine on which v3.4 was recorded (V3_4.md, section 9).
NETWORK = ((0, 1), (2, 3), (0, 3), (1, 2), (0, 1), (2, 3), (3, 4), (0, 2), (1, 3), (0, 1), (2, 3))
CHUNK = 512
"""Rows whose patterns are counted at a time: their table of counts has a column per pattern, 5040 of order 7."""


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
    # The network is that of values of four or eight bytes; smaller ones are sorted by insertion, which is stable.
    by_network = network_ties and order == 5 and rows.dtype.itemsize >= 4
    patterns = network_patterns(rows) if by_network else stable_patterns(rows, order)
    whole = np.logical_and.reduce(_places(~np.isnan(rows), order))
    owner, counts = _pattern_counts(patterns, whole, math.factorial(order))
    total = whole.sum(axis=1)
    return _normalised(counts / total[owner], owner, total, order, min_patterns, portable)


def _places(rows: np.ndarray, order: int) -> list[np.ndarray]:
    """The values at each place of the windows, (rows, windows) each."""
    windows = rows.shape[1] - order + 1
    return [rows[:, place : place + windows] for place in range(order)]


def stable_patterns(rows: np.ndarray, order: int) -> np.ndarray:
    """Number of each window's pattern in lexicographic order of the patterns, which are stable index orders.

    Which earlier values exceed which later ones, a bit per pair, says it all; each pattern has bits of its own.
    """
    orders = np.array(list(itertools.permutations(range(order))))
    ranks = orders.argsort(axis=1)
    places = _places(rows, order)
    bits = np.zeros(places[0].shape, dtype=np.int32)
    bits_of_pattern = np.zeros(len(orders), dtype=np.int32)
    for bit, (early, late) in enumerate(itertools.combinations(range(order), 2)):
        bits |= (places[early] > places[late]).astype(np.int32) << bit
        bits_of_pattern |= (ranks[:, early] > ranks[:, late]).astype(np.int32) << bit
    number = np.zeros(2 ** (order * (order - 1) // 2), dtype=np.int32)
    number[bits_of_pattern] = np.arange(len(orders))
    return number[bits]


def network_patterns(rows: np.ndarray) -> np.ndarray:
    """The same of windows of five whose ties are as the network leaves them."""
    orders = np.array(list(itertools.permutations(range(5))))
    powers = 5 ** np.arange(4, -1, -1)
    number = np.zeros(5**5, dtype=np.int32)
    number[orders @ powers] = np.arange(len(orders))
    return number[_network_order(np.lib.stride_tricks.sliding_window_view(rows, 5, axis=1)) @ powers]


def _pattern_counts(patterns: np.ndarray, whole: np.ndarray, kinds: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and count of each pattern that a row's whole windows have, by row and then by pattern."""
    owners, counts = [], []
    for start in range(0, len(patterns), CHUNK):
        chunk = slice(start, start + CHUNK)
        keys = np.arange(len(patterns[chunk]))[:, None] * kinds + patterns[chunk]
        found = np.bincount(keys[whole[chunk]], minlength=1)
        seen = np.flatnonzero(found)
        owners.append(seen // kinds + start)
        counts.append(found[seen])
    return np.concatenate(owners), np.concatenate(counts)


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
