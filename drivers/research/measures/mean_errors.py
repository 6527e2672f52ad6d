"""Means of a series over dates, with errors that know that its windows overlap.

Forward returns over a horizon longer than the step share days, so neighbouring dates are correlated: an i.i.d. error would be
too small. `hac` corrects by autocovariances (Newey & West 1987), `bootstrap_means` by drawing blocks (Politis & Romano 1994).
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

FEWEST = 10
"""Dates below which there is no error."""
Series = npt.NDArray[np.float64]


class Mean(NamedTuple):
    """A mean over dates."""

    mean: float
    error: float
    """Its standard error; NaN with fewer than ten dates, of which no autocovariance can be told."""
    dates: int

    @property
    def t(self) -> float:
        """The mean in standard errors."""
        return self.mean / self.error if self.error > 0 else math.nan


def lags_of(count: int, horizon: int, step: int) -> int:
    """Lags of autocovariance that count: those that overlap forces, at least the rule of thumb of Newey and West (1994).

    Windows of `horizon` sessions that begin every `step` overlap up to ceil(horizon / step) - 1 dates apart; the rule of
    thumb is floor(4 (n / 100)^(2/9)). Never more than n - 1.
    """
    overlap = math.ceil(horizon / step) - 1
    lags: int = min(max(overlap, math.floor(4 * (count / 100) ** (2 / 9))), max(count - 1, 0))
    return lags


def hac_error(values: Series, lags: int) -> float:
    """Newey-West standard error of the mean, Bartlett weights, corrected for small samples by n / (n - 1).

    Square root of (g0 + 2 sum over l <= lags of (1 - l / (lags + 1)) g_l) / (n - 1) with the autocovariances
    g_l = sum of d_t d_(t-l) / n of the deviations d. The same as statsmodels' OLS on a constant with `cov_type="HAC"` and
    `use_correction=True`.
    """
    deviations = values - values.mean()
    total = float(deviations @ deviations)
    for lag in range(1, lags + 1):
        total += 2.0 * (1.0 - lag / (lags + 1)) * float(deviations[lag:] @ deviations[:-lag])
    count = len(values)
    return math.sqrt(max(total, 0.0) / (count * (count - 1)))


def hac(series: pd.Series, horizon: int, step: int) -> Mean:
    """The mean of a series by date and its Newey-West error; dates without a value don't count."""
    values = series.dropna().to_numpy(dtype=np.float64)
    if len(values) < FEWEST:
        return Mean(float(values.mean()) if len(values) else math.nan, math.nan, len(values))
    return Mean(float(values.mean()), hac_error(values, lags_of(len(values), horizon, step)), len(values))


def bootstrap_means(values: Series, block: float, draws: int, seed: int) -> Series:
    """Means of stationary bootstrap samples, sorted.

    Blocks begin anywhere, run on around the end, and have geometric lengths of mean `block` (Politis & Romano 1994).
    """
    taken = stationary_draws(np.random.default_rng(seed), draws, len(values), block)
    return np.sort(values[taken].mean(axis=1))


def stationary_draws(rng: np.random.Generator, draws: int, count: int, block: float) -> npt.NDArray[np.int_]:
    """Draws x count: the places that each stationary bootstrap sample of `count` dates takes its dates from."""
    begins = rng.random((draws, count)) < 1.0 / block
    begins[:, 0] = True
    starts = rng.integers(0, count, (draws, count))
    place = np.arange(count)
    since = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    taken: npt.NDArray[np.int_] = (np.take_along_axis(starts, since, axis=1) + place - since) % count
    return taken


def bootstrap_interval(
    series: pd.Series, horizon: int, step: int, *, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The middle 95 % of the bootstrap means; NaN with fewer than ten dates.

    Blocks are n^(1/3) dates long on average, at least as long as windows overlap.
    """
    values = series.dropna().to_numpy(dtype=np.float64)
    if len(values) < FEWEST:
        return math.nan, math.nan
    block = max(len(values) ** (1 / 3), math.ceil(horizon / step))
    low, high = np.quantile(bootstrap_means(values, block, draws, seed), [0.025, 0.975])
    return float(low), float(high)
