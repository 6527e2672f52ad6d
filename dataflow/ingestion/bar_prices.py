"""From long bars to wide prices: the scatter, the price that returns are made of, traded value.

`adj_close` and `quote_volume` fall back asset by asset: where an asset has none, its close, its volume x close stand in.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import row_medians

FIELDS = ("open", "high", "low", "close", "adj_close", "volume", "quote_volume")


def scattered(bars: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Price field to its matrix, days x symbols, NaN where there is no bar.

    A scatter by codes: pivoting takes ten times as long (notes/RECORDS.md, section 3).
    """
    # Dates are few and bars many: hashed first, then the distinct ones are sorted.
    rows, dates = pd.factorize(bars["date"].to_numpy(), sort=True)
    symbols = bars["symbol"].cat.remove_unused_categories()
    index = pd.DatetimeIndex(dates, name="date")
    columns = pd.Index(symbols.cat.categories.astype(str), dtype="str", name="symbol")
    wide: dict[str, pd.DataFrame] = {}
    for field in FIELDS:
        if field in bars:
            matrix = np.full((len(columns), len(dates)), np.nan)
            matrix[symbols.cat.codes.to_numpy(), rows] = bars[field].to_numpy()
            wide[field] = pd.DataFrame(matrix.T, index=index, columns=columns, copy=False)
    return wide


def adjusted_prices(wide: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The price that returns are made of, days x symbols: `adj_close`, the close of an asset that has none.

    Where only some of an asset's days have it, the close is scaled by the last ratio of the two that is known (before the
    first: by the first): a ratio changes on the days of splits and dividends only.
    """
    close = wide["close"]
    adjusted = wide.get("adj_close")
    if adjusted is None:
        return close
    lacking = np.isnan(adjusted.to_numpy()) & ~np.isnan(close.to_numpy())
    if not lacking.any():
        return adjusted
    some = np.flatnonzero(lacking.any(axis=0))
    closes, given = close.to_numpy().T[some], adjusted.to_numpy().T[some]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _carried(given / closes)
    ratio = _carried(ratio[:, ::-1])[:, ::-1]
    rows = np.array(adjusted.to_numpy().T, order="C")
    rows[some] = np.where(np.isnan(given), closes * np.where(np.isnan(ratio), 1.0, ratio), given)
    return pd.DataFrame(rows.T, index=close.index, columns=close.columns, copy=False)


def _carried(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each row's last known value up to the day, NaN before its first."""
    places = np.maximum.accumulate(np.where(np.isnan(rows), 0, np.arange(rows.shape[1])), axis=1)
    return np.take_along_axis(rows, places, axis=1)


def bar_before(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each asset's last known value before the day, (symbols, days), NaN before its first: `ffill().shift(1)`, faster."""
    found = np.full(rows.shape, np.nan)
    found[:, 1:] = rows[:, :-1]
    gaps = np.flatnonzero(np.isnan(rows).any(axis=1))
    if len(gaps):
        found[gaps] = _carried(found[gaps])
    return found


def openings(wide: Mapping[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Open / the asset's close before, days x symbols; None where there are no opens."""
    if "open" not in wide:
        return None
    opens = wide["open"]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = opens.to_numpy().T / bar_before(wide["close"].to_numpy().T)
    return pd.DataFrame(ratio.T, index=opens.index, columns=opens.columns, copy=False)


def frozen_bars(wide: Mapping[str, pd.DataFrame]) -> pd.DataFrame | None:
    """Where a bar's four prices are all the close before, or those of the bar before; None where one of them is absent.

    Days x symbols. Not of an asset whose bars mostly have no range: its opens, highs and lows are its closes.
    """
    if not {"open", "high", "low"} <= wide.keys():
        return None
    close = wide["close"].to_numpy().T
    others = {name: wide[name].to_numpy().T for name in ("open", "high", "low")}
    flat = np.logical_and.reduce([rows == close for rows in others.values()])
    ranged = 2 * flat.sum(axis=1) < (~np.isnan(close)).sum(axis=1)
    still = (close == bar_before(close)) & ranged[:, None]
    # Of the few closes that stand still the other prices are compared with the bar before.
    found = still & flat
    some = np.flatnonzero((still & ~flat).any(axis=1))
    again = [rows[some] == bar_before(rows[some]) for rows in others.values()]
    found[some] |= np.logical_and.reduce([still[some], *again])
    return pd.DataFrame(found.T, index=wide["close"].index, columns=wide["close"].columns, copy=False)


def median_traded_value(wide: Mapping[str, pd.DataFrame], days: int = 30) -> pd.Series:
    """Median value traded a day over the last days of the bars, by symbol; NaN where it is unknown."""
    last = {name: wide[name].to_numpy().T[:, -days:] for name in ("quote_volume", "volume", "close") if name in wide}
    values = [row_medians(last["quote_volume"])] if "quote_volume" in last else []
    if "volume" in last:
        values.append(row_medians(last["volume"] * last["close"]))
    if not values:
        return pd.Series(dtype=np.float64)
    found = values[0] if len(values) == 1 else np.where(np.isnan(values[0]), values[1], values[0])
    return pd.Series(found, index=wide["close"].columns)
