"""Thresholds of a walk's relaxable gates as what is searched.

What is to be high is the rank IC of the strict verdict: 1 for who passes every gate at the first rung, 0 for who doesn't. So a
set of gates is worth something where those it passes did better than those it vetoes, and where it divides the pool at all: a
date on which it passes all, or none, counts as 0. A gate is searched by the share that it alone would veto; the thresholds are
the quantiles of its feature on the dates that the search may see. The ladder moves with them, as the profile has it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess, rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import champion_of
from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold
from tradingview_scraper.pipelines.selection.drivers.research.tuning.regated import Flags, regated
from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Axis, Choice, Space, rounded
from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import (
    TUNED,
    Mask,
    Subject,
    dates_of,
    horizon_of,
    section,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.gates import Gate, Step, resolved_ladder

FEWEST, MOST = 0.01, 0.9
"""Shares that one gate may veto."""


class Thresholds(Subject):
    """The thresholds of the named gates, or of all relaxable ones.

    Raises `ConfigurationError` where the walk hasn't the horizon, a gate can't be moved, or verdicts aren't those of the walk.
    """

    what = "thresholds"
    measure = "strict verdict"

    def __init__(self, walk: WalkForward, horizon: int | None = None, named: Sequence[str] = ()) -> None:
        self.horizon = horizon_of(walk, horizon)
        self._settings: Mapping[str, Any] = walk.asked["settings"]
        self.scorer = champion_of(self._settings)
        self._panel, self._dates = walk.panel, dates_of(walk.panel)
        self._regated = regated(walk.panel, self._settings, named)
        self._target = excess(walk.panel, self.horizon)

    @property
    def present(self) -> Choice:
        """Those of the first rung."""
        return {name: gate.threshold for name, gate in self._regated.gates.items()}

    def space(self, within: Mask) -> Space:
        """The share that each gate alone vetoes, and the threshold that does.

        Raises `ConfigurationError` where the ladder would tighten within a gate's range.
        """
        some, gates = self._regated.on(self._rows(within)), self._regated.gates
        known = {name: np.sort(values.dropna().to_numpy()) for name, values in some.values.items()}
        empty = [name for name, values in known.items() if not len(values)]
        if empty:
            raise ConfigurationError(f"tune: nobody has a value for gate {empty[0]} on the dates of one search")

        def choice(shares: Mapping[str, float]) -> dict[str, float]:
            return {name: threshold_of(gates[name], known[name], share) for name, share in shares.items()}

        self._refuse_tightening(choice(dict.fromkeys(gates, FEWEST)), choice(dict.fromkeys(gates, MOST)))
        return Space(
            present=self.present,
            axes=dict.fromkeys(gates, Axis(FEWEST, MOST)),
            start={name: vetoed_share(gate, known[name]) for name, gate in gates.items()},
            choice=choice,
        )

    def inside(self, within: Mask) -> Callable[[Choice], pd.Series]:
        """Of the verdicts at these thresholds; 0 on a date that they don't divide."""
        rows = self._rows(within)
        some, target, days = self._regated.on(rows), self._target[rows], self._panel["date"][rows]
        judged = target.notna().groupby(days.to_numpy()).any().to_numpy()

        def ics(thresholds: Choice) -> pd.Series:
            passed = pd.Series(some.eligible(thresholds).astype(float), index=days.index)
            return rank_ic(passed, target, days).fillna(0.0).where(judged)

        return ics

    def outside(self, choice: Choice, fold: DateFold) -> pd.Series:
        """The same: nothing is fitted."""
        return self.inside(fold.held_out)(choice)

    def facts(self, choice: Choice) -> dict[str, float]:
        """The share of all rows that passes."""
        return {"eligible": float(self._regated.eligible(choice).mean())}

    def changed(self, choice: Choice) -> dict[str, Any]:
        """With these thresholds."""
        return {**self._settings, **{f"gates.{name}.threshold": value for name, value in choice.items()}}

    def profile(self, choice: Choice) -> dict[str, Any]:
        """A profile of its own, for gates are of all scorers."""
        gates = {name: {"threshold": value} for name, value in choice.items()}
        return {"profile": {TUNED: {"extends": self._settings["profile"], "gates": gates}}}

    def _rows(self, dates: Mask) -> Flags:
        return self._panel["date"].isin(self._dates[dates]).to_numpy()

    def _refuse_tightening(self, *ends: Choice) -> None:
        gates = {name: Gate(**section(self._settings, f"gates.{name}.")) for name in gate_names(self._settings)}
        steps = [Step(**dict(step)) for step in self._settings["ladder"]]
        for end in ends:
            moved = {name: gates[name].model_copy(update={"threshold": value}) for name, value in end.items()}
            try:
                resolved_ladder(gates | moved, steps)
            except ValueError as error:
                raise ConfigurationError(f"tune: within a gate's range the ladder isn't one: {error}") from None


def gate_names(settings: Mapping[str, Any]) -> list[str]:
    """All gates of flat settings, in the profile's order."""
    return list(dict.fromkeys(name.split(".")[1] for name in settings if name.startswith("gates.")))


def threshold_of(gate: Gate, known: np.ndarray, share: float) -> float:
    """The threshold at which a gate vetoes about this share of the known values, rounded as it will be printed."""
    place = share if gate.floors else 1.0 - share
    return rounded(float(np.quantile(known, place)))


def vetoed_share(gate: Gate, known: np.ndarray) -> float:
    """The share of known values that lies on the wrong side of a gate's threshold."""
    below = float(np.searchsorted(known, gate.threshold, side="left" if gate.floors else "right") / len(known))
    return below if gate.floors else 1.0 - below
