"""`certified`: is what a profile decides as of a date the same, whatever comes after it, and whatever came long before?

At some dates of a project's data the whole selection is made several times, the profile's own modules included, and every
component's answer has to have the same bits (`date_trials`). The pool is held fixed in all of them, for no row that counts
changes: a factor that ranks the pool's assets is not at fault. What a module reads by itself can't be told from the past: it is
named, too (`outside_reads`).
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAKEHOUSE
from tradingview_scraper.pipelines.selection.drivers.recording.certificates import certificate_name, covered
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.drivers.research.causality.answers import KINDS
from tradingview_scraper.pipelines.selection.drivers.research.causality.date_trials import (
    FUTURES,
    OLDER,
    TRIALS,
    date_trials,
)
from tradingview_scraper.pipelines.selection.drivers.research.causality.other_futures import last_sessions
from tradingview_scraper.pipelines.selection.drivers.research.causality.outside_reads import OutsideReads
from tradingview_scraper.pipelines.selection.drivers.research.causality.windows import TRACE, declared_windows
from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CERTIFICATES, MODELS

FEWEST_SESSIONS = 80
STEP = 5
"""Sessions from date to date, and from the last date to the end of the data."""

Progress = Callable[[int, int], None]


def certified(request: Request, *, dates: int = 2, progress: Progress | None = None) -> dict[str, Any]:
    """The certificate of a profile on a project's data folder. Call it inside `project_on_path(request.project)`.

    Raises `ConfigurationError` where the data are no folder or too short, and what a selection as of one of the dates raises.
    """
    data, chosen = _dates(request, dates)
    settings = request.resolved.settings
    found: list[dict[str, str]] = []
    components: set[tuple[str, str]] = set()
    made: set[str] = set()
    reads = OutsideReads(request.project, settings)
    with TemporaryDirectory() as scratch, reads.watched(Path(scratch), request.project / MODELS):
        for number, date in enumerate(chosen):
            for done, trial in enumerate(date_trials(request, data, date, Path(scratch, str(date.date()))), start=1):
                components |= trial.components
                made |= {trial.name} if trial.made else set()
                found += [{"date": str(date.date()), "trial": trial.name, **each} for each in trial.findings]
                if progress is not None:
                    progress(number * TRIALS + done, len(chosen) * TRIALS)
    found += [{"date": "", "trial": "", **each} for each in reads.findings()]
    notes = [each for each in found if TRACE in each["what"]]
    faults = [each for each in found if TRACE not in each["what"]]
    return {
        "profile": settings.profile,
        "valid": not faults,
        "dates": [str(date.date()) for date in chosen],
        "futures": list(FUTURES),
        "pasts": [name for name in OLDER.values() if name in made],
        "components": {kind: sorted(name for of, name in components if of == kind) for kind in KINDS},
        "windows": declared_windows(request.plan),
        "differing": faults,
        "notes": notes,
        "covers": covered(settings),
    }


def kept(project: Path, certificate: Mapping[str, Any]) -> Path:
    """Where the certificate lies in the project: named by its content. Raises `StorageError` where it can't be written."""
    content = (json.dumps(certificate, indent=1, sort_keys=True) + "\n").encode()
    return write_output(project / CERTIFICATES / certificate_name(certificate), content)


def _dates(request: Request, dates: int) -> tuple[Path, list[pd.Timestamp]]:
    """The data folder, and the dates at which the profile is asked, in order."""
    data = request.data
    if request.resolved.settings.data.provider == LAKEHOUSE:
        raise ConfigurationError(
            "certify takes a folder of tables, not a lakehouse, which cuts by what was known: name the folder that it was "
            "ingested from (--data FOLDER --set data.provider=folder)"
        )
    if not isinstance(data, Path) or not data.is_dir():
        raise ConfigurationError(f"certify takes a folder of tables, not {data}; name one with --data")
    sessions = last_sessions(data)
    if len(sessions) < FEWEST_SESSIONS:
        raise ConfigurationError(f"certify needs {FEWEST_SESSIONS} sessions, {data} has {len(sessions)}")
    return data, [sessions[-1 - STEP * back] for back in range(dates, 0, -1) if STEP * back < len(sessions) / 2]
