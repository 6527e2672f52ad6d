"""`compare`: each challenger of a walk against its champion, and the verdict. In this order:

1. rank ICs and net books, paired by date (`paired_series`);
2. the difference of rank ICs, all challengers of the walk drawn together (`joint_bootstrap`), HAC beside it;
3. the e-value for who looks every day (`betting`);
4. deflation for every trial that the project's ledger knows, then the rule (`decision`);
5. second opinions of `arch`.

Naming challengers chooses what is shown; the verdict on each takes all of the walk into account.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import hac
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import plain_values
from tradingview_scraper.pipelines.selection.drivers.research.verdict.arch_tests import second_opinions
from tradingview_scraper.pipelines.selection.drivers.research.verdict.betting import (
    crossing,
    e_values,
    shares,
    stream_count,
)
from tradingview_scraper.pipelines.selection.drivers.research.verdict.decision import (
    Evidence,
    decided,
    deflated,
    threshold,
)
from tradingview_scraper.pipelines.selection.drivers.research.verdict.joint_bootstrap import (
    JointTest,
    block_length,
    joint_test,
)
from tradingview_scraper.pipelines.selection.drivers.research.verdict.paired_series import (
    differences,
    paired_books,
    paired_ic,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_trials import scorer_names, scorer_trials
from tradingview_scraper.pipelines.selection.lineage.record.trials import Trial
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders
from tradingview_scraper.pipelines.selection.schemas.walk_panel import WINNER

ALPHA, COST = 0.05, 10.0
DRAWS, MOST_DRAWS = 10_000, 200_000
BOOK_DRAWS = 2_000


@dataclass(frozen=True)
class Terms:
    """What is asked of the challengers, and under which error."""

    step: int
    """Sessions from date to date."""
    horizon: int
    """Sessions ahead that the rank IC is of."""
    alpha: float = ALPHA
    cost: float = COST
    """Basis points of the value traded."""
    trials: int = 1
    """All that were made, those at hand included, the champion's own not."""
    anytime: bool = False
    """Whether the e-value decides."""


def comparison_document(
    walk: WalkForward,
    known: Sequence[Trial],
    *,
    named: Sequence[str] = (),
    horizon: int | None = None,
    alpha: float = ALPHA,
    cost: float = COST,
    anytime: bool = False,
) -> dict[str, Any]:
    """Each challenger (those named, or all) against the champion, as plain values.

    Parameters
    ----------
    known
        The trials of the project's ledger.
    horizon
        Sessions ahead that the rank IC is of; the walk's step if None.
    cost
        Basis points of the value traded, for books.
    anytime
        Decide by the e-value, which may be looked at as often as one likes.

    Raises `ConfigurationError` where the walk has no challengers, or not those named, or not the horizon.
    """
    champion, challengers = contestants(walk)
    shown = _shown(walk, challengers, named)
    ahead = walk.step if horizon is None else horizon
    if ahead not in walk.horizons:
        raise ConfigurationError(f"the walk has no horizon {ahead}; it has {', '.join(map(str, walk.horizons))}")
    panel = walk.panel
    own = scorer_trials(walk.asked, walk.folder.name)
    trials = len({trial.digest for trial in (*known, *own.values())} - {own[champion].digest})
    terms = Terms(walk.step, ahead, alpha, cost, trials, anytime)
    pairs = {name: paired_ic(panel, champion, name, ahead) for name in challengers}
    rows = verdicts(panel, champion, pairs, terms)
    document = {
        "walk": walk.folder.name,
        "profile": walk.asked["profile"],
        "settings_digest": walk.asked["settings_digest"],
        "champion": champion,
        "from": str(panel["date"].iloc[0].date()),
        "to": str(panel["date"].iloc[-1].date()),
        "every": walk.step,
        "horizon": ahead,
        "cost": cost,
        "alpha": alpha,
        "rule": "anytime" if anytime else "one look",
        "trials": {"known": trials, "at_hand": len(challengers)},
        "streams": stream_count(ahead, walk.step),
        "threshold": threshold(alpha, trials),
        "challengers": {name: {**_identity(own[name], known), **rows[name]} for name in shown},
        "arch": _opinions(pairs, terms),
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def verdicts(
    panel: pd.DataFrame, champion: str, pairs: Mapping[str, pd.DataFrame], terms: Terms
) -> dict[str, dict[str, Any]]:
    """Challenger to its figures and the verdict; `pairs` are the paired rank ICs of all challengers of the panel."""
    names = list(pairs)
    apart = differences(pairs)
    known = joint_test(apart, terms.horizon, terms.step, draws=draws_for(terms.trials, len(names), terms.alpha))
    book_apart = paired_books(panel, champion, names, terms.step, terms.cost)
    books = joint_test(book_apart, terms.step, terms.step, draws=BOOK_DRAWS)
    rows = {}
    for place, name in enumerate(names):
        streams = stream_count(terms.horizon, terms.step)
        bets = e_values(shares(apart[name].to_numpy(), pairs[name]["usual"].to_numpy(), streams), streams)
        reached = crossing(bets, threshold(terms.alpha, terms.trials))
        seen = Evidence(
            dates=int(apart[name].notna().sum()),
            mean=float(apart[name].mean()),
            t=float(known.t[place]),
            p_deflated=deflated(float(known.p_joint[place]), terms.trials, len(names)),
            p_worse=float(known.p_worse[place]),
            book_p_worse=float(books.p_worse[place]),
            highest=float(bets.max()),
            e_value=float(bets[-1]),
        )
        decision = decided(seen, alpha=terms.alpha, trials=terms.trials, anytime=terms.anytime)
        rows[name] = {
            "dates": seen.dates,
            "ic": {
                "champion": float(pairs[name]["champion"].mean()),
                "challenger": float(pairs[name]["challenger"].mean()),
                **_difference(apart[name], terms.horizon, terms.step, known, place),
                "p_joint": float(known.p_joint[place]),
                "p_deflated": seen.p_deflated,
            },
            "book": {
                "own": f"{WINNER}{name}" in panel.columns,
                **_difference(book_apart[name], terms.step, terms.step, books, place),
            },
            "anytime": {
                "e_value": seen.e_value,
                "highest": seen.highest,
                "reached": None if reached is None else str(apart.index[reached].date()),
            },
            "verdict": decision.verdict,
            "why": decision.why,
            "more_dates": decision.more_dates,
        }
    return rows


def contestants(walk: WalkForward) -> tuple[str, list[str]]:
    """The champion of a walk and its challengers, sorted. Raises `ConfigurationError` where there are none."""
    settings = walk.asked["settings"]
    names = scorer_names(settings)
    champion = next(name for name in names if settings[f"scorers.{name}.role"] == "champion")
    challengers = [name for name in names if name != champion]
    if not challengers:
        raise ConfigurationError(
            f'walk {walk.folder.name} has no challenger: add [scorers.NAME] with role = "challenger" to the profile'
        )
    return champion, challengers


def draws_for(trials: int, at_hand: int, alpha: float) -> int:
    """Bootstrap samples that can show a deflated p-value well below alpha."""
    return min(MOST_DRAWS, max(DRAWS, math.ceil(20 * max(trials, at_hand) / at_hand / alpha)))


def _shown(walk: WalkForward, challengers: list[str], named: Sequence[str]) -> list[str]:
    strange = sorted(set(named) - set(challengers))
    if strange:
        raise ConfigurationError(
            f"walk {walk.folder.name} has no challenger {offenders(strange)}; it has {offenders(challengers)}"
        )
    return [name for name in challengers if not named or name in named]


def _difference(series: pd.Series, horizon: int, step: int, test: JointTest, place: int) -> dict[str, Any]:
    return {
        "difference": hac(series, horizon, step),
        "interval": (float(test.low[place]), float(test.high[place])),
        "p": float(test.p[place]),
        "p_worse": float(test.p_worse[place]),
    }


def _identity(own: Trial, known: Sequence[Trial]) -> dict[str, Any]:
    """A challenger's digest, and at how many walks of it one has looked."""
    return {
        "digest": own.digest,
        "looks": len({trial.what for trial in (*known, own) if trial.digest == own.digest}),
    }


def _opinions(pairs: Mapping[str, pd.DataFrame], terms: Terms) -> dict[str, Any] | None:
    first = next(iter(pairs.values()))
    challengers = pd.DataFrame({name: pair["challenger"] for name, pair in pairs.items()})
    block = math.ceil(block_length(len(first), terms.horizon, terms.step))
    return second_opinions(first["champion"], challengers, block, terms.alpha)
