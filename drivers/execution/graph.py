"""A plan's graph: built once, and what follows from its dependencies.

`Graph` holds the built driver, reads from it what a further rung executes anew (every inference and policy node, and
whatever descends from them or from `rung`), and which values those read from the stages that run once. The controller,
the record and the page all take it from the same object.
"""

from collections.abc import Collection

from hamilton import driver
from hamilton import settings as hamilton_settings
from hamilton.graph_types import HamiltonGraph, HamiltonNode
from hamilton.lifecycle import LifecycleAdapter

from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, FactorError, offenders
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS, REEXECUTED


class Graph:
    """The dependencies of a plan's driver.

    Raises `ConfigurationError` where a stage that runs once reads one that a rung re-executes, and what `built_driver` does.
    """

    def __init__(self, plan: Plan, *adapters: LifecycleAdapter) -> None:
        self.plan = plan
        self.driver = built_driver(plan, *adapters)
        variables = self.driver.list_available_variables()
        stages = plan.stages
        self.reads = {v.name: {*v.required_dependencies, *v.optional_dependencies} for v in variables}
        self.inputs = {v.name for v in variables if v.is_external_input}
        self.modules = {v.name: module_of(v) for v in variables if not v.is_external_input}
        self.stages = {name: stages[module] for name, module in self.modules.items()}
        seeds = sorted(name for name, stage in self.stages.items() if stage in REEXECUTED)
        self._deciding = {v.name for v in self.driver.what_is_upstream_of(BORDERS["policy"])} - self.inputs
        self.rerun = {v.name for v in self.driver.what_is_downstream_of("rung", *seeds)} & self._deciding
        self._descendants: dict[frozenset[str], frozenset[str]] = {}
        self._refuse_strays()
        self.synthesis = {name for name, stage in self.stages.items() if stage == "synthesis"}

    @property
    def nodes(self) -> list[HamiltonNode]:
        """Every node as Hamilton describes it."""
        return list(HamiltonGraph.from_graph(self.driver.graph).nodes)

    def read_from_elsewhere(self, nodes: set[str]) -> list[str]:
        """The values that these nodes read from nodes outside the set, sorted; external inputs don't count."""
        read: set[str] = set().union(*(self.reads[name] for name in nodes))
        return sorted(read - nodes - self.inputs)

    def descendants(self, names: frozenset[str]) -> frozenset[str]:
        """The nodes on the way to the decision that these names (inputs or nodes) reach, with these nodes themselves."""
        if names not in self._descendants:
            below = {variable.name for variable in self.driver.what_is_downstream_of(*sorted(names))}
            self._descendants[names] = frozenset(below & self._deciding)
        return self._descendants[names]

    def reached(self, name: str, besides: Collection[str]) -> set[str]:
        """The nodes on the way to the decision that a node's value reaches by any way but through `besides`."""
        found: set[str] = set()
        new = {name}
        while new:
            found |= new
            read = {each for each in self._deciding if self.reads[each] & new}
            new = read - found - set(besides)
        return found - {name}

    def _refuse_strays(self) -> None:
        stray = sorted(
            name for name in self.rerun if self.stages[name] not in REEXECUTED and name != BORDERS["partitioning"]
        )
        if stray:
            raise ConfigurationError(
                f"these nodes read inference or policy, but their stages run only once: {offenders(stray)}; "
                "let them read features, returns or the pool"
            )


def built_driver(plan: Plan, *adapters: LifecycleAdapter) -> driver.Driver:
    """The driver of a plan: factors, weights, gates and scorers are wired by name at build time.

    Raises `FactorError` where a function's argument has another type than what it names.
    """
    config = {
        hamilton_settings.ENABLE_POWER_USER_MODE: True,
        "factors": list(plan.declarations),
        "scored": list(plan.settings.scored),
        "gated": {name: gate.feature for name, gate in plan.settings.active_gates.items()},
        "scorers": dict(plan.scorers),
    }
    try:
        return driver.Builder().with_modules(*plan.modules).with_config(config).with_adapters(*adapters).build()
    except ValueError as error:
        # Hamilton's own words are good, but begin a lecture after the first line.
        raise FactorError(
            f"features: the graph can't be built: {str(error).splitlines()[0].removeprefix('Error: ')}"
        ) from None


def module_of(node: HamiltonNode) -> str:
    """Where a node is defined; what a sub-dataflow adds for its own wiring belongs to the function that it is made by."""
    stated = node.tags.get("module")
    return str(stated) if stated else str(next(iter(node.originating_functions or [])).__module__)
