"""Probability maps: a metric's place among the assets as a number in [0, 1] (V3_4.md, section 3).

Ranks and moments are taken over a reference set of assets; everybody, in it or not, is placed against that set. `mapped` does
it for a scorer's metrics.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

FLOOR = 0.001
RANK_FLOOR = 0.01


def rank_probability(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """0.01 for the lowest to 1 for the highest average rank; NaN counts as the minimum."""
    unknown = np.isnan(values)
    known = values[reference & ~unknown]
    filled = np.where(unknown, known.min() if len(known) else np.nan, values)
    ranks = _ranks_against(filled, reference)
    span = max(int(reference.sum()) - 1, 1)
    return RANK_FLOOR + ((1.0 - RANK_FLOOR) * (ranks - 1.0)) / span


def descending_rank_probability(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """As `rank_probability`, the lowest value on top."""
    return rank_probability(-values, reference)


def _ranks_against(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Average ranks among the reference; for a value that isn't in it, the rank of its nearest place; NaN stays NaN."""
    order = np.argsort(values)
    placed = values[order]
    # Of each run of equal values where it begins and ends, and how many of the reference lie before these places.
    edges = np.flatnonzero(np.r_[True, placed[1:] != placed[:-1], True])
    before = np.r_[0, np.cumsum(reference[order])][edges]
    below, equal = before[:-1], np.diff(before)
    ranks = below + (equal + 1) / 2.0
    found = np.empty(len(values))
    found[order] = np.repeat(np.clip(ranks, 1.0, max(before[-1], 1)), np.diff(edges))
    found[np.isnan(values)] = np.nan
    return found


def cdf_probability(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The value itself where all lie in [0, 1], else the normal CDF of its z-score; in [0.001, 1], NaN stays NaN."""
    known = values[reference]
    known = known[~np.isnan(known)]
    if not len(known):
        return np.full(len(values), np.nan)
    if known.min() >= 0.0 and known.max() <= 1.0:
        return np.clip(values, FLOOR, 1.0)
    from scipy.special import ndtr  # takes a tenth of a second, and few metrics need it

    mean, deviation = moments(values[reference])
    return np.clip(ndtr((values - mean) / (deviation + 1e-9)), FLOOR, 1.0)


def moments(values: np.ndarray) -> tuple[float, float]:
    """Mean and sample standard deviation over the known values, summed as pandas sums them (NaN as 0)."""
    known = ~np.isnan(values)
    count = known.sum()
    mean = np.where(known, values, 0.0).sum() / count
    deviation = np.where(known, mean - values, 0.0)
    variance = (deviation**2).sum() / (count - 1) if count > 1 else np.nan
    return float(mean), float(np.sqrt(variance))


def mapped(metrics: pd.DataFrame, maps: Mapping[str, str], universe: np.ndarray) -> pd.DataFrame:
    """Each of some metrics by its map: assets x metrics, in the order of `maps`."""
    values = np.array([MAPS[how](metrics[name].to_numpy(), universe) for name, how in maps.items()])
    return pd.DataFrame(values.T, index=metrics.index, columns=list(maps), copy=False)


MAPS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "rank": rank_probability,
    "rank_desc": descending_rank_probability,
    "cdf": cdf_probability,
}
