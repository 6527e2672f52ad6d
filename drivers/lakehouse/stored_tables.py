"""What a lakehouse holds, and whether it is what was written.

`table_list` and `table_document` describe (`ls data`, `show data TABLE`), `problems` checks every file of every version against
its digest, the chain of manifests, and what lies there that no version lists. A file may be gone that only earlier versions
list: `vacuum` removes them, the latest version has their rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DATA,
    VERSIONS,
    Manifest,
    latest_manifest,
    manifest_of,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.parquet_table import ParquetTable
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAYOUTS
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, offenders

SHOWN = 10
"""Rows of a list on a terminal; --json has all."""
LONG_GAP = 7
"""Days between two bars of a symbol from which on there is a gap."""


def table_list(lakehouse: Path) -> list[dict[str, Any]]:
    """One row per table that is there, from its latest manifest. Raises `ConfigurationError` where there is no lakehouse."""
    if not lakehouse.is_dir():
        raise ConfigurationError(f"there is no lakehouse {lakehouse}: `tvselect ingest SOURCE` makes one")
    return [_listed(found) for name in LAYOUTS if (found := latest_manifest(lakehouse / name)) is not None]


def table_list_text(rows: list[dict[str, Any]]) -> str:
    """The list for a terminal."""
    if not rows:
        return "no tables yet: `tvselect ingest SOURCE` brings some"
    lines = [f"{'table':12} {'version':>7} {'rows':>11} {'files':>6} {'MB':>8}  {'from':10} {'to':10}  known at"]
    for row in rows:
        dates = f"{str(row['first'] or '')[:10]:10} {str(row['last'] or '')[:10]:10}"
        sizes = f"{row['rows']:>11,} {row['files']:>6} {row['bytes'] / 1e6:>8.1f}"
        lines.append(f"{row['table']:12} {row['version']:>7} {sizes}  {dates}  {row['known_at']}")
    return "\n".join(lines)


def table_document(lakehouse: Path, name: str) -> dict[str, Any]:
    """A table: its versions, its content now, each symbol's rows, days, gaps and rows set aside, and these by reason.

    Raises `ConfigurationError` where there is no such table.
    """
    if name not in LAYOUTS or not version_numbers(lakehouse / name):
        there = ", ".join(each for each in LAYOUTS if version_numbers(lakehouse / each)) or "none"
        raise ConfigurationError(f"there is no table {name} in {lakehouse}; there are {there}")
    table = ParquetTable(lakehouse, LAYOUTS[name])
    read, aside = table.read(), _set_aside(lakehouse, name)
    return {
        "table": name,
        "read": asdict(read.version),
        "versions": [asdict(version) for version in table.versions()],
        "symbols": _coverage(read.frame, LAYOUTS[name].valid, aside),
        "aside": _aside_counts(aside),
    }


def table_text(found: Mapping[str, Any]) -> str:
    """A table for a terminal: its latest versions, the symbols with the most gaps first."""
    read = found["read"]
    lines = [
        f"{found['table']} version {read['version']} ({read['format']}): {read['rows']:,} rows, {read['symbols']:,} symbols",
        f"content {read['digest']}",
        "",
        f"{'version':>7} {'new':>10} {'restated':>9} {'rows':>10}  known at",
    ]
    lines += [_version_line(each) for each in found["versions"][-SHOWN:]]
    earlier = len(found["versions"]) - SHOWN
    lines += [f"after {earlier:,} earlier ones (--json has all)"] if earlier > 0 else []
    gaps = sorted(found["symbols"], key=lambda row: (-row["gaps"], row["symbol"]))[:SHOWN]
    if gaps:
        head = f"{'symbol':24} {'rows':>7} {'from':10} {'to':10} {'set aside':>9}  gaps over {LONG_GAP} days"
        lines += ["", head, *map(_symbol_line, gaps)]
        more = len(found["symbols"]) - len(gaps)
        lines += [f"and {more:,} more (--json has all)"] if more else []
    lines += ["", *(f"set aside: {count:,} {reason}" for reason, count in found["aside"].items())]
    return "\n".join(lines).rstrip()


def problems(lakehouse: Path) -> list[str]:
    """What is wrong with the files of a lakehouse, a sentence each; nothing is repaired."""
    return [sentence for name in LAYOUTS for sentence in _table_problems(lakehouse / name)]


def checked(lakehouse: Path) -> dict[str, Any]:
    """The tables and what no version lists, where every file is what was written.

    Raises `DataContractError` naming those that aren't.
    """
    found = problems(lakehouse)
    if found:
        raise DataContractError(f"doctor: {len(found)} faults of the lakehouse {lakehouse}: {'; '.join(found[:5])}")
    return {"tables": table_list(lakehouse), "orphans": orphans(lakehouse)}


def check_lines(found: Mapping[str, Any]) -> list[str]:
    """What `checked` found, for a terminal; nothing where nothing was checked."""
    if not found:
        return []
    tables = ", ".join(f"{row['table']} version {row['version']} ({row['files']} files)" for row in found["tables"])
    lines = [f"lakehouse {tables}: every file of every version is what was written"]
    if found["orphans"]:
        lines.append(f"          files that no version lists, left by a killed ingest: {offenders(found['orphans'])}")
    return lines


def orphans(lakehouse: Path) -> list[str]:
    """Files that no version lists: what a killed ingest left. The next one of that source takes them up."""
    found = []
    for name in LAYOUTS:
        folder = lakehouse / name
        listed = {file.name for number in version_numbers(folder) for file in _files_of(folder, number)}
        there = [path for part in (DATA, VERSIONS) for path in sorted((folder / part).glob("*"))]
        found += [
            path.relative_to(lakehouse).as_posix()
            for path in there
            if path.name.endswith(".tmp") or (path.parent.name == DATA and f"{DATA}/{path.name}" not in listed)
        ]
    return found


def _listed(manifest: Manifest) -> dict[str, Any]:
    firsts = [file.first for file in manifest.files if file.first is not None]
    lasts = [file.last for file in manifest.files if file.last is not None]
    return {
        "table": manifest.table,
        "version": manifest.version,
        "rows": sum(file.rows for file in manifest.files),
        "files": len(manifest.files),
        "bytes": sum(file.bytes for file in manifest.files),
        "first": min(firsts, default=None),
        "last": max(lasts, default=None),
        "known_at": manifest.known_at,
    }


def _version_line(version: Mapping[str, Any]) -> str:
    counts = f"{version['version']:>7} {version['new']:>10,} {version['restated']:>9,} {version['rows']:>10,}"
    return f"{counts}  {version['known_at'] if version['rows'] else 'the same rows in fewer files'}"


def _symbol_line(row: Mapping[str, Any]) -> str:
    longest = f", the longest {row['longest_gap']} days from {row['longest_gap_from']}" if row["gaps"] else ""
    dates = f"{row['first']:10} {row['last']:10}"
    return f"{row['symbol']:24} {row['rows']:>7,} {dates} {row['aside']:>9,}  {row['gaps']}{longest}"


def _coverage(frame: pd.DataFrame, valid: str | None, aside: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per symbol of a table with dates: rows, first and last day, long gaps, the longest one, rows set aside."""
    if valid is None or not len(frame):
        return []
    rows = frame[["symbol", valid]].dropna().sort_values(["symbol", valid])
    days = rows[valid].to_numpy().astype("datetime64[D]").astype(np.int64)
    same = rows["symbol"].cat.codes.diff().eq(0).to_numpy()
    length = np.where(same, np.diff(days, prepend=0), 0)
    rows = rows.assign(length=length, gap=length > LONG_GAP, before=rows[valid].shift(1))
    named = rows.groupby("symbol", observed=True)
    found = named.agg(
        rows=(valid, "size"),
        first=(valid, "min"),
        last=(valid, "max"),
        gaps=("gap", "sum"),
        longest_gap=("length", "max"),
    )
    longest = rows.loc[named["length"].idxmax(), ["symbol", "before"]].set_index("symbol")["before"]
    found = found.assign(longest_gap_from=longest.reindex(found.index)).reset_index()
    for name in ("first", "last", "longest_gap_from"):
        found[name] = found[name].dt.strftime("%Y-%m-%d").fillna("")
    counts = aside.groupby(aside["symbol"].astype(object))["copies"].sum()
    return [
        {**{str(key): value for key, value in row.items()}, "aside": int(counts.get(row["symbol"], 0))}
        for row in found.to_dict("records")
    ]


def _set_aside(lakehouse: Path, name: str) -> pd.DataFrame:
    """The rows of a table that were set aside."""
    if name == "aside" or not version_numbers(lakehouse / "aside"):
        return pd.DataFrame({"symbol": [], "reason": [], "copies": []})
    aside = ParquetTable(lakehouse, LAYOUTS["aside"]).read().frame
    return aside.loc[(aside["table"] == name).to_numpy()]


def _aside_counts(aside: pd.DataFrame) -> dict[str, int]:
    counts = aside.groupby("reason", sort=True)["copies"].sum()
    return {str(reason): int(count) for reason, count in counts.items()}


def _table_problems(folder: Path) -> Iterator[str]:
    numbers = version_numbers(folder)
    missing = sorted({*range(1, (numbers or [0])[-1] + 1)} - {*numbers})
    if missing:
        yield f"{folder.name}: {len(missing)} versions are gone, the first is {missing[0]}"
    before: Manifest | None = None
    checked: dict[str, str] = {}
    needed = {file.name for number in numbers[-1:] for file in _files_of(folder, number)}
    for number in numbers:
        try:
            manifest = manifest_of(folder, number)
        except DataContractError as error:
            yield str(error).removeprefix("lakehouse: ")
            before = None
            continue
        if (
            before is not None
            and before.version == number - 1
            and manifest.previous != json_digest(before.model_dump())
        ):
            yield f"{folder.name}: version {number} doesn't follow from version {before.version}: one of them was exchanged"
        before = manifest
        for file in manifest.files:
            path = folder / file.name
            if file.name not in checked:
                checked[file.name] = file_digest(path) if path.is_file() else "gone"
                vacuumed = checked[file.name] == "gone" and file.name not in needed
                if checked[file.name] != file.digest and not vacuumed:
                    what = "is gone" if checked[file.name] == "gone" else "isn't what was written"
                    yield f"{folder.name}/{file.name} (version {file.version}) {what}: restore it from a copy"


def _files_of(folder: Path, number: int) -> list[Any]:
    try:
        return list(manifest_of(folder, number).files)
    except DataContractError:
        return []
