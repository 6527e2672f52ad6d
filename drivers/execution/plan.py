"""Loads what the settings name (factor modules, scorers, bucketizer), refuses what doesn't fit, and gives the dataflow's inputs.

`plan` does the first two (`drivers.execution.checks`); `inputs` and `ingestion_inputs` are what a graph is executed with.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import (
    ConvictionScorer,
    DiscoveryProvider,
    FactorBucketizer,
)
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration, declared_factors
from tradingview_scraper.pipelines.selection.dataflow.features.factors import BUILT_IN
from tradingview_scraper.pipelines.selection.drivers.execution.checks import (
    declared_window,
    refuse_idle_parameters,
    refuse_unknown_arguments,
    refuse_unknown_names,
    taken_names,
    user_places,
)
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import bucketizer_of, scorer_of
from tradingview_scraper.pipelines.selection.drivers.execution.model_files import ModelFolder
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import loaded_module
from tradingview_scraper.pipelines.selection.drivers.execution.scorer_probe import refuse_unfit
from tradingview_scraper.pipelines.selection.drivers.execution.stage_modules import stage_modules, stage_of_module
from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.section import Section
from tradingview_scraper.pipelines.selection.schemas.selection_before import SelectionBefore
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

# Inputs beside the settings.
COMPONENT_INPUTS = ("provider", "as_of", "moment", "pinned_session", "rung", "declarations", "bucketizer")


@dataclass(frozen=True)
class Plan:
    """All that the settings name, loaded and checked."""

    settings: SelectionSettings
    """In effect: with the values of `compat.unchecked` in their places."""
    stated: SelectionSettings
    """As they were resolved; what a record keeps, for they can be read again."""
    user_modules: tuple[ModuleType, ...]
    declarations: Mapping[str, Declaration]
    places: Mapping[str, str]
    """User's factor to where it is defined."""
    scorers: Mapping[str, ConvictionScorer]
    bucketizer: FactorBucketizer

    @property
    def modules(self) -> tuple[ModuleType, ...]:
        """Every module of the graph, stage by stage."""
        return tuple(each for found in stage_modules(self.settings, self.user_modules).values() for each in found)

    @property
    def stages(self) -> dict[str, str]:
        """Module name to stage."""
        return stage_of_module(self.settings, self.user_modules)

    @property
    def component_nodes(self) -> dict[str, str]:
        """The nodes that call a component, and how the profile names that: its key and value."""
        settings = self.settings
        named = {
            "tables": f"data.provider {settings.data.provider!r}",
            **dict.fromkeys(
                ("cluster_tree", "cluster_labels"), f"clusters.bucketizer {settings.clusters.bucketizer!r}"
            ),
        }
        for name, scorer in settings.active_scorers.items():
            stated = f"scorers.{name}.kind {scorer.kind!r}"
            named |= {f"{name}.probabilities": stated, f"{name}.conviction": stated}
        return named


def plan(settings: SelectionSettings, models: Path | None = None, pinned: Mapping[str, str] | None = None) -> Plan:
    """The plan of these settings; learned scorers take their models from the folder `models`, only the `pinned` if there are.

    Raises `ConfigurationError` or `FactorError` naming the module, factor, gate, weight or component that doesn't fit; a
    scorer doesn't where it couldn't be champion.
    """
    stated, settings = settings, settings.effective()
    user_modules = tuple(loaded_module(name, "features.modules") for name in settings.features.modules)
    taken = taken_names(settings, (*_fixed_inputs(settings), *COMPONENT_INPUTS))
    places = user_places(user_modules, taken)
    declarations: dict[str, Declaration] = {}
    for module in (*BUILT_IN, *user_modules):
        declarations |= declared_factors(module)
    for name, stated_factor in declarations.items():
        declared_window(name, stated_factor, settings)
    for module in user_modules:
        refuse_unknown_arguments(module, {*taken, *places, *settings.features.parameters})
    fixed, windows = _fixed_inputs(settings), {each.window for each in declarations.values()}
    # A parameter that is a factor's window is read by who declares it.
    parameters = [name for name in settings.features.parameters if name in fixed or name not in windows]
    refuse_idle_parameters(parameters, user_modules, fixed)
    refuse_unknown_names(settings, declarations)
    scorers = {
        name: scorer_of(name, chosen, ModelFolder(name, settings, models, pinned or {}))
        for name, chosen in settings.active_scorers.items()
    }
    if settings.data.fields == "checked":  # of what v3.4 believes answers needn't be numbers
        for name, scorer in scorers.items():
            refuse_unfit(name, scorer, settings, declarations)
    return Plan(
        settings=settings,
        stated=stated,
        user_modules=user_modules,
        declarations=declarations,
        places={name: place for name, place in places.items() if name in declarations},
        scorers=scorers,
        bucketizer=bucketizer_of(settings.clusters),
    )


def inputs(plan: Plan, rung: Rung) -> dict[str, Any]:
    """All inputs but ingestion's."""
    fixed = _fixed_inputs(plan.settings)
    return {
        **fixed,
        **plan.settings.features.parameters,
        "declarations": dict(plan.declarations),
        "bucketizer": plan.bucketizer,
        "rung": rung,
    }


def ingestion_inputs(
    provider: DiscoveryProvider,
    as_of: pd.Timestamp | None,
    moment: pd.Timestamp | None = None,
    pinned_session: pd.Timestamp | None = None,
) -> dict[str, Any]:
    """What only ingestion reads; withheld from every execution after the first."""
    return {"provider": provider, "as_of": as_of, "moment": moment, "pinned_session": pinned_session}


def before_inputs(before: SelectionBefore) -> dict[str, Any]:
    """What the dataflow is told of the selection before: inputs of their own, so that one graph serves many dates."""
    return {"held_winners": before.winners, "held_clusters": before.clusters}


def _fixed_inputs(settings: SelectionSettings) -> dict[str, Any]:
    """The inputs that settings give, beyond the components and the rung."""
    return {
        "settings": settings,
        "universe": settings.universe,
        "benchmarks": settings.benchmarks,
        "data": settings.data,
        "believed": settings.data.fields == "believed",
        "checks": settings.checks,
        "max_age_days": settings.data.max_age_days,
        "weights": {name: settings.weights_of(name) for name in settings.active_scorers},
        "probability_maps": dict(settings.probabilities),
        "scoring_universe": settings.scoring_universe,
        "champion": settings.champion,
        "clustering": settings.clusters,
        "gates": settings.active_gates,
        "recruitment": settings.recruitment,
        **before_inputs(SelectionBefore(settings.recruitment.held, settings.clusters.held)),
        "compat": settings.compat,
        "synthesis": settings.synthesis,
        **_fields(settings.features, without=("modules", "parameters")),
        **_fields(settings.compat),
    }


def _fields(section: Section, without: Collection[str] = ()) -> dict[str, Any]:
    """A section's settings as inputs of their own; Hamilton wants plain dicts."""
    values = {name: getattr(section, name) for name in type(section).model_fields if name not in without}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in values.items()}
