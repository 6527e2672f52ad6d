"""Raw tables brought into the types that the pipeline works with, or refused with what is wrong.

Dates become those of sessions (`sessions`), as naive midnights in microseconds; numbers float64, symbols text. What lies
after the as-of date goes first, so that nothing in it can be wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import Kind, spelled_number
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_records
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    ALL_SYMBOLS,
    SIZES,
    SUPERSEDED,
    Entries,
    empty_quarantine,
    quarantined,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.bar_shapes import refuse_levels
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.dataflow.ingestion.sessions import (
    Moments,
    at_midnight,
    refuse_sparse,
    refuse_sub_daily,
    resampled,
    session_dates,
    stated_moments,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders, shown_text
from tradingview_scraper.pipelines.selection.schemas.read_only import read_only


def typed_returns(
    returns: pd.DataFrame, *, as_of: pd.Timestamp | None = None, sessions: str = "dates"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A float64 matrix, sessions x symbols, with naive increasing dates (a copy), and the quarantine of what it can't hold.

    Set aside are rows without a date, all rows of a date but its last and later columns of a symbol that is there already, and
    cells that are no numbers. Unsorted dates are sorted. With `sessions = "timestamps"` each timestamp is a row of its own
    (v3.4). Raises `DataContractError` where there is nothing to type.
    """
    if not isinstance(returns, pd.DataFrame):
        raise DataContractError(f"ingestion: returns must be a DataFrame, days x symbols, got {type(returns).__name__}")
    refuse_levels(returns, "returns")
    if returns.shape[0] == 0 or returns.shape[1] == 0:
        raise DataContractError(f"ingestion: returns are empty ({returns.shape[0]} days x {returns.shape[1]} assets)")
    symbols = pd.Index([str(name) for name in returns.columns], dtype="str", name="symbol")
    moments = stated_moments(returns.index, "returns")
    seen = _maybe_seen(moments, as_of)
    if not seen.all():
        returns, moments = returns.loc[seen], moments.taken(seen)
    values, words = _numbers(returns)
    if words.any() and np.isnan(values).all():
        raise DataContractError(f"ingestion: not one cell of the returns is a number ({offenders(symbols)})")
    again = np.asarray(symbols.duplicated())
    if sessions == "dates" and (moments.zoned.any() or not at_midnight(moments)):
        dates, values, words, repeats = _by_session(moments, values, words, symbols)
    else:
        dates, repeats = pd.DatetimeIndex(moments.utc, name="date"), Entries("returns", [], pd.NaT, "")
    if sessions == "dates":
        refuse_sparse(dates.to_numpy(), np.zeros(len(dates), dtype=np.int64), ["every column"], "returns")
    undated = np.asarray(dates.isna())
    # Files are appended to: the later row of a date stands; v3.4 took the first.
    repeated = np.asarray(dates.duplicated(keep="last" if sessions == "dates" else "first")) & ~undated
    twice = (SUPERSEDED, "superseded") if sessions == "dates" else ("duplicate date", "set aside")
    spelled = words & ~again & ~(undated | repeated)[:, None] if words.any() else words[:0]
    cells = np.argwhere(spelled)
    quarantine = quarantined(
        Entries("returns", symbols[again], pd.NaT, "duplicate symbol"),
        Entries("returns", [ALL_SYMBOLS] * int(undated.sum()), pd.NaT, "missing date"),
        Entries("returns", [ALL_SYMBOLS] * int(repeated.sum()), dates[repeated], twice[0], treatment=twice[1]),
        Entries("returns", symbols[cells[:, 1]], dates[cells[:, 0]], "not a number", treatment="masked"),
        repeats,
    )
    kept = ~(undated | repeated)
    order = np.flatnonzero(kept)[np.argsort(dates[kept], kind="stable")]
    is_whole = not again.any() and len(order) == len(kept) and bool((np.diff(order) > 0).all())
    # One copy, column by column; the caller's own values are never shared.
    matrix = np.array((values if is_whole else values[np.ix_(order, ~again)]).T, order="C", copy=True)
    frame = pd.DataFrame(matrix.T, index=dates[order], columns=symbols[~again], copy=False)
    exact = on_or_before(frame, as_of)
    if len(exact) == len(frame):
        return frame, quarantine
    return exact, on_or_before(quarantine, as_of, "date", missing=True)


def _maybe_seen(moments: Moments, as_of: pd.Timestamp | None) -> np.ndarray:
    """The rows whose session may be seen as of the date: no session begins more than a day after its date does in UTC."""
    if as_of is None:
        return np.ones(len(moments.utc), dtype=bool)
    return np.isnat(moments.utc) | (moments.utc < (day_end(as_of) + pd.Timedelta(days=1)).to_datetime64())


def _by_session(
    moments: Moments, values: np.ndarray, words: np.ndarray, symbols: pd.Index
) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray, Entries]:
    """A matrix by sessions, each column on its own clock; of several cells of a session the last stands.

    The dates, values, words (cells that are no numbers), and what was superseded.
    """
    rows, columns = np.nonzero(~np.isnan(values) | words)
    order = np.lexsort((columns, moments.utc[rows]))
    rows, columns = rows[order], columns[order]
    stated = moments.taken(rows)
    refuse_sub_daily(stated, columns, list(symbols), "returns")
    dates = session_dates(stated, columns)
    days, position = np.unique(dates, return_inverse=True)
    shape = (len(days), len(symbols))
    found, spelled = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    found[position, columns], spelled[position, columns] = values[rows, columns], words[rows, columns]
    twice = pd.Series(position * len(symbols) + columns).duplicated(keep="last").to_numpy()
    lost = Entries(
        "returns",
        symbols[columns[twice]],
        dates[twice],
        "superseded in its session",
        values[rows, columns][twice],
        treatment="superseded",
    )
    return pd.DatetimeIndex(days, name="date"), found, spelled, lost


def column_contiguous(frame: pd.DataFrame) -> pd.DataFrame:
    """The same float frame with each column in one piece, so that sums along it have one order."""
    values = np.ascontiguousarray(frame.to_numpy(dtype=np.float64).T)
    return pd.DataFrame(values.T, index=frame.index, columns=frame.columns, copy=False)


def typed_dates(index: pd.Index, table: str) -> pd.DatetimeIndex:
    """Naive UTC timestamps in microseconds.

    Raises `DataContractError` where the values are no dates.
    """
    return pd.DatetimeIndex(stated_moments(index, table).utc, name="date")


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


def _spelled_numbers(column: pd.Series, name: str, table: str) -> np.ndarray:
    """A column of bars as float64: text as `fields` reads it (1,250.50; volumes 3.57M, too), what is no number as NaN.

    Raises `DataContractError` where closes are given and not one is a number.
    """
    values = _column_numbers(column).copy()
    words = np.isnan(values) & column.notna().to_numpy()
    if not words.any():
        return values
    kind: Kind = "amount" if name in SIZES else "number"
    said = column[words].astype(str)
    meant = {word: spelled_number(word.strip(), kind).value for word in said.unique() if word.strip()}
    values[words] = said.map(meant).astype(np.float64).to_numpy()
    if name == "close" and np.isnan(values).all():
        raise DataContractError(
            f"ingestion: not one close of {table} is a number: {offenders(said.unique())}. Write plain numbers, 1234.5"
        )
    return values


def typed_bars(
    bars: pd.DataFrame,
    table: str,
    *,
    as_of: pd.Timestamp | None = None,
    sessions: str = "dates",
    resample: str = "off",
) -> pd.DataFrame:
    """Long bars with text symbols, the dates of their sessions and float64 numbers; a copy.

    What is no number becomes NaN. Rows keep their order where their timestamps are dates, else they come in the order of
    time. With `sessions = "timestamps"` each timestamp is a row of its own (v3.4); with `resample = "1d"` bars of minutes or
    hours become days. Raises `DataContractError` where a column is missing or bars aren't daily.
    """
    if not isinstance(bars, pd.DataFrame):
        raise DataContractError(f"ingestion: {table} must be a DataFrame, got {type(bars).__name__}")
    missing = [name for name in ("symbol", "date", "close") if name not in bars.columns]
    if missing:
        have = ", ".join(map(str, bars.columns[:12]))
        raise DataContractError(f"ingestion: {table} lacks the column {', '.join(missing)}; it has {have}")
    moments = stated_moments(pd.Index(bars["date"]), table)
    seen = _maybe_seen(moments, as_of)
    if not seen.all():
        bars, moments = bars.loc[seen], moments.taken(seen)
    named = bars["symbol"].astype("category")
    named = named if seen.all() else named.cat.remove_unused_categories()
    # By name, not in the order in which a file happens to encode them: assets stand in one order whatever the format.
    names = [str(name) for name in named.cat.categories]
    by_name = named.cat.categories.take(sorted(range(len(names)), key=names.__getitem__))
    columns: dict[str, Any] = {"symbol": pd.Categorical(named.cat.reorder_categories(by_name))}
    columns["date"] = moments.utc
    for name in ("open", "high", "low", "close", "adj_close", "volume", "quote_volume"):
        if name in bars.columns:
            columns[name] = (
                _spelled_numbers(bars[name], name, table) if sessions == "dates" else _column_numbers(bars[name])
            )
    frame = pd.DataFrame(columns)
    if sessions == "dates" and (moments.zoned.any() or not at_midnight(moments)):
        frame = _daily(frame, moments, table, resample)
    if sessions == "dates":
        codes = frame["symbol"].cat.codes.to_numpy().astype(np.int64)
        refuse_sparse(frame["date"].to_numpy(), codes, [str(name) for name in frame["symbol"].cat.categories], table)
    return on_or_before(frame, as_of, "date", missing=True)


def _daily(bars: pd.DataFrame, moments: Moments, table: str, resample: str) -> pd.DataFrame:
    """Bars whose timestamps have hours, by session, each symbol's in the order of time."""
    if resample == "1d":
        return resampled(bars, moments)
    codes = bars["symbol"].cat.codes.to_numpy().astype(np.int64)
    refuse_sub_daily(moments, codes, [str(name) for name in bars["symbol"].cat.categories], table)
    dated = bars.assign(date=session_dates(moments, codes))
    backwards = moments.utc[1:] < moments.utc[:-1]
    grouped = len(codes) == 0 or np.count_nonzero(np.diff(codes)) + 1 == len(np.unique(codes))
    if not backwards.any() or (grouped and not (backwards & (codes[1:] == codes[:-1])).any()):
        return dated
    return dated.iloc[np.argsort(moments.utc, kind="stable")]


def on_or_before(
    frame: pd.DataFrame, as_of: pd.Timestamp | None, column: str | None = None, *, missing: bool = False
) -> pd.DataFrame:
    """The rows not after the date: nothing that was unknown then; `missing` keeps rows without a date."""
    if as_of is None:
        return frame
    dates = frame.index if column is None else frame[column]
    seen = np.asarray(dates < day_end(as_of))
    return frame.loc[seen | np.asarray(dates.isna()) if missing else seen]


def candidate_records(
    candidates: Sequence[Mapping[str, Any]] | pd.DataFrame | None, table: str
) -> tuple[tuple[Mapping[str, Any], ...], pd.DataFrame]:
    """Candidates as read-only records of our own, each with a text symbol that can be printed, and the quarantine of the others.

    Raises `DataContractError` where not one entry is a mapping, or not one has a symbol.
    """
    if candidates is None:
        return (), empty_quarantine()
    if not isinstance(candidates, pd.DataFrame | Sequence) or isinstance(candidates, str):
        raise DataContractError(f"ingestion: {table} must be a list of objects, got {type(candidates).__name__}")
    rows: Sequence[Any] = candidates.to_dict("records") if isinstance(candidates, pd.DataFrame) else candidates
    others = [number for number, row in enumerate(rows) if not isinstance(row, Mapping)]
    if others and len(others) == len(rows):
        raise DataContractError(f"ingestion: entry 0 of {table} is {type(rows[0]).__name__}, not an object")
    rows = [row for row in rows if isinstance(row, Mapping)]
    records = [with_symbol(row) for row in plain_records(rows)]
    named = [record for record in records if record is not None]
    if records and not named:
        keys = offenders(map(str, rows[0]))
        raise DataContractError(
            f"ingestion: none of the {len(rows)} entries of {table} has a symbol; the first one has {keys}"
        )
    # A line break, a control or what turns the direction of writing is in no symbol, and would act wherever it is printed.
    shown = [record for record in named if record["symbol"].isprintable()]
    unseen = [shown_text(record["symbol"]) for record in named if not record["symbol"].isprintable()]
    aside = quarantined(
        Entries("candidates", [ALL_SYMBOLS] * len(others), pd.NaT, "not an object"),
        Entries("candidates", [ALL_SYMBOLS] * (len(rows) - len(named)), pd.NaT, "no symbol"),
        Entries("candidates", unseen, pd.NaT, "unprintable symbol"),
    )
    return tuple(read_only(record) for record in shown), aside


def with_symbol(record: dict[str, Any]) -> dict[str, Any] | None:
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
