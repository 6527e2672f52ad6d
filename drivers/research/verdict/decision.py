"""The rule by which a challenger is promoted, in one place.

*One look* (the default): `promote` where the joint p-value of the mean IC difference, times known trials per challenger at
hand, is at most alpha / 4 (`bar`), and the challenger's book isn't significantly worse. *Any number of looks* (`anytime`):
the same with the highest e-value so far at 1 / alpha x trials or above.

`keep the champion` where the challenger is significantly worse, in IC or in its book (one-sided, alpha / 2, deflated for
nothing: it is the one who must prove), or where no advantage is seen at all. All between is `not enough evidence`, with the
number of dates that would do if the advantage is what it seems.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

PROMOTE, KEEP, MORE = "promote", "keep the champion", "not enough evidence"
FEWEST_DATES = 30
"""Dates below which nothing is decided."""
POWER = 0.8
"""Chance that the dates which would do show the advantage, if it is what it seems."""


@dataclass(frozen=True)
class Evidence:
    """What is known of one challenger."""

    dates: int
    mean: float
    """Of its IC less the champion's."""
    t: float
    p_deflated: float
    p_worse: float
    book_p_worse: float
    """NaN where its book doesn't differ."""
    highest: float
    """Its highest e-value so far."""
    e_value: float


@dataclass(frozen=True)
class Decision:
    """The verdict in plain words."""

    verdict: str
    why: str
    more_dates: int | None = None
    """Further dates that would do; only where evidence is lacking."""


def deflated(p_joint: float, trials: int, at_hand: int) -> float:
    """The joint p-value of those at hand for all known trials: each has an equal share of alpha (Bonferroni)."""
    return min(1.0, p_joint * max(trials, at_hand) / at_hand)


def bar(alpha: float) -> float:
    """The deflated p-value that it takes at one look.

    Half of alpha, for there are two sides; and half of that, for scores that move slowly stay in luck for weeks, which
    blocks of a few dates see in part only: where the truth was known p-values came out twice too small
    (`.ci/null_worlds.py`, 50 idle challengers).
    """
    return alpha / 4


def threshold(alpha: float, trials: int) -> float:
    """The e-value that it takes."""
    return trials / alpha


def decided(seen: Evidence, *, alpha: float, trials: int, anytime: bool) -> Decision:
    """The verdict on a challenger; comparisons with NaN are false, so what is unknown never promotes."""
    if seen.dates < FEWEST_DATES or math.isnan(seen.t):
        missing = max(FEWEST_DATES - seen.dates, 1)
        return Decision(MORE, f"{seen.dates} dates; below {FEWEST_DATES} nothing is decided", missing)
    if seen.book_p_worse <= alpha / 2:
        return Decision(KEEP, f"its book earns less ({_p(seen.book_p_worse)})")
    if seen.p_worse <= alpha / 2:
        return Decision(KEEP, f"it knows less ({_p(seen.p_worse)})")
    if anytime:
        enough, why = (
            seen.highest >= threshold(alpha, trials),
            f"e-value {seen.highest:.3g} of {threshold(alpha, trials):g}",
        )
    else:
        enough, why = seen.p_deflated <= bar(alpha), f"p {seen.p_deflated:.2g} where {bar(alpha):g} is asked"
    if enough:
        return Decision(PROMOTE, why)
    if seen.mean <= 0:
        return Decision(KEEP, "no advantage is seen")
    return Decision(MORE, why, further_dates(seen, alpha=alpha, trials=trials, anytime=anytime))


def _p(value: float) -> str:
    """A p-value with three digits; one that would read as 0 is said to be below what they show."""
    return f"p {value:.3f}" if value >= 0.0005 else "p below 0.001"


def further_dates(seen: Evidence, *, alpha: float, trials: int, anytime: bool) -> int | None:
    """Dates beyond those seen that would do at the seen advantage; None where the e-value doesn't grow."""
    if anytime:
        if seen.e_value <= 1:
            return None
        needed = seen.dates * math.log(threshold(alpha, trials)) / math.log(seen.e_value)
    else:
        normal = NormalDist()
        asked = normal.inv_cdf(1 - bar(alpha) / trials) + normal.inv_cdf(POWER)
        needed = seen.dates * (asked / seen.t) ** 2
    return max(math.ceil(needed) - seen.dates, 1)
