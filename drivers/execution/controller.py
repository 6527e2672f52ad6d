"""The relaxation controller: a loop over `driver.execute`.

`relaxed` climbs the ladder until a rung gives enough winners. The values that the re-executed nodes read from stages that
run once are handed over as overrides; synthesis runs once, after the last rung.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.climb import HeldLadder, RungResult, rung_result
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import Counting
from tradingview_scraper.pipelines.selection.drivers.execution.plan import ingestion_inputs, inputs
from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection
from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS

SYNTHESISED = (BORDERS["synthesis"], "manifest", "portfolio_candidates")
# What the record of a run needs beside the context; conditioning is there only where a profile asks for it.
RECORDED = ("tables", "quarantine", "coverage", "distance", "cluster_tree", "conditioning")


def relaxed(
    graph: Graph,
    counting: Counting,
    provider: DiscoveryProvider,
    dates: Mapping[str, pd.Timestamp | None],
    given: Mapping[str, Any],
) -> Selection:
    """Climb the ladder to the first rung with enough winners (or to its end), then synthesise.

    `given` are inputs that take the place of the plan's.
    """
    plan = graph.plan
    reused = graph.read_from_elsewhere(graph.rerun)
    synthesis_reads = graph.read_from_elsewhere(graph.synthesis)
    each_rung = [name for name in synthesis_reads if name in graph.rerun]
    recorded = [name for name in RECORDED if name in graph.stages]
    # All that a rung executes is kept, for another climb to start from (`climb`).
    kept = list(dict.fromkeys([*each_rung, *sorted(graph.rerun)]))
    first = list(dict.fromkeys([*each_rung, *reused, *synthesis_reads, *recorded, *kept]))
    values: dict[str, Any] = {}
    held: list[tuple[Rung, dict[str, Any]]] = []
    results: list[RungResult] = []
    executions: dict[str, list[float]] = {}
    for rung in plan.settings.rungs():
        told = {**inputs(plan, rung), **given}
        if rung.number == 1:
            values |= graph.driver.execute(first, inputs={**told, **ingestion_inputs(provider, **dates)})
        else:
            # Ingestion's inputs are withheld: were any of it to run again, Hamilton would say that they are missing.
            values |= graph.driver.execute(kept, inputs=told, overrides={name: values[name] for name in reused})
        held.append((rung, {name: values[name] for name in kept}))
        results.append(rung_result(rung, values[BORDERS["policy"]], _harvest(counting, executions)))
        if results[-1].winners >= plan.settings.recruitment.floor:
            break
    values |= graph.driver.execute(
        list(SYNTHESISED), inputs=told, overrides={name: values[name] for name in synthesis_reads}
    )
    _harvest(counting, executions)
    return Selection(
        context=values[BORDERS["synthesis"]],
        portfolio_candidates=values["portfolio_candidates"],
        rungs=tuple(results),
        manifest=values["manifest"],
        coverage=values["coverage"],
        quarantine=values["quarantine"],
        tables=values["tables"],
        distance=values["distance"],
        cluster_tree=values["cluster_tree"],
        conditioning=values.get("conditioning"),
        graph=graph,
        executions=executions,
        held=HeldLadder(graph, counting, {name: values[name] for name in reused}, held, given),
    )


def _harvest(counting: Counting, executions: dict[str, list[float]]) -> dict[str, float]:
    """What ran since the last harvest, added to the record of all executions."""
    ran = counting.harvested()
    for name, seconds in ran.items():
        executions.setdefault(name, []).append(seconds)
    return ran
