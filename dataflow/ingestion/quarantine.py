"""Bad cells and rows of the input: found, named, set aside or masked, never silently dropped.

`row_problems` and `cell_problems` say what is wrong with the bars, `return_problems` with a returns matrix; `quarantined_rows`,
`quarantined_cells` and `quarantined_returns` are the record of it, `refuse_if_strict` the alternative. A row is bad for its
close (or key) only: another bad cell becomes unknown. What is merely missing is not bad.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

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


class Entries(NamedTuple):
    """Rows of quarantine of one table, one per symbol, date and reason: each field one value for all of them or one for each."""

    table: str
    symbol: Sequence[str] | pd.Index
    date: Any
    reason: Any
    value: Any = np.nan
    treatment: Any = "set aside"
    """What became of it: set aside (row or record is gone), masked (the cell is unknown), superseded, absent (there was none)."""
    cells: Any = 1.0
    """How many cells a row stands for."""


def quarantined(*entries: Entries) -> pd.DataFrame:
    """The frame of these entries: one for all of them, since a frame takes longer than most checks."""
    found = [each for each in entries if len(each.symbol)]
    if not found:
        return empty_quarantine()
    columns = {
        name: np.concatenate([_filled(getattr(each, name), dtype, len(each.symbol)) for each in found])
        for name, dtype in DTYPES.items()
    }
    typed = {name: pd.array(each, dtype="str") if each.dtype == object else each for name, each in columns.items()}
    return pd.DataFrame(typed, index=range(len(columns["cells"])), copy=False)


def joined_quarantine(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """These frames of quarantine as one: most are empty, and joining takes longer than looking."""
    found = [part for part in parts if len(part)]
    if not found:
        return empty_quarantine()
    return found[0] if len(found) == 1 else pd.concat(found, ignore_index=True)


def _filled(given: Any, dtype: str, count: int) -> npt.NDArray[Any]:
    """A column of entries, from one value for all rows or one for each; texts as objects."""
    kind = object if dtype == "str" else dtype
    if isinstance(given, str) or np.ndim(given) == 0:
        return np.full(count, np.datetime64("NaT") if given is pd.NaT else given, dtype=kind)
    return np.asarray(given, dtype=kind)


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
    bad = blamed_bars(problems)
    reasons = problems.iloc[bad].to_numpy(dtype=object)
    treatment = np.where(reasons == SUPERSEDED, "superseded", "set aside")
    return quarantined(Entries("bars", *keys(bars, bad), reasons, bars["close"].to_numpy()[bad], treatment))


def blamed_bars(problems: pd.Series) -> npt.NDArray[np.intp]:
    """Which rows of the bars don't count, and not for being padding."""
    return np.flatnonzero(((problems != "") & (problems != PADDING)).to_numpy())


def quarantined_cells(bars: pd.DataFrame, problems: CellProblems, kept: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The bad cells of the rows that are kept as a quarantine frame."""
    found = []
    for (name, reason), rows in problems.items():
        bad = np.flatnonzero(rows & kept)
        found.append(Entries("bars", *keys(bars, bad), reason, bars[name].to_numpy()[bad], "masked"))
    return quarantined(*found)


def keys(bars: pd.DataFrame, places: npt.NDArray[np.intp]) -> tuple[list[str], npt.NDArray[np.datetime64]]:
    """The symbols and dates of some rows."""
    symbols = np.asarray(bars["symbol"].array[places], dtype=object)
    return [ALL_SYMBOLS if pd.isna(each) else str(each) for each in symbols], bars["date"].to_numpy()[places]


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
    places = {reason: np.nonzero(bad) for reason, bad in return_problems(values).items()}
    return quarantined(
        *(
            Entries("returns", returns.columns[columns], returns.index[rows], reason, values[rows, columns], "masked")
            for reason, (rows, columns) in places.items()
        )
    )


def blamed_rows(quarantine: pd.DataFrame) -> pd.DataFrame:
    """The rows of quarantine that speak against their asset: what was superseded or never there, and volumes, do not."""
    sizes = quarantine["reason"].isin([f"{kind}{name}{rest}" for name in SIZES for kind, rest in _SPELLINGS])
    sizes |= quarantine["reason"].str.endswith(UNLIKE_VOLUME)
    return quarantine.loc[~quarantine["treatment"].isin(["superseded", "absent"]) & ~sizes]


_SPELLINGS = (("infinite ", ""), ("", " negative"))


def treatments(quarantine: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Treatment to reason to the number of cells or rows, in the order of their names."""
    found: dict[str, dict[str, int]] = {}
    counts = quarantine.groupby(["treatment", "reason"], sort=True)["cells"].sum()
    for (treatment, reason), number in zip(counts.index.tolist(), counts.tolist(), strict=True):
        found.setdefault(treatment, {})[reason] = int(number)
    return found


def by_reason(treatments: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Reason to the number of cells or rows, whatever became of them, in the order of the names."""
    counts: Counter[str] = Counter()
    for reasons in treatments.values():
        counts.update(reasons)
    return dict(sorted(counts.items()))


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
