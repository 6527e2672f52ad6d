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

BOTH_FAILED = "both-failed"
VERDICTS = (IDENTICAL, WITHIN, DIFFERENT, BOTH_FAILED)


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
        candidates=json_value(_content(folder / "candidates.json")),
        statistics=parquet_frame(_content(stats)) if stats.is_file() else None,
        settings=json_value(_content(folder / "settings.json")),
    )


def recorded_answer(folder: Path) -> dict[str, Any]:
    """The answer recorded with a case; raises `DataContractError` where there is none."""
    path = folder / "expected.json"
    if not path.is_file():
        raise DataContractError(f"parity: {folder} has no expected.json; with --engine PYTHON it needs none")
    return dict(json_value(_content(path)))


def reported(case: Case, expected: Answer) -> Report:
    """v4's answer to a case, compared with v3.4's."""
    try:
        actual = own_answer(case)
    except SelectionError as error:
        verdict = BOTH_FAILED if "error" in expected else DIFFERENT
        return Report(case.name, verdict, f"v4: {error}", ())
    if "error" in expected:
        return Report(case.name, DIFFERENT, f"v4 answers where v3.4 raised {expected['error']}", ())
    parts = tuple(compared(actual, expected))
    return Report(case.name, verdict_of(parts), "", parts)


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

    Raises `DataContractError` where a folder is no case.
    """
    reports = []
    for folder in folders:
        expected = recorded_answer(folder) if answers is None else answers[folder]
        reports.append(reported(read_case(folder), expected))
        tell(reports[-1])
    return reports


def passed(reports: Sequence[Report]) -> bool:
    """Whether every case is identical, within bounds, or failed on both sides."""
    return all(report.verdict != DIFFERENT for report in reports)


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
