"""Tables of a lakehouse as they were known: what `tvselect ingest` wrote, in the shapes that a folder gives.

A run as of a date sees what was known at the end of that date; the parameter `known_at` says otherwise. What ingest set aside
comes back to the run as it came, so that the run sets it aside, counts and blames it as it would from a folder.
"""

import json
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Source, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import (
    NamedScan,
    known_candidates,
    scan_window,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.given_tables import given_tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.horizon import reaches_far_enough, window_days
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.parquet_table import ParquetTable
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table import ALL_KNOWN, Read, Table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAYOUTS, PRICES
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import Scan
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import typed_instruments, typed_statistics
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import typed_bars
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

NOW = "now"
MARGIN_DAYS = 90
"""Days that are read before the window: what the end of the data loses by the horizon, and the weeks that it looks back."""
USED = ("bars", "candidates", "instruments", "statistics", "membership", "aside")


class LakehouseProvider(DiscoveryProvider):
    """The tables of a lakehouse."""

    def __init__(self, folder: AnyPlace, settings: DataSettings, known_at: str = "") -> None:
        """`known_at`: a date or moment (UTC), or `now` for all that is known; empty: the end of the as-of date."""
        self._folder, self._settings, self._known_at = folder, settings, known_at
        self._pinned: Mapping[str, DataVersion] = {}
        self._whole = False
        self._versions: Mapping[str, int] | None = None

    def pinned(self, versions: Mapping[str, DataVersion]) -> "LakehouseProvider":
        """See `DiscoveryProvider.pinned`."""
        made = copy(self)
        made._pinned = versions
        return made

    def whole(self) -> "LakehouseProvider":
        """See `DiscoveryProvider.whole`."""
        made = copy(self)
        made._whole = True
        return made

    @property
    def versions(self) -> Mapping[str, int]:
        """Table to the version that is read of it: the one it is held at, else the latest."""
        if self._versions is not None:
            return self._versions
        found = {name: self._table(name).latest_version() for name in USED}
        return {name: version for name, version in found.items() if version is not None}

    def held_at(self, versions: Mapping[str, int]) -> "LakehouseProvider":
        """The provider that reads these versions of its tables, whatever was ingested since, and no other tables."""
        made = copy(self)
        made._versions = dict(versions)
        return made

    def held_now(self) -> "LakehouseProvider":
        """See `DiscoveryProvider.held_now`."""
        return self.held_at(self.versions)

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`. Point in time, as far as the scans are dated, unless later knowledge is asked for."""
        reads = self._window(as_of) or self._reads(as_of, {})
        if "bars" not in reads:
            raise DataContractError(
                f"ingestion: there are no bars in the lakehouse {self._folder}: `tvselect ingest SOURCE` brings them, "
                "--data says where else it lies"
            )
        if not reads["bars"].version.rows:
            raise DataContractError(self._nothing_known(reads["bars"]))
        unknown = [
            name
            for name in ("instruments", "statistics", "membership")
            if name in reads and not reads[name].version.rows
        ]
        notes = [*reads["bars"].notes, *(f"{name} weren't known yet: not one row of them is read" for name in unknown)]
        aside = None if "aside" not in reads else reads["aside"].frame
        instruments, statistics = (_records(reads.get(name), aside, name) for name in ("instruments", "statistics"))
        given = given_tables(
            _with_aside(reads["bars"].frame, aside),
            None,
            known_candidates(_scans(reads.get("candidates")), as_of, scan_window(self._settings)),
            as_of,
            instruments=None if instruments is None else typed_instruments(instruments),
            statistics=None if statistics is None else typed_statistics(statistics),
            notes=notes,
            sessions=self._settings.sessions,
            resample="off",
            sides_known=_known_then(self._pinned.get("bars", reads["bars"].version)),
        )
        listed = "membership" in reads and "membership" not in unknown
        membership = reads["membership"].frame.drop(columns="known_at") if listed else None
        beyond = dict(given.beyond)
        if "candidates" in reads and not reads["candidates"].version.rows:
            beyond.setdefault("later scans", "no export was known yet")
        return replace(
            given, membership=membership, beyond=beyond, sources=tuple(_source(read) for read in reads.values())
        )

    def _window(self, as_of: pd.Timestamp | None) -> dict[str, Read] | None:
        """The tables, with nothing that is older than any window; None where that can't be told before all is read."""
        days, scans = window_days(self._settings), scan_window(self._settings)
        if days is None or scans is None or self._pinned or self._whole:
            return None
        since = {
            "bars": self._before("bars", as_of, pd.Timedelta(days=days)),
            "candidates": self._before("candidates", as_of, scans),
        }
        if since["bars"] is None:
            return None
        found = self._reads(as_of, since | {"aside": since["bars"]})
        enough = reaches_far_enough(found["bars"].frame, since["bars"], self._settings)
        if enough and since["candidates"] is not None:
            enough = bool(found["candidates"].frame["date"].max() - scans >= since["candidates"])
        return found if enough else None

    def _before(self, name: str, as_of: pd.Timestamp | None, window: pd.Timedelta) -> pd.Timestamp | None:
        """A day that most probably is before a table's window; None where it has no dates."""
        last = self._table(name).last_date()
        if last is None:
            return None
        end = last if as_of is None else min(as_of, last)
        return end.normalize() - window.ceil("D") - pd.Timedelta(days=MARGIN_DAYS)

    def _reads(self, as_of: pd.Timestamp | None, since: Mapping[str, pd.Timestamp | None]) -> dict[str, Read]:
        """All tables as they were known, some of them from a day on."""
        return {name: read for name in USED if (read := self._read(name, as_of, since.get(name))) is not None}

    def _read(self, name: str, as_of: pd.Timestamp | None, since: pd.Timestamp | None) -> Read | None:
        """A table as it was known; None where it isn't there (or wasn't in the run that is repeated)."""
        table = self._table(name)
        if self._pinned:
            then = self._pinned.get(name)
            if then is None:
                return None
            edge = pd.Timedelta(microseconds=1)  # `known_at` of a read is exclusive
            known = ALL_KNOWN if then.known_at is None else pd.Timestamp(then.known_at) - edge
            begun = None if then.since is None else pd.Timestamp(then.since)
            read = table.read(as_of=as_of, known_at=known, since=begun, version=then.version)
            if read.version.table_id != then.table_id:
                raise DataContractError(
                    f"ingestion: {name} version {then.version} of the table {then.table_id} is gone: the lakehouse "
                    f"{self._folder} has another table ({read.version.table_id}); restore the one that was read from a copy"
                )
            return read
        version = table.latest_version() if self._versions is None else self._versions.get(name)
        if version is None:
            return None
        held = None if self._versions is None else version
        return table.read(as_of=as_of, known_at=self._moment(as_of), since=since, version=held)

    def _table(self, name: str) -> Table:
        return ParquetTable(self._folder, LAYOUTS[name])

    def _moment(self, as_of: pd.Timestamp | None) -> pd.Timestamp | None:
        """The moment whose knowledge is asked for. Raises `ConfigurationError` where the parameter is none."""
        if not self._known_at:
            return as_of
        if self._known_at == NOW:
            return ALL_KNOWN
        try:
            moment = pd.Timestamp(self._known_at)
        except ValueError:
            raise ConfigurationError(
                f"data.parameters.known_at is {self._known_at!r}: write a date, a moment in UTC, or {NOW}"
            ) from None
        return moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)

    def _nothing_known(self, bars: Read) -> str:
        first = self._table("bars").versions()[0]
        return (
            f"ingestion: no bars were known before {bars.version.known_at or bars.version.as_of}: the first were ingested at "
            f"{first.known_at}. Use what is known now (--set data.parameters.known_at=now), or ingest history as known "
            "when it happened (`tvselect ingest --known-at sessions`)"
        )


def _known_then(version: DataVersion) -> bool:
    """Whether a read as of a date saw nothing that was known only later."""
    if version.as_of is None or version.known_at is None:
        return False
    return pd.Timestamp(version.known_at) <= day_end(pd.Timestamp(version.as_of))


def _source(read: Read) -> Source:
    version = read.version
    return Source(
        version.table, version.table, version.rows, read.frame.shape[1], version.digest, version.table, version
    )


def _with_aside(bars: pd.DataFrame, aside: pd.DataFrame | None) -> pd.DataFrame:
    """The bars, before them those that were set aside and weren't replaced by a row that was known later."""
    plain = bars.drop(columns="known_at")
    rows = None if aside is None else aside.loc[(aside["table"] == "bars").to_numpy()]
    if rows is None or not len(rows):
        return plain
    held = rows.merge(bars[["symbol", "date", "known_at"]], on=["symbol", "date"], how="left", suffixes=("", "_bar"))
    open_rows = held.loc[~(held["known_at_bar"] > held["known_at"]).to_numpy()].sort_values(["symbol", "date", "raw"])
    if not len(open_rows):
        return plain
    raw = [json.loads(text) for text in open_rows["raw"]]
    columns = {name: [row.get(name) for row in raw] for name in PRICES if name in plain}
    keys = {"symbol": open_rows["symbol"].astype("str").array, "date": open_rows["date"].to_numpy()}
    repeated = pd.DataFrame({**keys, **columns}).loc[lambda found: found.index.repeat(open_rows["copies"].to_numpy())]
    typed = typed_bars(repeated, "bars")
    symbols = union_categoricals([typed["symbol"], plain["symbol"]], sort_categories=True)
    return pd.concat([typed, plain], ignore_index=True).assign(symbol=symbols)


def _records(read: Read | None, aside: pd.DataFrame | None, table: str) -> pd.DataFrame | None:
    """A side table as it came, rows that named no asset at its end; None where nothing of it was known."""
    if read is None or not read.version.rows:
        return None
    rows: list[dict[str, Any]] = [
        json.loads(text) for text in read.frame.sort_values(["row", "symbol"], kind="stable")["record"]
    ]
    if aside is not None:
        named = aside.loc[(aside["table"] == table).to_numpy()].sort_values("raw")
        rows += [
            json.loads(text) for text, count in zip(named["raw"], named["copies"], strict=True) for _ in range(count)
        ]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return pd.DataFrame(rows, columns=pd.Index(columns, dtype=object), dtype=object)


def _scans(read: Read | None) -> list[NamedScan]:
    """The exports as they came, in the order of their files."""
    if read is None:
        return []
    found = []
    newest = read.frame.groupby("scanner")["date"].max()
    for _, rows in read.frame.sort_values(["file", "export", "row"]).groupby(["file", "export"], sort=False):
        meta = json.loads(rows["meta"].iloc[0])
        # Of each scanner only the newest export counts; that there are others is said.
        when, scanner = rows["date"].iloc[0], rows["scanner"].iloc[0]
        counts = pd.isna(when) or newest[scanner] == when
        records = [json.loads(text) for text in rows["record"].iloc[1:]] if counts else []
        file = str(rows["file"].iloc[0])
        found.append(NamedScan(Scan(records, meta), file, PurePath(file).stem))
    return found
