"""Simulated returns and candidates of any size."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Market(NamedTuple):
    """What `select` takes."""

    returns: pd.DataFrame
    """Days x assets, simple; NaN where a cell is missing."""
    candidates: list[dict[str, Any]]


def market(assets: int, days: int, missing: float = 0.0, seed: int = 0) -> Market:
    """A model of eight factors with fat tails, and a candidate for each asset; `missing`: the share of cells without a return."""
    rng = np.random.default_rng(seed)
    common = rng.standard_t(4, size=(days, 8)) * 0.01
    values = common @ rng.normal(0, 0.5, (8, assets)) + rng.standard_t(4, size=(days, assets)) * 0.02
    values = values.clip(-0.9)
    if missing:
        values[rng.random(values.shape) < missing] = np.nan
    symbols = [f"S{number:05d}" for number in range(assets)]
    candidates = [
        {
            "symbol": symbol,
            "market": "CRYPTO",
            "direction": "LONG" if number % 3 else "SHORT",
            "value_traded": 1e7 * float(np.exp(rng.normal())),
            "adx": float(rng.uniform(5, 60)),
            "tick_size": 0.01,
            "lot_size": 1.0,
            "price_precision": 2,
        }
        for number, symbol in enumerate(symbols)
    ]
    return Market(pd.DataFrame(values, pd.date_range("2020-01-01", periods=days), symbols), candidates)
