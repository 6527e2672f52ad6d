"""A walk: the whole pipeline at each date of a history, as it was known then, and what came after.

`learning.walk_with_models` has what people call, `walk_forward`. The data is read once; what became of the assets is computed
once, with hindsight, for forward returns only (`outcomes`). Then each date is selected and written (`date_tasks`), and all of it
gathered (`WalkForward`); each scorer of a walk that has come to its end is recorded as a trial of the project. A walk that was
stopped goes on where it stopped, if settings, code and data are the same; otherwise it is another walk.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import quiet_hamilton
from tradingview_scraper.pipelines.selection.drivers.execution.plan import ingestion_inputs, inputs
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names
from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.drivers.recording.events import environment_now, package_code, user_code
from tradingview_scraper.pipelines.selection.drivers.recording.inputs import (
    long_digests,
    record_digests,
    wide_digests,
)
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import HERE, ExecutorChoice
from tradingview_scraper.pipelines.selection.drivers.research.walks import walk_files
from tradingview_scraper.pipelines.selection.drivers.research.walks.date_tasks import walked
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_folder import HeldFolder
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import (
    Outcomes,
    horizons_of,
    outcomes_of,
    with_data,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import (
    Itinerary,
    sessions_of,
    step_of,
    walked_dates,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_trials import scorer_trials
from tradingview_scraper.pipelines.selection.drivers.research.walks.walker import Walk
from tradingview_scraper.pipelines.selection.lineage.record.trials import record_trials
from tradingview_scraper.pipelines.selection.schemas.digests import frame_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

FOLDER = "folder"

Progress = Callable[[int, int], None]
"""Told how many of how many dates are done."""
Teach = Callable[[Path, pd.DatetimeIndex, pd.DatetimeIndex], Mapping[str, str]]
"""Trains models into a walk's folder, for its dates, given all sessions; each file and its digest."""


@dataclass(frozen=True)
class WalkForward:
    """A finished walk."""

    folder: Path
    asked: Mapping[str, Any]
    """What was walked: settings, code, data, dates, horizons."""
    ends: tuple[Mapping[str, Any], ...]
    """For each date how it ended: `selected`, `short` of the floor, `nobody`, `refused`; counts, and the reason."""

    @cached_property
    def panel(self) -> pd.DataFrame:
        """One row per date and asset (`schemas.walk_panel`). Raises `DataContractError` where no date has rows."""
        return walk_files.read_panel(self.folder, self.ends)

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Daily returns over all the data, days x assets."""
        return walk_files.read_outcomes(self.folder)

    @property
    def step(self) -> int:
        """Sessions from date to date."""
        return int(self.asked["every"])

    @property
    def horizons(self) -> tuple[int, ...]:
        """The horizons of the forward returns, in sessions."""
        return tuple(self.asked["horizons"])


def held(request: Request) -> Request:
    """The request with its data folder read once and kept; another provider reads at each date, as its tables are now."""
    settings = request.plan.settings.data
    if settings.provider != FOLDER or not isinstance(request.data, Path):
        return replace(request, provider=request.provider.held_now())
    return replace(request, provider=HeldFolder(request.data, settings))


def walk_request(
    request: Request,
    itinerary: Itinerary,
    *,
    executor: ExecutorChoice = HERE,
    progress: Progress | None = None,
    teach: Teach | None = None,
    panel_only: bool = False,
) -> WalkForward:
    """The walk of a request; learned scorers need `teach` (`learning.walk_with_models`).

    A walk of which only the panel is wanted, for a model to learn from, lies in a folder of its own and is no trial.
    Call it inside `project_on_path(request.project)`.
    """
    step, entry_lag = step_of(itinerary.every), itinerary.entry_lag
    horizons = horizons_of(itinerary.horizons, step)
    first, last = timestamp(itinerary.start, request.moment), timestamp(itinerary.end, request.moment)
    assert first is not None
    assert last is not None
    graph = Graph(request.plan)
    outcomes, tables = outcomes_of(graph, request.provider, request.moment)
    dates = walked_dates(outcomes.sessions, first, last, step)
    _refuse_unknown_names(graph, request.provider, dates[-1])
    asked = {
        **_identity(request, tables, outcomes),
        "every": step,
        "horizons": list(horizons),
        "entry_lag": entry_lag,
        "ablation": itinerary.ablation,
        "dates": [str(date.date()) for date in dates],
    }
    home = request.project / walk_files.WALKS / (walk_files.PANELS if panel_only else "")
    folder = home / walk_files.walk_id(asked)
    stated = request.resolved.settings
    # A name that isn't listed yet on an early date is no misspelling: whether it is one, the last date has said.
    settings = stated.model_copy(update={"data": stated.data.model_copy(update={"unknown_names": "report"})})
    walk = Walk(settings, request.provider, outcomes, horizons, entry_lag, folder, itinerary.ablation)
    with walk_files.alone(folder):
        walk_files.begin(folder, asked, outcomes.returns)
        models = {} if teach is None else teach(folder, dates, outcomes.sessions)
        known = bool(tables.sources)
        missing = [date for date in dates if not known or walk_files.date_end(folder, date) is None]
        done = count(len(dates) - len(missing) + 1)

        def told() -> None:
            if progress is not None:
                progress(next(done), len(dates))

        walked(walk, missing, request, executor, told)
        ends = tuple(_end_of(folder, date) for date in dates)
        walk_files.finish(folder, ends, models)
        if not panel_only:
            record_trials(request.project, list(scorer_trials(asked, folder.name).values()))
    return WalkForward(folder, asked, ends)


def _end_of(folder: Path, date: pd.Timestamp) -> dict[str, Any]:
    end = walk_files.date_end(folder, date)
    if end is None:
        raise DataContractError(f"walk-forward: the files of {date.date()} in {folder.name} were changed meanwhile")
    return end


def _refuse_unknown_names(graph: Graph, provider: DiscoveryProvider, last: pd.Timestamp) -> None:
    """Refuse, before anything is walked, an exclusion that names nothing up to the last date.

    Where that date refuses for a reason of its own, it will say so itself.
    """
    data = graph.plan.settings.data
    if data.unknown_names != "refuse" or not (data.exclude or data.include):
        return
    whole = with_data(graph.plan, lookback=0)
    given = {**inputs(whole, whole.settings.rungs()[0]), **ingestion_inputs(provider.whole(), last)}
    with quiet_hamilton():
        try:
            graph.driver.execute(["raw_pool"], inputs=given)
        except DataContractError:
            return


def _identity(request: Request, tables: Tables, outcomes: Outcomes) -> dict[str, Any]:
    """What makes one walk another: settings, code, libraries, data."""
    params = flat_names(request.resolved.settings.model_dump())
    return {
        "profile": request.resolved.settings.profile,
        "settings": params,
        "settings_digest": json_digest(params),
        "code": {**package_code(), "modules": user_code(request.resolved.settings)},
        "libraries": environment_now()["libraries"],
        "data": {"sources": _sources(tables), "tables": _table_digests(tables)},
        "outcomes": {
            "digest": frame_digest(outcomes.returns),
            "assets": outcomes.returns.shape[1],
            "sessions": len(sessions_of(outcomes.returns)),
            "until": str(outcomes.sessions[-1].date()),
            "masked": outcomes.masked,
        },
    }


def _sources(tables: Tables) -> list[dict[str, Any]]:
    names = ("name", "rows", "digest", "kind")
    return [{name: asdict(source)[name] for name in names} for source in tables.sources]


def _table_digests(tables: Tables) -> dict[str, str]:
    """The digest of each table, all dates of it."""
    found: dict[str, Mapping[str, str]] = {"candidates": record_digests(tables.candidates)}
    if tables.bars is not None:
        found["bars"] = long_digests(tables.bars)
    if tables.returns is not None:
        found["returns"] = wide_digests(tables.returns)
    return {name: json_digest(dict(sorted(digests.items()))) for name, digests in sorted(found.items())}
