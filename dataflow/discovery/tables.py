"""Raw tables brought into the types that the pipeline works with, or refused with what is wrong.

Dates become naive UTC timestamps in microseconds, numbers float64, symbols text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frozen import read_only


def typed_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """A float64 matrix, days x symbols, with naive increasing dates; a copy.

    Later rows of a date that is there already and later columns of a symbol that is there already are refused: which
    one is right can't be known. Unsorted dates are sorted.
    """
    if not isinstance(returns, pd.DataFrame):
        raise DataContractError(f"ingestion: returns must be a DataFrame, days x symbols, got {type(returns).__name__}")
    if returns.shape[0] == 0 or returns.shape[1] == 0:
        raise DataContractError(f"ingestion: returns are empty ({returns.shape[0]} days x {returns.shape[1]} assets)")
    symbols = pd.Index([str(name) for name in returns.columns], dtype="str", name="symbol")
    if not symbols.is_unique:
        raise DataContractError(
            f"ingestion: returns have duplicate symbols: {offenders(symbols[symbols.duplicated()].unique())}; keep one column each"
        )
    dates = typed_dates(returns.index, "returns")
    if not dates.is_unique:
        repeated = dates[dates.duplicated()].unique().strftime("%Y-%m-%d")
        raise DataContractError(f"ingestion: returns have duplicate dates: {offenders(repeated)}; keep one row each")
    values = np.ascontiguousarray(_float_values(returns).T)
    frame = pd.DataFrame(values.T, index=dates, columns=symbols)
    return frame if dates.is_monotonic_increasing else column_contiguous(frame.sort_index())


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
        dates = pd.DatetimeIndex(pd.to_datetime(index, utc=True))
    except (ValueError, TypeError) as error:
        raise DataContractError(f"ingestion: the dates of {table} can't be read as dates: {error}") from None
    return dates.tz_convert("UTC").tz_localize(None).as_unit("us").rename("date")


def _float_values(frame: pd.DataFrame) -> np.ndarray:
    mixed = [name for name, dtype in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(dtype)]
    if not mixed:
        return frame.to_numpy(dtype=np.float64, na_value=np.nan)
    try:
        return frame.apply(pd.to_numeric).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        raise DataContractError(f"ingestion: returns of these assets aren't numbers: {offenders(mixed)}") from None


def typed_bars(bars: pd.DataFrame, table: str) -> pd.DataFrame:
    """Long bars with text symbols, naive dates and float64 numbers; a copy, in the order given.

    Raises `DataContractError` where symbol, date or close is missing or no number can be read.
    """
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
            try:
                columns[name] = pd.to_numeric(bars[name]).to_numpy(dtype=np.float64, na_value=np.nan)
            except (ValueError, TypeError):
                raise DataContractError(f"ingestion: the column {name} of {table} isn't all numbers") from None
    return pd.DataFrame({name: np.asarray(values) if name == "date" else values for name, values in columns.items()})


def on_or_before(frame: pd.DataFrame, as_of: pd.Timestamp | None, column: str | None = None) -> pd.DataFrame:
    """The rows not after the date: nothing that was unknown then."""
    if as_of is None:
        return frame
    dates = frame.index if column is None else frame[column]
    # A bar is dated by its day: a date without a time of day takes that whole day in.
    end = as_of + pd.Timedelta(days=1) if as_of == as_of.normalize() else as_of + pd.Timedelta(microseconds=1)
    return frame.loc[np.asarray(dates < end)]


def candidate_records(
    candidates: Sequence[Mapping[str, Any]] | pd.DataFrame | None, table: str
) -> tuple[Mapping[str, Any], ...]:
    """Candidates as read-only records of our own, each with a text symbol.

    Raises `DataContractError` where an entry is no mapping or has no symbol.
    """
    if candidates is None:
        return ()
    rows: Sequence[Any] = candidates.to_dict("records") if isinstance(candidates, pd.DataFrame) else candidates
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataContractError(f"ingestion: entry {number} of {table} is {type(row).__name__}, not an object")
        if not isinstance(row.get("symbol"), str) or not row["symbol"]:
            raise DataContractError(f"ingestion: entry {number} of {table} has no symbol")
    return tuple(read_only(row) for row in rows)
