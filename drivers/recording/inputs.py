"""`inputs.json`: what a run read, as it was on the as-of date, one digest per symbol of each table and one per day.

A file's digest changes with every bar that is appended to it; these don't, for they see only what the run saw. With
them `reproduce` and `diff` name the symbols and days that changed. A table's `digest` decides; those of symbols and
days are its parts, shortened to 64 bits, and only locate.

Where the tables have versions, these are in it, too: `reproduce` reads them again.

In this order: bars and given returns (`long_digests`, `wide_digests`), candidates, instruments and statistics
(`record_digests`), then the days of the pool's returns.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, column_digests

SHORT = 16


def inputs_document(selection: Selection) -> dict[str, Any]:
    """The content of `inputs.json`, without its format's version."""
    tables = selection.tables
    found: dict[str, Mapping[str, str]] = {}
    if tables.bars is not None:
        found["bars"] = long_digests(tables.bars)
    if tables.returns is not None:
        found["returns"] = wide_digests(tables.returns)
    found["candidates"] = record_digests(tables.candidates)
    for name in ("instruments", "statistics"):
        frame = getattr(tables, name)
        if frame is not None:
            found[name] = record_digests(_records(frame))
    versions = {source.name: asdict(source.version) for source in tables.sources if source.version is not None}
    return {
        "tables": {name: _table(symbols) for name, symbols in found.items()},
        "days": _shortened(day_digests(selection.context.returns)),
        **({"versions": versions} if versions else {}),
    }


def read_versions(document: Mapping[str, Any]) -> dict[str, DataVersion]:
    """Table to the version that a run read, from the content of its `inputs.json`; none where the tables had no versions."""
    return {
        name: DataVersion(**{**version, "only": version["only"] and tuple(version["only"])})
        for name, version in document.get("versions", {}).items()
    }


def long_digests(bars: pd.DataFrame) -> dict[str, str]:
    """Symbol to the digest of its rows in the order of the table."""
    codes = bars["symbol"].cat.codes.to_numpy()
    symbols = bars["symbol"].cat.categories
    names = [name for name in bars.columns if name != "symbol"]
    columns = [bars[name].to_numpy() for name in names]
    if (codes[1:] < codes[:-1]).any():
        order = np.argsort(codes, kind="stable")
        codes, columns = codes[order], [column[order] for column in columns]
    views = [np.ascontiguousarray(_numbers(column)).data.cast("B") for column in columns]
    begins = sha256("\0".join(names).encode())
    edges = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), len(codes)] if len(codes) else []
    digests: dict[str, str] = {}
    for start, end in pairwise(edges):
        digest = begins.copy()
        for view in views:
            digest.update(view[8 * start : 8 * end])
        # Code -1 is a row without a symbol.
        digests[str(symbols[codes[start]]) if codes[start] >= 0 else ""] = digest.hexdigest()
    return digests


def wide_digests(returns: pd.DataFrame) -> dict[str, str]:
    """Symbol to the digest of its returns."""
    return {name: digest.removeprefix("sha256:") for name, digest in column_digests(returns).items()}


def day_digests(returns: pd.DataFrame) -> dict[str, str]:
    """Day to the digest of all its returns."""
    turned = returns.T.sort_index()
    turned.columns = pd.Index([str(day).removesuffix(" 00:00:00") for day in returns.index])
    return {day: digest.removeprefix("sha256:") for day, digest in column_digests(turned).items()}


def record_digests(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Symbol to the digest of its records in the order given."""
    texts: dict[str, list[str]] = {}
    for record in records:
        text = json.dumps(dict(record), sort_keys=True, default=str)
        texts.setdefault(str(record.get("symbol", "")), []).append(text)
    return {symbol: sha256("\n".join(lines).encode()).hexdigest() for symbol, lines in texts.items()}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    whole = frame if frame.index.name is None else frame.reset_index()
    return [{str(name): value for name, value in row.items()} for row in whole.to_dict("records")]


def _numbers(column: np.ndarray) -> np.ndarray:
    """Eight bytes a value: dates as integers, numbers as they are."""
    return column.astype("datetime64[us]").view("<i8") if column.dtype.kind == "M" else column.astype("<f8", copy=False)


def _table(symbols: Mapping[str, str]) -> dict[str, Any]:
    whole = "\n".join(f"{symbol} {symbols[symbol]}" for symbol in sorted(symbols))
    return {"digest": bytes_digest(whole.encode()), "symbols": _shortened(symbols)}


def _shortened(digests: Mapping[str, str]) -> dict[str, str]:
    return {name: digests[name][:SHORT] for name in sorted(digests)}
