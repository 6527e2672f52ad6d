"""Equal-weight curves for the run page: the directed winners, the pool, the benchmark. In-sample: the winners' own days.

`equal_weight_data` gives lines of wealth and drawdown with their figures; `daily_means` is where it says what a missing
return means. The figures are of all days; what is drawn may be fewer (`POINTS`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.recording.page.numbers import rounded

POINTS = 180
"""Days drawn at most, beside those where a drawdown is deepest."""
SHORT = "SHORT"


def equal_weight_data(returns: pd.DataFrame, direction: pd.Series, benchmarks: Sequence[str]) -> dict[str, Any]:
    """Days drawn, and for each line its assets, figures, wealth and drawdown on these days.

    Parameters
    ----------
    returns
        Days x pool, simple, NaN where there was none.
    direction
        Winner to LONG or SHORT; a SHORT earns minus its return, on a position renewed every day.
    benchmarks
        Assets of the pool; none, no such line.
    """
    signs = {
        "winners": pd.Series(np.where(direction == SHORT, -1.0, 1.0), index=direction.index),
        "pool": pd.Series(1.0, index=returns.columns),
        "benchmark": pd.Series(1.0, index=list(benchmarks)),
    }
    lines = [_line(name, returns, sign) for name, sign in signs.items() if len(sign)]
    places = _drawn(len(returns), [int(np.argmin(drawdown)) for _, _, drawdown in lines])
    days = [f"{returns.index[place]:%Y-%m-%d}" for place in places]
    return {
        "days": days,
        "lines": [
            {**figures, "wealth": _points(wealth, places), "drawdown": _points(drawdown, places)}
            for figures, wealth, drawdown in lines
        ],
    }


def daily_means(returns: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, int]:
    """Each day's mean of directed returns over the assets held, and how many missing returns counted as 0.

    An asset is held from its first return to its last. A day without one in between counts as 0: its market was closed,
    and the next return has the whole move. Before and after, the asset is not in the mean. Nobody held is 0.
    """
    known = ~np.isnan(returns)
    held = np.logical_or.accumulate(known, axis=0) & np.logical_or.accumulate(known[::-1], axis=0)[::-1]
    total = np.where(known, returns * signs, 0.0).sum(axis=1)
    return total / np.maximum(held.sum(axis=1), 1), int((held & ~known).sum())


def grown(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wealth from a start of 1 and its drawdown (0 or below, from the highest so far, the start too).

    A portfolio that loses everything stays at 0.
    """
    wealth = np.cumprod(np.maximum(1.0 + means, 0.0))
    return wealth, wealth / np.maximum.accumulate(np.maximum(wealth, 1.0)) - 1.0


def _line(name: str, returns: pd.DataFrame, signs: pd.Series) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    means, holes = daily_means(returns[signs.index].to_numpy(), signs.to_numpy())
    wealth, drawdown = grown(means)
    total, deepest = rounded([float(wealth[-1]) - 1.0, float(drawdown.min())])
    figures = {
        "name": name,
        "assets": len(signs),
        "symbols": signs.index.tolist() if name == "benchmark" else [],
        "total": total,
        "max_drawdown": deepest,
        "trough": f"{returns.index[int(np.argmin(drawdown))]:%Y-%m-%d}",
        "holes": holes,
    }
    return figures, wealth, drawdown


def _points(values: np.ndarray, places: np.ndarray) -> list[float | int | None]:
    return rounded(values[places].tolist(), digits=5)


def _drawn(count: int, troughs: Sequence[int]) -> np.ndarray:
    """Places evenly spread over the days, and the troughs."""
    return np.unique([*np.linspace(0, count - 1, min(POINTS, count)).round().astype(int), *troughs])
