"""Bad cells and rows of the input: found, named, set aside, never silently dropped.

`bar_problems` and `return_problems` give the reason for each bad row or cell; `quarantined_bars` and `quarantined_returns`
are the record of them (table, symbol, date, reason, value), `refuse_if_strict` the alternative.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

ALL_SYMBOLS = "*"
DTYPES = {"table": "str", "symbol": "str", "date": "datetime64[us]", "reason": "str", "value": "float64"}
REQUIRED_BARS = ("symbol", "date", "close")
PRICES = ("open", "high", "low", "close", "adj_close")


def quarantined(
    table: str, symbols: Sequence[str] | pd.Index, dates: Any, reason: Any, value: Any = np.nan
) -> pd.DataFrame:
    """Rows of quarantine, one a symbol."""
    count = len(symbols)
    columns = {"table": [table] * count, "symbol": symbols, "date": dates, "reason": reason, "value": value}
    return pd.DataFrame(columns, index=range(count)).astype(DTYPES)


def empty_quarantine() -> pd.DataFrame:
    """A quarantine without rows."""
    return quarantined("", [], pd.NaT, "")


def bar_problems(bars: pd.DataFrame) -> pd.Series:
    """For each row of the long bars the first thing wrong with it, empty where nothing is.

    Raises `DataContractError` where a required column is missing.
    """
    missing = [name for name in REQUIRED_BARS if name not in bars]
    if missing:
        raise DataContractError(
            f"ingestion: bars lack the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"they have {', '.join(map(str, bars.columns))}"
        )
    reasons = np.full(len(bars), "", dtype=object)
    prices = {name: bars[name].to_numpy(dtype=np.float64) for name in PRICES if name in bars}
    for name, values in prices.items():
        _mark(reasons, np.isinf(values), f"infinite {name}")
        _mark(reasons, np.isnan(values), f"missing {name}")
        _mark(reasons, values <= 0, f"{name} not positive")
    if "volume" in bars:
        volume = bars["volume"].to_numpy(dtype=np.float64)
        _mark(reasons, ~np.isfinite(volume) | (volume < 0), "impossible volume")
    if {"high", "low"} <= prices.keys():
        inside = [prices[name] for name in ("open", "close") if name in prices]
        # Prices are stored as float32 by some sources: a close may exceed the high by a rounding.
        slack = 1 + 1e-6
        _mark(reasons, prices["high"] * slack < np.maximum.reduce([prices["low"], *inside]), "high below another price")
        _mark(reasons, prices["low"] > np.minimum.reduce([prices["high"], *inside]) * slack, "low above another price")
    _mark(reasons, bars["date"].isna().to_numpy(), "missing date")
    _mark(reasons, bars["symbol"].isna().to_numpy(), "missing symbol")
    # Which of several rows with one key is right can't be known: the first good one stays.
    usable = reasons == ""
    duplicate = np.zeros(len(bars), dtype=bool)
    duplicate[usable] = bars.loc[usable, ["symbol", "date"]].duplicated(keep="first").to_numpy()
    _mark(reasons, duplicate, "duplicate key")
    return pd.Series(reasons, index=bars.index, name="reason")


def _mark(reasons: np.ndarray, where: np.ndarray, reason: str) -> None:
    reasons[where & (reasons == "")] = reason


def quarantined_bars(bars: pd.DataFrame, problems: pd.Series) -> pd.DataFrame:
    """The bad rows as a quarantine frame."""
    bad = (problems != "").to_numpy()
    rows = bars.loc[bad]
    symbols = rows["symbol"].astype("object").fillna(ALL_SYMBOLS).astype(str)
    closes = rows["close"].to_numpy()
    return quarantined("bars", pd.Index(symbols), rows["date"].to_numpy(), problems.to_numpy()[bad], closes)


def return_problems(values: np.ndarray) -> dict[str, np.ndarray]:
    """Reason to the mask of bad cells of a returns matrix."""
    return {"infinite return": np.isinf(values), "return below -100 %": (values < -1.0) & ~np.isinf(values)}


def quarantined_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """The bad cells of a returns matrix as a quarantine frame, by reason, day and column."""
    values = returns.to_numpy()
    parts = []
    for reason, bad in return_problems(values).items():
        rows, columns = np.nonzero(bad)
        parts.append(
            quarantined("returns", returns.columns[columns], returns.index[rows], reason, values[rows, columns])
        )
    return pd.concat(parts, ignore_index=True)


def refuse_if_strict(quarantine: pd.DataFrame, strict: bool) -> None:
    """Raises `DataContractError` where input must be spotless and isn't."""
    if strict and len(quarantine):
        reasons = quarantine["reason"].value_counts(sort=False)
        counted = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
        where = (quarantine["symbol"] + " " + quarantine["date"].dt.strftime("%Y-%m-%d").fillna("")).tolist()
        raise DataContractError(
            f"ingestion: {len(quarantine)} bad cells or rows ({counted}) and the data must be strict: "
            f"{offenders(where)}. Mend them, or run without --strict-data to quarantine them"
        )
