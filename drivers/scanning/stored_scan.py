"""Outcomes of scans on disk: an export that a run reads, or the raw answers of one that was refused.

An export lies in `scans/` of the data folder, dated by the moment of its last answer, in the scanner's own shape: `columns`, and
rows `{"s", "d"}` as they came, values untouched. Its `meta` says who was asked what, how many rows there should be, which
are delayed, a digest of the fields. What was refused lies in `refused_scans/`, where no run looks.
"""

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import scan_document
from tradingview_scraper.pipelines.selection.drivers.scanning.paged_scan import Answer, Outcome
from tradingview_scraper.pipelines.selection.drivers.scanning.screener import PACKAGE, version
from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import StageError

SCANS, REFUSED = "scans", "refused_scans"
UPDATE_MODE = "update_mode"
LIVE = "streaming"
"""The update mode of a row that isn't delayed."""


def stored(folder: Path, outcome: Outcome) -> Path | None:
    """Where an outcome was written; None for a refusal that nobody answered.

    Raises `StageError` where there is an export of that scanner and second already: none is overwritten.
    """
    refused = outcome.failure is not None
    if refused and not outcome.answers:
        return None
    place = folder / (REFUSED if refused else SCANS)
    path = place / f"{outcome.question.name}_{outcome.moment:%Y-%m-%dT%H-%M-%SZ}.json"
    if path.exists():
        raise StageError(f"scan: {path} is there already, of the same second: nothing was overwritten")
    content = refusal(outcome) if refused else export(outcome)
    if not refused:
        scan_document(content, path.name)  # what no run could read isn't stored
    return write_output(path, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def export(outcome: Outcome) -> dict[str, Any]:
    """The document of a scan that is whole."""
    question, rows = outcome.question, outcome.rows
    columns = list(question.scanner.columns)
    modes = update_modes(columns, rows)
    return {
        "meta": {
            **question.scanner.meta,
            "scanner": question.name,
            "asof": f"{outcome.moment:%Y-%m-%dT%H:%M:%S.%fZ}",
            "total": outcome.wanted,
            "asked": {"url": question.url, "by": f"{PACKAGE} {version()}", **question.constant},
            "limit": question.scanner.limit,
            "stated_total": outcome.total,
            "delayed": None if modes is None else any(mode != LIVE for mode in modes),
            UPDATE_MODE: modes,
            "fields_digest": json_digest(sorted(columns)),
            "empty_fields": empty_fields(columns, rows),
            "requests": outcome.requests,
            "troubles": outcome.troubles,
        },
        "columns": columns,
        "data": rows,
    }


def refusal(outcome: Outcome) -> dict[str, Any]:
    """The document of a scan that was refused: why, and every answer as it came."""
    question = outcome.question
    return {
        "refused": str(outcome.failure),
        "scanner": question.name,
        "asof": f"{outcome.moment:%Y-%m-%dT%H:%M:%S.%fZ}",
        "asked": {"url": question.url, **question.constant},
        "troubles": outcome.troubles,
        "answers": [_answer(answer) for answer in outcome.answers],
    }


def update_modes(columns: list[str], rows: list[dict[str, Any]]) -> dict[str, int] | None:
    """Update mode to the number of rows that have it; None where it wasn't asked for: nobody knows what is delayed."""
    if UPDATE_MODE not in columns:
        return None
    place = columns.index(UPDATE_MODE)
    return dict(sorted(Counter(str(row["d"][place] or "unknown") for row in rows).items()))


def empty_fields(columns: list[str], rows: list[dict[str, Any]]) -> list[str]:
    """The fields that not one row has a value of: a scanner that renamed a field answers like that."""
    return [name for place, name in enumerate(columns) if rows and all(row["d"][place] is None for row in rows)]


def _answer(answer: Answer) -> dict[str, Any]:
    reply = answer.reply
    try:
        body = {"body": reply.data.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(reply.data).decode()}
    return {"range": [answer.first, answer.last], "status": reply.status, "headers": reply.headers.items(), **body}
