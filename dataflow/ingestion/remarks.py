"""What is odd about an asset's numbers though nothing is taken from them: a fault and the truth can't be told apart there.

A split of 3:2 in a coin that moves a tenth a day looks like a move, a lost file like a late listing. So the checks let
these pass, and `remarks` names them: kind to asset to a number. `calendar_remarks` look at the days an asset trades on
beside its market, `return_remarks` at its returns, `value_remarks` at its traded value, `record_remarks` at its candidates.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln1p
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import LARGEST_LOSS

# A step that a split may hide behind: 3:2, the smallest, less a move of a seventh the other way.
LARGE_STEP = 0.25
# How far a day's traded value may lie from the median of a month, as a factor either way.
USUAL_VALUE = 10.0
# With fewer assets a market has no calendar that one of them could be off.
LEAST_MEMBERS = 3

Remarks = dict[str, dict[str, float]]


def remarks(
    returns: pd.DataFrame,
    markets: pd.Series,
    values: pd.Series,
    from_bars: pd.Series,
    records: Iterable[tuple[str, Mapping[str, Any]]],
) -> Remarks:
    """Kind to asset to a number, for the kinds and assets that there is something to say of, in the order of the names.

    `returns` are days x assets, of the pool; the series are one row per asset of it.
    """
    found: dict[str, pd.Series] = return_remarks(returns) | value_remarks(values, from_bars) | record_remarks(records)
    by_market = [
        calendar_remarks(returns if len(rows) == returns.shape[1] else returns[list(rows.index)])
        for _, rows in markets.groupby(markets, sort=True)
    ]
    for kind in sorted({kind for each in by_market for kind in each}):
        found[kind] = pd.concat([each[kind] for each in by_market if kind in each])
    named = {kind: _positive(numbers) for kind, numbers in sorted(found.items())}
    return {kind: numbers for kind, numbers in named.items() if numbers}


def _positive(numbers: pd.Series) -> dict[str, float]:
    """Asset to its number where that is above 0, in the order of the names."""
    values = numbers.to_numpy(dtype=np.float64)
    some = np.flatnonzero(values > 0)
    return dict(sorted(zip(map(str, numbers.index[some].tolist()), values[some].tolist(), strict=True)))


def calendar_remarks(returns: pd.DataFrame) -> dict[str, pd.Series]:
    """For the assets of one market the days they have alone, or come too late for.

    Nothing where there are fewer than three assets, or no cell is missing.

    A day is one of the market's where half of the assets that are listed then have a return. An asset is listed from its
    first return to its last.
    """
    known = returns.notna().to_numpy()
    days, assets = known.shape
    if assets < LEAST_MEMBERS or known.all():
        return {}
    place = np.arange(days)[:, None]
    begun, ended = place >= _first(known), place > days - 1 - _first(known[::-1])
    listed = begun & ~ended
    opened = (2 * known.sum(axis=1) >= np.maximum(listed.sum(axis=1), 1))[:, None]
    cells = {
        "days_alone": known & ~opened,
        "days_before_first": opened & ~begun,
    }
    return {kind: pd.Series(where.sum(axis=0), index=returns.columns) for kind, where in cells.items()}


def _first(known: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """The place of each column's first known cell; the number of rows where there is none."""
    return np.where(known.any(axis=0), known.argmax(axis=0), len(known))


def return_remarks(returns: pd.DataFrame) -> dict[str, pd.Series]:
    """For each asset the number of returns that are exactly zero, and the sum of the steps beyond a quarter.

    Both the limit and the sum are of abs(ln(1 + r)); a total loss counts as 99.99 %.
    """
    values = returns.to_numpy()
    # Logarithms of the few that may be beyond the limit only; the comparison of returns leaves a margin for rounding.
    far = (values > math.expm1(LARGE_STEP) - 1e-9) | (values < math.expm1(-LARGE_STEP) + 1e-9)
    sizes = np.abs(ln1p(np.maximum(np.nan_to_num(values[far]), LARGEST_LOSS)))
    steps = np.zeros(values.shape)
    steps[far] = np.where(sizes > LARGE_STEP, sizes, 0.0)
    large = steps.sum(axis=0)
    return {
        "days_unmoved": pd.Series((values == 0.0).sum(axis=0), index=returns.columns),
        "large_steps": pd.Series(np.round(large, 3), index=returns.columns),
    }


def value_remarks(values: pd.Series, from_bars: pd.Series) -> dict[str, pd.Series]:
    """The assets whose traded value is the bars' while others state theirs, and those that state a strange one.

    The number is the factor, to two digits, where that is beyond ten; the value itself where the asset has no bars of late
    to check it with, or none with volume, and others have.
    """
    stated, of_bars = values.to_numpy(), np.where(from_bars > 0, from_bars, np.nan)
    factor = stated / of_bars
    lent = factor == 1.0
    far = np.flatnonzero((factor > USUAL_VALUE) | (factor < 1 / USUAL_VALUE))
    barless = np.isnan(of_bars) & ~np.isnan(stated) & (not np.isnan(of_bars).all())
    return {
        "value_traded_of_bars": pd.Series(lent & (not lent.all()), index=values.index),
        "value_traded_unlike_bars": pd.Series([float(f"{each:.2g}") for each in factor[far]], values.index[far]),
        "value_traded_unchecked": values[barless],
    }


def record_remarks(records: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, pd.Series]:
    """For each asset the number of its candidates whose direction is there but says nothing: they count as LONG.

    And of those whose direction was read from another word (`buy`), where most say LONG or SHORT. Who is proposed in both
    directions stands in `superseded`.
    """
    pairs = list(records)
    empty = Counter(asset for asset, record in pairs if "direction" in record and record["direction"] is None)
    worded = Counter(asset for asset, record in pairs if "direction_said" in record)
    return {
        "direction_empty": pd.Series(empty, dtype=float),
        "direction_in_other_words": pd.Series(worded, dtype=float),
    }
