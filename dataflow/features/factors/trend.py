"""How an asset moves: momentum over the whole window and recently, trend strength, efficiency of its path."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor, intermediate
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows, equal_length_groups
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln1p, log_growth
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.wilder import directional_movement
from tradingview_scraper.pipelines.selection.schemas.settings import by_market


@intermediate
@tag(reads="~market")
def periods_per_year(market: pd.Series, annualisation: dict[str, float]) -> pd.Series:
    """Days a year on which an asset's market trades."""
    return market.map({name: by_market(annualisation, name) for name in market.unique()}).astype(np.float64)


@intermediate
@tag(reads="~direction if direction_aware = true")
def sign(direction: pd.Series, direction_aware: bool) -> pd.Series:
    """+1 for a long candidate, -1 for a short one; +1 throughout where factors are blind to direction (v3.4)."""
    return pd.Series(np.where((direction == "SHORT") & direction_aware, -1.0, 1.0), index=direction.index)


@factor()
def annual_return(returns: pd.DataFrame, periods_per_year: pd.Series, compounding: str) -> pd.Series:
    """Mean daily log return ln(1 + r), annualised: what was earned. NaN for an asset without returns.

    With `compounding = "simple"` (V3_4.md, section 2) the mean of r, which +100 % and -50 % leave at 25 %. A total loss
    counts as ln(0.0001). The simple mean is `DataFrame.mean`: dropping NaN first gives other bits, so does another order of
    memory.
    """
    if compounding == "simple":
        simple = returns.mean()
        return simple * periods_per_year.astype(simple.dtype)
    rows = asset_rows(returns)
    count = (~np.isnan(rows)).sum(axis=1)
    total = log_growth(np.maximum(rows, TOTAL_LOSS))
    mean = np.divide(total, count, out=np.full(len(rows), np.nan), where=count > 0)
    return pd.Series(mean * periods_per_year.to_numpy(), index=returns.columns)


# A total loss has no log return: it counts as a loss of 99.99 %.
TOTAL_LOSS = -0.9999


@factor()
def momentum(annual_return: pd.Series, sign: pd.Series) -> pd.Series:
    """Annualised return in the candidate's direction: a falling asset has momentum for who is short."""
    return annual_return * sign


@factor(low=-1.0, window="momentum_window")
def recent_return(market_returns: dict[str, pd.DataFrame], raw_pool: pd.DataFrame, momentum_window: int) -> pd.Series:
    """Compounded return of the last `momentum_window` days of the asset's market, NaN as 0 (V3_4.md, section 7)."""
    parts = []
    for frame in market_returns.values():
        rows = asset_rows(frame.iloc[-momentum_window:])
        parts.append(pd.Series(np.where(np.isnan(rows), 1.0, 1.0 + rows).prod(axis=1) - 1.0, index=frame.columns))
    return pd.concat(parts).reindex(raw_pool.index)


@factor(window="momentum_window")
def directed_momentum(recent_return: pd.Series, sign: pd.Series) -> pd.Series:
    """Recent return in the candidate's direction: what a short earns on the way down."""
    return recent_return * sign


@intermediate
def net_over_path(
    market_returns: dict[str, pd.DataFrame],
    raw_pool: pd.DataFrame,
    efficiency_window: int,
    efficiency_min_observations: int,
    compounding: str,
) -> pd.Series:
    """Where the path of the last rows led over how long it was, sum l / sum abs(l), NaN removed; 0 for a path of length 0.

    l is the log return ln(1 + r), with `compounding = "simple"` (v3.4) the return itself. NaN with fewer
    than `efficiency_min_observations` returns.
    """
    parts = []
    for frame in market_returns.values():
        rows = asset_rows(frame.iloc[-efficiency_window:])
        if compounding == "log":
            rows = ln1p(np.maximum(rows, TOTAL_LOSS))
        ratio = np.full(len(rows), np.nan)
        for group, compact in equal_length_groups(rows, ~np.isnan(rows)):
            if compact.shape[1] >= efficiency_min_observations:
                path = np.abs(compact).sum(axis=1)
                net = compact.sum(axis=1)
                ratio[group] = np.divide(net, path, out=np.zeros(len(group)), where=path > 1e-12)
        parts.append(pd.Series(ratio, index=frame.columns))
    return pd.concat(parts).reindex(raw_pool.index)


@factor(low=0.0, high=1.0 + 1e-9, window="efficiency_window")
def efficiency_ratio(net_over_path: pd.Series) -> pd.Series:
    """Kaufman's efficiency ratio abs(sum l) / sum abs(l): 1 a straight line, 0 a path that leads nowhere.

    Source: Kaufman, Trading Systems and Methods; V3_4.md, section 2.
    """
    return net_over_path.abs()


@factor(low=-1.0 - 1e-9, high=1.0 + 1e-9, window="efficiency_window")
def directed_efficiency(net_over_path: pd.Series, sign: pd.Series) -> pd.Series:
    """The efficiency of the path in the candidate's direction: 1 a straight line its way, -1 one against it.

    No weight and no gate of v4 asks for it: it knows no more than momentum does (docs/evidence.md). Walks measure it, and
    learned scorers see it.
    """
    return net_over_path * sign


@factor(low=0.0, high=1.0 + 1e-9, probability="cdf", window="efficiency_window")
def efficiency(efficiency_ratio: pd.Series) -> pd.Series:
    """The efficiency ratio as it is scored."""
    return efficiency_ratio


@intermediate
def wilder_lines(high: pd.DataFrame, low: pd.DataFrame, close: pd.DataFrame, adx_length: int) -> pd.DataFrame:
    """Wilder's ADX, DI+ and DI- of the last day from the bars, one row an asset; NaN without enough bars."""
    return directional_movement(high, low, close, adx_length)


@factor(low=0.0, high=100.0 + 1e-9, probability="cdf")
@tag(reads=["wilder_lines.adx if adx_source != scanner", "scanner_adx"])
def adx(wilder_lines: pd.DataFrame, scanner_adx: pd.Series, adx_source: str) -> pd.Series:
    """Average directional index (Wilder 1978), from the bars where there are enough, else the scanner's."""
    return _bars_first(wilder_lines["adx"], scanner_adx, adx_source)


@factor(low=0.0, high=100.0 + 1e-9)
@tag(reads=["wilder_lines.plus_di if adx_source != scanner", "scanner_plus_di"])
def plus_di(wilder_lines: pd.DataFrame, scanner_plus_di: pd.Series, adx_source: str) -> pd.Series:
    """Positive directional indicator DI+ (Wilder 1978), from the bars where there are enough, else the scanner's."""
    return _bars_first(wilder_lines["plus_di"], scanner_plus_di, adx_source)


@factor(low=0.0, high=100.0 + 1e-9, probability="rank_desc")
@tag(reads=["wilder_lines.minus_di if adx_source != scanner", "scanner_minus_di"])
def minus_di(wilder_lines: pd.DataFrame, scanner_minus_di: pd.Series, adx_source: str) -> pd.Series:
    """Negative directional indicator DI- (Wilder 1978), from the bars where there are enough, else the scanner's."""
    return _bars_first(wilder_lines["minus_di"], scanner_minus_di, adx_source)


@factor(low=-1.0 - 1e-9, high=1.0 + 1e-9)
def directed_movement(plus_di: pd.Series, minus_di: pd.Series, sign: pd.Series) -> pd.Series:
    """Directional movement (DI+ - DI-) / (DI+ + DI-) in the candidate's direction; its size is Wilder's DX (Wilder 1978).

    NaN where either is unknown or neither moves. No weight and no gate of v4 asks for it: alone it does worse than nothing
    (docs/evidence.md). Walks measure it, and learned scorers see it.
    """
    both = plus_di + minus_di
    return (plus_di - minus_di) / both.where(both > 0) * sign


def _bars_first(from_bars: pd.Series, from_scanner: pd.Series, source: str) -> pd.Series:
    return from_scanner if source == "scanner" else from_bars.where(from_bars.notna(), from_scanner)
