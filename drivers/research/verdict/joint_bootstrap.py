"""Several challengers against one champion: how likely the best of them is no better than luck.

`joint_test` draws the same dates for all challengers, in blocks, so that what they have in common stays in common; each
draw's mean is measured by the spread of that draw (bootstrap-t). Then it goes down from the best: each is held against the best
of all that are not better than it (Romano & Wolf 2005, "Stepwise multiple testing as formalized data snooping"). The
p-values hold for all challengers at once: the chance that *any* idle one gets a p below x is at most about x.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import (
    FEWEST,
    hac,
    stationary_draws,
)

CHUNK = 1 << 21
"""Places that are drawn at once."""
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class JointTest:
    """What the bootstrap says of each challenger, in their order."""

    t: Values
    """Mean difference in standard errors: the largest of the bootstrap's, the HAC one and that of independent dates."""
    low: Values
    high: Values
    """The middle 95 % of the bootstrap means."""
    p: Values
    """Chance of a t as high if the challenger were no better, alone."""
    p_joint: Values
    """The same for the best of all, stepped down."""
    p_worse: Values
    """Chance of a t as low if the challenger were no worse, alone."""


def block_length(dates: int, horizon: int, step: int) -> float:
    """Mean length of blocks: n^(1/3) dates, at least as long as windows overlap."""
    longest: float = max(dates ** (1 / 3), math.ceil(horizon / step))
    return longest


def joint_test(differences: pd.DataFrame, horizon: int, step: int, *, draws: int, seed: int = 0) -> JointTest:
    """Test the means of paired differences, dates x challengers; NaN on a date leaves that challenger out of it.

    All NaN for a challenger with fewer than ten dates, or whose difference doesn't vary.
    """
    values = differences.to_numpy(dtype=np.float64)
    known = ~np.isnan(values)
    numbers = known.sum(axis=0)
    means = np.nansum(values, axis=0) / np.maximum(numbers, 1)
    spread = np.sqrt(np.nansum((values - means) ** 2, axis=0) / np.maximum(numbers - 1, 1))
    parts = list(_drawn(values - means, known, block_length(len(values), horizon, step), draws, seed))
    drawn, spreads = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    hac_errors = [hac(differences[name], horizon, step).error for name in differences.columns]
    # Among many challengers the one whose error is too small by chance would look best: hence the largest of three.
    errors = np.fmax(np.fmax(drawn.std(axis=0), hac_errors), spread / np.sqrt(np.maximum(numbers, 1)))
    errors[(numbers < FEWEST) | ~(spread > 0)] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        t, luck = means / errors, drawn / errors / (spreads / spread)
    low, high = np.quantile(drawn + means, [0.025, 0.975], axis=0)
    unknown = np.isnan(t)
    return JointTest(
        t=t,
        low=np.where(unknown, np.nan, low),
        high=np.where(unknown, np.nan, high),
        p=np.where(unknown, np.nan, _share(luck >= t)),
        p_joint=_stepped_down(t, luck),
        p_worse=np.where(unknown, np.nan, _share(luck <= t)),
    )


def _drawn(
    deviations: Values, known: npt.NDArray[np.bool_], block: float, draws: int, seed: int
) -> Iterator[tuple[Values, Values]]:
    """Draws x challengers: means and standard deviations of bootstrap samples of dates, some draws at a time."""
    rng = np.random.default_rng(seed)
    count = len(deviations)
    sums, ones = np.nan_to_num(deviations), known.astype(np.float64)
    at_once = max(CHUNK // count, 1)
    for first in range(0, draws, at_once):
        some = min(at_once, draws - first)
        taken = stationary_draws(rng, some, count, block)
        times = np.bincount((taken + count * np.arange(some)[:, None]).ravel(), minlength=some * count)
        weights = times.reshape(some, count).astype(np.float64)
        numbers = np.maximum(weights @ ones, 2.0)
        means = (weights @ sums) / numbers
        variances = np.maximum((weights @ sums**2) / numbers - means**2, 0.0) * numbers / (numbers - 1.0)
        yield means, np.sqrt(variances)


def _share(hits: npt.NDArray[np.bool_]) -> Values:
    """Share of the draws, the data itself counted as one of them: never 0."""
    return np.asarray((hits.sum(axis=0) + 1.0) / (len(hits) + 1.0))


def _stepped_down(t: Values, luck: Values) -> Values:
    """p-values that hold for all at once: each challenger against the best luck of those that are not above it."""
    found = np.full(len(t), np.nan)
    order = [place for place in np.argsort(-t, kind="stable") if not np.isnan(t[place])]
    highest = 0.0
    for rank, place in enumerate(order):
        best = luck[:, order[rank:]].max(axis=1)
        highest = max(highest, float(_share(best >= t[place])))
        found[place] = highest
    return found
