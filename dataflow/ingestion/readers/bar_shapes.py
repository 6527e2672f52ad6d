"""Bars and closes in the shapes that people have, as long bars: symbol, date, close and what else is there.

`long_bars` reads a long table or Yahoo's frame of several tickers, `bars_of_closes` a wide table of closes, `wide_returns`
finds the dates of a wide table. Dates themselves are typed later; only seconds since 1970 are told apart here, by the name
of their column and their magnitude.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import (
    DATE_SPELLINGS,
    SYMBOL_SPELLINGS,
    columns_by_name,
    near_misses,
    refuse_repeated,
    spelling,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

Unit = Literal["s", "ms", "us", "ns"]
PRICES: tuple[str, ...] = ("open", "high", "low", "close", "adj_close", "volume", "quote_volume")
_WANTED: Mapping[str, Sequence[str]] = {
    "symbol": SYMBOL_SPELLINGS,
    "date": DATE_SPELLINGS,
    **{name: (name,) for name in PRICES},
    "adj_close": ("adj_close", "adjusted_close", "close_adj", "close_adjusted"),
    "quote_volume": ("quote_volume", "quote_asset_volume", "volume_quote"),
}
_PRICE_SPELLINGS = frozenset(map(spelling, PRICES))
_ONE_SYMBOL = frozenset(("open", "high", "low", "close", "adjclose", "volume"))
_CLOCKS = frozenset(("timestamp", "time", "opentime"))
_SCALES: Mapping[Unit, float] = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
# Unit -> the counts since 1970 that it has between 1980 and 2100; no two of them meet.
_EPOCHS: Mapping[Unit, tuple[float, float]] = {
    unit: (3.15e8 * scale, 4.11e9 * scale) for unit, scale in _SCALES.items()
}


def long_bars(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    """The table with the columns of long bars under their names, and a sentence per column that looks like one of them.

    Raises `DataContractError` where a column stands twice, or it is a wide table.
    """
    whole = with_plain_columns(frame)
    columns = [str(column) for column in whole.columns]
    refuse_repeated(columns, name)
    found = columns_by_name(columns, _WANTED, name)
    missing = [wanted for wanted in ("symbol", "date", "close") if wanted not in found]
    if missing:
        raise DataContractError(_lacking(name, missing, columns))
    taken = {column: wanted for wanted, column in found.items()}
    named = whole.set_axis([taken.get(column, column) for column in columns], axis=1)
    named = named[[*found, *(column for column in named.columns if column not in found)]]
    absent = {price: _WANTED[price] for price in ("open", "high", "low", "adj_close", "volume") if price not in found}
    notes = near_misses([column for column in columns if column not in taken], absent, name)
    return named.assign(date=counted_dates(named["date"], found["date"], name)), notes


def holds_long_bars(frame: pd.DataFrame) -> bool:
    """Whether a table has long bars, or Yahoo's of several tickers, under whatever name it lies there."""
    if isinstance(frame.columns, pd.MultiIndex):
        return True
    names = {spelling(str(column)) for column in (*frame.columns, *frame.index.names)}
    return "close" in names and bool(names & {*SYMBOL_SPELLINGS}) and bool(names & {*DATE_SPELLINGS})


def bars_of_closes(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Long bars of a wide table of closes, days x symbols, without the days on which a symbol has no close.

    Raises `DataContractError` where the values can't be prices, or the columns are prices and volumes of one symbol.
    """
    named = [str(column) for column in frame.columns if spelling(str(column)) in _ONE_SYMBOL]
    if len(named) > 1:
        raise DataContractError(
            f"ingestion: the columns of {name} are no symbols but the prices of one ({offenders(named)}). Put one such file per "
            "symbol, named after it, in a folder bars/"
        )
    wide = wide_table(frame, name)
    numbers = wide.apply(pd.to_numeric, errors="coerce")
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    if (values < 0).any():
        raise DataContractError(
            f"ingestion: {name} has {int((values < 0).sum())} negative values, so it holds no closes. If they are returns, "
            f"name it by --set 'data.returns=[\"{name}\"]'"
        )
    rows, columns = np.nonzero(wide.notna().to_numpy())
    symbols = pd.Categorical.from_codes(columns, categories=pd.Index(wide.columns, dtype="str"))
    closes = wide.to_numpy()[rows, columns]
    return pd.DataFrame({"symbol": symbols, "date": wide.index[rows], "close": closes})


def wide_table(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A wide table, days x symbols, indexed by its dates, which are a column or the index.

    Raises `DataContractError` where two columns have one name.
    """
    refuse_levels(frame, name)
    columns = [str(column) for column in frame.columns]
    wide = frame.set_axis(columns, axis=1)
    dated = columns_by_name(columns[:1], {"date": (*DATE_SPELLINGS, "index")}, name)
    if "date" in columns:
        dated = {"date": "date"}
    elif columns and columns[0] == "" and isinstance(frame.index, pd.RangeIndex):
        dated = {"date": ""}
    if not dated:
        return wide.set_axis(pd.Index(counted_dates(pd.Series(wide.index), str(wide.index.name), name)), axis=0)
    index = pd.Index(counted_dates(wide[dated["date"]], dated["date"], name))
    return wide.drop(columns=dated["date"]).set_axis(index, axis=0)


def refuse_levels(frame: pd.DataFrame, name: str) -> None:
    """Raises `DataContractError` where columns are pairs, such as (Close, AAPL): which level names the asset isn't certain."""
    if isinstance(frame.columns, pd.MultiIndex):
        raise DataContractError(
            f"ingestion: the columns of {name} have {frame.columns.nlevels} levels ({offenders(map(str, frame.columns[:3]))}); "
            f'give one level of symbols, such as frame["Close"]'
        )


def counted_dates(dates: pd.Series, column: str, table: str) -> pd.Series:
    """The dates, and where a column that is named for a clock counts since 1970, what it counts, by its magnitude.

    Raises `DataContractError` where the counts of such a column are of no one unit, or another column holds numbers.
    """
    counts = _as_numbers(dates)
    if not pd.api.types.is_numeric_dtype(counts.dtype):
        return dates
    if spelling(column) not in _CLOCKS:
        raise DataContractError(
            f"ingestion: the dates of {table} are numbers (column {column}, such as {counts.iloc[0]}); give ISO dates, or "
            "rename the column to timestamp if it counts seconds or milliseconds since 1970"
        )
    known = counts.dropna()
    units = [unit for unit, (low, high) in _EPOCHS.items() if known.between(low, high).all()]
    if len(known) == 0 or not units:
        raise DataContractError(
            f"ingestion: {table} counts its {column} from {known.min():g} to {known.max():g}, which is neither seconds nor "
            "milliseconds since 1970; give ISO dates"
        )
    return pd.to_datetime(counts, unit=units[0])


def _as_numbers(dates: pd.Series) -> pd.Series:
    """Counts that came as text (CSV) as numbers; anything else as it is."""
    if not (pd.api.types.is_string_dtype(dates.dtype) or pd.api.types.is_object_dtype(dates.dtype)):
        return dates
    text = dates.dropna().astype(str)
    return pd.to_numeric(dates) if len(text) and text.str.fullmatch(r"[0-9]{9,19}").all() else dates


def with_plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with one level of columns: named index levels become columns, two levels of columns become rows."""
    if isinstance(frame.columns, pd.MultiIndex) and frame.columns.nlevels == 2:
        return _stacked(frame)
    labels = [label for label in frame.index.names if label is not None]
    columns = {spelling(str(column)) for column in frame.columns}
    if isinstance(frame.index, pd.DatetimeIndex) and not labels and not columns & {*DATE_SPELLINGS}:
        return frame.rename_axis("date").reset_index()
    return frame.reset_index() if labels and not {*map(str, labels)} & {*map(str, frame.columns)} else frame


def _stacked(frame: pd.DataFrame) -> pd.DataFrame:
    """Long bars of a frame whose columns are (price, ticker), in either order."""
    levels = [[spelling(str(value)) in _PRICE_SPELLINGS for value in frame.columns.get_level_values(k)] for k in (0, 1)]
    prices = 0 if sum(levels[0]) >= sum(levels[1]) else 1
    tickers = frame.columns.get_level_values(1 - prices)
    parts = []
    for ticker in dict.fromkeys(tickers):
        part = frame.loc[:, tickers == ticker]
        one = part.set_axis([str(value) for value in part.columns.get_level_values(prices)], axis=1)
        one = one.dropna(how="all")
        parts.append(one.rename_axis("date").reset_index().assign(symbol=str(ticker)))
    return pd.concat(parts, ignore_index=True)


def _lacking(name: str, missing: Sequence[str], columns: Sequence[str]) -> str:
    have = offenders(columns)
    wide = "symbol" in missing and "close" in missing and len(columns) > 1
    mend = (
        f". If its columns are symbols and its values closes, name it by --set 'data.closes=[\"{name}\"]'"
        if wide
        else ". Rename what stands for it, or keep one file per symbol in a folder, named after it"
    )
    return f"ingestion: {name} lacks the column {', '.join(missing)}; it has {have}{mend}"
