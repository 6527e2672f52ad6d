"""`select`: one selection, pure and in memory.

Settings are resolved, the graph is built, the controller climbs the ladder; the answer is a `Selection`.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import scan_window
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.controller import relaxed
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import (
    Counting,
    Elsewhere,
    Lending,
    uncollected,
    undisturbed,
)
from tradingview_scraper.pipelines.selection.drivers.execution.memory_guard import MemoryGuard
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import Known
from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan, before_inputs, plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.progress import watchers
from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS
from tradingview_scraper.pipelines.selection.schemas.selection_before import SelectionBefore

AS_OF = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
"""ISO, year first, with dashes: 20260318 could be a number, 03/18/2026 and 18/03/2026 can't be told apart."""


def select(
    returns: pd.DataFrame | None,
    candidates: Sequence[Mapping[str, Any]] | Mapping[str, Any] | pd.DataFrame | None,
    statistics: pd.DataFrame | None = None,
    *,
    bars: pd.DataFrame | None = None,
    instruments: pd.DataFrame | None = None,
    profile: str = "v4",
    settings: Mapping[str, Any] | None = None,
    as_of: str | pd.Timestamp | None = None,
    project: Path | None = None,
) -> Selection:
    """Select from returns (days x symbols, simple, NaN where there was no trading) and candidates.

    Candidates are dicts, a frame of them, or scan documents (`meta`, `data`) as scanners export them; these are read as
    those of a data folder are, and give what `run` gives. `bars` (long: symbol, date, open, high, low, close, volume) give
    trend strength, and the returns where these are None. `statistics` and `instruments` are keyed by symbol. `settings`
    change the profile, nested or dotted. `project` is a folder with a `tvselect.toml` and the user's modules. Nothing is
    read but that, nothing is written, and the caller's objects stay as they are.

    Raises `ConfigurationError` (settings, factors, gates, scorers) and `DataContractError` (input).
    """
    with project_on_path(project), uncollected():
        when = timestamp(as_of)
        resolved = resolved_settings(profile, project=project, settings=settings, known=Known(when))
        data = resolved.settings.data
        provider = MemoryProvider(
            *(returns, candidates, statistics, bars, instruments),
            **{name: getattr(data, name) for name in ("sessions", "resample", "fields")},
            scans_within=scan_window(data),
        )
        models = None if project is None else project / MODELS
        return selected(provider, plan(resolved.settings, models), when)


class Selector:
    """A plan made ready to select: its graph is built once, for one date or for many."""

    def __init__(self, plan: Plan, elsewhere: Elsewhere | None = None) -> None:
        self._counting = Counting(plan.places, plan.component_nodes)
        self.graph = Graph(plan, Lending(elsewhere), self._counting, MemoryGuard(plan.bucketizer), *watchers(plan))

    def selected(
        self,
        provider: DiscoveryProvider,
        as_of: pd.Timestamp | None,
        *,
        moment: pd.Timestamp | None = None,
        last_session: pd.Timestamp | None = None,
        before: SelectionBefore | None = None,
    ) -> Selection:
        """The selection on what a provider brings.

        `moment` is when it is asked for (naive UTC): it tells which session isn't over yet. `last_session` repeats a
        selection that was asked for without an as-of date, whatever was appended since. `before` takes the place of what
        the settings hold of the selection before.
        """
        dates = {"as_of": as_of, "moment": moment, "pinned_session": last_session}
        self._counting.harvested()  # what an earlier date that failed has left
        with undisturbed(self.graph.plan.settings):
            return relaxed(self.graph, self._counting, provider, dates, {} if before is None else before_inputs(before))


def selected(
    provider: DiscoveryProvider,
    plan: Plan,
    as_of: pd.Timestamp | None,
    *,
    moment: pd.Timestamp | None = None,
    last_session: pd.Timestamp | None = None,
    elsewhere: Elsewhere | None = None,
) -> Selection:
    """The selection of a plan on what a provider brings, some nodes of it `elsewhere`; see `Selector.selected`."""
    return Selector(plan, elsewhere).selected(provider, as_of, moment=moment, last_session=last_session)


WORDS = {"today": 0, "yesterday": 1}


def timestamp(as_of: str | pd.Timestamp | None, today: pd.Timestamp | None = None) -> pd.Timestamp | None:
    """A date as a naive UTC timestamp: an ISO date, with a time of day or not; `today` and `yesterday` where the day is known.

    Raises `ConfigurationError` where it is none.
    """
    if as_of is None:
        return None
    if isinstance(as_of, str) and as_of in WORDS and today is not None:
        return today.normalize() - pd.Timedelta(days=WORDS[as_of])
    try:
        if isinstance(as_of, str) and not AS_OF.fullmatch(as_of):
            raise ValueError
        moment = pd.Timestamp(as_of)
        if pd.isna(moment) or not 1900 <= moment.year <= 2200:
            raise ValueError
    except (ValueError, TypeError):
        words = "" if today is None else f", {' or '.join(WORDS)}"
        raise ConfigurationError(
            f"the as-of date {str(as_of)[:40]!r} is no date; write it as 2026-03-18 or 2026-03-18T09:00:00Z{words}"
        ) from None
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo is not None else moment


__all__ = ["Selection", "Selector", "select", "selected", "timestamp"]
