"""Candidates in the shapes that scanners export, as records: a plain list of them, or a document with `meta` and `data`.

A document is `{"meta": ..., "data": [records]}`. tradingview-scraper's `{"status", "data"}`, a list, a screener's rows
`{"s": symbol, "d": [values]}` with the list `columns`, and a CSV come to one of the two.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import DATE_KEYS, spelling
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.csv_files import csv_frame
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.json_files import json_value
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


class Scan(NamedTuple):
    """What one file says: its rows, and what the export says of itself (None for a plain list)."""

    rows: Sequence[Any]
    meta: Mapping[str, Any] | None


def scan_of(content: Content) -> Scan:
    """The scan in a file. Raises `DataContractError` where it is none."""
    if content.name.lower().endswith(".csv"):
        return Scan(csv_frame(content).to_dict("records"), None)
    return scan_document(json_value(content), content.name)


def is_document(value: object) -> bool:
    """Whether a value is an export rather than a record: an object with `data` and without a symbol."""
    return (type(value) is dict or isinstance(value, Mapping)) and "data" in value and "symbol" not in value


def scan_document(value: Any, name: str) -> Scan:
    """The scan in a parsed document or list.

    Raises `DataContractError` where it is neither, reports a failure, or its rows lack the names of their values.
    """
    if isinstance(value, list | tuple):
        return Scan(_named_rows(value, None, name), None)
    rows = value.get("data") if isinstance(value, Mapping) else None
    if not isinstance(rows, list | tuple):
        raise DataContractError(f"ingestion: {name} is neither a scanner export (an object with `data`) nor a list")
    status = value.get("status")
    if isinstance(status, str) and status.casefold() in ("failed", "error", "failure"):
        raise DataContractError(
            f"ingestion: {name} is the record of a scan that failed ({value.get('error', status)!s:.80})"
        )
    meta = value.get("meta", {})
    if not isinstance(meta, Mapping):
        raise DataContractError(f"ingestion: the meta of {PurePath(name).name} is no object")
    # What some exporters write beside `data`, not inside `meta`.
    meta = {**{key: value[key] for key in value if spelling(key) in DATE_KEYS}, **meta}
    columns = next((found for found in (value.get("columns"), meta.get("columns")) if found is not None), None)
    return Scan(_named_rows(rows, columns, name), meta)


def _is_screened(row: Any) -> bool:
    mapping = type(row) is dict or isinstance(row, Mapping)  # thousands of rows are asked, the plain answer first
    return mapping and "s" in row and isinstance(row.get("d"), list | tuple)


def _named_rows(rows: Sequence[Any], columns: Any, name: str) -> Sequence[Any]:
    """The rows as records: a screener's `{"s", "d"}` get the names of their values."""
    if not any(_is_screened(row) for row in rows):
        return rows
    if not isinstance(columns, list | tuple) or not all(isinstance(column, str) for column in columns):
        raise DataContractError(
            f"ingestion: the rows of {name} are values without names ({{'s': ..., 'd': [...]}}); put the list of the columns "
            'that were asked for beside `data`, as "columns"'
        )
    found = []
    for number, row in enumerate(rows):
        values = row.get("d") if isinstance(row, Mapping) else None
        if not isinstance(values, list | tuple) or len(values) != len(columns):
            raise DataContractError(f"ingestion: entry {number} of {name} hasn't a value per column ({len(columns)})")
        found.append(
            {"symbol": row["s"], **{key: item for key, item in zip(columns, values, strict=True) if key != "symbol"}}
        )
    return found
