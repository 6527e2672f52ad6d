"""`tuned`: weights for a walk's champion, searched on purged folds, and what the search is worth on dates that it didn't see.

For each fold the weights are searched on the other dates and scored on the fold's own: that is the out-of-fold IC, an estimate of
what the *search* is worth. The weights that are handed back come from a last search on all dates, so their own IC is no estimate.
Every set of weights that was tried is a trial of the project's ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess, rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold, date_folds
from tradingview_scraper.pipelines.selection.drivers.research.tuning.reweighted import Reweighted, reweighted
from tradingview_scraper.pipelines.selection.drivers.research.tuning.weight_search import (
    Candidate,
    Weights,
    best,
    candidates,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import sessions_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_trials import scorer_trials
from tradingview_scraper.pipelines.selection.lineage.record.trials import Trial, record_trials, trial_count
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

Mask = npt.NDArray[np.bool_]
Progress = Callable[[int, int], None]
TUNED = "tuned"
"""The challenger's name in the profile."""
WORST = -1.0
"""The IC of weights that rank nobody."""


def tuned(
    walk: WalkForward,
    project: Path,
    *,
    trials: int,
    seed: int,
    folds: int = 5,
    horizon: int | None = None,
    embargo: int | None = None,
    further: Sequence[str] = (),
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """The search's answer as a document.

    Parameters
    ----------
    trials
        Sets of weights per search; there is a search per fold and a last one.
    horizon
        Sessions of the forward return that is to be foretold, one of the walk's; its step where None.
    embargo
        Sessions left out beside a fold beyond those that its targets share; the horizon where None.
    further
        Features beside the champion's that may have a weight.

    Raises `ConfigurationError` where the walk hasn't the horizon or a feature, and `DataContractError` where it has too few
    dates. Call it inside `project_on_path(project)`.
    """
    ahead = walk.step if horizon is None else horizon
    if ahead not in walk.horizons:
        raise ConfigurationError(f"tune: the walk has no horizon of {ahead} sessions; it has {list(walk.horizons)}")
    apart = ahead if embargo is None else embargo
    panel = walk.panel
    champion = reweighted(panel, walk.asked["settings"], further)
    target, dates = excess(panel, ahead), pd.DatetimeIndex(panel["date"].unique())
    places = sessions_of(walk.returns).searchsorted(dates, side="right") - 1
    split = date_folds(places, reach=ahead + int(walk.asked["entry_lag"]), embargo=apart, folds=folds)

    def ics(weights: Weights) -> pd.Series:
        return rank_ic(pd.Series(champion.scores(weights), index=panel.index), target, panel["date"])

    def searched(number: int, within: Mask) -> Candidate:
        """The best weights by mean IC on the dates within; whatever was tried is recorded before it is used."""
        some, rows = champion.on(within), panel["date"].isin(dates[within])
        targets, days = target[rows], panel["date"][rows]

        def value(weights: Weights) -> float:
            mean = float(rank_ic(pd.Series(some.scores(weights), index=days.index), targets, days).mean())
            return mean if np.isfinite(mean) else WORST

        tried = candidates(champion.features, champion.weights, value, trials=trials, seed=_seed(seed, number))
        record_trials(project, [_trial(champion, each.weights, walk) for each in tried])
        return best(tried)

    present = ics(champion.weights)
    rows = []
    out = pd.Series(np.nan, index=present.index)
    for number, fold in enumerate(split):
        found = searched(number, fold.searched)
        there = ics(found.weights)
        out[fold.held_out] = there[fold.held_out]
        rows.append(_fold_row(dates, fold, found, there, present))
        progress(number + 1, folds + 1)
    last = searched(folds, np.ones(len(dates), dtype=bool))
    progress(folds + 1, folds + 1)
    step = walk.step
    return {
        "walk": walk.folder.name,
        "profile": walk.asked["settings"]["profile"],
        "scorer": champion.name,
        "kind": champion.stated.kind,
        "parameters": dict(champion.stated.parameters),
        "horizon": ahead,
        "embargo": apart,
        "seed": seed,
        "trials": {"each": trials, "searches": folds + 1, "project": trial_count(project)},
        "dates": len(dates),
        "folds": rows,
        "champion": {"weights": dict(champion.weights), "ic": _mean(hac(present, ahead, step))},
        "tuned": {"weights": dict(last.weights), "ic": _mean(hac(ics(last.weights), ahead, step))},
        "out_of_fold": {
            "tuned": _mean(hac(out, ahead, step)),
            "difference": _mean(hac(out - present, ahead, step)),
        },
    }


def _seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _trial(champion: Reweighted, weights: Weights, walk: WalkForward) -> Trial:
    """One set of weights: the very trial that a walk with such a challenger makes."""
    settings = {name: value for name, value in walk.asked["settings"].items() if not name.startswith("scorers.")}
    # As `flat_names` has it: an empty table is a value of its own.
    stated = champion.stated.parameters
    parameters: dict[str, Any] = {f"parameters.{name}": value for name, value in stated.items()} or {"parameters": {}}
    own: dict[str, Any] = {
        "kind": champion.stated.kind,
        "role": "challenger",
        "enabled": True,
        **parameters,
        **{f"weights.{name}": weight for name, weight in weights.items()},
    }
    settings |= {f"scorers.{TUNED}.{name}": value for name, value in own.items()}
    trial = scorer_trials({**walk.asked, "settings": settings}, walk.folder.name)[TUNED]
    return replace(trial, kind="tuning", name=champion.name)


def _fold_row(
    dates: pd.DatetimeIndex, fold: DateFold, found: Candidate, there: pd.Series, present: pd.Series
) -> dict[str, Any]:
    held_out = dates[fold.held_out]
    return {
        "from": str(held_out[0].date()),
        "to": str(held_out[-1].date()),
        "dates": len(held_out),
        "searched_on": int(fold.searched.sum()),
        "in_fold": found.value,
        "out_of_fold": float(there[fold.held_out].mean()),
        "champion": float(present[fold.held_out].mean()),
        "weights": dict(found.weights),
    }


def _mean(found: Mean) -> dict[str, float | None]:
    """None for what isn't known, such as the error of fewer than ten dates."""
    numbers = {"mean": found.mean, "error": found.error}
    return {**{name: value if np.isfinite(value) else None for name, value in numbers.items()}, "dates": found.dates}
