"""Instruments and statistics: one row per asset, keyed however people key them, read into one shape or refused.

`keyed` finds the key (a column or the index, in other spellings and cases) and the columns that are read; rows without a
key are set aside, and where rows of one symbol disagree, what they disagree on is unknown: no order of rows decides.
`typed_instruments` and `typed_statistics` are the two tables that there are.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    METADATA_FIELDS,
    field_name,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    ALL_SYMBOLS,
    Entries,
    quarantined,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import (
    SYMBOL_SPELLINGS,
    columns_by_name,
    near_misses,
    refuse_repeated,
    spelling,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

# The columns of a statistics table that are read.
STATISTICS = ("Antifragility_Score", "Fragility_Score", "Regime_Survival_Score")

NAMELESS = "missing symbol"
"""Why a row is set aside that names no asset."""


@dataclass(frozen=True)
class SideTable:
    """A typed table, what was set aside to type it, and what a reader of the run should know."""

    frame: pd.DataFrame
    quarantine: pd.DataFrame
    notes: tuple[str, ...] = ()


def typed_instruments(instruments: pd.DataFrame) -> SideTable:
    """Plain values under the names of `fields.TABLE`, with a text column `symbol`; other columns stay as they are."""
    frame, quarantine = keyed(instruments, "instruments")
    named = frame.rename(columns=_field_names(list(frame.columns)))
    rows = [
        {"symbol": symbol, **{str(name): plain_value(value) for name, value in row.items()}}
        for symbol, row in zip(frame.index, named.to_dict("records"), strict=True)
    ]
    merged, bad = _one_per_symbol(rows, "instruments")
    columns = ["symbol", *map(str, named.columns)]
    absent = [name for name in METADATA_FIELDS if name not in {field_name(name) for name in columns}]
    unread = [name for name in columns if field_name(name) == name and name not in (*METADATA_FIELDS, "symbol")]
    return SideTable(
        pd.DataFrame(merged, columns=pd.Index(columns, dtype=object), dtype=object),
        pd.concat([quarantine, bad], ignore_index=True),
        (*near_misses(unread, dict.fromkeys(absent, ()), "instruments"), *_lacking(absent, unread)),
    )


def _lacking(absent: Sequence[str], unread: Sequence[str]) -> list[str]:
    """What instruments don't say, and the columns among which somebody may have meant it."""
    return [f"instruments have no {', '.join(absent)}; unread are {offenders(unread)}"] if absent and unread else []


def typed_statistics(statistics: pd.DataFrame) -> SideTable:
    """The statistics as float64, indexed by symbol (a copy); infinite and negative values become NaN.

    Raises `DataContractError` where a column isn't numbers.
    """
    frame, quarantine = keyed(statistics, "statistics")
    found = columns_by_name(map(str, frame.columns), {name: (name,) for name in STATISTICS}, "statistics")
    kept = [name for name in STATISTICS if name in found]
    values = {name: _numbers(frame[found[name]], name) for name in kept}
    rows = [
        {"symbol": symbol, **{name: float(values[name][place]) for name in kept}}
        for place, symbol in enumerate(frame.index)
    ]
    merged, bad = _one_per_symbol(rows, "statistics")
    symbols = pd.Index([row["symbol"] for row in merged], dtype="str")
    matrix = np.array([[row[name] for name in kept] for row in merged], dtype=np.float64).reshape(
        len(merged), len(kept)
    )
    wrong = np.isinf(matrix) | (matrix < 0)
    places, columns = np.nonzero(wrong)
    reasons = [f"impossible {kept[column]}" for column in columns]
    impossible = quarantined(Entries("statistics", symbols[places], pd.NaT, reasons, matrix[wrong], "masked"))
    unread = [str(name) for name in frame.columns if name not in found.values()]
    notes = near_misses(unread, {name: () for name in STATISTICS if name not in found}, "statistics")
    if not kept:
        notes.append(f"statistics: none of the columns that are read is there ({', '.join(STATISTICS)})")
    return SideTable(
        pd.DataFrame(np.where(wrong, np.nan, matrix), index=symbols, columns=pd.Index(kept, dtype="str")),
        pd.concat([quarantine, bad, impossible], ignore_index=True),
        tuple(notes),
    )


def refuse_strangers(name: str, symbols: Collection[Any], assets: Iterable[Any], joined: int, rule: str) -> None:
    """Raises `DataContractError` where a table has rows and not one of them names an asset, unless the rule allows it."""
    if rule == "refuse" and len(symbols) and not joined:
        raise DataContractError(
            f"ingestion: not one row of {name} names an asset: they name {offenders(symbols)}, the assets are "
            f'{offenders(assets)}. Check the column symbol, take the table away, or set data.strangers = "allow"'
        )


def keyed(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table indexed by text symbols, and the quarantine of the rows without one. Raises as `by_symbol` does."""
    named, nameless = by_symbol(table, name)
    return named, quarantined(Entries(name, [ALL_SYMBOLS] * len(nameless), pd.NaT, NAMELESS))


def by_symbol(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table indexed by text symbols, and the rows without one.

    Raises `DataContractError` where it is no frame, has no key, or two columns of one name.
    """
    if not isinstance(table, pd.DataFrame):
        raise DataContractError(f"ingestion: {name} must be a DataFrame, got {type(table).__name__}")
    labelled = any(label is not None and spelling(str(label)) in SYMBOL_SPELLINGS for label in table.index.names)
    frame = table.reset_index() if labelled or isinstance(table.index, pd.MultiIndex) else table
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1)
    refuse_repeated(list(frame.columns), name)
    key = columns_by_name(frame.columns, {"symbol": SYMBOL_SPELLINGS}, name).get("symbol", _unnamed_labels(frame))
    if key is None and (isinstance(frame.index, pd.RangeIndex) or not len(frame.index)):
        if not len(frame.index):
            return frame.set_axis(pd.Index([], dtype="str"), axis=0), frame
        raise DataContractError(
            f"ingestion: {name} have neither a column symbol nor symbols as their index; they have "
            f"{offenders(frame.columns)}. Rename the column that names the asset to symbol"
        )
    symbols = [plain_value(value) for value in (frame.index if key is None else frame[key])]
    there = np.array([isinstance(symbol, str | int) and str(symbol).strip() != "" for symbol in symbols], dtype=bool)
    index = pd.Index([str(s).strip() for s, kept in zip(symbols, there, strict=True) if kept], dtype="str")
    rest = frame if key is None else frame.drop(columns=key)
    return rest.loc[there].set_axis(index, axis=0), rest.loc[~there]


def _unnamed_labels(frame: pd.DataFrame) -> str | None:
    """A first column of texts without a name: the labels of a frame, as pandas writes them into a CSV."""
    unnamed = len(frame.columns) > 0 and frame.columns[0] == ""
    return "" if unnamed and all(isinstance(value, str) for value in frame[""]) else None


def _field_names(columns: Sequence[str]) -> dict[str, str]:
    """Unusual spellings of fields to canonical names; a column that is there under its own name keeps it."""
    return {column: field_name(column) for column in columns if _renamed(column, columns)}


def _renamed(column: str, columns: Sequence[str]) -> bool:
    name = field_name(column)
    alike = [other for other in columns if other != column and field_name(other) == name]
    return name != column and not alike


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    scalars = column.map(lambda value: value if isinstance(value, int | float | str) else None)
    values = pd.to_numeric(scalars, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if (np.isnan(values) & column.notna().to_numpy()).any():
        raise DataContractError(f"ingestion: these columns of statistics aren't numbers: {offenders([name])}")
    return values


def _one_per_symbol(rows: list[dict[str, Any]], table: str) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """One row per symbol, in the order of their first rows; a field on which its rows disagree is unknown."""
    merged: dict[str, dict[str, Any]] = {}
    disagreed: dict[tuple[str, str], None] = {}
    for row in rows:
        held = merged.setdefault(row["symbol"], dict(row))
        for name, value in row.items():
            if not _known(held[name]):
                held[name] = value
            elif _known(value) and held[name] != value:
                disagreed[(row["symbol"], name)] = None
    for symbol, name in disagreed:
        merged[symbol][name] = float("nan") if isinstance(merged[symbol][name], float) else None
    symbols, reasons = [symbol for symbol, _ in disagreed], [f"rows disagree on {name}" for _, name in disagreed]
    return list(merged.values()), quarantined(Entries(table, symbols, pd.NaT, reasons))


def _known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and np.isnan(value))
