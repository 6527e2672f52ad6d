"""Bad cells and rows of the input: found, named, set aside or masked, never silently dropped.

`row_problems` and `cell_problems` say what is wrong with the bars, `return_problems` with a returns matrix; `quarantined_rows`,
`quarantined_cells` and `quarantined_returns` are the record of it, `refuse_if_strict` the alternative. A row is bad for its
close (or key) only: another bad cell becomes unknown. What is merely missing is not bad.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

ALL_SYMBOLS = "*"
DTYPES = {
    "table": "str",
    "symbol": "str",
    "date": "datetime64[us]",
    "reason": "str",
    "value": "float64",
    "treatment": "str",
    "cells": "float64",
}
REQUIRED_BARS = ("symbol", "date", "close")
PRICES = ("open", "high", "low", "close", "adj_close")
SIZES = ("volume", "quote_volume")
SUPERSEDED = "superseded by a later row"
# The reason that blames nobody: no trading.
PADDING = "padding"
UNLIKE_VOLUME = "unlike close x volume"
"""Ends the reason why a stated traded value is forgotten."""
CellProblems = dict[tuple[str, str], npt.NDArray[np.bool_]]


def quarantined(
    table: str,
    symbols: Sequence[str] | pd.Index,
    dates: Any,
    reason: Any,
    value: Any = np.nan,
    *,
    treatment: Any = "set aside",
    cells: Any = 1.0,
) -> pd.DataFrame:
    """Rows of quarantine, one per symbol, date and reason.

    `treatment` says what became of it: set aside (the row or record is gone), masked (the cell is unknown), superseded, absent
    (there was none).
    `cells` is the number of cells that a row stands for.
    """
    count = len(symbols)
    if not count:
        return empty_quarantine()
    columns = {"table": [table] * count, "symbol": symbols, "date": dates, "reason": reason, "value": value}
    return pd.DataFrame({**columns, "treatment": treatment, "cells": cells}, index=range(count)).astype(DTYPES)


def empty_quarantine() -> pd.DataFrame:
    """A quarantine without rows."""
    return _empty().copy()


@cache
def _empty() -> pd.DataFrame:
    # One is asked for per scan, and its dtypes take longer than the scan.
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in DTYPES.items()}, index=range(0))


def row_problems(bars: pd.DataFrame) -> pd.Series:
    """For each row of the long bars why it doesn't count, empty where it does.

    A row without any price is padding. Of several good rows with one key the last stands: files are appended to.
    Raises `DataContractError` where a required column is missing.
    """
    missing = [name for name in REQUIRED_BARS if name not in bars]
    if missing:
        raise DataContractError(
            f"ingestion: bars lack the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"they have {', '.join(map(str, bars.columns))}"
        )
    reasons = np.full(len(bars), "", dtype=object)
    close = bars["close"].to_numpy(dtype=np.float64)
    unknown = np.isnan(close)
    if unknown.any():
        others = [bars[name].to_numpy(dtype=np.float64) for name in PRICES if name in bars]
        _mark(reasons, np.logical_and.reduce([np.isnan(values) for values in others]), PADDING)
    _mark(reasons, np.isinf(close), "infinite close")
    _mark(reasons, unknown, "missing close")
    _mark(reasons, close <= 0, "close not positive")
    _mark(reasons, bars["date"].isna().to_numpy(), "missing date")
    _mark(reasons, bars["symbol"].isna().to_numpy(), "missing symbol")
    usable = reasons == ""
    duplicate = np.zeros(len(bars), dtype=bool)
    duplicate[usable] = bars.loc[usable, ["symbol", "date"]].duplicated(keep="last").to_numpy()
    _mark(reasons, duplicate, SUPERSEDED)
    return pd.Series(reasons, index=bars.index, name="reason")


def _mark(reasons: np.ndarray, where: np.ndarray, reason: str) -> None:
    reasons[where & (reasons == "")] = reason


def cell_problems(bars: pd.DataFrame) -> CellProblems:
    """(column, reason) to the rows in which that cell of the bars can't be; the close is judged by `row_problems`."""
    found: CellProblems = {}
    values = {name: bars[name].to_numpy(dtype=np.float64) for name in (*PRICES, *SIZES) if name in bars}
    for name, column in values.items():
        if name != "close":
            found[name, f"infinite {name}"] = np.isinf(column)
            wrong = column < 0 if name in SIZES else column <= 0
            found[name, f"{name} negative" if name in SIZES else f"{name} not positive"] = wrong & ~np.isinf(column)
    # Prices are stored as float32 by some sources: a close may exceed the high by a rounding.
    slack = 1 + 1e-6
    inside = [values[name] for name in ("open", "close") if name in values]
    if "high" in values:
        others = [*inside, values["low"]] if "low" in values else inside
        found["high", "high below another price"] = values["high"] * slack < np.fmax.reduce(others)
    if "low" in values:
        others = [*inside, values["high"]] if "high" in values else inside
        found["low", "low above another price"] = values["low"] > np.fmin.reduce(others) * slack
    return {key: rows for key, rows in found.items() if rows.any()}


def masked_bars(bars: pd.DataFrame, problems: CellProblems) -> pd.DataFrame:
    """The bars with NaN in their bad cells."""
    masked = {name: bars[name] for name, _ in problems}
    for (name, _), rows in problems.items():
        masked[name] = masked[name].mask(rows)
    return bars.assign(**masked)


def quarantined_rows(bars: pd.DataFrame, problems: pd.Series) -> pd.DataFrame:
    """The rows that don't count as a quarantine frame; what blames nobody is not in it."""
    reasons = problems.to_numpy()
    bad = (reasons != "") & (reasons != PADDING)
    treatment = np.where(reasons[bad] == SUPERSEDED, "superseded", "set aside")
    return quarantined("bars", *_keys(bars, bad), reasons[bad], bars["close"].to_numpy()[bad], treatment=treatment)


def quarantined_cells(bars: pd.DataFrame, problems: CellProblems, kept: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The bad cells of the rows that are kept as a quarantine frame."""
    parts = [empty_quarantine()]
    for (name, reason), rows in problems.items():
        bad = rows & kept
        values = bars[name].to_numpy()[bad]
        parts.append(quarantined("bars", *_keys(bars, bad), reason, values, treatment="masked"))
    return pd.concat(parts, ignore_index=True)


def _keys(bars: pd.DataFrame, rows: npt.NDArray[np.bool_]) -> tuple[pd.Index, np.ndarray]:
    symbols = bars["symbol"][rows].astype("object").fillna(ALL_SYMBOLS).astype(str)
    return pd.Index(symbols), bars["date"].to_numpy()[rows]


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
            quarantined(
                "returns",
                returns.columns[columns],
                returns.index[rows],
                reason,
                values[rows, columns],
                treatment="masked",
            )
        )
    return pd.concat(parts, ignore_index=True)


def blamed_rows(quarantine: pd.DataFrame) -> pd.DataFrame:
    """The rows of quarantine that speak against their asset: what was superseded or never there, and volumes, do not."""
    sizes = quarantine["reason"].isin([f"{kind}{name}{rest}" for name in SIZES for kind, rest in _SPELLINGS])
    sizes |= quarantine["reason"].str.endswith(UNLIKE_VOLUME)
    return quarantine.loc[~quarantine["treatment"].isin(["superseded", "absent"]) & ~sizes]


_SPELLINGS = (("infinite ", ""), ("", " negative"))


def treatments(quarantine: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Treatment to reason to the number of cells or rows, in the order of their names."""
    found: dict[str, dict[str, int]] = {}
    for treatment, rows in quarantine.groupby("treatment", sort=True):
        counts = rows.groupby("reason", sort=True)["cells"].sum()
        found[str(treatment)] = {str(reason): int(number) for reason, number in counts.items()}
    return found


def refuse_if_strict(quarantine: pd.DataFrame, strict: bool) -> None:
    """Raises `DataContractError` where input must be spotless and isn't; a day without a bar is no bad cell."""
    quarantine = quarantine[(quarantine["treatment"] != "absent").to_numpy()]
    if strict and len(quarantine):
        reasons = quarantine["reason"].value_counts(sort=False)
        counted = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
        where = (quarantine["symbol"] + " " + quarantine["date"].dt.strftime("%Y-%m-%d").fillna("")).tolist()
        raise DataContractError(
            f"ingestion: {len(quarantine)} bad cells or rows ({counted}) and the data must be strict: "
            f"{offenders(where)}. Mend them, or run without --strict-data to quarantine them"
        )
