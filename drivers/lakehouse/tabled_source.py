"""A source as rows of the lakehouse's tables: bars, candidates, instruments, statistics, membership, and what is set aside.

A row of bars is set aside for what a run would set it aside for (`row_problems`); a bad cell stays, for a run masks it. Records
stay as they came, so a run finds in them what it would find in the file. Nothing is dropped: what can't be a row of its
table is one of `aside`, with its reason.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import NamedScan
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import FolderContents
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import PRICES
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import PADDING, row_problems
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import (
    SYMBOL_SPELLINGS,
    columns_by_name,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import named_export, scan_date
from tradingview_scraper.pipelines.selection.dataflow.ingestion.sessions import (
    at_midnight,
    session_dates,
    stated_moments,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import NAMELESS, by_symbol
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import (
    candidate_records,
    typed_bars,
    with_symbol,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

SUPERSEDED_EXPORT = "superseded by a later export of that scanner and time"
TELLING_DAYS = 14
"""Days of bars with two weekends, by which the session of a time of day can be told."""
END_OF_DAY = pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)


@dataclass(frozen=True)
class KnownAt:
    """From when on what is ingested counts as known."""

    moment: pd.Timestamp
    """The ingest's own, or what it is said to be (naive UTC)."""
    stated: bool = False
    """Whether somebody said so: then it holds for exports, too, which otherwise are known from their own time on."""
    by_session: bool = False
    """Whether each bar counts as known at the end of its session."""


@dataclass
class TabledSource:
    """What a source says, table by table; each frame has the columns of its layout and `known_at`."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    """Table to the number of rows that came."""
    unread: list[str] = field(default_factory=list)
    """What there is and has no table, a sentence each."""
    notes: list[str] = field(default_factory=list)
    """What a run on the source would note."""


def tabled_source(
    found: FolderContents, membership: pd.DataFrame | None, data: DataSettings, known: KnownAt
) -> TabledSource:
    """All that a source says. Raises `DataContractError` where it can't be typed."""
    into = TabledSource(notes=list(found.notes))
    aside: list[pd.DataFrame] = []
    if found.bars is not None:
        aside.append(_add_bars(found.bars, data, known, into))
    if found.scans:
        aside.append(_add_exports(found.scans, known, into))
    for name, frame in (("instruments", found.instruments), ("statistics", found.statistics)):
        if frame is not None:
            aside.append(_add_records(frame, name, known, into))
    if membership is not None:
        _add_membership(membership, known, into)
    if found.returns is not None:
        into.unread.append("returns have no table: give the bars or closes that they were made of")
    into.tables["aside"] = _counted(aside)
    return into


def _add_bars(raw: pd.DataFrame, data: DataSettings, known: KnownAt, into: TabledSource) -> pd.DataFrame:
    """Adds the bars, one row per symbol and session; the others, to be set aside."""
    _refuse_untold_sessions(raw)
    typed = typed_bars(raw, "bars", resample=data.resample)
    reasons = row_problems(typed).to_numpy(dtype=object)
    keys = typed[["symbol", "date"]]
    padding = reasons == PADDING
    kept = np.concatenate([np.flatnonzero(padding), np.flatnonzero(reasons == "")])
    # A row without prices says something only where no other row of its key does.
    again = keys.iloc[kept].duplicated(keep="last").to_numpy() | keys.iloc[kept].isna().any(axis=1).to_numpy()
    set_aside = (reasons != "") & ~padding
    set_aside[kept[again]] = True
    dates = typed["date"]
    ends = (dates.dt.normalize() + END_OF_DAY).fillna(known.moment)
    typed = typed.assign(known_at=ends if known.by_session else known.moment)
    into.rows["bars"] = len(typed)
    into.tables["bars"] = typed.loc[~set_aside]
    unread = [str(name) for name in raw.columns if name not in ("symbol", "date", *PRICES)]
    if unread:
        into.unread.append(f"columns of bars that no run reads: {', '.join(unread)}")
    source = typed.drop(columns="known_at") if data.resample != "off" else raw
    bad = typed.loc[set_aside]
    return _aside("bars", bad["symbol"], bad["date"], reasons[set_aside], source.iloc[bad.index], bad["known_at"])


def _refuse_untold_sessions(raw: pd.DataFrame) -> None:
    """Raises `DataContractError` where hours without a zone stand on too few days to tell whose day they begin or end.

    A folder's whole history tells it; a file of one day doesn't, and a bar in the wrong session would stay there.
    """
    if "date" not in raw:
        return
    moments = stated_moments(pd.Index(raw["date"]), "bars")
    known = moments.utc[~np.isnat(moments.utc) & ~moments.zoned]
    if len(known) and not at_midnight(moments) and known.max() - known.min() < np.timedelta64(TELLING_DAYS, "D"):
        raise DataContractError(
            f"ingest: the bars have times of day without a zone, on less than {TELLING_DAYS} days ({known.min()} to "
            f"{known.max()}): which session they belong to can't be told. Give dates, a zone, or more days"
        )


def _add_exports(scans: Sequence[NamedScan], known: KnownAt, into: TabledSource) -> pd.DataFrame:
    """Adds the records of each export; earlier exports of one scanner and time, to be set aside."""
    exports: dict[str, list[dict[str, Any]]] = {}
    superseded: list[pd.DataFrame] = []
    for each in scans:
        rows = _export_rows(each, known)
        key = rows[0]["export"]
        if key in exports:
            lost = pd.DataFrame(exports[key])
            superseded.append(
                _aside("candidates", [None] * len(lost), lost["date"], SUPERSEDED_EXPORT, lost, known.moment)
            )
        exports[key] = rows
    frame = pd.DataFrame([row for rows in exports.values() for row in rows])
    frame["date"] = frame["date"].astype("datetime64[us]")
    into.rows["candidates"] = sum(len(each.scan.rows) for each in scans)
    into.tables["candidates"] = frame
    return _counted(superseded)


def _export_rows(named: NamedScan, known: KnownAt) -> list[dict[str, Any]]:
    """The rows of an export: first what it says of itself, then its records as they came."""
    candidate_records(named.scan.rows, named.file)
    meta = None if named.scan.meta is None else named_export(named.scan.meta, named.stem)
    when = None if meta is None else scan_date({"meta": meta}, named.file)
    scanner = None if meta is None else meta["scanner"]
    shared = {
        "export": named.file if when is None else f"{scanner} {when.isoformat()}",
        "scanner": scanner,
        "date": when,
        "file": named.file,
        "known_at": known.moment if known.stated or when is None else when,
    }
    said = None if named.scan.meta is None else _json(dict(named.scan.meta))
    rows = [{**shared, "row": -1, "symbol": None, "record": None, "meta": said or "null"}]
    for place, record in enumerate(map(plain_value, named.scan.rows)):
        symbol = (with_symbol(record) or {}).get("symbol")
        rows.append({**shared, "row": place, "symbol": symbol, "record": _json(record), "meta": None})
    return rows


def _add_records(raw: pd.DataFrame, table: str, known: KnownAt, into: TabledSource) -> pd.DataFrame:
    """Adds the rows that name an asset, as records; the others, to be set aside."""
    frame, nameless = by_symbol(raw, table)
    into.rows[table] = len(frame) + len(nameless)
    records = [
        _json({"symbol": symbol, **{str(name): plain_value(value) for name, value in row.items()}})
        for symbol, row in zip(frame.index, frame.to_dict("records"), strict=True)
    ]
    columns = {"symbol": frame.index.to_numpy(), "row": np.arange(len(frame)), "record": records}
    into.tables[table] = pd.DataFrame(columns).assign(known_at=known.moment)
    return _aside(table, [None] * len(nameless), pd.NaT, NAMELESS, nameless, known.moment)


def _add_membership(raw: pd.DataFrame, known: KnownAt, into: TabledSource) -> None:
    """Adds who belonged to a universe. Raises `DataContractError` where a column or a first day is missing."""
    spellings = {
        "symbol": SYMBOL_SPELLINGS,
        "valid_from": ("valid_from", "from", "start"),
        "valid_to": ("valid_to", "to", "end"),
        "sector": ("sector",),
    }
    found = columns_by_name([str(name) for name in raw.columns], spellings, "membership")
    if "symbol" not in found or "valid_from" not in found:
        raise DataContractError(
            f"ingest: membership needs the columns symbol and valid_from; it has {', '.join(map(str, raw.columns))}"
        )
    frame = pd.DataFrame({"symbol": raw[found["symbol"]].astype(str).to_numpy()})
    for name in ("valid_from", "valid_to"):
        dates = raw[found[name]] if name in found else pd.Series(pd.NaT, index=raw.index, dtype="datetime64[us]")
        frame[name] = session_dates(stated_moments(pd.Index(dates), "membership"), np.zeros(len(raw), dtype=np.int64))
    frame["sector"] = raw[found["sector"]].astype(object).to_numpy() if "sector" in found else None
    if frame["valid_from"].isna().any() or frame.duplicated(["symbol", "valid_from"]).any():
        raise DataContractError("ingest: membership must say from when each row holds, and each symbol and day once")
    into.rows["membership"] = len(frame)
    into.tables["membership"] = frame.assign(known_at=known.moment)


def _aside(table: str, symbols: Any, dates: Any, reasons: Any, raw: pd.DataFrame, moments: Any) -> pd.DataFrame:
    """Rows of the table of what was set aside."""
    texts = [_json({str(key): plain_value(value) for key, value in row.items()}) for row in raw.to_dict("records")]
    names = [symbol if isinstance(symbol, str) else None for symbol in symbols]
    frame = pd.DataFrame({"symbol": pd.Series(names, dtype=object), "raw": pd.Series(texts, dtype=object)})
    for name, values in (("date", dates), ("known_at", moments)):
        column = values.to_numpy() if isinstance(values, pd.Series) else pd.Series(values, index=frame.index)
        frame[name] = pd.Series(column, index=frame.index).astype("datetime64[us]")
    return frame.assign(table=table, reason=reasons)


def _counted(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Equal rows as one with their number."""
    names = ["table", "symbol", "date", "reason", "raw"]
    there = [part for part in parts if len(part)]
    if not there:
        empty: Mapping[str, str] = {**dict.fromkeys(names, "object"), "date": "datetime64[us]"}
        return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in empty.items()}).assign(
            copies=pd.Series([], dtype="int64"), known_at=pd.Series([], dtype="datetime64[us]")
        )
    rows = pd.concat(there, ignore_index=True)
    if "copies" not in rows:
        rows["copies"] = 1
    rows["copies"] = rows["copies"].fillna(1)
    counted = rows.groupby([*names, "known_at"], dropna=False, sort=False)["copies"].sum()
    return counted.astype(np.int64).reset_index()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
