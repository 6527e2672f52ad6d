"""`walk_forward`: a walk whose learned scorers are trained as it goes, on their own schedules.

Models are made before the dates are walked, each of what was over at its own date, and lie in the walk's folder; at a date a
scorer takes the newest that was there. So the walk knows no more than whoever had trained on each of those days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.model_files import named
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import (
    HERE,
    ExecutorChoice,
    executor_choice,
)
from tradingview_scraper.pipelines.selection.drivers.research.learning.training import (
    fit_dates,
    learned_scorers,
    learning_of,
    trained,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import HORIZONS, Itinerary
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import (
    Progress,
    WalkForward,
    held,
    walk_request,
)
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS


def walk_forward(
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    *,
    every: str = "5d",
    horizons: Sequence[int] = HORIZONS,
    entry_lag: int = 1,
    ablation: bool = False,
    project: Path | str = ".",
    data: Path | str | None = None,
    profile: str = "v4",
    settings: Mapping[str, Any] | None = None,
    provider: DiscoveryProvider | None = None,
    executor: str | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> WalkForward:
    """Select at each date as of that date, and say what came after.

    Parameters
    ----------
    start, end
        The first date at the earliest and the last at the latest.
    every
        Sessions of the data from one date to the next: `5d`.
    horizons
        Sessions over which forward returns run; `every` is added.
    entry_lag
        Sessions from the date to the close at which one enters. 0 trades at the close that the selection saw.
    ablation
        Also say whom each date would have chosen without gates, clusters, conviction and relaxation (`ablations`).
    project, data, profile, settings
        As for `run`; the walk lies in the project's `walks/`.
    provider
        Brings the tables instead of the data folder. One that names no sources can't be known again, so its walk begins
        anew each time.
    executor, workers, cluster
        Who walks the dates: `local` (this process), `processes`, `ray`, `dask`; how many of them; the address of a cluster
        that is there already. They change no byte (`executors.executor_choice`).

    Raises `ConfigurationError` where settings, the user's code or the arguments can't be used, and `DataContractError`
    where the data as a whole can't. A single date that the data refuses ends as `refused`, with its reason.
    """
    root = Path(project)
    choice = executor_choice(executor, workers, cluster)
    with project_on_path(root):
        # Thresholds that are shares of noise are those known on the first date, so they are known on each.
        request = requested(
            root,
            data=None if data is None else Path(data),
            profile=profile,
            as_of=start,
            settings=settings,
            models=False,
        )
        return walked_request(
            replace(request, provider=provider) if provider is not None else held(request),
            Itinerary(start, end, every, horizons, entry_lag, ablation),
            executor=choice,
            progress=progress,
        )


def walked_request(
    request: Request,
    itinerary: Itinerary,
    *,
    executor: ExecutorChoice = HERE,
    progress: Progress | None = None,
    training: Progress | None = None,
    fitting: Progress | None = None,
) -> WalkForward:
    """`walk_forward` of what is resolved already; `training` is told of the dates of training panels, `fitting` of models.

    Call it inside `project_on_path(request.project)`.
    """
    learned = learned_scorers(request.resolved.settings)
    teach = partial(_taught, request, learned, itinerary.entry_lag, executor, training, fitting) if learned else None
    return walk_request(request, itinerary, executor=executor, progress=progress, teach=teach)


def _taught(
    request: Request,
    scorers: Sequence[str],
    entry_lag: int,
    executor: ExecutorChoice,
    training: Progress | None,
    fitting: Progress | None,
    folder: Path,
    dates: pd.DatetimeIndex,
    sessions: pd.DatetimeIndex,
) -> dict[str, str]:
    """Train the scorers for the dates of a walk; each model's file and digest."""
    digests = {}
    for scorer in scorers:
        every = learning_of(request.resolved.settings, scorer).settings.every
        for model in trained(
            request,
            scorer,
            fit_dates(sessions, dates[0], dates[-1], every),
            sessions,
            folder / MODELS,
            entry_lag=entry_lag,
            replacing=True,
            executor=executor,
            walking=training,
            fitting=fitting,
        ):
            digests[named(model.place)] = str(model.card["file"]["digest"])
    return digests
