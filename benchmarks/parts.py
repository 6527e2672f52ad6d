"""Parts of a selection or of a walk, ours beside what a library takes for the same; both times in one process.

Ours is imported where it is measured, for this module is read beside other versions, too. That both
compute the same is in `tests/benchmarks/test_parts.py`. A work whose library isn't installed is left out.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from benchmarks.markets import Market

ADX_LENGTH, ENTROPY_ORDER, ENTROPY_DAYS, MIN_COMMON, CORRELATION_DAYS = 14, 5, 120, 20, 200
Answers = dict[str, np.ndarray]
"""Who answered, to what it found: a number per asset, per date, or per pair."""


def correlations(market: Market, spent: dict[str, float]) -> Answers:
    """Pairwise correlations of the last 200 days."""
    from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
    from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import pairwise_correlation

    recent = market.returns.iloc[-CORRELATION_DAYS:]
    rows = asset_rows(recent)
    with timed("ours", spent):
        ours = pairwise_correlation(rows, MIN_COMMON, "pearson")
    with timed("pandas", spent):
        theirs = recent.corr(min_periods=MIN_COMMON).to_numpy()
    return {"ours": ours, "pandas": theirs}


def average_directional_index(market: Market, spent: dict[str, float]) -> Answers:
    """Wilder's ADX of the last day; TA-Lib asset by asset."""
    import talib

    from tradingview_scraper.pipelines.selection.dataflow.features.kernels.wilder import directional_movement

    close = (1.0 + market.returns.fillna(0.0)).cumprod()
    previous = close.shift(fill_value=1.0)
    high, low = np.maximum(close, previous) * 1.01, np.minimum(close, previous) * 0.99
    with timed("ours", spent):
        ours = directional_movement(high, low, close, ADX_LENGTH)["adx"].to_numpy()
    columns = [frame.to_numpy().T.copy() for frame in (high, low, close)]
    with timed("TA-Lib", spent):
        theirs = np.array([talib.ADX(*bars, ADX_LENGTH)[-1] for bars in zip(*columns, strict=True)])
    return {"ours": ours, "TA-Lib": theirs}


def entropy(market: Market, spent: dict[str, float]) -> Answers:
    """Permutation entropy of the last 120 days; antropy asset by asset."""
    from antropy import perm_entropy

    from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
    from tradingview_scraper.pipelines.selection.dataflow.features.kernels.entropy import pattern_entropy

    rows = asset_rows(market.returns.iloc[-ENTROPY_DAYS:].fillna(0.0))
    with timed("ours", spent):
        ours = pattern_entropy(
            rows, order=ENTROPY_ORDER, min_patterns=1, join_gaps=False, network_ties=False, portable=True
        )
    with timed("antropy", spent):
        theirs = np.array([perm_entropy(row, order=ENTROPY_ORDER, normalize=True) for row in rows])
    return {"ours": ours, "antropy": theirs}


def information(market: Market, spent: dict[str, float]) -> Answers:
    """Rank IC of each day's return with the next day's, date by date."""
    from alphalens.performance import factor_information_coefficient

    from tradingview_scraper.pipelines.selection.drivers.research.measures.information import rank_ic

    known, after = market.returns.iloc[:-1], market.returns.iloc[1:]
    rows = known.rename_axis("date").reset_index().melt("date", var_name="asset", value_name="factor")
    rows["1D"] = after.to_numpy().ravel(order="F")
    rows["factor_quantile"] = 1
    data = rows.dropna().set_index(["date", "asset"])
    with timed("ours", spent):
        ours = rank_ic(rows["factor"], rows["1D"], rows["date"]).to_numpy()
    with timed("alphalens", spent):
        theirs = factor_information_coefficient(data)["1D"].to_numpy()
    return {"ours": ours, "alphalens": theirs}


def pivot(market: Market, spent: dict[str, float]) -> Answers:
    """A wide table of closes from long bars: pandas, as we read CSV, beside Polars."""
    import polars

    long = market.returns.rename_axis("date").reset_index().melt("date", var_name="symbol", value_name="close")
    table = polars.from_pandas(long)
    with timed("pandas", spent):
        ours = long.pivot(index="date", columns="symbol", values="close").to_numpy()
    with timed("Polars", spent):
        theirs = table.pivot("symbol", index="date", values="close").drop("date").to_numpy()
    return {"pandas": ours, "Polars": theirs}


PARTS: Mapping[str, Callable[[Market, dict[str, float]], Answers]] = {
    "correlations": correlations,
    "ADX": average_directional_index,
    "entropy": entropy,
    "IC": information,
    "wide table": pivot,
}
LIBRARIES = {"ADX": "talib", "entropy": "antropy", "IC": "alphalens", "wide table": "polars"}


@contextmanager
def timed(name: str, spent: dict[str, float]) -> Iterator[None]:
    """Notes how many seconds of the clock a block takes."""
    start = time.perf_counter()
    yield
    spent[name] = time.perf_counter() - start
