"""The relaxation controller: a loop over `driver.execute`.

`Graph` reads from the built driver what a further rung re-executes (every inference and policy node, and whatever descends
from them or from `rung`) and which values those read from the stages that run once. `relaxed` climbs the ladder until a
rung gives enough winners, handing these values over as overrides; synthesis runs once, after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from hamilton import driver
from hamilton.graph_types import HamiltonNode

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import Counting
from tradingview_scraper.pipelines.selection.drivers.execution.plan import (
    BORDERS,
    Plan,
    ingestion_inputs,
    inputs,
    stage_of,
)
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders
from tradingview_scraper.pipelines.selection.schemas.gates import Rung

REEXECUTED = ("inference", "policy")
SYNTHESISED = (BORDERS["synthesis"], "manifest", "portfolio_candidates")
# What the record of a run needs beside the context.
RECORDED = ("tables", "quarantine", "coverage", "distance", "conditioning")


@dataclass(frozen=True)
class RungResult:
    """What one rung of the ladder gave."""

    rung: int
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
    """What the controller brings back: the values by node name, and the rungs that led there."""

    values: Mapping[str, Any]
    rungs: tuple[RungResult, ...]
    stages: Mapping[str, str]
    """Node to stage."""
    executions: Mapping[str, Sequence[float]] = field(compare=False)
    """Node to the seconds of each of its executions."""


class Graph:
    """The dependencies of a built driver, and what follows from them for the loop."""

    def __init__(self, dr: driver.Driver, plan: Plan) -> None:
        variables = dr.list_available_variables()
        stage_of_module = stage_of(plan)
        self.reads = {v.name: {*v.required_dependencies, *v.optional_dependencies} for v in variables}
        self.inputs = {v.name for v in variables if v.is_external_input}
        self.modules = {v.name: _module(v) for v in variables if not v.is_external_input}
        self.stages = {name: stage_of_module[module] for name, module in self.modules.items()}
        seeds = sorted(name for name, stage in self.stages.items() if stage in REEXECUTED)
        upstream = {v.name for v in dr.what_is_upstream_of(BORDERS["policy"])}
        self.rerun = {v.name for v in dr.what_is_downstream_of("rung", *seeds)} & upstream - {"rung"}
        self._refuse_strays()
        self.synthesis = {name for name, stage in self.stages.items() if stage == "synthesis"}

    def read_from_elsewhere(self, nodes: set[str]) -> list[str]:
        """The values that these nodes read from nodes outside the set, sorted; external inputs don't count."""
        read: set[str] = set().union(*(self.reads[name] for name in nodes))
        return sorted(read - nodes - self.inputs)

    def _refuse_strays(self) -> None:
        """Raises `ConfigurationError` where a stage that runs once reads one that a rung re-executes."""
        stray = sorted(
            name for name in self.rerun if self.stages[name] not in REEXECUTED and name != BORDERS["partitioning"]
        )
        if stray:
            raise ConfigurationError(
                f"these nodes read inference or policy, but their stages run only once: {offenders(stray)}; "
                "let them read features, returns or the pool"
            )


def _module(node: HamiltonNode) -> str:
    """Where a node is defined; what a sub-dataflow adds for its own wiring belongs to the function that it is made by."""
    stated = node.tags.get("module")
    return str(stated) if stated else str(next(iter(node.originating_functions or [])).__module__)


def relaxed(
    dr: driver.Driver, plan: Plan, counting: Counting, provider: DiscoveryProvider, as_of: pd.Timestamp | None
) -> Climb:
    """Climb the ladder to the first rung with enough winners (or to its end), then synthesise."""
    graph = Graph(dr, plan)
    reused = graph.read_from_elsewhere(graph.rerun)
    synthesis_reads = graph.read_from_elsewhere(graph.synthesis)
    each_rung = [name for name in synthesis_reads if name in graph.rerun]
    recorded = [name for name in RECORDED if name in graph.stages]
    first = list(dict.fromkeys([*each_rung, *reused, *synthesis_reads, *recorded]))
    values: dict[str, Any] = {}
    results: list[RungResult] = []
    executions: dict[str, list[float]] = {}
    for rung in plan.settings.rungs():
        if rung.number == 1:
            values |= dr.execute(first, inputs={**inputs(plan, rung), **ingestion_inputs(provider, as_of)})
        else:
            # Ingestion's inputs are withheld: were any of it to run again, Hamilton would say that they are missing.
            values |= dr.execute(
                each_rung, inputs=inputs(plan, rung), overrides={name: values[name] for name in reused}
            )
        results.append(_rung_result(rung, values, _harvest(counting, executions)))
        if results[-1].winners >= plan.settings.recruitment.floor:
            break
    values |= dr.execute(
        list(SYNTHESISED), inputs=inputs(plan, rung), overrides={name: values[name] for name in synthesis_reads}
    )
    _harvest(counting, executions)
    return Climb(values, tuple(results), graph.stages, executions)


def _harvest(counting: Counting, executions: dict[str, list[float]]) -> dict[str, float]:
    """What ran since the last harvest, added to the record of all executions."""
    ran = counting.harvested()
    for name, seconds in ran.items():
        executions.setdefault(name, []).append(seconds)
    return ran


def _rung_result(rung: Rung, values: Mapping[str, Any], ran: Mapping[str, float]) -> RungResult:
    context = values[BORDERS["policy"]]
    return RungResult(
        rung=rung.number,
        name=rung.name,
        thresholds=rung.thresholds,
        eligible=int(context.standings["eligible"].sum()),
        winners=len(context.winners),
        executed=tuple(ran),
        milliseconds=1000.0 * sum(ran.values()),
        context=context,
    )
