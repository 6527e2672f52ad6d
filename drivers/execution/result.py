"""What a selection brings back: the final context, the rungs that led there, and all that a record needs beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Source, Tables
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.conditioning import Conditioning
from tradingview_scraper.pipelines.selection.drivers.execution.climb import Climb, HeldLadder, RungResult
from tradingview_scraper.pipelines.selection.drivers.execution.findings import shortfall_text
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

if TYPE_CHECKING:
    from tradingview_scraper.pipelines.selection.drivers.execution.notebook import Plots


@dataclass(frozen=True)
class Selection:
    """One selection: who won, why, and how it came about."""

    context: SelectionContext
    """The final context, with every stage's frames."""
    portfolio_candidates: list[dict[str, Any]]
    """The winners in the incumbent's shape: candidate dicts with `alpha_score`, best first."""
    rungs: tuple[RungResult, ...]
    """The rungs of the ladder that were climbed."""
    manifest: dict[str, Any]
    coverage: dict[str, Any]
    quarantine: pd.DataFrame
    tables: Tables = field(repr=False)
    """What the provider brought."""
    distance: Distances = field(repr=False)
    """Between the assets' returns: what the bucketizer saw, before any inertia; `distance.frame()` is the whole table."""
    cluster_tree: np.ndarray = field(repr=False)
    """The linkage that the bucketizer cut, in the order of the distance; without rows where it grew none."""
    conditioning: Conditioning | None
    """None where the profile doesn't ask for it."""
    graph: Graph = field(repr=False, compare=False)
    executions: Mapping[str, Sequence[float]] = field(repr=False, compare=False)
    """Node to the seconds of each of its executions."""
    held: HeldLadder = field(repr=False, compare=False)
    """The values of its rungs, to climb the ladder again with something changed (`held.climbed`)."""

    @property
    def winners(self) -> pd.DataFrame:
        """The context's winners: one row per asset, best first."""
        return self.context.winners

    @property
    def conviction(self) -> pd.Series:
        """The champion's conviction of every asset of the pool."""
        return self.context.inference_outputs["alpha_score"]

    @cached_property
    def challengers(self) -> Mapping[str, Climb]:
        """What each challenger would have chosen under its own ladder; climbed when it is first asked for."""
        scorers = self.settings.active_scorers
        return {
            name: self.held.climbed(inputs={"champion": name})
            for name, scorer in scorers.items()
            if scorer.role == "challenger"
        }

    @property
    def decisions(self) -> pd.DataFrame:
        """One row per asset and gate at the last rung: value, threshold, margin, verdict."""
        return self.context.decisions

    @property
    def sources(self) -> tuple[Source, ...]:
        """The tables that were read, as the provider names them."""
        return self.tables.sources

    @property
    def models(self) -> tuple[Source, ...]:
        """The models that learned scorers used."""
        return tuple(
            source for scorer in self.plan.scorers.values() for source in scorer.sources(self.tables.last_session)
        )

    @property
    def plan(self) -> Plan:
        """What was executed."""
        return self.graph.plan

    @property
    def settings(self) -> SelectionSettings:
        """The settings, resolved."""
        return self.context.settings

    @property
    def reached_floor(self) -> bool:
        """Whether there are as many winners as the profile's floor asks for."""
        return self.rungs[-1].winners >= self.settings.recruitment.floor

    @property
    def shortfall(self) -> str | None:
        """Why there are fewer winners than the floor asks for, and what to do; None where it is reached."""
        if self.reached_floor:
            return None
        return shortfall_text(self.context, self.tables, self.settings.recruitment.floor)

    @property
    def plot(self) -> "Plots":
        """Its figures: `plot.ladder()`, `.funnel()`, `.conviction(feature)`, `.correlation()`, `.winners()`."""
        from tradingview_scraper.pipelines.selection.drivers.execution.notebook import Plots

        return Plots(self)

    def _repr_html_(self) -> str:
        from tradingview_scraper.pipelines.selection.drivers.execution.notebook import selection_html

        return selection_html(self)
