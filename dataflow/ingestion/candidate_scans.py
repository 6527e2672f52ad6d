"""Candidates from any number of scans, as they were known on a date: from files and from memory alike.

Each export gets its scanner and date (`named_export`); of each scanner the newest that was known counts; only those are
typed, so that nothing in a later one can be wrong. What is undated, passed over or later is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_records, plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import empty_quarantine
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import (
    DATE_KEYS,
    refuse_repeated,
    spelling,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import (
    Scan,
    is_document,
    scan_document,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (
    asked_text,
    is_known,
    latest_scans,
    named_export,
    scan_date,
    scan_records,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import candidate_records
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.read_only import read_only
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

LONGEST_DAYS = 36_500
"""A century: more days are no limit."""


@dataclass(frozen=True)
class NamedScan:
    """A scan and where it came from: `file` for messages, `stem` where the export doesn't say its scanner or date."""

    scan: Scan
    file: str
    stem: str

    @cached_property
    def typed(self) -> tuple[tuple[Mapping[str, Any], ...], pd.DataFrame]:
        """Its rows as `candidate_records` types them, and those set aside: once, for however many dates."""
        return candidate_records(self.scan.rows, self.file)

    def __reduce__(self) -> tuple[Any, ...]:
        return NamedScan, (self.scan, self.file, self.stem)  # read-only records can't be pickled


@dataclass(frozen=True)
class KnownCandidates:
    """The records known on a date, and what is to be said of the scans that they come from."""

    records: tuple[Mapping[str, Any], ...]
    quarantine: pd.DataFrame
    dated: bool
    """Whether every record comes from a dated export."""
    notes: tuple[str, ...] = ()
    scans: Mapping[str, pd.Timestamp | None] = field(default_factory=dict)
    """Scanner to the date of the export that counts, None where it has none."""
    beyond: Mapping[str, str] = field(default_factory=dict)
    """What is later than the date, a sentence each."""
    asked: tuple[str, ...] = ()
    """The live scanners that were asked for the exports that count, a text each."""


def scan_window(data: DataSettings) -> pd.Timedelta | None:
    """How long before the newest export another one is looked at; None: however old it is.

    Twice the age at which a scan proposes nothing any more: until then its silence is said, later the scanner is retired.
    """
    days = 2 * data.max_scan_age_days
    return None if data.fields == "believed" or days > LONGEST_DAYS else pd.Timedelta(days=days)


def known_candidates(
    scans: Sequence[NamedScan], as_of: pd.Timestamp | None, window: pd.Timedelta | None = None
) -> KnownCandidates:
    """The records of the plain lists, then of each scanner's newest export, in the order of the scanners' names.

    Exports that are older than the newest one that is known by more than the `window` don't count (`scan_window`).
    """
    records: list[Mapping[str, Any]] = []
    documents: list[Mapping[str, Any]] = []
    aside = [empty_quarantine()]
    undated: list[str] = []
    for each in scans:
        if each.scan.meta is None:
            rows, nameless = each.typed
            records += rows
            aside.append(nameless)
            undated.append(each.file)
        else:
            documents.append(_dated_document(each.scan.meta, each))
    documents = _recent(documents, as_of, window)
    latest = latest_scans(documents, as_of)
    for document in latest:
        rows, nameless = document["typed"]()
        aside.append(nameless)
        records += map(read_only, scan_records({**document, "data": rows}))
    undated += [document["file"] for document in latest if scan_date(document) is None]
    return KnownCandidates(
        records=tuple(records),
        quarantine=pd.concat(aside, ignore_index=True),
        dated=not undated,
        notes=tuple(_notes(documents, latest, undated, as_of)),
        scans={document["meta"]["scanner"]: scan_date(document) for document in latest},
        beyond=_later_scans(documents, as_of),
        asked=tuple(text for document in latest if (text := asked_text(document))),
    )


def _recent(
    documents: list[Mapping[str, Any]], as_of: pd.Timestamp | None, window: pd.Timedelta | None
) -> list[Mapping[str, Any]]:
    dates = {place: when for place, each in enumerate(documents) if (when := scan_date(each)) is not None}
    known = [when for place, when in dates.items() if is_known(documents[place], as_of)]
    if window is None or not known:
        return documents
    first = max(known) - window
    return [each for place, each in enumerate(documents) if dates.get(place, first) >= first]


def _dated_document(meta: Mapping[str, Any], named: NamedScan) -> Mapping[str, Any]:
    """An export that says its scanner and date, and whether the date is of its file's name."""
    document = {
        "meta": named_export(meta, named.stem),
        "data": named.scan.rows,
        "file": named.file,
        "typed": lambda: named.typed,
    }
    scan_date(document, named.file)
    return {**document, "dated_by_file": not any(spelling(key) in DATE_KEYS and meta[key] is not None for key in meta)}


def _notes(
    documents: Sequence[Mapping[str, Any]],
    latest: Sequence[Mapping[str, Any]],
    undated: Sequence[str],
    as_of: pd.Timestamp | None,
) -> Iterator[str]:
    """Which scans carry no date, which have it from their file's name, and which of several exports counts."""
    if undated:
        yield f"candidates without a date are taken as known on the as-of date ({offenders(undated)})"
    named = [each["file"] for each in latest if each["dated_by_file"] and scan_date(each) is not None]
    if named:
        yield f"{len(named)} scans state no date and are dated by the name of their file ({offenders(named)})"
    versions = []
    for used in latest:
        same = [each for each in documents if each["meta"]["scanner"] == used["meta"]["scanner"]]
        known = sum(scan_date(each) is not None and is_known(each, as_of) for each in same)
        if known > 1 and scan_date(used) is not None:
            versions.append(f"{used['file']} of {known}")
    if versions:
        yield f"the newest of several exports counts, scanner by scanner ({offenders(versions)})"


def _later_scans(documents: Sequence[Mapping[str, Any]], as_of: pd.Timestamp | None) -> dict[str, str]:
    later = [document["file"] for document in documents if not is_known(document, as_of)]
    return {"later scans": f"{len(later)} scans are later than the as-of date ({offenders(later)})"} if later else {}


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
        return [NamedScan(Scan(plain_records(rows), None), "candidates", "")]
    if not isinstance(candidates, Sequence) or isinstance(candidates, str | bytes):
        raise DataContractError(f"ingestion: candidates must be a list of objects, got {type(candidates).__name__}")
    # Plain values are copies: the caller may change his records afterwards.
    documents = [plain_value(entry) for entry in candidates if is_document(entry)]
    plain = _plain_entries([entry for entry in candidates if not is_document(entry)] if documents else candidates)
    lists = [NamedScan(scan_document(plain, "candidates"), "candidates", "")] if plain or not documents else []
    return lists + [
        NamedScan(scan_document(document, name := f"scan {place} of the candidates"), name, name)
        for place, document in enumerate(documents)
    ]


def _plain_entries(entries: Sequence[Any]) -> list[Any]:
    """The records among the entries as plain values, everything else as it is."""
    if {dict}.issuperset(map(type, entries)):
        return plain_records(entries)
    return [plain_value(entry) if isinstance(entry, Mapping) else entry for entry in entries]
