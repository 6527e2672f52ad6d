"""Candidates from any number of scans, as they were known on a date: from files and from memory alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import empty_quarantine
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import refuse_repeated
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import (
    Scan,
    is_document,
    scan_document,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import latest_scans, scan_date, scan_records
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import candidate_records
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.frozen import read_only


@dataclass(frozen=True)
class NamedScan:
    """A scan and where it came from: `file` for messages, `scanner` where the export doesn't name its own."""

    scan: Scan
    file: str
    scanner: str


@dataclass(frozen=True)
class KnownCandidates:
    """The records known on a date, what had to be set aside, and whether every scan is dated."""

    records: tuple[Mapping[str, Any], ...]
    quarantine: pd.DataFrame
    dated: bool
    scans: Mapping[str, pd.Timestamp | None] = field(default_factory=dict)
    """Scanner to the date of the export that counts, None where it has none."""


def known_candidates(scans: Sequence[NamedScan], as_of: pd.Timestamp | None) -> KnownCandidates:
    """The records of the plain lists, then of each scanner's newest export, in the order of the scanners' names."""
    records: list[Mapping[str, Any]] = []
    documents: list[Mapping[str, Any]] = []
    aside = [empty_quarantine()]
    for each in scans:
        rows, nameless = candidate_records(each.scan.rows, each.file)
        aside.append(nameless)
        if each.scan.meta is None:
            records += rows
        else:
            document: Mapping[str, Any] = {"meta": {"scanner": each.scanner, **each.scan.meta}, "data": rows}
            scan_date(document, each.file)
            documents.append(document)
    dated = not records and all(scan_date(document) is not None for document in documents)
    latest = latest_scans(documents, as_of)
    for document in latest:
        records += scan_records(document)
    return KnownCandidates(
        records=tuple(read_only(record) for record in records),
        quarantine=pd.concat(aside, ignore_index=True),
        dated=dated,
        scans={str(document["meta"]["scanner"]): scan_date(document) for document in latest},
    )


def scans_in_memory(candidates: Any) -> list[NamedScan]:
    """What `select` was given: records, a frame of them, scan documents, or records and documents.

    Raises `DataContractError` where it is none of these.
    """
    if candidates is None:
        return []
    if is_document(candidates):
        candidates = [candidates]
    if isinstance(candidates, pd.DataFrame):
        refuse_repeated([str(column) for column in candidates.columns], "candidates")
        labelled = any(label is not None and label not in candidates.columns for label in candidates.index.names)
        rows = candidates.reset_index(drop=not labelled).to_dict("records")
        return [NamedScan(Scan([plain_value(row) for row in rows], None), "candidates", "")]
    if not isinstance(candidates, Sequence) or isinstance(candidates, str | bytes):
        raise DataContractError(f"ingestion: candidates must be a list of objects, got {type(candidates).__name__}")
    # Plain values are copies: the caller may change his records afterwards.
    entries = [plain_value(entry) if isinstance(entry, Mapping) else entry for entry in candidates]
    documents = [entry for entry in entries if is_document(entry)]
    plain = [entry for entry in entries if not is_document(entry)]
    lists = [NamedScan(scan_document(plain, "candidates"), "candidates", "")] if plain or not documents else []
    return lists + [
        NamedScan(scan_document(document, f"scan {place} of the candidates"), f"scan {place} of the candidates", "")
        for place, document in enumerate(documents)
    ]
