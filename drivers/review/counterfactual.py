"""What it would take: the smallest change with which an asset's fate is another.

`what_it_takes` tries one kind of change after the other, each confirmed by the dataflow itself, which climbs the ladder again:
1. one threshold: of one gate, at every rung, moved just so far that the asset passes, or that a winner fails;
2. the fewest relaxable gates that would have to be off, for everybody (of an asset that lost);
3. conviction alone: the nearest place in the pool's order of conviction;
4. where none of these suffices, the fewest gates off and the nearest place together.
A hard gate is never crossed: of an asset that fails one, its threshold is the only change that is looked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.climb import Climb
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.gates import Gate, Rung

OUTPUTS = "inference_outputs"


@dataclass(frozen=True)
class Takes:
    """A change that suffices; what it doesn't need is empty."""

    gate: str = ""
    """The gate whose threshold moves."""
    before: float | None = None
    after: float | None = None
    """Its threshold at the last rung that was climbed, and what it would have to be."""
    spreads: float | None = None
    """How far that is, in interquartile ranges of the gate's feature in the pool; None where these are 0."""
    gates_off: tuple[str, ...] = ()
    place: int | None = None
    """The place in the pool by conviction, from 1."""
    rung: int = 0
    """The rung at which the asset's fate is decided then."""


def what_it_takes(selection: Selection, symbol: str) -> list[Takes]:
    """The changes that suffice, one per kind: thresholds by distance, then gates, then places.

    Raises `ConfigurationError` where the pool has no such asset.
    """
    standings = selection.context.standings
    if symbol not in standings.index:
        raise ConfigurationError(f"{symbol} isn't in the pool")
    search = _Search(selection, symbol)
    thresholds = sorted(
        search.thresholds(), key=lambda found: (found.spreads is None, found.spreads or 0.0, found.gate)
    )
    found = thresholds[:1]
    if standings.loc[symbol, "outcome"] == "hard veto":
        return found
    found += search.fewest_gates()
    found += search.nearest_place(())
    return found or search.gates_and_place()


class _Search:
    """Climbs the ladder again and again, with one asset in view."""

    def __init__(self, selection: Selection, symbol: str) -> None:
        self._selection, self._symbol = selection, symbol
        self._settings = selection.context.settings
        self._won = symbol in selection.context.winners.index
        self._rungs = self._settings.rungs()
        rows = selection.decisions
        own = rows[rows["symbol"] == symbol]
        self._value: dict[str, float] = dict(zip(own["gate"], own["value"], strict=True))
        self._passed: dict[str, bool] = dict(zip(own["gate"], own["passed"], strict=True))
        scores = selection.conviction.to_numpy()
        self._scores = np.sort(np.where(np.isnan(scores), -np.inf, scores))[::-1]

    def thresholds(self) -> Iterator[Takes]:
        """Each gate whose threshold alone would do."""
        for name, gate in self._settings.active_gates.items():
            value = self._value[name]
            if np.isnan(value) or self._passed[name] != self._won:
                continue
            moved = [self._moved(rung, name, gate, value) for rung in self._rungs]
            climb = self._climbed(rungs=moved)
            if self._changed(climb):
                reached = climb.rungs[-1].number
                before = self._rungs[reached - 1].thresholds[name]
                after = moved[reached - 1].thresholds[name]
                yield Takes(name, before, after, self._spreads(name, abs(after - before)), rung=reached)

    def fewest_gates(self) -> list[Takes]:
        """The smallest set of relaxable gates to be off, the first in the profile's order of as many; none for a winner."""
        for off in self._sets():
            climb = self._climbed(off=off)
            if off and self._changed(climb):
                return [Takes(gates_off=off, rung=climb.rungs[-1].number)]
        return []

    def nearest_place(self, off: tuple[str, ...]) -> list[Takes]:
        """The place next to its own at which its fate is another: a better one for who lost, a worse one for a winner."""
        own = self._place()
        # Better places never harm and worse ones never help: so half of what is left falls away with each climb.
        near, far = (own, 1) if not self._won else (own, len(self._scores))
        if near == far or not self._changed(self._climbed(off=off, place=far)):
            return []
        while abs(far - near) > 1:
            middle = (near + far) // 2
            if self._changed(self._climbed(off=off, place=middle)):
                far = middle
            else:
                near = middle
        return [Takes(gates_off=off, place=far, rung=self._climbed(off=off, place=far).rungs[-1].number)]

    def gates_and_place(self) -> list[Takes]:
        """The fewest gates off with which some place would do, and the nearest of these."""
        return next((found for off in self._sets() if off and (found := self.nearest_place(off))), [])

    def _sets(self) -> Iterator[tuple[str, ...]]:
        """Sets of the relaxable gates, the smallest first; only the empty one for a winner."""
        relaxable = [name for name, gate in self._settings.active_gates.items() if gate.kind == "relaxable"]
        for size in range(1 if self._won else len(relaxable) + 1):
            yield from combinations(relaxable, size)

    def _climbed(
        self, *, off: tuple[str, ...] = (), place: int | None = None, rungs: list[Rung] | None = None
    ) -> Climb:
        gates = {name: gate for name, gate in self._settings.active_gates.items() if name not in off}
        inputs: Mapping[str, Any] = {"gates": gates} if off else {}
        overrides = {} if place is None else {OUTPUTS: self._placed(place)}
        return self._selection.held.climbed(inputs, overrides, rungs)

    def _changed(self, climb: Climb) -> bool:
        return (self._symbol in climb.winners.index) != self._won

    def _placed(self, place: int) -> pd.DataFrame:
        """The scorers' outputs with the asset at another place by conviction."""
        others = np.delete(self._scores, self._place() - 1)
        above, below = np.r_[np.inf, others][place - 1], np.r_[others, -np.inf][place - 1]
        outputs = self._selection.context.inference_outputs.copy()
        outputs.loc[self._symbol, "alpha_score"] = _between(float(above), float(below))
        return outputs

    def _place(self) -> int:
        own = self._selection.conviction[self._symbol]
        return int((self._scores > (-np.inf if np.isnan(own) else own)).sum()) + 1

    def _moved(self, rung: Rung, name: str, gate: Gate, value: float) -> Rung:
        """The rung with a gate's threshold just where the asset passes, or where a winner doesn't."""
        threshold, inclusive = rung.thresholds[name], gate.op in (">=", "<=")
        outward = -np.inf if gate.floors else np.inf
        if self._won:
            found = float(np.nextafter(value, -outward)) if inclusive else value
            found = max(threshold, found) if gate.floors else min(threshold, found)
        else:
            found = value if inclusive else float(np.nextafter(value, outward))
            found = min(threshold, found) if gate.floors else max(threshold, found)
        return rung.model_copy(update={"thresholds": {**rung.thresholds, name: found}})

    def _spreads(self, name: str, distance: float) -> float | None:
        rows = self._selection.decisions
        low, high = rows.loc[rows["gate"] == name, "value"].quantile([0.25, 0.75])
        return float(distance / (high - low)) if high > low else None


def _between(above: float, below: float) -> float:
    """A score between two neighbours; scores are 0 or more."""
    if np.isinf(above):
        return max(below, 0.0) + 1.0
    return (above + max(below, 0.0)) / 2.0
