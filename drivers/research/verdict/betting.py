"""A test for who looks every day: money is bet on the challenger, and only an advantage can make it grow.

The null: on every date, given all that is known when one enters, the challenger's expected rank IC is no higher than the
champion's. Under it no betting strategy gains on average, so (Ville 1939) the chance that one unit *ever* grows to 1/a is at
most a, however often one looks and whenever one stops.

The bets (Waudby-Smith & Ramdas 2023, "Estimating means of bounded random variables by betting"), in this order:

1. `shares`: the difference of a date as a share u in [-1, 1] of three times what was usual before; what is beyond counts as
   1 or -1. So the null is about differences without their extremes.
2. Each quarter of the unit bets the same fraction g of its wealth at every date:
   e-value = mean over g in FRACTIONS of the product over dates of (1 + g u).
   A mean of wealths is a wealth, so nothing is estimated or tuned (Cover 1991).
3. Where outcomes overlap (a horizon of several steps), a bet isn't settled when the next one is due: the dates are dealt
   out to as many streams, each with a share of the unit, whose e-values are averaged. A look may fall between a bet and its
   settlement, and what is half known then could tempt one to stop: so every open bet counts at the worst that can become
   of it, 1 - g.
"""

import math

import numpy as np
import numpy.typing as npt

FRACTIONS = np.array([0.8, 0.4, 0.2, 0.1])
"""Of the wealth, per date. An advantage of s standard deviations per date wants a fraction of 3 s."""
WIDTH = 3.0
"""Beyond that many root mean squares a difference counts no more."""
BEFOREHAND = 10.0
"""Dates that the usual difference of scores which know nothing is worth beside those seen."""
Values = npt.NDArray[np.float64]


def stream_count(horizon: int, step: int) -> int:
    """Streams of which no two dates' outcomes overlap."""
    return math.ceil(horizon / step)


def shares(differences: Values, usual: Values, streams: int = 1) -> Values:
    """Differences by date (first axis) as shares of three times what was usual before; NaN where there is none.

    Usual is the root mean square of the differences that are settled when the bet is made, and of ten dates as `usual` says
    (`paired_series.paired_ic`). 0 where both scorers rank alike: then nothing can be won or lost.
    """
    known = ~np.isnan(differences)
    squares, dates = np.nan_to_num(differences) ** 2, known.astype(np.float64)
    before = (BEFOREHAND * usual**2 + _settled(squares, streams)) / (BEFOREHAND + _settled(dates, streams))
    scale = WIDTH * np.sqrt(before)
    part = np.divide(differences, scale, out=np.where(known, 0.0, np.nan), where=known & (scale > 0))
    return np.asarray(np.clip(part, -1.0, 1.0))


def _settled(values: Values, streams: int) -> Values:
    """The sum over the dates whose outcome is known when each date's bet is made."""
    sums = np.cumsum(values, axis=0)
    return np.concatenate([np.zeros_like(sums[:streams]), sums[:-streams]])


def e_values(shares: Values, streams: int = 1) -> Values:
    """The e-value after each date's outcome; `shares` is dates x anything, NaN where nothing was bet. Same shape.

    Bounded by what can be known then: open bets of the other streams count at their worst.
    """
    factors = 1.0 + np.nan_to_num(shares)[..., None] * FRACTIONS
    dates = np.arange(len(shares))
    found = np.zeros(shares.shape)
    for stream in range(streams):
        start = np.ones((1, *factors.shape[1:]))
        wealth = np.concatenate([start, np.cumprod(factors[stream::streams], axis=0)])
        last = np.maximum((dates - stream) // streams + 1, 0)
        open_ = (dates % streams != stream).reshape(-1, *[1] * (shares.ndim - 1))
        found += np.where(open_, (wealth @ (1.0 - FRACTIONS))[last] / len(FRACTIONS), wealth.mean(axis=-1)[last])
    return np.asarray(found / streams)


def crossing(values: Values, threshold: float) -> int | None:
    """The place of the first e-value that reaches the threshold; None where none does."""
    reached = np.flatnonzero(values >= threshold)
    return int(reached[0]) if len(reached) else None
