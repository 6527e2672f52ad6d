"""`certified`: is what a profile decides as of a date the same, whatever comes after it?

At some dates of a project's data the whole selection is made several times, the profile's own modules included:
1. with all that is dated later cut off: the answer that the others are held against;
2. with later rows unknown, infinite, huge or shuffled (`other_futures`);
3. after a selection as of the last date, in the same process: what a component keeps from there must not show.
Every component's answer has to have the same bits. The pool is held fixed in all of them, for no row up to the date changes: a
factor that ranks the pool's assets is not at fault. Of several components that differ those are named that nothing before them
explains: what reads another one's answer may differ for that.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import provider_of
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selector
from tradingview_scraper.pipelines.selection.drivers.recording.events import package_code, user_code
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.drivers.research.causality.answers import (
    KINDS,
    Answers,
    answers,
)
from tradingview_scraper.pipelines.selection.drivers.research.causality.other_futures import (
    CUT,
    POISONS,
    last_sessions,
    with_other_future,
)
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, SelectionError

AFTERWARDS = "after a later date"
CERTIFICATES = "certificates"
FUTURES = (*POISONS, AFTERWARDS)
FEWEST_SESSIONS = 80
STEP = 5
"""Sessions from date to date, and from the last date to the end of the data."""

Progress = Callable[[int, int], None]


def certified(request: Request, *, dates: int = 2, progress: Progress | None = None) -> dict[str, Any]:
    """The certificate of a profile on a project's data folder. Call it inside `project_on_path(request.project)`.

    Raises `ConfigurationError` where the data are no folder or too short, and what a selection as of one of the dates raises.
    """
    if not isinstance(request.data, Path) or not request.data.is_dir():
        raise ConfigurationError(f"certify takes a folder of tables, not {request.data}; name one with --data")
    sessions = last_sessions(request.data)
    if len(sessions) < FEWEST_SESSIONS:
        raise ConfigurationError(f"certify needs {FEWEST_SESSIONS} sessions, {request.data} has {len(sessions)}")
    chosen = [sessions[-1 - STEP * back] for back in range(dates, 0, -1) if STEP * back < len(sessions) / 2]
    total, done = len(chosen) * (1 + len(FUTURES)), 0
    found: list[dict[str, Any]] = []
    components: set[tuple[str, str]] = set()
    for date in chosen:
        base: Answers = {}
        for future, given in _answers_at(request, date):
            base = base or (given if isinstance(given, dict) else {})
            components |= base.keys()
            found += [{"date": str(date.date()), "future": future, **each} for each in _differing(base, given)]
            done += 1
            if progress is not None:
                progress(done, total)
    return {
        "profile": request.resolved.settings.profile,
        "valid": not found,
        "dates": [str(date.date()) for date in chosen],
        "futures": list(FUTURES),
        "components": {kind: sorted(name for of, name in components if of == kind) for kind in KINDS},
        "differing": found,
        "settings_digest": json_digest(flat_names(request.resolved.settings.model_dump())),
        "code": {**package_code(), "modules": user_code(request.resolved.settings)},
    }


def _answers_at(request: Request, date: pd.Timestamp) -> Iterator[tuple[str, Answers | str]]:
    """Of each future what the components answer as of a date, or what was raised; the one that is cut off comes first."""
    selector = Selector(request.plan)
    data = request.data
    assert isinstance(data, Path)
    settings = request.resolved.settings.data
    with TemporaryDirectory() as scratch:
        for future in (CUT, *POISONS):
            place = with_other_future(data, date, future, Path(scratch, future.replace(" ", "_")))
            provider = provider_of(settings, place)
            if future == CUT:
                # A fault of the profile or of the data is none of causality.
                yield future, answers(selector.selected(provider, date))
                continue
            yield future, _tried(lambda own=provider: answers(selector.selected(own, date)))  # type: ignore[misc]
        selector.selected(provider_of(settings, data), None)
        cut = provider_of(settings, Path(scratch, CUT.replace(" ", "_")))
        yield AFTERWARDS, _tried(lambda: answers(selector.selected(cut, date)))


def _tried(answer: Callable[[], Answers]) -> Answers | str:
    try:
        return answer()
    except SelectionError as error:
        return str(error)


def _differing(base: Answers, given: Answers | str) -> Sequence[Mapping[str, str]]:
    """The components whose answers differ though those of the kinds before don't; all of the first kind that differs."""
    if isinstance(given, str):
        return [{"kind": "list", "component": "selection", "what": given}]
    names = sorted({*base, *given})
    for kind in KINDS:
        differing = [name for of, name in names if of == kind and base.get((of, name)) != given.get((of, name))]
        if differing:
            return [{"kind": kind, "component": name, "what": "another answer"} for name in differing]
    return []


def kept(project: Path, certificate: Mapping[str, Any]) -> Path:
    """Where the certificate lies in the project: named by its content."""
    path = project / CERTIFICATES / f"{json_digest(certificate).partition(':')[2][:16]}.json"
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, (json.dumps(certificate, indent=1, sort_keys=True) + "\n").encode())
    return path
