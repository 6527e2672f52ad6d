"""What a lakehouse holds, and whether it is what was written.

`table_list` and `table_document` describe (`ls data`, `show data TABLE`), `problems` checks every file of every version against
its digest, the chain of manifests, what Delta's log says of each version, and what lies there that no version lists. A file may
be gone that only earlier versions list: `vacuum` removes them, the latest version has their rows.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.delta_log import (
    LOG,
    MANIFESTS,
    commit_actions,
    commit_place,
    manifest_file,
    named_manifest,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DATA,
    DELTA,
    VERSIONS,
    Manifest,
    format_of,
    latest_manifest,
    manifest_of,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.parquet_table import ParquetTable
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAYOUTS
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, offenders

GONE = "gone"
SHOWN = 10
"""Rows of a list on a terminal; --json has all."""
LONG_GAP = 7
"""Days between two bars of a symbol from which on there is a gap."""


def table_list(lakehouse: AnyPlace) -> list[dict[str, Any]]:
    """One row per table that is there, from its latest manifest. Raises `ConfigurationError` where there is no lakehouse."""
    if not lakehouse.is_dir():
        raise ConfigurationError(f"there is no lakehouse {lakehouse}: `tvselect ingest SOURCE` makes one")
    found = {name: latest_manifest(lakehouse / name) for name in LAYOUTS}
    return [
        {**_listed(manifest), "format": format_of(lakehouse / name)}
        for name, manifest in found.items()
        if manifest is not None
    ]


def table_list_text(rows: list[dict[str, Any]]) -> str:
    """The list for a terminal."""
    if not rows:
        return "no tables yet: `tvselect ingest SOURCE` brings some"
    head = f"{'table':12} {'format':7} {'version':>7} {'rows':>11} {'files':>6} {'MB':>8}"
    lines = [f"{head}  {'from':10} {'to':10}  known at"]
    for row in rows:
        dates = f"{str(row['first'] or '')[:10]:10} {str(row['last'] or '')[:10]:10}"
        sizes = f"{row['rows']:>11,} {row['files']:>6} {row['bytes'] / 1e6:>8.1f}"
        lines.append(f"{row['table']:12} {row['format']:7} {row['version']:>7} {sizes}  {dates}  {row['known_at']}")
    return "\n".join(lines)


def table_document(lakehouse: AnyPlace, name: str) -> dict[str, Any]:
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


def problems(lakehouse: AnyPlace) -> list[str]:
    """What is wrong with the files of a lakehouse, a sentence each; nothing is repaired."""
    return [sentence for name in LAYOUTS for sentence in _table_problems(lakehouse / name)]


def checked(lakehouse: AnyPlace) -> dict[str, Any]:
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


def orphans(lakehouse: AnyPlace) -> list[str]:
    """Files that no version lists: what a killed ingest left. The next one of that source takes them up."""
    return [f"{name}/{place}" for name in LAYOUTS for place in table_orphans(lakehouse / name)]


def table_orphans(folder: AnyPlace) -> Iterator[str]:
    """Those of a table's folder, by their names in it."""
    numbers = version_numbers(folder)
    listed = {file.name for number in numbers for file in _files_of(folder, number)}
    if format_of(folder) == DELTA:
        listed |= {f"{MANIFESTS}/{place.name}" for number in numbers if (place := _manifest_place(folder, number))}
    for part, always in ((DATA, False), (VERSIONS, True), (MANIFESTS, False), (LOG, True)):
        for name in sorted(place.name for place in (folder / part).glob("*")):
            temporary = name.endswith(".tmp") or "#" in name  # the second is delta-rs'
            if temporary or not (always or f"{part}/{name}" in listed):
                yield f"{part}/{name}"


def _manifest_place(folder: AnyPlace, number: int) -> AnyPlace | None:
    try:
        named = named_manifest(commit_actions(folder, number))
    except (DataContractError, OSError):
        return None
    return None if named is None else manifest_file(folder, named)


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


def _set_aside(lakehouse: AnyPlace, name: str) -> pd.DataFrame:
    """The rows of a table that were set aside."""
    if name == "aside" or not version_numbers(lakehouse / "aside"):
        return pd.DataFrame({"symbol": [], "reason": [], "copies": []})
    aside = ParquetTable(lakehouse, LAYOUTS["aside"]).read().frame
    return aside.loc[(aside["table"] == name).to_numpy()]


def _aside_counts(aside: pd.DataFrame) -> dict[str, int]:
    counts = aside.groupby("reason", sort=True)["copies"].sum()
    return {str(reason): int(count) for reason, count in counts.items()}


def _table_problems(folder: AnyPlace) -> Iterator[str]:
    try:
        numbers = version_numbers(folder)
    except DataContractError as error:
        yield str(error).removeprefix("lakehouse: ")
        return
    missing = sorted({*range(1, (numbers or [0])[-1] + 1)} - {*numbers})
    if missing:
        yield f"{folder.name}: {len(missing)} versions are gone, the first is {missing[0]}"
    stored_as = format_of(folder)
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
        known = before is not None and before.version == number - 1
        if before is not None and known and not _follows(manifest, before):
            yield f"{folder.name}: version {number} doesn't follow from version {before.version}: one of them was exchanged"
        if stored_as == DELTA and (known or number == 1):
            yield from _log_problems(folder, before, manifest)
        yield from _file_problems(folder, manifest, checked, needed)
        before = manifest


def _follows(manifest: Manifest, before: Manifest) -> bool:
    """Whether a version was made on the one before, or is that one again, as after another tool's commit without a change."""
    again = before.model_copy(update={"version": manifest.version, "new": 0, "restated": 0})
    return manifest.previous == json_digest(before.model_dump()) or manifest == again


def _file_problems(
    folder: AnyPlace, manifest: Manifest, checked: dict[str, str], needed: Collection[str]
) -> Iterator[str]:
    """The files of a version that aren't what was written, but for those that were `checked` before.

    One that is gone and isn't `needed` by the latest version was removed by `vacuum`.
    """
    for file in manifest.files:
        if file.name not in checked:
            checked[file.name] = _digest_of(folder / file.name)
            vacuumed = checked[file.name] == GONE and file.name not in needed
            if checked[file.name] != file.digest and not vacuumed:
                what = "is gone" if checked[file.name] == GONE else "isn't what was written"
                yield f"{folder.name}/{file.name} (version {file.version}) {what}: restore it from a copy"


def _log_problems(folder: AnyPlace, before: Manifest | None, manifest: Manifest) -> Iterator[str]:
    """Where Delta's log, by which other tools read, has other files than the manifest."""
    held = {} if before is None else {file.name: file.bytes for file in before.files}
    kept = {file.name: file.bytes for file in manifest.files}
    expected = {
        *(("add", name, size) for name, size in kept.items() if name not in held),
        *(("remove", name, size) for name, size in held.items() if name not in kept),
    }
    actions = commit_actions(folder, manifest.version)
    found = {
        (kind, str(said.get("path")), said.get("size"))
        for action in actions
        for kind in ("add", "remove")
        if isinstance(said := action.get(kind), dict)
    }
    if found != expected:
        place = f"{folder.name}/{LOG}/{commit_place(folder, manifest.version).name}"
        yield f"{place} lists other files than version {manifest.version} has: restore it from a copy"


def _digest_of(place: AnyPlace) -> str:
    try:
        return bytes_digest(place.read_bytes())
    except FileNotFoundError:
        return GONE


def _files_of(folder: AnyPlace, number: int) -> list[Any]:
    try:
        return list(manifest_of(folder, number).files)
    except DataContractError:
        return []
