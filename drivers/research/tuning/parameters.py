"""Parameters of a learned scorer's estimator as what is searched.

Each choice is fitted anew: in a search on what the folds inside its dates leave, purged and embargoed as `train` does, and scored
on what they hold out; for the dates that the search hasn't seen once more, on all that it has. The rows are those of the walk's
own panel, and the target is the scorer's. What a scorer learns from (target, horizon, features) stays.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import predicted
from tradingview_scraper.pipelines.selection.drivers.research.learning.estimators import pipeline_of
from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import fitted
from tradingview_scraper.pipelines.selection.drivers.research.learning.purged_folds import purged_folds
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import (
    TrainingRows,
    rows_of,
    seen_values,
    with_excess,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold
from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Axis, Choice, Space, rounded
from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import (
    TUNED,
    Mask,
    Subject,
    dates_of,
    section,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.learning import LEARNED, PIPELINE, Learning, learning_settings


class Parameters(Subject):
    """The parameters of one learned scorer of the walk, within ranges.

    Raises `ConfigurationError` where the walk has no such scorer, or its estimator no such number.
    """

    what = "parameters"
    measure = "prediction"

    def __init__(self, walk: WalkForward, scorer: str, ranges: Mapping[str, Axis]) -> None:
        self._settings: Mapping[str, Any] = walk.asked["settings"]
        self.scorer = scorer
        self._stated = _stated(self._settings, scorer)
        self._learning = learning_settings(scorer, self._stated)
        self.horizon = self._learning.settings.horizon
        self._axes = dict(ranges)
        self._present = _present(scorer, self._learning, self._axes)
        self._dates = dates_of(walk.panel)
        outcomes, lag = Outcomes(walk.returns), int(walk.asked["entry_lag"])
        self._reach = lag + self.horizon + self._learning.settings.embargo
        place = outcomes.sessions.searchsorted(walk.panel["date"], side="right") - 1
        self._known = with_excess(walk.panel.assign(place=place), outcomes, self.horizon, lag)

    @property
    def present(self) -> Choice:
        """The scorer's own, or what its estimator has where the profile doesn't say."""
        return self._present

    def space(self, within: Mask) -> Space:
        """The ranges asked for."""
        return Space(self.present, self._axes, self.present, _rounded)

    def inside(self, within: Mask) -> Callable[[Choice], pd.Series]:
        """Of what is foretold out of the folds inside these dates."""
        rows = self._rows(within)
        folds = purged_folds(rows.places, rows.reach)

        def ics(choice: Choice) -> pd.Series:
            foretold = np.full(len(rows.target), np.nan)
            with threadpool_limits(1):
                for learned, held in folds:
                    pipeline = fitted(self.scorer, self._with(choice), rows, learned)
                    foretold[held] = predicted(pipeline, rows.values[held])
            return self._ics(foretold, rows.excess, rows.dates, within)

        return ics

    def outside(self, choice: Choice, fold: DateFold) -> pd.Series:
        """Of what a model foretells that was fitted on the searched dates."""
        rows, there = self._rows(fold.searched), self._on(fold.held_out)
        seen = seen_values(there, rows.features, self._learning.settings)
        with threadpool_limits(1):
            pipeline = fitted(self.scorer, self._with(choice), rows, np.arange(len(rows.target)))
            foretold = predicted(pipeline, seen)
        return self._ics(foretold, there["excess"].to_numpy(), there["date"], fold.held_out)

    def changed(self, choice: Choice) -> dict[str, Any]:
        """With these parameters; what is as the estimator has it anyway isn't stated."""
        prefix = f"scorers.{self.scorer}.parameters"
        others = {name: value for name, value in self._settings.items() if name != prefix}
        return others | {f"{prefix}.{name}": value for name, value in self._told(choice).items()}

    def profile(self, choice: Choice) -> dict[str, Any]:
        """A challenger of the profile that was walked."""
        parameters = {**self._stated, **self._told(choice)}
        scorer = {"kind": LEARNED, "role": "challenger", "parameters": parameters}
        return {"profile": {self._settings["profile"]: {"scorers": {TUNED: scorer}}}}

    def _told(self, choice: Choice) -> dict[str, float]:
        return {name: value for name, value in choice.items() if name in self._stated or value != self.present[name]}

    def _with(self, choice: Choice) -> Learning:
        return learning_settings(self.scorer, {**self._stated, **choice})

    def _on(self, dates: Mask) -> pd.DataFrame:
        return self._known[self._known["date"].isin(self._dates[dates])].reset_index(drop=True)

    def _rows(self, dates: Mask) -> TrainingRows:
        return rows_of(self._on(dates), self._learning.settings, self._reach)

    def _ics(self, foretold: np.ndarray, excess: np.ndarray, days: pd.Series, dates: Mask) -> pd.Series:
        """By date; NaN on a date whose outcome isn't known yet."""
        found = rank_ic(pd.Series(foretold), pd.Series(excess), days)
        return found.reindex(pd.Index(self._dates[dates], name="date"))


def _rounded(point: Mapping[str, float]) -> dict[str, float]:
    return {name: rounded(value) for name, value in point.items()}


def _stated(settings: Mapping[str, Any], scorer: str) -> dict[str, Any]:
    kinds = {name.split(".")[1]: kind for name, kind in settings.items() if _is_kind(name)}
    if kinds.get(scorer) != LEARNED:
        there = ", ".join(name for name, kind in kinds.items() if kind == LEARNED) or "none"
        raise ConfigurationError(f"tune: the walk has no learned scorer {scorer!r}; it has {there}")
    return section(settings, f"scorers.{scorer}.parameters.")


def _is_kind(name: str) -> bool:
    return name.startswith("scorers.") and name.endswith(".kind")


def _present(scorer: str, learning: Learning, axes: Mapping[str, Axis]) -> dict[str, float]:
    """The numbers that the estimator has now."""
    whole = pipeline_of(scorer, learning).get_params()
    for name in axes:
        if PIPELINE not in name or isinstance(whole.get(name), bool) or not isinstance(whole.get(name), int | float):
            numbers = [each for each, value in whole.items() if PIPELINE in each and type(value) in (int, float)]
            raise ConfigurationError(
                f"tune: {scorer} has no parameter {name!r} that is a number; it has {', '.join(sorted(numbers))}"
            )
    return {name: whole[name] for name in axes}
