"""What is unknown or wrong in a simulated market: statistics with holes, and bad rows among the bars."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import Panel

Places = npt.NDArray[np.int_]

DIRT = {"crossed": 3, "zero": 1, "negative": 1, "missing": 2, "infinite": 1, "duplicate": 2}
DIRTY_SHARE = 0.04


def statistics_with_holes(rng: np.random.Generator, symbols: list[str]) -> pd.DataFrame:
    """Scores in [0, 1] by symbol: a few survive below 0.1, one asset in fifteen is unknown."""
    shapes = {"Antifragility_Score": (4, 4), "Fragility_Score": (2, 6), "Regime_Survival_Score": (8, 2)}
    scores = {name: rng.beta(*shape, len(symbols)) for name, shape in shapes.items()}
    order = rng.permutation(len(symbols))
    doomed, unknown = order[: max(3, len(symbols) // 35)], order[-(len(symbols) // 15) :]
    scores["Regime_Survival_Score"][doomed] = rng.uniform(0.0, 0.09, len(doomed))
    table = pd.DataFrame(scores, index=pd.Index(symbols, name="symbol", dtype="str")).round(6)
    return table.drop(index=table.index[unknown]).sort_index()


def _spoiled(bars: pd.DataFrame, kind: str, rows: Places) -> pd.DataFrame:
    """The bars with these rows made bad in one way; a duplicate is a further row of the same key, other prices."""
    if kind == "duplicate":
        again = bars.iloc[rows].assign(close=bars["low"].iloc[rows], volume=bars["volume"].iloc[rows] * 0.5)
        return pd.concat([bars, again], ignore_index=True)
    if kind == "crossed":
        bars.loc[rows, ["high", "low"]] = bars.loc[rows, ["low", "high"]].to_numpy() * [0.99, 1.01]
    else:
        factor = {"zero": 0.0, "negative": -1.0, "missing": np.nan, "infinite": np.inf}[kind]
        bars.loc[rows, "close"] *= factor
    return bars


def bars_with_dirt(rng: np.random.Generator, bars: pd.DataFrame, panels: Iterable[Panel]) -> pd.DataFrame:
    """The bars with a handful of bad rows in as many plain assets, and many bad rows in the dirty one; sorted."""
    symbols = {
        name: [panel.instruments["symbol"].iloc[place] for panel in panels for place in panel.special[name]]
        for name in ("plain", "dirty")
    }
    rows_of = bars.groupby("symbol").indices
    kinds = [kind for kind, count in DIRT.items() for _ in range(count)]
    hit = [rows_of[symbols["plain"][place]] for place in rng.permutation(len(symbols["plain"]))[: len(kinds)]]
    chosen = [(kind, int(rng.choice(rows[30:-60]))) for kind, rows in zip(kinds, hit, strict=True)]
    for symbol in symbols["dirty"]:
        many = rng.permutation(rows_of[symbol])[: int(np.ceil(DIRTY_SHARE * len(rows_of[symbol])))]
        chosen += [(list(DIRT)[turn % len(DIRT)], int(row)) for turn, row in enumerate(many)]
    for kind in DIRT:
        bars = _spoiled(bars, kind, np.array([row for given, row in chosen if given == kind], dtype=np.int_))
    return bars.sort_values(["symbol", "date"], kind="stable").reset_index(drop=True)
