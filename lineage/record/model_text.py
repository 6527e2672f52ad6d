"""The model of a learned scorer in words, from the facts that a run recorded: the same for `show` and the run page.

Imports nothing heavy.
"""

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]


def learned_text(facts: Facts) -> str:
    """What it foretells, and what it was made of."""
    window, ahead = facts["window"], facts["horizon"]
    return (
        f"{facts['estimator']} on {facts['target']} over {_sessions(ahead)}, trained until {facts['usable_from']} on "
        f"{window['rows']} rows of {window['assets']} assets, {window['dates']} dates from {window['first']} to {window['last']}"
    )


def worth_text(facts: Facts) -> str:
    """What it knew out of fold inside its window."""
    found = facts["ic_out_of_fold"]
    mean, error = (_thousandths(found[name]) for name in ("mean", "error"))
    return f"rank IC out of fold {mean} x 1000, standard error {error}, {found['dates']} dates"


def age_text(facts: Facts) -> str:
    """How old it was on the run's date, and whether its schedule has that."""
    late = ": older than its schedule has it" if facts["age"] > facts["every"] else ""
    return f"{_sessions(facts['age'])} old, its schedule is every {_sessions(facts['every'])}{late}"


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"


def _thousandths(value: Any) -> str:
    return f"{1000 * value:.0f}" if isinstance(value, int | float) and value == value else "unknown"
