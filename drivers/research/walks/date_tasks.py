"""The dates of a walk as tasks: one after the other in this process, or each wherever an executor has room.

A task carries its date and a `WalkReference`, a few kilobytes: where the data and the walk lie, and the settings. Whoever takes
the first one reads the data and builds the graph, and keeps both for the next (`_prepared`). What comes of a date is written
into the walk's folder; so project, data and walk must lie where all workers see them.
"""

import pickle
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import finalize

import pandas as pd
from threadpoolctl import threadpool_limits

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.lakehouse import LakehouseProvider
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import (
    PROVIDER,
    component_class,
    provider_of,
)
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.recording.events import environment_now, package_code
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import LOCAL, ExecutorChoice
from tradingview_scraper.pipelines.selection.drivers.research.executors.task_executors import answered
from tradingview_scraper.pipelines.selection.drivers.research.executors.task_graph import Task
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_folder import HeldFolder
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_files import read_outcomes
from tradingview_scraper.pipelines.selection.drivers.research.walks.walker import Walk, Walker, carries_over
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


@dataclass(frozen=True)
class WalkReference:
    """All that another process needs to walk a date: where things lie, no data."""

    project: Path
    data: AnyPlace
    folder: Path
    """That of the walk, which holds the outcomes and takes the dates."""
    settings: SelectionSettings
    horizons: tuple[int, ...]
    entry_lag: int
    ablation: bool
    digests: tuple[tuple[str, str], ...]
    """Name and digest of each file of the data folder, as it was read here; empty where the data isn't such a folder."""
    versions: tuple[tuple[str, int], ...]
    """Table and version of it, of a lakehouse: what is ingested meanwhile is none of this walk's."""
    code: str
    """Digest of this package and of the versions of the libraries that compute."""


@dataclass(frozen=True)
class DateTask(Task):
    """One date of a walk."""

    date: str
    told: bytes
    """The pickled reference: equal bytes are the same walk."""

    def answer(self) -> str:
        """Walk the date and write what came of it; the date."""
        _prepared(self.told).walk(pd.Timestamp(self.date))
        return self.date


def walked(
    walk: Walk, dates: Sequence[pd.Timestamp], request: Request, choice: ExecutorChoice, told: Callable[[], None]
) -> None:
    """Walk the dates, here or by an executor; `told` of each as it is done. In order and here, where lists carry over."""
    if choice.name == LOCAL or len(dates) < 2 or carries_over(walk):
        walker = Walker(walk)
        for date in dates:
            walker.walk(date)
            told()
        return
    reference = pickle.dumps(walk_reference(walk, request), protocol=pickle.HIGHEST_PROTOCOL)
    answered([DateTask(date.isoformat(), reference) for date in dates], choice, lambda _: told())


def walk_reference(walk: Walk, request: Request) -> WalkReference:
    """The reference of a walk. Raises `ConfigurationError` where another process couldn't make the provider."""
    held = walk.provider if isinstance(walk.provider, HeldFolder) else None
    named = walk.settings.data.provider
    if held is None and type(walk.provider) is not component_class(PROVIDER, named, "data.provider"):
        raise ConfigurationError(
            f"walk-forward: another process can't make the provider, for it was given as an object and is none of "
            f"data.provider {named!r}: name its class there, give a data folder, or walk in this process (--executor local)"
        )
    return WalkReference(
        project=request.project.resolve(),
        data=request.data.resolve() if isinstance(request.data, Path) else request.data,
        folder=walk.folder.resolve(),
        settings=walk.settings,
        horizons=walk.horizons,
        entry_lag=walk.entry_lag,
        ablation=walk.ablation,
        digests=() if held is None else held.digests,
        versions=tuple(walk.provider.versions.items()) if isinstance(walk.provider, LakehouseProvider) else (),
        code=_code(),
    )


@lru_cache(maxsize=1)
def _prepared(told: bytes) -> Walker:
    """The walker of a reference, for all dates of it that come to this process; the project stays importable as long."""
    reference: WalkReference = pickle.loads(told)  # what `walked` has just written
    if reference.code != _code():
        raise ConfigurationError(
            "walk-forward: a worker has another tvselect than this, or other versions of what it computes with: install the same "
            "everywhere (`tvselect doctor` lists them), or a date would depend on who walks it"
        )
    stack = ExitStack()
    stack.enter_context(project_on_path(reference.project))
    threadpool_limits(1)  # the workers share the processors already
    walk = Walk(
        reference.settings,
        _provider(reference),
        Outcomes(read_outcomes(reference.folder)),
        *(reference.horizons, reference.entry_lag, reference.folder, reference.ablation),
    )
    walker = Walker(walk)
    finalize(walker, stack.close)
    return walker


def _code() -> str:
    """See `WalkReference.code`."""
    return json_digest({**package_code(), "libraries": environment_now()["libraries"]})


def _provider(reference: WalkReference) -> DiscoveryProvider:
    """The provider of the data, read from where it lies. Raises `ConfigurationError` where files were changed meanwhile."""
    settings = reference.settings.data
    if not reference.digests:
        made = provider_of(settings, reference.data)
        return made.held_at(dict(reference.versions)) if isinstance(made, LakehouseProvider) else made
    assert isinstance(reference.data, Path)
    held = HeldFolder(reference.data, settings)
    changed = sorted({name for name, _ in {*held.digests} ^ {*reference.digests}})
    if changed:
        raise ConfigurationError(
            f"walk-forward: {offenders(changed)} in {reference.data.name} isn't what the walk began with: walk again"
        )
    return held
