"""The built graph as plain nodes for `lineage`: what Hamilton knows, less what only Hamilton understands.

To that come, of each node, the digest of its code with all that it uses (`lineage.graph.sources`; Hamilton's own
sees one function), and the columns that it reads (`lineage.graph.reads`): what the node's `reads` tag says, else what its
syntax tree tells.
"""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from hamilton.graph_types import HamiltonNode

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan, inputs
from tradingview_scraper.pipelines.selection.drivers.execution.stage_modules import NAMESPACE
from tradingview_scraper.pipelines.selection.lineage.graph.reads import Reads, derived, parsed, resolved
from tradingview_scraper.pipelines.selection.lineage.graph.sources import Module, Sources
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS, VALIDATING

PACKAGE = "tradingview_scraper.pipelines.selection."
BUCKETIZER = "bucketizer"


def graph_nodes(graph: Graph) -> list[dict[str, Any]]:
    """Every node of the graph, as `lineage.graph.lineage_document` describes it.

    Raises `ConfigurationError` naming the node whose `reads` tag can't be understood.
    """
    reader = _Reader(graph.plan)
    return [_node(node, graph, reader) for node in graph.nodes]


def table_columns(tables: Tables) -> dict[str, list[str]]:
    """Table to the columns that were there, for exact column lineage; a matrix of returns has none by name."""
    found: dict[str, set[str]] = {"candidates": {str(key) for record in tables.candidates for key in record}}
    for name in ("bars", "instruments", "statistics"):
        frame = getattr(tables, name)
        if frame is not None:
            found[name] = {str(key) for key in (*frame.columns, *filter(None, frame.index.names))}
    if tables.returns is not None:
        found["returns"] = set()
    return {name: sorted(columns) for name, columns in sorted(found.items())}


def _node(node: HamiltonNode, graph: Graph, reader: "_Reader") -> dict[str, Any]:
    plan, external = graph.plan, node.is_external_input
    return {
        "name": node.name,
        "stage": "input" if external else graph.stages[node.name],
        "module": "" if external else graph.modules[node.name].removeprefix(NAMESPACE),
        "kind": _kind(node, plan),
        "validated": node.name in VALIDATING,
        "reexecuted": node.name in graph.rerun,
        "type": inspect.formatannotation(node.type),
        "documentation": "" if external else inspect.cleandoc(node.documentation or ""),
        "version": reader.version(node, graph),
        "dependencies": sorted(graph.reads[node.name]),
        "reads": [] if external else [read.document() for read in reader.reads(node, graph)],
        **({"declared": _declaration(node.name, plan)} if node.name in plan.declarations else {}),
    }


class _Reader:
    """Versions and column reads of a plan's nodes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._inputs = inputs(plan, plan.settings.rungs()[0])
        self._sources = Sources(_module_reader(plan))
        self._groups = {
            "factor_columns": {name: name for name in plan.declarations},
            "scored_columns": {name: name for name in plan.settings.scored},
            "gate_columns": {name: gate.feature for name, gate in plan.settings.active_gates.items()},
            "exempting_gates": {
                name: "raw_pool.is_benchmark"
                for name, gate in plan.settings.active_gates.items()
                if gate.exempt_benchmarks
            },
            "outputs": {name: name for name in plan.scorers},
        }

    def version(self, node: HamiltonNode, graph: Graph) -> str:
        """The digest of a node's code; of a component's class where the node is one; empty for settings."""
        if node.name == BUCKETIZER:
            return self._class_version(self._plan.bucketizer)
        if node.is_external_input:
            return ""
        scorer = self._plan.scorers.get(node.name.removesuffix(".scorer"))
        if scorer is not None and not graph.reads[node.name]:
            return self._class_version(scorer)
        function = _function(node, graph)
        return self._sources.digest(function.__module__, function.__name__) or str(node.version)

    def reads(self, node: HamiltonNode, graph: Graph) -> list[Reads]:
        """Which columns a node reads of which nodes."""
        dependencies = graph.reads[node.name] - graph.inputs
        function = _function(node, graph)
        stated = self._stated(node)
        if stated:
            try:
                found = parsed(stated, self._setting)
            except ValueError as error:
                raise ConfigurationError(f"the node {node.name!r}: {error}") from None
        else:
            place = function.__module__, function.__name__
            found = derived(self._sources.uses(*place), self._sources.passes_on(*place))
        answer = resolved(node.name, found, dependencies, self._groups | self._own_metrics(node))
        wired = {name for read in answer for name in dependencies if f"{read.source}.".startswith(f"{name}.")}
        if not stated and not wired and len(dependencies) == 1:
            # Hamilton's own wiring: a column that is extracted, or a value that is passed into a sub-dataflow.
            (only,) = dependencies
            own = Reads("", f"{only}.{node.name}") if only == function.__name__ else Reads("*", f"{only}.*")
            return [own]
        grouped = set() if stated else dependencies - wired - _parameters(function)
        return [*answer, *(Reads("", name) for name in sorted(grouped))]

    def _stated(self, node: HamiltonNode) -> Sequence[str]:
        """The statements beside the node: its tag, or what the class of its scorer says."""
        name, _, part = node.name.rpartition(".")
        scorer = self._plan.scorers.get(name)
        if scorer is not None and part in ("probabilities", "conviction"):
            return scorer.probability_reads if part == "probabilities" else scorer.conviction_reads
        tag = node.tags.get("reads", ())
        return [tag] if isinstance(tag, str) else tag

    def _own_metrics(self, node: HamiltonNode) -> dict[str, dict[str, str]]:
        """The metrics that a scorer weighs, where the node is what that scorer is given."""
        scorer, _, part = node.name.rpartition(".")
        if scorer not in self._plan.scorers or part != "scoring":
            return {}
        return {
            "own_metrics": {name: f"pool_scoring.metrics.{name}" for name in self._plan.settings.weights_of(scorer)}
        }

    def _setting(self, name: str) -> object:
        first, *rest = name.split(".")
        value = self._inputs.get(first)
        for part in rest:
            value = getattr(value, part, None)
        if value is None:
            raise ValueError(f"reads: there is no setting {name!r}")
        return value

    def _class_version(self, component: object) -> str:
        return self._sources.digest(type(component).__module__, type(component).__name__)


def _function(node: HamiltonNode, graph: Graph) -> Callable[..., Any]:
    """The function that a node comes from: the one of its own module, where Hamilton knows several."""
    known: Sequence[Callable[..., Any]] = node.originating_functions or ()
    return next((each for each in known if each.__module__ == graph.modules[node.name]), known[0])


def _parameters(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def _module_reader(plan: Plan) -> Callable[[str], Module | None]:
    """Reads the modules of this package, and of the packages that the plan's own modules and components are in."""
    components = (*plan.scorers.values(), plan.bucketizer)
    named = [*(module.__name__ for module in plan.user_modules), *(type(each).__module__ for each in components)]
    tops = {name.partition(".")[0] for name in named if not name.startswith(PACKAGE)}

    def read(name: str) -> Module | None:
        if not name.startswith(PACKAGE) and name.partition(".")[0] not in tops:
            return None
        module = _imported(name)
        path = Path(str(getattr(module, "__file__", None) or ""))
        if module is None or path.suffix != ".py":
            return None
        return _parsed_module(path.read_text("utf-8"), module.__package__ or "")

    return read


def _imported(name: str) -> ModuleType | None:
    """A module that is imported already, or that can be; None where the name is none."""
    if name in sys.modules:
        return sys.modules[name]
    try:
        return importlib.import_module(name) if importlib.util.find_spec(name) else None
    except ModuleNotFoundError:
        return None


@lru_cache(maxsize=256)
def _parsed_module(text: str, package: str) -> Module:
    """One object a text, so that it is parsed once a process."""
    return Module(text, package)


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
        "weight": plan.settings.weights_of(plan.settings.champion).get(name, 0.0),
    }
