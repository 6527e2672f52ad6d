"""The ladder, climbed again with something changed: a challenger's own, or one without a part of the policy.

A selection keeps the values of every rung that it climbed (`HeldLadder`). `HeldLadder.climbed` goes up once more with other
inputs or with values put in the place of nodes: only what descends from these is executed, everything else is as the first
climb found it at that rung; further rungs than the first climb's execute what any further rung does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import Counting, undisturbed
from tradingview_scraper.pipelines.selection.drivers.execution.plan import inputs as planned_inputs
from tradingview_scraper.pipelines.selection.drivers.execution.progress import unwatched
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders
from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS


@dataclass(frozen=True)
class RungResult:
    """What one rung of the ladder gave."""

    number: int
    name: str
    thresholds: Mapping[str, float]
    eligible: int
    winners: int
    executed: tuple[str, ...]
    """The nodes that ran at this rung, in order."""
    milliseconds: float = field(compare=False)
    context: SelectionContext = field(compare=False, repr=False)
    """The context as decided at this rung."""


@dataclass(frozen=True)
class Climb:
    """A ladder that was climbed to its first rung with enough winners, or to its end."""

    rungs: tuple[RungResult, ...]

    @property
    def context(self) -> SelectionContext:
        """The context as decided at the last rung."""
        return self.rungs[-1].context

    @property
    def winners(self) -> pd.DataFrame:
        """One row per asset, best first."""
        return self.context.winners


class HeldLadder:
    """The values of a first climb: `once`, of the stages that run once; `rungs`, what each rung executed."""

    def __init__(
        self,
        graph: Graph,
        counting: Counting,
        once: Mapping[str, Any],
        rungs: Sequence[tuple[Rung, Mapping[str, Any]]],
        given: Mapping[str, Any],
    ) -> None:
        """`given` are the inputs of the first climb that aren't its plan's."""
        self._graph = graph
        self._counting = counting
        self._once = once
        self._rungs = tuple(rungs)
        self._given = dict(given)

    @property
    def once(self) -> Mapping[str, Any]:
        """Node to its value, of the stages that run once: what a rung's nodes read of them."""
        return dict(self._once)

    def over(self, once: Mapping[str, Any]) -> "HeldLadder":
        """The ladder over other values of nodes that run once; every rung of it is executed anew."""
        return HeldLadder(self._graph, self._counting, {**self._once, **once}, (), self._given)

    @property
    def given(self) -> Mapping[str, Any]:
        """The inputs of the first climb that aren't its plan's."""
        return dict(self._given)

    def climbed(
        self,
        inputs: Mapping[str, Any] | None = None,
        overrides: Mapping[str, Any] | None = None,
        rungs: Sequence[Rung] | None = None,
    ) -> Climb:
        """The ladder from its first rung on, with other inputs, with values in the place of nodes, or over other rungs.

        Without any of them it is the first climb's. The floor is that of the input `recruitment`. What the first climb
        counted stays as it is.

        Raises `ConfigurationError` where an input reaches further back than to what a rung executes, and what the executed
        nodes raise.
        """
        changed, given = inputs or {}, overrides or {}
        affected = self._affected(changed, given)
        found: list[RungResult] = []
        with undisturbed(self._graph.plan.settings), unwatched():
            for rung in self._graph.plan.settings.rungs() if rungs is None else rungs:
                known = {**planned_inputs(self._graph.plan, rung), **self._given, **changed}
                found.append(self._rung_result(rung, known, given, affected))
                if found[-1].winners >= known["recruitment"].floor:
                    break
        return Climb(tuple(found))

    def _affected(self, inputs: Mapping[str, Any], overrides: Mapping[str, Any]) -> frozenset[str]:
        """The nodes to execute anew for these changes."""
        affected = self._graph.descendants(frozenset({*inputs, *overrides})) - overrides.keys()
        stray = sorted(affected - self._graph.rerun)
        if stray:
            raise ConfigurationError(
                f"the ladder can't be climbed again with another {', '.join(sorted({*inputs, *overrides}))}: "
                f"{offenders(stray)} would have to be computed anew, and only a rung's nodes can be. Select anew"
            )
        return affected

    def _rung_result(
        self, rung: Rung, inputs: Mapping[str, Any], overrides: Mapping[str, Any], affected: frozenset[str]
    ) -> RungResult:
        held = next((values for climbed, values in self._rungs if climbed == rung), None)
        anew = affected if held is not None else frozenset(self._graph.rerun) - overrides.keys()
        values = {**self._once, **(held or {})}
        border = BORDERS["policy"]
        self._counting.harvested()
        if border in anew:
            read = self._graph.read_from_elsewhere(set(anew))
            kept = {name: values[name] for name in read if name not in overrides}
            values |= self._graph.driver.execute([border], inputs=dict(inputs), overrides={**kept, **overrides})
        return rung_result(rung, values[border], self._counting.harvested())


def rung_result(rung: Rung, context: SelectionContext, ran: Mapping[str, float]) -> RungResult:
    """What a rung gave, from the context as decided and the seconds of what ran."""
    return RungResult(
        number=rung.number,
        name=rung.name,
        thresholds=rung.thresholds,
        eligible=context.eligible,
        winners=len(context.winners),
        executed=tuple(ran),
        milliseconds=1000.0 * sum(ran.values()),
        context=context,
    )
