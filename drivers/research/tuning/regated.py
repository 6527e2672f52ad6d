"""Who passes every gate at the first rung of a walk under other thresholds, by the policy's own code, from the panel.

Gates that aren't moved say what the panel says. Under the walk's own thresholds all gates do, or `regated` refuses. A benchmark
that was let past a gate stays so under any threshold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.policy.gating import verdicts
from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import section
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.gates import Gate
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FEATURE, GATE

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Regated:
    """Rows of a walk, ready to be held against these gates at any thresholds."""

    gates: Mapping[str, Gate]
    """Those that are moved, each with its threshold in the walk."""
    values: Mapping[str, pd.Series]
    """Gate to its feature, one per row of the panel."""
    let_past: Flags
    """Rows x gates: benchmarks, and whole dates on which a gate is off."""
    others: Flags
    """Rows that pass all gates that aren't moved."""

    def on(self, rows: Flags) -> "Regated":
        """The same on some of the rows only."""
        values = {name: each[rows] for name, each in self.values.items()}
        return replace(self, values=values, let_past=self.let_past[rows], others=self.others[rows])

    def eligible(self, thresholds: Mapping[str, float]) -> Flags:
        """The rows that fail no gate."""
        return np.asarray((self._own(thresholds) | self.let_past).all(axis=1) & self.others)

    def _own(self, thresholds: Mapping[str, float]) -> Flags:
        nobody = np.zeros(len(self.others), dtype=bool)
        return verdicts(self.values, self.gates, thresholds, flagged=nobody, waived=nobody, waiver="").passed


def regated(panel: pd.DataFrame, settings: Mapping[str, Any], named: Sequence[str] = ()) -> Regated:
    """A walk's rows and the gates to be moved: those named, else all relaxable ones whose feature varies.

    `settings` are the walk's, flat. Raises `ConfigurationError` where a named gate can't be moved, or where the gates say other
    than in the walk.
    """
    gates = {name: _gate(settings, name) for name in _gates(panel)}
    movable = [name for name, gate in gates.items() if gate.kind == "relaxable" and _varies(panel, gate)]
    stray = [name for name in named if name not in movable]
    if stray or not movable:
        raise ConfigurationError(
            f"tune: {', '.join(stray) or 'nothing'} is no relaxable gate of the walk whose feature varies; there are "
            f"{', '.join(movable) or 'none'}"
        )
    moved = {name: gates[name] for name in (named or movable)}
    values = {name: panel[f"{FEATURE}{gate.feature}"] for name, gate in moved.items()}
    others = np.asarray(panel[[f"{GATE}{name}" for name in gates if name not in moved]].to_numpy().all(axis=1))
    found = Regated(moved, values, np.zeros((len(panel), len(moved)), dtype=bool), others)
    own = found._own({name: gate.threshold for name, gate in moved.items()})
    then = panel[[f"{GATE}{name}" for name in moved]].to_numpy()
    _refuse_other_verdicts(own, then, moved, settings)
    return replace(found, let_past=_off(panel, moved, values) | _benchmarks(panel["symbol"], then & ~own))


def _gates(panel: pd.DataFrame) -> list[str]:
    return [str(name).removeprefix(GATE) for name in panel.columns if str(name).startswith(GATE)]


def _gate(settings: Mapping[str, Any], name: str) -> Gate:
    return Gate(**section(settings, f"gates.{name}."))


def _varies(panel: pd.DataFrame, gate: Gate) -> bool:
    return panel[f"{FEATURE}{gate.feature}"].nunique() > 1


def _off(panel: pd.DataFrame, gates: Mapping[str, Gate], values: Mapping[str, pd.Series]) -> Flags:
    """Rows x gates: where a gate is off, for nobody has a value on the date."""
    known = {name: each.notna().groupby(panel["date"]).transform("any") for name, each in values.items()}
    return np.column_stack([~known[name] & (gate.unavailable == "off") for name, gate in gates.items()])


def _benchmarks(symbols: pd.Series, waived: Flags) -> Flags:
    """Rows x gates: the symbols that a gate has ever let past, on all their dates."""
    return np.column_stack([symbols.isin(symbols[column].unique()) for column in waived.T])


def _refuse_other_verdicts(own: Flags, then: Flags, gates: Mapping[str, Gate], settings: Mapping[str, Any]) -> None:
    """Raises `ConfigurationError` where the walk vetoed whom its threshold passes, or let past somebody without a waiver."""
    excused = [bool(settings["benchmarks"]) or gate.unavailable == "off" for gate in gates.values()]
    differ = (own & ~then) | (then & ~own & ~np.array(excused))
    if differ.any():
        names = [name for name, column in zip(gates, differ.T, strict=True) if column.any()]
        raise ConfigurationError(
            f"tune: {', '.join(names)} gives other verdicts than in the walk for {int(differ.any(axis=1).sum())} of {len(own)} "
            "rows: code or factors changed; walk again"
        )
