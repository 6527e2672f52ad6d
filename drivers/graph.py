"""The built graph as plain nodes for `lineage`: what Hamilton knows, less what only Hamilton understands."""

import inspect
from collections.abc import Mapping
from typing import Any

from hamilton import driver
from hamilton.graph_types import HamiltonGraph, HamiltonNode

from tradingview_scraper.pipelines.selection.drivers.builder import BORDERS, NAMESPACE, Plan
from tradingview_scraper.pipelines.selection.drivers.controller import Graph

# Where frames pass a Pandera model.
VALIDATING = (*BORDERS.values(), "feature_store")


def graph_nodes(dr: driver.Driver, plan: Plan) -> list[dict[str, Any]]:
    """Every node of the graph, as `lineage.graph.lineage_document` describes it."""
    graph = Graph(dr, plan)
    return [_node(node, graph, plan) for node in HamiltonGraph.from_graph(dr.graph).nodes]


def reexecuted_nodes(dr: driver.Driver, plan: Plan) -> list[str]:
    """The nodes that every further rung executes anew, by name."""
    return sorted(Graph(dr, plan).rerun)


def _node(node: HamiltonNode, graph: Graph, plan: Plan) -> dict[str, Any]:
    external = node.is_external_input
    return {
        "name": node.name,
        "stage": "input" if external else graph.stages[node.name],
        "module": "" if external else graph.modules[node.name].removeprefix(NAMESPACE),
        "kind": _kind(node, plan),
        "validated": node.name in VALIDATING,
        "type": inspect.formatannotation(node.type),
        "documentation": "" if external else inspect.cleandoc(node.documentation or ""),
        "version": "" if external else str(node.version),
        "dependencies": sorted(graph.reads[node.name]),
        **({"declared": _declaration(node.name, plan)} if node.name in plan.declarations else {}),
    }


def _kind(node: HamiltonNode, plan: Plan) -> str:
    if node.is_external_input:
        return "input"
    if node.name in plan.declarations:
        return "factor"
    return "border" if node.name in BORDERS.values() else "value"


def _declaration(name: str, plan: Plan) -> Mapping[str, Any]:
    stated = plan.declarations[name]
    return {
        "low": stated.low,
        "high": stated.high,
        "nullable": stated.nullable,
        "probability": plan.settings.probabilities.get(name, stated.probability),
        "weight": plan.settings.active_weights.get(name, 0.0),
    }
