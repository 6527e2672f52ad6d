"""Probability maps: a metric's place among the assets as a number in [0, 1] (V3_4.md, section 3).

Ranks and moments are taken over a reference set of assets; everybody, in it or not, is placed against that set.
"""

from collections.abc import Callable, Mapping

import numpy as np

FLOOR = 0.001
RANK_FLOOR = 0.01


def rank_probability(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """0.01 for the lowest to 1 for the highest average rank; NaN counts as the minimum."""
    known = values[reference]
    lowest = np.nanmin(known) if (~np.isnan(known)).any() else np.nan
    filled = np.where(np.isnan(values), lowest, values)
    ranks = _ranks_against(filled, np.sort(filled[reference]))
    span = max(int(reference.sum()) - 1, 1)
    return RANK_FLOOR + ((1.0 - RANK_FLOOR) * (ranks - 1.0)) / span


def descending_rank_probability(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """As `rank_probability`, the lowest value on top."""
    return rank_probability(-values, reference)


def _ranks_against(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Average ranks among `ordered`; for a value that isn't in it, the rank of its nearest place; NaN stays NaN."""
    # In ascending order: a search that begins where the last one ended takes a quarter of the time.
    order = np.argsort(values)
    placed = values[order]
    below = np.searchsorted(ordered, placed)
    equal = np.searchsorted(ordered, placed, side="right") - below
    ranks = below + (equal + 1) / 2.0
    found = np.empty(len(values))
    found[order] = np.where(np.isnan(placed), np.nan, np.clip(ranks, 1.0, max(len(ordered), 1)))
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


MAPS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "rank": rank_probability,
    "rank_desc": descending_rank_probability,
    "cdf": cdf_probability,
}
