"""Candidates and instruments with every field that is read brought into its type, or set aside with the reason.

`checked_tables` does it for what a provider brought; `checked_record` for one record. A bad cell becomes None (its key
stays) and a row of the quarantine; what nobody reads stays as it is.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    DIRECTION_HINTS,
    DIRECTION_KEYS,
    FIELDS,
    TABLE,
    field_name,
    parsed,
    parsed_direction,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import quarantined
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import spelling
from tradingview_scraper.pipelines.selection.schemas.frozen import read_only

UNDIRECTED = "?"
"""Stands for a direction that was said but isn't known: no candidate comes of it (`nodes.quarantine` counts it)."""


class BadCell(NamedTuple):
    """One cell that was set aside; `value` is NaN where it was no number."""

    symbol: str
    reason: str
    value: float


def checked_tables(tables: Tables) -> Tables:
    """The tables with typed candidates and instruments; the quarantine has what was set aside."""
    candidates, bad_candidates = _checked(tables.candidates)
    parts = [tables.quarantine, _quarantine("candidates", bad_candidates)]
    instruments = tables.instruments
    if instruments is not None:
        rows, bad_rows = _checked(instruments.to_dict("records"), directed=False)
        instruments = pd.DataFrame(rows, columns=_columns(rows), index=instruments.index, dtype=object)
        parts.append(_quarantine("instruments", bad_rows))
    return dataclasses.replace(
        tables,
        candidates=tuple(read_only(record) for record in candidates),
        instruments=instruments,
        quarantine=pd.concat([part for part in parts if part is not None], ignore_index=True),
    )


def checked_record(record: Mapping[str, Any], directed: bool = True) -> tuple[dict[str, Any], list[BadCell]]:
    """A record whose fields are typed, under the names given (unusual spellings become canonical), and its bad cells."""
    symbol = str(record.get("symbol", ""))
    typed: dict[str, Any] = {}
    bad: list[BadCell] = []
    for key, given in record.items():
        name = field_name(str(key))
        if name not in TABLE:
            typed[str(key)] = given
            continue
        found = parsed(name, plain_value(given))
        shown = str(key) if key in FIELDS or key in TABLE else name
        if found.reason:
            reason = f"impossible {key}" if found.reason == "impossible" else f"{key} {found.reason}"
            bad.append(BadCell(symbol, reason, float("nan") if found.value is None else found.value))
            typed.setdefault(shown, None)
        elif found.value is not None or shown not in typed:
            typed[shown] = found.value
    return (_directed(typed) if directed else typed), bad


def _directed(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what `direction` and `side` say as `direction`: in any case of letters, and where they agree."""
    stated = {key: plain_value(value) for key, value in record.items() if key.casefold() in DIRECTION_KEYS}
    found = [parsed_direction(value) for value in stated.values()]
    known = {each.value for each in found if each.value is not None}
    if any(each.reason for each in found) or len(known) > 1:
        return {**record, "direction": UNDIRECTED}
    known = known or _hinted(record)
    if len(known) > 1:
        return {**record, "direction": UNDIRECTED}
    return {**record, "direction": next(iter(known))} if known else {**record, **dict.fromkeys(stated)}


def _hinted(record: Mapping[str, Any]) -> set[str]:
    """The directions in fields that may hold one, asked where `direction` and `side` say nothing."""
    found = [parsed_direction(plain_value(record[key])) for key in record if spelling(key) in DIRECTION_HINTS]
    return {each.value for each in found if each.value is not None}


def _checked(records: Iterable[Mapping[Any, Any]], directed: bool = True) -> tuple[list[dict[str, Any]], list[BadCell]]:
    typed, bad = [], []
    for record in records:
        found, cells = checked_record(record, directed)
        typed.append(found)
        bad += cells
    return typed, bad


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _quarantine(table: str, cells: list[BadCell]) -> pd.DataFrame:
    symbols, reasons, values = zip(*cells, strict=True) if cells else ((), (), ())
    return quarantined(table, symbols, pd.NaT, reasons, values, treatment="masked")
