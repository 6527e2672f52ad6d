"""Raw tables brought into the types that the pipeline works with, or refused with what is wrong.

Dates become naive UTC timestamps in microseconds, numbers float64, symbols text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    ALL_SYMBOLS,
    empty_quarantine,
    quarantined,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frozen import read_only


def typed_returns(returns: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A float64 matrix, days x symbols, with naive increasing dates (a copy), and the quarantine of what it can't hold.

    Set aside are rows without a date, later rows of a date and later columns of a symbol that is there already, and
    cells that are no numbers. Unsorted dates are sorted. Raises `DataContractError` where there is nothing to type.
    """
    if not isinstance(returns, pd.DataFrame):
        raise DataContractError(f"ingestion: returns must be a DataFrame, days x symbols, got {type(returns).__name__}")
    if returns.shape[0] == 0 or returns.shape[1] == 0:
        raise DataContractError(f"ingestion: returns are empty ({returns.shape[0]} days x {returns.shape[1]} assets)")
    symbols = pd.Index([str(name) for name in returns.columns], dtype="str", name="symbol")
    dates = typed_dates(returns.index, "returns")
    values, words = _numbers(returns)
    if words.any() and np.isnan(values).all():
        raise DataContractError(f"ingestion: not one cell of the returns is a number ({offenders(symbols)})")
    again, undated = np.asarray(symbols.duplicated()), np.asarray(dates.isna())
    repeated = np.asarray(dates.duplicated()) & ~undated
    cells = np.argwhere(words & ~again & ~(undated | repeated)[:, None])
    quarantine: pd.DataFrame = pd.concat(
        [
            quarantined("returns", symbols[again], pd.NaT, "duplicate symbol"),
            quarantined("returns", [ALL_SYMBOLS] * int(undated.sum()), pd.NaT, "missing date"),
            quarantined("returns", [ALL_SYMBOLS] * int(repeated.sum()), dates[repeated], "duplicate date"),
            quarantined("returns", symbols[cells[:, 1]], dates[cells[:, 0]], "not a number", treatment="masked"),
        ],
        ignore_index=True,
    )
    kept = ~(undated | repeated)
    order = np.argsort(dates[kept], kind="stable")
    matrix = np.ascontiguousarray(values[kept][order][:, ~again].T)
    return pd.DataFrame(matrix.T, index=dates[kept][order], columns=symbols[~again], copy=False), quarantine


def column_contiguous(frame: pd.DataFrame) -> pd.DataFrame:
    """The same float frame with each column in one piece, so that sums along it have one order."""
    values = np.ascontiguousarray(frame.to_numpy(dtype=np.float64).T)
    return pd.DataFrame(values.T, index=frame.index, columns=frame.columns, copy=False)


def typed_dates(index: pd.Index, table: str) -> pd.DatetimeIndex:
    """Naive UTC timestamps in microseconds.

    Raises `DataContractError` where the values are no dates.
    """
    if pd.api.types.is_numeric_dtype(index.dtype):
        raise DataContractError(f"ingestion: the dates of {table} are numbers ({index.dtype}); give timestamps")
    try:
        # One format for all: guessing element by element would read 03/04 now as March, now as April.
        spelled = pd.api.types.is_string_dtype(index.dtype) and not pd.api.types.is_datetime64_any_dtype(index.dtype)
        dates = pd.DatetimeIndex(pd.to_datetime(index, utc=True, format="ISO8601" if spelled else None))
    except (ValueError, TypeError) as error:
        raise DataContractError(
            f"ingestion: the dates of {table} can't be read as dates: {str(error).splitlines()[0][:120]}"
        ) from None
    return dates.tz_convert("UTC").tz_localize(None).as_unit("us").rename("date")


def _numbers(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The values as float64, and where something stands that is no number."""
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes]
    if all(numeric):
        values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.zeros(values.shape, dtype=bool)
    values = np.column_stack([_column_numbers(frame.iloc[:, position]) for position in range(frame.shape[1])])
    return values, np.isnan(values) & frame.notna().to_numpy()


def _column_numbers(column: pd.Series) -> np.ndarray:
    """A column as float64; words that spell a number count as it, everything else is NaN."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype)):
        return np.full(len(column), np.nan)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def typed_bars(bars: pd.DataFrame, table: str) -> pd.DataFrame:
    """Long bars with text symbols, naive dates and float64 numbers; a copy, in the order given.

    What is no number becomes NaN, and is quarantined as missing. Raises `DataContractError` where a column is missing.
    """
    if not isinstance(bars, pd.DataFrame):
        raise DataContractError(f"ingestion: {table} must be a DataFrame, got {type(bars).__name__}")
    missing = [name for name in ("symbol", "date", "close") if name not in bars.columns]
    if missing:
        have = ", ".join(map(str, bars.columns[:12]))
        raise DataContractError(f"ingestion: {table} lacks the column {', '.join(missing)}; it has {have}")
    columns: dict[str, Any] = {
        "symbol": bars["symbol"].astype("category"),
        "date": typed_dates(pd.Index(bars["date"]), table),
    }
    for name in ("open", "high", "low", "close", "adj_close", "volume", "quote_volume"):
        if name in bars.columns:
            columns[name] = _column_numbers(bars[name])
    return pd.DataFrame({name: np.asarray(values) if name == "date" else values for name, values in columns.items()})


def on_or_before(frame: pd.DataFrame, as_of: pd.Timestamp | None, column: str | None = None) -> pd.DataFrame:
    """The rows not after the date: nothing that was unknown then."""
    if as_of is None:
        return frame
    dates = frame.index if column is None else frame[column]
    return frame.loc[np.asarray(dates < day_end(as_of))]


def candidate_records(
    candidates: Sequence[Mapping[str, Any]] | pd.DataFrame | None, table: str
) -> tuple[tuple[Mapping[str, Any], ...], pd.DataFrame]:
    """Candidates as read-only records of our own, each with a text symbol, and the quarantine of those without one.

    Raises `DataContractError` where an entry is no mapping, or not one has a symbol.
    """
    if candidates is None:
        return (), empty_quarantine()
    if not isinstance(candidates, pd.DataFrame | Sequence) or isinstance(candidates, str):
        raise DataContractError(f"ingestion: {table} must be a list of objects, got {type(candidates).__name__}")
    rows: Sequence[Any] = candidates.to_dict("records") if isinstance(candidates, pd.DataFrame) else candidates
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataContractError(f"ingestion: entry {number} of {table} is {type(row).__name__}, not an object")
    records = [_with_symbol(plain_value(row)) for row in rows]
    named = [record for record in records if record is not None]
    if records and not named:
        keys = offenders(map(str, rows[0]))
        raise DataContractError(
            f"ingestion: none of the {len(rows)} entries of {table} has a symbol; the first one has {keys}"
        )
    nameless = quarantined("candidates", [ALL_SYMBOLS] * (len(rows) - len(named)), pd.NaT, "no symbol")
    return tuple(read_only(record) for record in named), nameless


def _with_symbol(record: dict[str, Any]) -> dict[str, Any] | None:
    """The record with its symbol, under whatever name scanners give it, as `symbol`; None where it has none."""
    if isinstance(record.get("symbol"), str) and record["symbol"].strip():
        return record if record["symbol"] == record["symbol"].strip() else record | {"symbol": record["symbol"].strip()}
    for key, value in record.items():
        if key.casefold() in ("symbol", "ticker", "s") and isinstance(value, str) and value.strip():
            return {
                "symbol": value.strip(),
                **{name: held for name, held in record.items() if name not in (key, "symbol")},
            }
    return None
