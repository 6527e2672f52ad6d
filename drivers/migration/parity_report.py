"""`tvselect parity`: the cases read, run, compared with v3.4's answers, and what came out as one document or as text.

A case is a folder with returns, candidates, perhaps statistics, settings, and where it is recorded the expected answer.
`read_case` reads one, `reported` computes v4's answer and compares it (`drivers.migration.parity`), `checked` does so for all,
`parity_document` adds up, `parity_text` shows. The answers of a live v3.4 come from `drivers.migration.live_engine`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content, read_once
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.json_files import json_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.parquet_files import parquet_frame
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import incumbent_answer, incumbent_settings
from tradingview_scraper.pipelines.selection.drivers.migration.parity import (
    DIFFERENT,
    IDENTICAL,
    WITHIN,
    Answer,
    Part,
    added,
    compared,
    verdict_of,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, SelectionError

BOTH_FAILED, UNREADABLE = "both-failed", "unreadable"
VERDICTS = (IDENTICAL, WITHIN, DIFFERENT, BOTH_FAILED, UNREADABLE)
RAISED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What odd input makes Python, NumPy, pandas and Pydantic raise: a verdict on its case, not the end of all."""


@dataclass(frozen=True)
class Case:
    """The inputs of one comparison."""

    name: str
    folder: Path
    returns: pd.DataFrame
    candidates: list[dict[str, Any]]
    statistics: pd.DataFrame | None
    settings: dict[str, Any]


@dataclass(frozen=True)
class Report:
    """What became of one case."""

    case: str
    verdict: str
    note: str
    parts: tuple[Part, ...]


def read_case(folder: Path) -> Case:
    """The inputs in a case's folder.

    Raises `DataContractError` where a file is missing or can't be read.
    """
    for name in ("returns.parquet", "candidates.json", "settings.json"):
        if not (folder / name).is_file():
            raise DataContractError(f"parity: {folder} is no case: it has no {name}")
    stats = folder / "stats.parquet"
    return Case(
        name=folder.resolve().name,
        folder=folder,
        returns=parquet_frame(_content(folder / "returns.parquet")),
        candidates=_records(folder / "candidates.json"),
        statistics=parquet_frame(_content(stats)) if stats.is_file() else None,
        settings=_object(folder / "settings.json"),
    )


def recorded_answer(folder: Path) -> dict[str, Any]:
    """The answer recorded with a case; raises `DataContractError` where there is none."""
    path = folder / "expected.json"
    if not path.is_file():
        raise DataContractError(f"parity: {folder} has no expected.json; with --engine PYTHON it needs none")
    return _object(path)


def reported(case: Case, expected: Answer) -> Report:
    """v4's answer to a case, compared with v3.4's; what either raised is told with its text."""
    theirs = f"; v3.4: {one_line(expected['error'])}" if "error" in expected else ""
    try:
        actual = own_answer(case)
    except SelectionError as error:
        return Report(case.name, BOTH_FAILED if theirs else DIFFERENT, f"v4: {error}{theirs}", ())
    except RAISED as error:
        raised = f"{type(error).__name__}: {one_line(error)}"
        return Report(case.name, BOTH_FAILED if theirs else DIFFERENT, f"v4 broke on it: {raised}{theirs}", ())
    if theirs:
        return Report(case.name, DIFFERENT, f"v4 answers where v3.4 raised {one_line(expected['error'])}", ())
    try:
        parts = tuple(compared(actual, expected))
    except RAISED as error:
        wrong = f"v3.4's answer is not in the shape of the recordings: {type(error).__name__}: {one_line(error)}"
        return Report(case.name, UNREADABLE, wrong, ())
    return Report(case.name, verdict_of(parts), "", parts)


def one_line(error: object) -> str:
    """An error's first line, at most 200 characters of it."""
    return (str(error).splitlines() or [""])[0][:200]


def own_answer(case: Case) -> dict[str, Any]:
    """v4's answer under the `v3.4` profile, in v3.4's shape; raises what `select` raises."""
    settings = incumbent_settings(case.settings)
    selection = select(case.returns, case.candidates, case.statistics, profile="v3.4", settings=settings)
    return incumbent_answer(selection, case.candidates, case.settings)


def totals(reports: Sequence[Report]) -> list[Part]:
    """Each part over all cases."""
    found: dict[str, list[tuple[str, Part]]] = {}
    for report in reports:
        for part in report.parts:
            found.setdefault(part.name, []).append((report.case, part))
    return [added(name, parts) for name, parts in found.items()]


def checked(
    folders: Sequence[Path],
    answers: Mapping[Path, Answer] | None = None,
    tell: Callable[[Report], None] = lambda report: None,
) -> list[Report]:
    """A report for each case; `answers` are those of a live v3.4, without them the recorded ones count.

    A folder that is no case, or can't be read as one, is a report, too.
    """
    reports = []
    for folder in folders:
        try:
            expected = recorded_answer(folder) if answers is None else answers[folder]
            reports.append(reported(read_case(folder), expected))
        except SelectionError as error:
            reports.append(Report(folder.resolve().name, UNREADABLE, str(error), ()))
        tell(reports[-1])
    return reports


def passed(reports: Sequence[Report]) -> bool:
    """Whether every case is identical, within bounds, or failed on both sides."""
    return all(report.verdict not in (DIFFERENT, UNREADABLE) for report in reports)


def parity_document(reports: Sequence[Report]) -> dict[str, Any]:
    """The verdicts counted, each part over all cases, and each case with its parts."""
    counts = Counter(report.verdict for report in reports)
    return {
        "passed": passed(reports),
        "verdicts": {verdict: counts[verdict] for verdict in VERDICTS},
        "parts": [_part(part) for part in totals(reports)],
        "cases": [
            {
                "case": report.case,
                "verdict": report.verdict,
                "note": report.note,
                "compared": sum(part.compared for part in report.parts),
                "equal": sum(part.equal for part in report.parts),
                "parts": [_part(part) for part in report.parts],
            }
            for report in reports
        ],
    }


def _part(part: Part) -> dict[str, Any]:
    return {**asdict(part), "offenders": list(part.offenders)}


def parity_text(reports: Sequence[Report]) -> str:
    """The document for a person: parts over all cases, cases that aren't identical, verdicts."""
    lines = [f"{'what':24} {'compared':>9} {'equal':>9} {'in bounds':>9} {'largest ulp':>12}  first that differ"]
    for part in totals(reports):
        furthest = "" if part.ulp is None else str(part.ulp)
        first = part.offenders[0][:110] if part.offenders else ""
        lines.append(
            f"{part.name:24} {part.compared:9} {part.equal:9} {part.within:9} {furthest:>12}  {first}".rstrip()
        )
    lines.append("")
    for report in reports:
        beyond = [part for part in report.parts if part.within < part.compared]
        if report.note or beyond:
            why = report.note or "; ".join(f"{part.name}: {part.offenders[0]}" for part in beyond if part.offenders)
            lines.append(f"{report.case}: {report.verdict}: {why[:240]}")
    counts = Counter(report.verdict for report in reports)
    lines.append(", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]))
    return "\n".join(lines)


def _content(path: Path) -> Content:
    return read_once(path, path.name)


def _object(path: Path) -> dict[str, Any]:
    found = json_value(_content(path))
    if not isinstance(found, dict):
        raise DataContractError(f"parity: {path} holds no object, but a {type(found).__name__}")
    return found


def _records(path: Path) -> list[dict[str, Any]]:
    found = json_value(_content(path))
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise DataContractError(f"parity: {path} is no list of objects")
    return found
