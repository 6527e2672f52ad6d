"""`tuned`: what a search on purged folds finds, and what the search is worth on dates that it didn't see.

For each fold the subject (weights, thresholds, a model's parameters) is searched on the other dates and scored on the fold's own:
that is the out-of-fold IC, an estimate of what the *search* is worth. The choice that is handed back comes of a last search on
all dates, so its own IC is no estimate. Every choice that was tried is a trial of the project's ledger.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold, date_folds
from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import (
    Candidate,
    Choice,
    best,
    candidates,
)
from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import Mask, Subject, dates_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import sessions_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_trials import scorer_trials
from tradingview_scraper.pipelines.selection.lineage.record.trials import Trial, record_trials, trial_count

Progress = Callable[[int, int], None]
WORST = -1.0
"""The IC of a choice that ranks nobody."""


def tuned(
    subject: Subject,
    walk: WalkForward,
    project: Path,
    *,
    trials: int,
    seed: int,
    folds: int = 5,
    embargo: int | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """The search's answer as a document.

    Parameters
    ----------
    subject
        What is searched, made of this walk.
    trials
        Choices per search; there is a search per fold and a last one.
    embargo
        Sessions left out beside a fold beyond those that its targets share; the subject's horizon where None.

    Raises `DataContractError` where the walk has too few dates. Call it inside `project_on_path(project)`.
    """
    ahead, step = subject.horizon, walk.step
    apart = ahead if embargo is None else embargo
    dates = dates_of(walk.panel)
    places = sessions_of(walk.returns).searchsorted(dates, side="right") - 1
    split = date_folds(places, reach=ahead + int(walk.asked["entry_lag"]), embargo=apart, folds=folds)

    def searched(number: int, within: Mask) -> Candidate:
        """The best choice by mean IC on the dates within; whatever was tried is recorded before it is used."""
        ics = subject.inside(within)

        def value(choice: Choice) -> float:
            mean = float(ics(choice).mean())
            return mean if np.isfinite(mean) else WORST

        tried = candidates(subject.space(within), value, trials=trials, seed=_seed(seed, number))
        record_trials(project, [_trial(subject, each.choice, walk) for each in tried])
        return best(tried)

    rows, found, present = [], [], []
    for number, fold in enumerate(split):
        chosen = searched(number, fold.searched)
        found.append(subject.outside(chosen.choice, fold))
        present.append(subject.outside(subject.present, fold))
        rows.append(_fold_row(dates, fold, chosen, found[-1], present[-1]))
        progress(number + 1, folds + 1)
    everything = np.ones(len(dates), dtype=bool)
    last = searched(folds, everything)
    progress(folds + 1, folds + 1)
    out, before = pd.concat(found), pd.concat(present)
    return {
        "walk": walk.folder.name,
        "profile": walk.asked["settings"]["profile"],
        "what": subject.what,
        "measure": subject.measure,
        "scorer": subject.scorer,
        "horizon": ahead,
        "embargo": apart,
        "seed": seed,
        "trials": {"each": trials, "searches": folds + 1, "project": trial_count(project)},
        "dates": len(dates),
        "folds": rows,
        "present": {"choice": dict(subject.present), "ic": _mean(hac(before, ahead, step))}
        | subject.facts(subject.present),
        "tuned": {"choice": dict(last.choice), "ic": _mean(hac(subject.inside(everything)(last.choice), ahead, step))}
        | subject.facts(last.choice),
        "out_of_fold": {
            "tuned": _mean(hac(out, ahead, step)),
            "difference": _mean(hac(out - before, ahead, step)),
        },
        "answer": subject.profile(last.choice),
    }


def _seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _trial(subject: Subject, choice: Choice, walk: WalkForward) -> Trial:
    """One choice: the very trial that a walk with it makes."""
    trials = scorer_trials({**walk.asked, "settings": subject.changed(choice)}, walk.folder.name)
    return replace(trials[subject.scorer], kind="tuning")


def _fold_row(
    dates: pd.DatetimeIndex, fold: DateFold, chosen: Candidate, found: pd.Series, present: pd.Series
) -> dict[str, Any]:
    held_out = dates[fold.held_out]
    return {
        "from": str(held_out[0].date()),
        "to": str(held_out[-1].date()),
        "dates": len(held_out),
        "searched_on": int(fold.searched.sum()),
        "in_fold": chosen.value,
        "out_of_fold": _number(found.mean()),
        "present": _number(present.mean()),
        "choice": dict(chosen.choice),
    }


def _mean(found: Mean) -> dict[str, float | None]:
    """None for what isn't known, such as the error of fewer than ten dates."""
    return {"mean": _number(found.mean), "error": _number(found.error), "dates": found.dates}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
