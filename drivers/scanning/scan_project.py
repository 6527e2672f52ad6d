"""`scan` in a project: every scan that its profile names, stored in its data folder, and what became of each.

One scan that is refused keeps none of the others back: what is whole is stored, then the refusals end the command.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import suggestion
from tradingview_scraper.pipelines.selection.drivers.scanning.paged_scan import Outcome, scanned_pages
from tradingview_scraper.pipelines.selection.drivers.scanning.screener import PACKAGE, questions, version
from tradingview_scraper.pipelines.selection.drivers.scanning.stored_scan import (
    LIVE,
    empty_fields,
    stored,
    update_modes,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, SelectionError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


def scanned(
    project: Path,
    *,
    data: Path | None = None,
    only: Sequence[str] = (),
    profile: str = "v4",
    command_line: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], SelectionError | None]:
    """What became of each scan of the profile (of those named in `only`), and the error that the refused ones are.

    Raises `ConfigurationError` where the profile names none, or the extra isn't there: then nobody was asked.
    """
    settings = resolved_settings(
        profile, project=project, environment=environment, command_line=command_line, known=None
    ).settings
    folder = data or project / "data"
    outcomes = []
    for question in questions(_chosen(settings, only)):
        outcome = scanned_pages(question, settings.scanning)
        outcomes.append((outcome, stored(folder, outcome)))
    found = [_row(outcome, path, folder, settings) for outcome, path in outcomes]
    return {"data": str(folder), "scans": found}, _error([outcome for outcome, _ in outcomes])


def scan_text(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = []
    for scan in report["scans"]:
        if scan["refused"]:
            kept = f"; the answers are in {scan['file']}" if scan["file"] else ""
            lines.append(f"{scan['name']}: refused{kept}")
            continue
        limited = f", {scan['stated_total']:,} match" if scan["stated_total"] != scan["rows"] else ""
        again = f", {len(scan['troubles'])} of them in vain" if scan["troubles"] else ""
        requests = "request" if scan["requests"] == 1 else "requests"
        lines.append(
            f"{scan['name']}: {scan['rows']:,} rows{limited}, {scan['requests']} {requests}{again}: {scan['file']}"
        )
        lines += [f"  in vain: {reason}" for reason in scan["troubles"]]
        lines += [f"  {sentence}" for sentence in scan["remarks"]]
    return "\n".join(lines)


def scanner_lines(settings: SelectionSettings) -> list[str]:
    """What `doctor` says of the scanners that the settings name: who is asked, or why nobody can be."""
    if not settings.scanners:
        return []
    try:
        asked = questions(settings)
    except ConfigurationError as error:
        return [f"scanners  {error}"]
    return [f"scanners  {', '.join(each.name for each in asked)}: `tvselect scan` asks by {PACKAGE} {version()}"]


def _chosen(settings: SelectionSettings, only: Sequence[str]) -> SelectionSettings:
    """The settings with these scanners alone. Raises `ConfigurationError` where there is none, or none of a name."""
    if not settings.scanners:
        raise ConfigurationError(
            f"scan: the profile {settings.profile} names no scanner: write [base.scanners.NAME] with markets and columns into "
            "tvselect.toml"
        )
    for name in only:
        if name not in settings.scanners:
            raise ConfigurationError(f"scan: there is no scanner {name!r}; {suggestion(name, settings.scanners)}")
    kept = {name: each for name, each in settings.scanners.items() if not only or name in only}
    return settings.model_copy(update={"scanners": kept})


def _row(outcome: Outcome, path: Path | None, folder: Path, settings: SelectionSettings) -> dict[str, Any]:
    return {
        "name": outcome.question.name,
        "url": outcome.question.url,
        "rows": len(outcome.rows),
        "stated_total": outcome.total,
        "requests": outcome.requests,
        "troubles": outcome.troubles,
        "remarks": [] if outcome.failure else _remarks(outcome, path, folder, settings),
        "refused": None if outcome.failure is None else str(outcome.failure),
        "file": None if path is None else path.relative_to(folder).as_posix(),
    }


def _remarks(outcome: Outcome, path: Path | None, folder: Path, settings: SelectionSettings) -> list[str]:
    """What is right but should be known."""
    columns = list(outcome.question.scanner.columns)
    modes = update_modes(columns, outcome.rows)
    empty = empty_fields(columns, outcome.rows)
    found = []
    if modes is None:
        found.append("whether its rows are delayed isn't known: the column update_mode wasn't asked for")
    elif set(modes) - {LIVE}:
        found.append(f"delayed: {', '.join(f'{count:,} {mode}' for mode, count in modes.items() if mode != LIVE)}")
    if empty:
        found.append(f"no row has a value of {offenders(empty)}")
    if path is not None and not any(path in folder.glob(pattern) for pattern in settings.data.scans):
        found.append("no run will read it: it is under none of the patterns of data.scans")
    return found


def _error(outcomes: Sequence[Outcome]) -> SelectionError | None:
    """One error of all refusals, of the first one's kind."""
    failures = [outcome.failure for outcome in outcomes if outcome.failure is not None]
    if not failures:
        return None
    said = "; ".join(str(failure).removeprefix("scan: ") for failure in failures)
    return type(failures[0])(f"scan: {len(failures)} of {len(outcomes)} refused: {said}")
