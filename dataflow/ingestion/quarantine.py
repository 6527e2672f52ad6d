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
ROW_REASONS = (
    *("", PADDING, "infinite close", "missing close", "close not positive", "missing date", "missing symbol"),
    SUPERSEDED,
)
"""Why a row of the bars doesn't count, none first."""
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
    columns = {"table": table, "symbol": symbols, "date": dates, "reason": reason, "value": value}
    given = {**columns, "treatment": treatment, "cells": cells}
    # Typed before they are a frame: casting a frame of seven columns takes longer than most checks.
    typed = {name: _typed_column(given[name], dtype, count) for name, dtype in DTYPES.items()}
    return pd.DataFrame(typed, index=range(count), copy=False)


def _typed_column(given: Any, dtype: str, count: int) -> Any:
    """A column of quarantine in its type, from one value for all rows or one for each."""
    single = isinstance(given, str) or np.ndim(given) == 0
    if dtype == "str":
        return pd.array([given] * count if single else list(given), dtype="str")
    if dtype == "float64":
        return np.full(count, given, dtype=np.float64) if single else np.array(given, dtype=np.float64)
    return pd.Series([given] * count if single else given).astype("datetime64[us]").array


def empty_quarantine() -> pd.DataFrame:
    """A quarantine without rows."""
    return _empty().copy()


@cache
def _empty() -> pd.DataFrame:
    # One is asked for per scan, and its dtypes take longer than the scan.
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in DTYPES.items()}, index=range(0))


def row_problems(bars: pd.DataFrame) -> pd.Series:
    """For each row of the long bars why it doesn't count, empty where it does; categorical, for there are millions of rows.

    A row without any price is padding. Of several good rows with one key the last stands: files are appended to.
    Raises `DataContractError` where a required column is missing.
    """
    missing = [name for name in REQUIRED_BARS if name not in bars]
    if missing:
        raise DataContractError(
            f"ingestion: bars lack the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"they have {', '.join(map(str, bars.columns))}"
        )
    codes = np.zeros(len(bars), dtype=np.int8)
    close = bars["close"].to_numpy(dtype=np.float64)
    unknown = np.isnan(close)
    if unknown.any():
        others = [bars[name].to_numpy(dtype=np.float64) for name in PRICES if name in bars]
        _mark(codes, np.logical_and.reduce([np.isnan(values) for values in others]), PADDING)
    _mark(codes, np.isinf(close), "infinite close")
    _mark(codes, unknown, "missing close")
    _mark(codes, close <= 0, "close not positive")
    _mark(codes, bars["date"].isna().to_numpy(), "missing date")
    _mark(codes, bars["symbol"].isna().to_numpy(), "missing symbol")
    _mark(codes, _superseded(bars, codes == 0), SUPERSEDED)
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(ROW_REASONS)), index=bars.index, name="reason")


def _mark(codes: npt.NDArray[np.int8], where: npt.NDArray[np.bool_], reason: str) -> None:
    """Give the rows their reason where they have none yet."""
    if where.any():
        codes[where & (codes == 0)] = ROW_REASONS.index(reason)


def _superseded(bars: pd.DataFrame, usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The usable rows after which another one has the same key."""
    duplicate = np.zeros(len(bars), dtype=bool)
    rows = bars if usable.all() else bars.loc[usable]
    if not _ascending(rows):
        duplicate[usable] = rows[["symbol", "date"]].duplicated(keep="last").to_numpy()
    return duplicate


def _ascending(bars: pd.DataFrame) -> bool:
    """Whether each row comes after the one before, by symbol and date: then no two have one key, and nobody need search."""
    if not isinstance(bars["symbol"].dtype, pd.CategoricalDtype):
        return False
    symbols, dates = bars["symbol"].cat.codes.to_numpy(), bars["date"].to_numpy()
    same = symbols[1:] == symbols[:-1]
    return bool(((symbols[1:] > symbols[:-1]) | (same & (dates[1:] > dates[:-1]))).all())


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
    bad = ((problems != "") & (problems != PADDING)).to_numpy()
    reasons = problems[bad].to_numpy(dtype=object)
    treatment = np.where(reasons == SUPERSEDED, "superseded", "set aside")
    return quarantined("bars", *_keys(bars, bad), reasons, bars["close"].to_numpy()[bad], treatment=treatment)


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
    """Reason to the mask of bad cells of a returns matrix, for the reasons that there are."""
    lowest, highest = np.fmin.reduce(values, axis=None, initial=0.0), np.fmax.reduce(values, axis=None, initial=0.0)
    if lowest >= -1.0 and highest < np.inf:
        return {}
    found = {"infinite return": np.isinf(values), "return below -100 %": (values < -1.0) & ~np.isinf(values)}
    return {reason: cells for reason, cells in found.items() if cells.any()}


def quarantined_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """The bad cells of a returns matrix as a quarantine frame, by reason, day and column."""
    values = returns.to_numpy()
    parts = [empty_quarantine()]
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
