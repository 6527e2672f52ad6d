"""Weights of a walk's champion as what is searched.

Only proportions matter to a rank, so weights are scaled to the sum of those there are, and rounded as they will be printed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess, rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold
from tradingview_scraper.pipelines.selection.drivers.research.tuning.reweighted import reweighted
from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Axis, Choice, Space
from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import (
    TUNED,
    Mask,
    Subject,
    dates_of,
    horizon_of,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward

DIGITS = 4


class Weights(Subject):
    """The weights of the champion's features, and of further ones.

    Raises `ConfigurationError` where the walk hasn't the horizon or a feature, or the scorer can't be scored from the panel.
    Make it inside `project_on_path`.
    """

    what = "weights"
    measure = "conviction"

    def __init__(self, walk: WalkForward, horizon: int | None = None, further: Sequence[str] = ()) -> None:
        self.horizon = horizon_of(walk, horizon)
        self._settings: Mapping[str, Any] = walk.asked["settings"]
        self._panel, self._dates = walk.panel, dates_of(walk.panel)
        self._champion = reweighted(walk.panel, self._settings, further)
        self._target = excess(walk.panel, self.horizon)
        self.scorer = self._champion.name

    @property
    def present(self) -> Choice:
        """The champion's own."""
        return self._champion.weights

    def space(self, within: Mask) -> Space:
        """Each feature's part, from none to as much as the heaviest has."""
        total, highest = sum(self.present.values()), max(self.present.values())
        features = self._champion.features
        return Space(
            present=self.present,
            axes=dict.fromkeys(features, Axis(0.0, 1.0)),
            start={name: self.present.get(name, 0.0) / highest for name in features},
            choice=lambda parts: scaled(parts, total),
        )

    def inside(self, within: Mask) -> Callable[[Choice], pd.Series]:
        """Of the convictions under these weights."""
        some, rows = self._champion.on(within), self._panel["date"].isin(self._dates[within])
        target, days = self._target[rows], self._panel["date"][rows]
        return lambda weights: rank_ic(pd.Series(some.scores(weights), index=days.index), target, days)

    def outside(self, choice: Choice, fold: DateFold) -> pd.Series:
        """The same: nothing is fitted."""
        return self.inside(fold.held_out)(choice)

    def changed(self, choice: Choice) -> dict[str, Any]:
        """With a challenger of these weights: the very trial that a walk with it makes."""
        stated = self._champion.stated
        # As `flat_names` has it: an empty table is a value of its own.
        parameters: dict[str, Any] = {f"parameters.{name}": value for name, value in stated.parameters.items()}
        own: dict[str, Any] = {
            "kind": stated.kind,
            "role": "challenger",
            "enabled": True,
            **(parameters or {"parameters": {}}),
            **{f"weights.{name}": weight for name, weight in choice.items()},
        }
        others = {name: value for name, value in self._settings.items() if not name.startswith("scorers.")}
        return others | {f"scorers.{self.scorer}.{name}": value for name, value in own.items()}

    def profile(self, choice: Choice) -> dict[str, Any]:
        """A challenger of the profile that was walked."""
        stated = self._champion.stated
        scorer: dict[str, Any] = {"kind": stated.kind, "role": "challenger", "weights": dict(choice)}
        if stated.parameters:
            scorer["parameters"] = dict(stated.parameters)
        return {"profile": {self._settings["profile"]: {"scorers": {TUNED: scorer}}}}


def scaled(parts: Mapping[str, float], total: float) -> dict[str, float]:
    """The same proportions with another sum, rounded; equal ones where all are nothing."""
    shares = parts if sum(parts.values()) > 0 else dict.fromkeys(parts, 1.0)
    found = {name: round(total * share / sum(shares.values()), DIGITS) for name, share in shares.items()}
    return {name: weight for name, weight in found.items() if weight > 0}
