"""Returns as they might as well have been: days drawn in blocks, and returns a little larger or smaller.

`drawn_days` is a stationary bootstrap: whole rows are drawn, so that what assets have in common stays. `jittered` multiplies
each return by a factor near 1. Both are functions of the returns and a generator.
"""

import numpy as np
import pandas as pd


def drawn_days(days: int, block_days: float, rng: np.random.Generator) -> np.ndarray:
    """Row numbers of `days` days, drawn in blocks of geometric length with this mean (1 or more), circular.

    Politis and Romano (1994), The stationary bootstrap, JASA 89. What is new here is the order: the drawn blocks are put in the
    order of time. For what is taken over all days this changes nothing; a window of the last days is still made of late
    days, and an asset listed late still has its days at the end.
    """
    blocks: list[np.ndarray] = []
    left = days
    while left:
        start, length = int(rng.integers(days)), int(rng.geometric(1.0 / block_days))
        block = np.arange(start, start + min(length, left))
        left -= len(block)
        # What runs over the end goes on at the beginning, as a block of its own; a long one more than once.
        blocks += [part % days for part in np.split(block, np.flatnonzero(block % days == 0)) if len(part)]
    return np.concatenate(sorted(blocks, key=lambda block: int(block[0])))


def on_days(returns: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """The returns of the drawn rows under the dates that were there: only values move."""
    return _like(returns, returns.to_numpy().T[:, rows])


def jittered(returns: pd.DataFrame, size: float, rng: np.random.Generator) -> pd.DataFrame:
    """Each return times exp(size * z), z standard normal and independent: signs, zeros and gaps stay, and nothing falls to -1.

    A return that would is left as it is; a size of 0 changes no bit. Numbers are drawn in the order of the symbols: that of the
    columns decides nothing.
    """
    noise = rng.standard_normal(returns.shape)
    values = returns.to_numpy()
    changed = values * np.exp(size * noise[:, np.argsort(np.argsort(returns.columns.to_numpy(dtype=str)))])
    return _like(returns, np.where(changed > -1.0, changed, values).T)


def _like(returns: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """Assets x days as the frame of days x assets, each asset's days in one piece of memory as ingestion leaves them."""
    values = np.ascontiguousarray(rows)
    return pd.DataFrame(values.T, index=returns.index, columns=returns.columns, copy=False)
