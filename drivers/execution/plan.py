"""From settings to a Hamilton driver: modules, factors, components, inputs.

`plan` loads the factor modules and components that the settings name and refuses what doesn't fit; `built_driver` builds the
graph; `inputs` are what it is executed with. `STAGES` says which module is which stage.
"""

import difflib
import inspect
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

# Hamilton's plug-ins cost seconds at import; the one that is needed is imported by name.
os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")

import pandas as pd
from hamilton import driver
from hamilton import settings as hamilton_settings
from hamilton.lifecycle import LifecycleAdapter

from tradingview_scraper.pipelines.selection.dataflow import features
from tradingview_scraper.pipelines.selection.dataflow.components import (
    ConvictionScorer,
    DiscoveryProvider,
    FactorBucketizer,
)
from tradingview_scraper.pipelines.selection.dataflow.features import nodes as store
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import (
    Declaration,
    declared_factors,
    public_functions,
    where,
)
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.entropy import highest_entropy
from tradingview_scraper.pipelines.selection.dataflow.inference import nodes as scoring
from tradingview_scraper.pipelines.selection.dataflow.inference import scorer_dag
from tradingview_scraper.pipelines.selection.dataflow.ingestion import nodes as ingestion
from tradingview_scraper.pipelines.selection.dataflow.partitioning import conditioning
from tradingview_scraper.pipelines.selection.dataflow.partitioning import nodes as partitioning
from tradingview_scraper.pipelines.selection.dataflow.policy import crowding, quota
from tradingview_scraper.pipelines.selection.dataflow.policy import nodes as policy
from tradingview_scraper.pipelines.selection.dataflow.synthesis import nodes as synthesis
from tradingview_scraper.pipelines.selection.drivers.execution.components import bucketizer_of, scorer_of
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import loaded_module
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, FactorError
from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.settings import Section, SelectionSettings

NAMESPACE = "tradingview_scraper.pipelines.selection.dataflow."
STAGES = ("ingestion", "features", "inference", "partitioning", "policy", "synthesis")
BORDERS: Mapping[str, str] = {
    "ingestion": "ingested",
    "features": "engineered",
    "inference": "inferred",
    "partitioning": "partitioned",
    "policy": "decided",
    "synthesis": "synthesized",
}


def stage_modules(settings: SelectionSettings) -> dict[str, tuple[ModuleType, ...]]:
    """Stage to the modules of its nodes, as these settings have them."""
    conditioned = (conditioning,) if settings.compat.condition_number or settings.compat.crowded_seats else ()
    return {
        "ingestion": (ingestion,),
        "features": (*features.SUPPORTING, *features.BUILT_IN, store),
        "inference": (scoring,),
        "partitioning": (partitioning, *conditioned),
        "policy": (policy, crowding if settings.compat.crowded_seats else quota),
        "synthesis": (synthesis,),
    }


# Inputs beside the settings.
COMPONENT_INPUTS = ("provider", "as_of", "rung", "declarations", "bucketizer")


@dataclass(frozen=True)
class Plan:
    """All that the settings name, loaded and checked."""

    settings: SelectionSettings
    user_modules: tuple[ModuleType, ...]
    declarations: Mapping[str, Declaration]
    places: Mapping[str, str]
    """User's factor to where it is defined."""
    scorers: Mapping[str, ConvictionScorer]
    bucketizer: FactorBucketizer

    @property
    def modules(self) -> tuple[ModuleType, ...]:
        """Every module of the graph, stage by stage, the user's factors with the features."""
        found: list[ModuleType] = []
        for stage, modules in stage_modules(self.settings).items():
            found += modules
            if stage == "features":
                found += self.user_modules
        return tuple(found)


def plan(settings: SelectionSettings) -> Plan:
    """The plan of these settings.

    Raises `ConfigurationError` or `FactorError` naming the module, factor, gate, weight or scorer that doesn't fit.
    """
    user_modules = tuple(loaded_module(name) for name in settings.features.modules)
    declarations: dict[str, Declaration] = {}
    for module in features.BUILT_IN:
        declarations |= declared_factors(module)
    places: dict[str, str] = {}
    taken = taken_names(settings)
    for module in user_modules:
        for name, function in public_functions(module):
            if name in taken:
                raise FactorError(
                    f"features: {where(function)}: the name {name!r} is taken by {taken[name]}; choose another"
                )
            taken[name] = where(function)
            places[name] = where(function)
        declarations |= declared_factors(module)
    for module in user_modules:
        _check_arguments(module, {*taken, *settings.features.parameters})
    _check_names(settings, declarations)
    return Plan(
        settings=settings,
        user_modules=user_modules,
        declarations=declarations,
        places={name: place for name, place in places.items() if name in declarations},
        scorers={name: scorer_of(name, chosen) for name, chosen in settings.active_scorers.items()},
        bucketizer=bucketizer_of(settings.clusters),
    )


def taken_names(settings: SelectionSettings) -> dict[str, str]:
    """Every name that a user's function can't have, and by what it is taken."""
    names = (*_fixed_inputs(settings), *COMPONENT_INPUTS)
    taken = dict.fromkeys(names, "an input of the dataflow")
    taken |= dict.fromkeys(settings.active_scorers, "a scorer of the profile")
    taken |= dict.fromkeys((*ingestion.POOL_COLUMNS,), "a column of the pool")
    for stage, modules in stage_modules(settings).items():
        for module in modules:
            taken |= {name: f"the {stage} stage" for name, _ in public_functions(module)}
    return taken


def _check_arguments(module: ModuleType, known: Collection[str]) -> None:
    """Raises `FactorError` where a user's function reads something that there isn't."""
    for _, function in public_functions(module):
        for parameter in inspect.signature(function).parameters.values():
            if parameter.default is inspect.Parameter.empty and parameter.name not in known:
                near = difflib.get_close_matches(parameter.name, sorted(known), n=3) or ["returns", "raw_pool", "bars"]
                raise FactorError(
                    f"features: {where(function)} reads {parameter.name!r}, which there isn't; did you mean "
                    f"{', '.join(near)}? (A number of its own goes to features.parameters.)"
                )


def _check_names(settings: SelectionSettings, declarations: Mapping[str, Declaration]) -> None:
    """Weights, probability maps and gates name factors; a gate's strict threshold can bind."""
    known = ", ".join(sorted(declarations))
    for section, names in (
        ("weights", settings.active_weights),
        ("probabilities", settings.probabilities),
    ):
        for name in names:
            if name not in declarations:
                raise ConfigurationError(f"{section}.{name}: there is no factor {name!r}; there are {known}")
    for name, gate in settings.active_gates.items():
        if gate.feature not in declarations:
            raise ConfigurationError(f"gates.{name}: there is no factor {gate.feature!r}; there are {known}")
        if settings.unattainable == "refuse":
            refuse_unattainable(name, settings, declarations[gate.feature])
    if not settings.active_weights:
        raise ConfigurationError("weights: no factor has a weight, so there is nothing to score by")


def refuse_unattainable(name: str, settings: SelectionSettings, declared: Declaration) -> None:
    """Raises `ConfigurationError` with the attainable range where no value of the feature can fail the strict gate."""
    gate = settings.gates[name]
    low, high = attainable_range(gate.feature, settings, declared)
    edge = low if gate.floors else high
    passes_always = (
        (gate.threshold <= edge if gate.floors else gate.threshold >= edge)
        if gate.op in (">=", "<=")
        else (gate.threshold < edge if gate.floors else gate.threshold > edge)
    )
    if passes_always:
        raise ConfigurationError(
            f"gates.{name}: {gate.feature} {gate.op} {gate.threshold:g} can never fail: {gate.feature} lies in "
            f"[{low:.4g}, {high:.4g}] with these windows. Choose a threshold inside, or disable the gate"
        )


def attainable_range(feature: str, settings: SelectionSettings, declared: Declaration) -> tuple[float, float]:
    """The values that a factor can take at all; entropy by its window: n returns have n - order + 1 patterns."""
    if feature == "permutation_entropy":
        return 0.0, highest_entropy(settings.features.entropy_order, settings.features.entropy_window)
    return declared.low, declared.high


def _fixed_inputs(settings: SelectionSettings) -> dict[str, Any]:
    """The inputs that settings give, beyond the components and the rung."""
    return {
        "settings": settings,
        "universe": settings.universe,
        "benchmarks": settings.benchmarks,
        "data": settings.data,
        "weights": settings.active_weights,
        "probability_maps": dict(settings.probabilities),
        "scoring_universe": settings.scoring_universe,
        "champion": settings.champion,
        "clustering": settings.clusters,
        "gates": settings.active_gates,
        "recruitment": settings.recruitment,
        "compat": settings.compat,
        "synthesis": settings.synthesis,
        **_fields(settings.features, without=("modules", "parameters")),
        **_fields(settings.compat),
    }


def _fields(section: Section, without: Collection[str] = ()) -> dict[str, Any]:
    """A section's settings as inputs of their own; Hamilton wants plain dicts."""
    values = {name: getattr(section, name) for name in type(section).model_fields if name not in without}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}


def ingestion_inputs(provider: DiscoveryProvider, as_of: pd.Timestamp | None) -> dict[str, Any]:
    """What only ingestion reads; withheld from every execution after the first."""
    return {"provider": provider, "as_of": as_of}


def inputs(plan: Plan, rung: Rung) -> dict[str, Any]:
    """All inputs but ingestion's."""
    fixed = _fixed_inputs(plan.settings)
    parameters = {name: value for name, value in plan.settings.features.parameters.items() if name not in fixed}
    return {
        **fixed,
        **parameters,
        "declarations": dict(plan.declarations),
        "bucketizer": plan.bucketizer,
        "rung": rung,
    }


def built_driver(plan: Plan, *adapters: LifecycleAdapter) -> driver.Driver:
    """The graph of a plan: factors, weights, gates and scorers are wired by name at build time.

    Raises `FactorError` where a function's argument has another type than what it names.
    """
    config = {
        hamilton_settings.ENABLE_POWER_USER_MODE: True,
        "factors": list(plan.declarations),
        "scored": list(plan.settings.active_weights),
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


def stage_of(plan: Plan) -> dict[str, str]:
    """Module name to stage, the user's modules among the features."""
    stages = {module.__name__: stage for stage, modules in stage_modules(plan.settings).items() for module in modules}
    stages |= {module.__name__: "features" for module in plan.user_modules}
    return {**stages, scorer_dag.__name__: "inference"}
