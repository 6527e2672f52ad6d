"""What v3.4 makes of what it is given: all of its reading that the typed one of v4 doesn't share (`data.fields = "believed"`).

The steps, in the order in which ingestion takes them; each is what v3.4's own expressions give on odd input (V3_4.md, 1 and 2):

| step                   | v3.4                                                                                      |
| ---------------------- | ----------------------------------------------------------------------------------------- |
| `believed_returns`     | the rows as they come, whatever their dates; every number, infinite or below -1           |
| `last_records`         | the last of several candidates of one symbol; no field of another one of them             |
| `stated_direction`     | the exact words LONG and SHORT; whoever says another is neither                           |
| `stated_identity`      | an identity by value: None is one, 5 isn't "5", 5 is 5.0                                  |
| `believed_fields`      | `value_traded`, `Value.Traded` and `adx` as `float(x or ...)` has them, negative, NaN, inf |
| `believed_statistics`  | whatever the statistics hold for a symbol                                                 |

What v3.4 raises on is a `DataContractError` here. All of it goes when v3.4 does.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.read_only import read_only

HURST_ROWS = 32
"""With so many rows v3.4 fits a Hurst exponent, by LAPACK, which knows no half precision."""
EPOCH = pd.Timestamp("1970-01-01")
ROWS_NUMBERED = "the returns aren't dated by increasing days: their rows count as they come, numbered from 1970-01-01"


def copied_in_place(returns: pd.DataFrame) -> pd.DataFrame:
    """A copy with the order of memory of the original, which shows in the last bits of a mean."""
    if returns.dtypes.nunique() != 1:
        return returns.copy()
    return pd.DataFrame(returns.to_numpy().copy(order="K"), index=returns.index, columns=returns.columns, copy=False)


def believed_returns(returns: pd.DataFrame, as_of: pd.Timestamp | None) -> tuple[pd.DataFrame, list[str]]:
    """The matrix as it is given, and a note where its index is no calendar: then its rows are numbered by days.

    Raises `DataContractError` where cells aren't numbers, symbols repeat, or an as-of date meets rows without dates.
    """
    if not isinstance(returns, pd.DataFrame) or returns.shape[0] == 0 or returns.shape[1] == 0:
        raise DataContractError("ingestion: returns must be a DataFrame, days x symbols, with at least one of each")
    symbols = pd.Index([str(name) for name in returns.columns], dtype="str", name="symbol")
    wrong = [name for name, dtype in zip(symbols, returns.dtypes, strict=True) if not _is_real(dtype)]
    if wrong:
        raise DataContractError(f"ingestion: v3.4 fails on returns that aren't numbers: {offenders(wrong)}")
    if not symbols.is_unique:
        raise DataContractError(
            f"ingestion: v3.4 fails on a symbol that is there twice: {offenders(symbols[symbols.duplicated()])}"
        )
    halves = [name for name, dtype in zip(symbols, returns.dtypes, strict=True) if dtype == np.float16]
    if halves and len(returns) >= HURST_ROWS:
        raise DataContractError(
            f"ingestion: v3.4 fits no Hurst exponent to returns of half precision: {offenders(halves)}"
        )
    frame = returns.set_axis(symbols, axis=1)
    dated = isinstance(frame.index, pd.DatetimeIndex) and frame.index.is_unique and not frame.index.hasnans
    if dated and frame.index.is_monotonic_increasing:
        moments = pd.DatetimeIndex(frame.index)
        naive = moments if moments.tz is None else moments.tz_convert("UTC").tz_localize(None)
        frame = frame.set_axis(naive.as_unit("us").rename("date"), axis=0)
        return (frame if as_of is None else frame.loc[np.asarray(naive < day_end(as_of))]), []
    if as_of is not None:
        raise DataContractError(
            "ingestion: the returns aren't dated by increasing days, so they can't be cut at a date"
        )
    days = pd.date_range(EPOCH, periods=len(frame), freq="D", unit="us", name="date")
    return frame.set_axis(days, axis=0), [ROWS_NUMBERED]


WINDOW, FEWEST = 120, 10
"""The efficiency ratio is known with ten returns in its window; where no asset has them v3.4 raises a TypeError."""


def with_enough_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """The same frame; raises `DataContractError` where v3.4 fails, for no asset has ten returns in its last 120 rows."""
    if (returns.iloc[-WINDOW:].notna().sum() < FEWEST).all():
        raise DataContractError(
            f"ingestion: none of {returns.shape[1]} assets has {FEWEST} returns in the last {WINDOW} rows: v3.4 fails on that"
        )
    return returns


def _is_real(dtype: Any) -> bool:
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)


def believed_records(candidates: Any) -> tuple[Mapping[str, Any], ...] | None:
    """A list of dicts as it is given, without the entries whose symbol can be no column; None where it is no such list."""
    if not isinstance(candidates, list | tuple) or not all(isinstance(each, Mapping) for each in candidates):
        return None
    if any("data" in each and "symbol" not in each for each in candidates):
        return None
    return tuple(read_only(dict(each)) for each in candidates if isinstance(each.get("symbol"), str))


def last_records(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last record of each symbol, where the first one stood."""
    return list({str(record["symbol"]): record for record in records}.values())


def stated_direction(record: Mapping[str, Any]) -> str:
    """What the record says, LONG where it has no such key. v3.4 compares it with the two words."""
    return str(record.get("direction", "LONG"))


def stated_identity(record: Mapping[str, Any]) -> str | None:
    """A text that is equal where v3.4's identities are; None where the record has no such key.

    Raises `DataContractError` where v3.4 can't compare it.
    """
    if "identity" not in record:
        return None
    value = record["identity"]
    if isinstance(value, str):
        return value
    if value is not None and not isinstance(value, int | float):
        raise DataContractError(f"ingestion: v3.4 fails on the identity of {record.get('symbol')}: {str(value)[:40]!r}")
    # Every NaN of a JSON file, and NumPy's, is one object, which is equal to itself where it is a key.
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return f"{int(value) if whole and value is not None else value!r} (no text)"


def believed_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record, with what v3.4 takes for traded value and trend strength under v4's names; NaN where it takes a default.

    A traded value of NaN counts in full, for Python's `min(1, nan)` is 1: it becomes infinite here.
    Raises `DataContractError` where v3.4 fails on a value.
    """
    traded = believed_number(record, "value_traded", "Value.Traded")
    fields = {key: value for key, value in record.items() if key not in ("ADX", "step_size", "Value.Traded")}
    return {
        **fields,
        "value_traded": math.inf if traded is not None and math.isnan(traded) else traded,
        "scanner_adx": believed_number(record, "adx"),
    }


def believed_number(record: Mapping[str, Any], *names: str) -> float | None:
    """`float(x or y)`: the first of the fields that isn't falsy; None where all are.

    Raises `DataContractError` where that is no number.
    """
    for name in names:
        value = record.get(name)
        try:
            if value:
                return float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise DataContractError(f"ingestion: v3.4 fails on {name} of {record.get('symbol')}: {error}") from None
    return None


def believed_statistics(given: pd.DataFrame, assets: pd.Index, neutral: Mapping[str, float]) -> pd.DataFrame:
    """The statistics of the assets: the default where they have no row, else whatever stands there.

    Raises `DataContractError` where v3.4 fails: without `Antifragility_Score`, on a symbol that is there twice, on text.
    """
    columns = {}
    common = assets.intersection(given.index)
    for name, default in neutral.items():
        values = pd.Series(default, index=assets)
        if name in given or name == "Antifragility_Score":
            try:
                values.loc[common] = given.loc[common, name]
            except (KeyError, TypeError, ValueError) as error:
                text = f"there is no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
                raise DataContractError(f"ingestion: v3.4 fails on the statistics' {name}: {text}") from None
        columns[name] = values.to_numpy(dtype=np.float64)
    return pd.DataFrame(columns, index=assets)
