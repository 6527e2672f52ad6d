"""`select`: one selection, pure and in memory.

Settings are resolved, the graph is built, the controller climbs the ladder; the answer is a `Selection`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Source
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.controller import Climb, RungResult, relaxed
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import Counting, Lending, quiet_hamilton
from tradingview_scraper.pipelines.selection.drivers.execution.plan import BORDERS, Plan, built_driver, plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import Resolved, resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.progress import watchers
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

if TYPE_CHECKING:
    from tradingview_scraper.pipelines.selection.drivers.execution.notebook import Plots


@dataclass(frozen=True)
class Selection:
    """One selection: who won, why, and how it came about."""

    context: SelectionContext
    """The final context, with every stage's frames."""
    winners: list[dict[str, Any]]
    """The winners in the incumbent's shape: candidate dicts with `alpha_score`, best first."""
    rungs: tuple[RungResult, ...]
    """The rungs of the ladder that were climbed."""
    manifest: dict[str, Any]
    coverage: dict[str, Any]
    quarantine: pd.DataFrame
    sources: tuple[Source, ...]
    plan: Plan = field(repr=False)
    climb: Climb = field(repr=False, compare=False)

    @property
    def conviction(self) -> pd.Series:
        """The champion's conviction of every asset of the pool."""
        return self.context.inference_outputs["alpha_score"]

    @property
    def decisions(self) -> pd.DataFrame:
        """One row an asset and gate at the last rung: value, threshold, margin, verdict."""
        return self.context.decisions

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
        """How many winners the floor asks for more, and what to do; None where it is reached."""
        if self.reached_floor:
            return None
        return (
            f"policy: only {self.rungs[-1].winners} winners after the last rung, fewer than the floor of "
            f"{self.settings.recruitment.floor}; widen the pool, loosen a gate or lower recruitment.floor"
        )

    @property
    def plot(self) -> "Plots":
        """Its figures: `plot.ladder()`, `.funnel()`, `.conviction(feature)`, `.correlation()`, `.winners()`."""
        from tradingview_scraper.pipelines.selection.drivers.execution.notebook import Plots

        return Plots(self)

    def _repr_html_(self) -> str:
        from tradingview_scraper.pipelines.selection.drivers.execution.notebook import selection_html

        return selection_html(self)


def select(
    returns: pd.DataFrame | None,
    candidates: Sequence[Mapping[str, Any]] | pd.DataFrame | None,
    statistics: pd.DataFrame | None = None,
    *,
    bars: pd.DataFrame | None = None,
    profile: str = "v4",
    settings: Mapping[str, Any] | None = None,
    as_of: str | pd.Timestamp | None = None,
    project: Path | None = None,
) -> Selection:
    """Select from returns (days x symbols, simple, NaN where there was no trading) and candidate dicts.

    `bars` (long: symbol, date, open, high, low, close, volume) give trend strength, and the returns where these are
    None. `statistics` is indexed by symbol. `settings` change the profile, nested or dotted. `project` is a folder with a
    `tvselect.toml` and the user's modules. Nothing is read but that, nothing is written, and the caller's objects stay
    as they are.

    Raises `ConfigurationError` (settings, factors, gates, scorers) and `DataContractError` (input).
    """
    with project_on_path(project):
        resolved = resolved_settings(profile, project=project, settings=settings)
        return selected(
            MemoryProvider(returns, candidates, statistics, bars), plan(resolved.settings), timestamp(as_of)
        )


def selected(provider: DiscoveryProvider, plan: Plan, as_of: pd.Timestamp | None) -> Selection:
    """The selection of a plan on what a provider brings."""
    counting = Counting(plan.places)
    with quiet_hamilton():
        dr = built_driver(plan, Lending(), counting, *watchers(plan))
        climb = relaxed(dr, plan, counting, provider, as_of)
    values = climb.values
    return Selection(
        context=values[BORDERS["synthesis"]],
        winners=values["portfolio_candidates"],
        rungs=climb.rungs,
        manifest=values["manifest"],
        coverage=values["coverage"],
        quarantine=values["quarantine"],
        sources=values["tables"].sources,
        plan=plan,
        climb=climb,
    )


def timestamp(as_of: str | pd.Timestamp | None) -> pd.Timestamp | None:
    """A date as a naive UTC timestamp. Raises `ConfigurationError` where it is none."""
    if as_of is None:
        return None
    try:
        moment = pd.Timestamp(as_of)
    except ValueError as error:
        raise ConfigurationError(f"the as-of date {as_of!r} is no date: {error}") from None
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo is not None else moment


__all__ = ["Resolved", "Selection", "select", "selected", "timestamp"]
