"""Noise made of a pool's own days: returns in another order, and bars that fit them.

A day's return goes with its day's bar (high and low over close), so that ranges stay what they were. Only an asset's own days
change places: a day without a return stays where it is, and with it listings, gaps, delistings and calendars. `block_orders`
draws the order, of all assets alike (`together`: they still move as one market) or of each on its own; `reordered` carries it
out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows

Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
LARGEST_LOSS = 1e-4
"""What is left of a price at least, so that a total loss doesn't end the path."""


@dataclass(frozen=True)
class Paths:
    """What a pool's features are computed of: returns on their days; high, low and close on the days of the bars."""

    returns: pd.DataFrame
    high: pd.DataFrame
    low: pd.DataFrame
    close: pd.DataFrame


def block_orders(known: npt.NDArray[np.bool_], block: int, rng: np.random.Generator, *, together: bool) -> Places:
    """For each cell (assets, days) the day that its value comes from; unknown cells keep their own.

    Blocks of `block` days are drawn without replacement; the first one is shorter by a random part. `together` draws one order
    of the days for all assets; an asset that lacks some keeps the order of those that it has. Otherwise each has an order of its
    own, in blocks of its own days.
    """
    assets, days = known.shape
    if together:
        blocks = (np.arange(days) + rng.integers(block)) // block
        keys = np.broadcast_to(rng.random(blocks[-1] + 1)[blocks], known.shape)
    else:
        own = np.maximum(known.cumsum(axis=1) - 1, 0)
        blocks = (own + rng.integers(block, size=(assets, 1))) // block
        keys = np.take_along_axis(rng.random((assets, days // block + 2)), blocks, axis=1)
    # Within a block keys are equal, and a stable sort leaves its days in their order.
    drawn = np.argsort(np.where(known, keys, np.inf), axis=1, kind="stable")
    sources = np.tile(np.arange(days), (assets, 1))
    sources[known] = drawn[np.arange(days) < known.sum(axis=1, keepdims=True)]
    return sources


def reordered(paths: Paths, sources: Places) -> Paths:
    """The pool's paths with each cell of the returns taken from another day, and the bars that go with it.

    Closes begin at the asset's first and follow the returns; a bar without a return is no move. NaN where the source has none.
    """
    steps = np.take_along_axis(asset_rows(paths.returns), sources, axis=1)
    high, low, close = (asset_rows(frame) for frame in (paths.high, paths.low, paths.close))
    bars = np.tile(np.arange(close.shape[1]), (len(close), 1))
    moves = np.ones(close.shape)
    day = paths.close.index.get_indexer(paths.returns.index)
    there = np.flatnonzero(day >= 0)
    origin = day[sources[:, there]]
    bars[:, day[there]] = np.where(origin >= 0, origin, day[there])
    moves[:, day[there]] = np.maximum(1.0 + np.nan_to_num(steps[:, there]), LARGEST_LOSS)
    shapes = [np.take_along_axis(prices / close, bars, axis=1) for prices in (high, close, low)]
    level = np.cumprod(moves, axis=1) * _first_known(close)[:, None]
    columns = paths.returns.columns
    return Paths(
        _frame(steps, paths.returns.index, columns),
        *(_frame(level * shape, paths.close.index, columns) for shape in (shapes[0], shapes[2], shapes[1])),
    )


def _first_known(rows: Floats) -> Floats:
    known = ~np.isnan(rows)
    first = np.take_along_axis(rows, known.argmax(axis=1)[:, None], axis=1)[:, 0] if rows.shape[1] else rows.sum(axis=1)
    return np.asarray(first)


def _frame(rows: Floats, days: pd.Index, assets: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(np.ascontiguousarray(rows).T, index=days, columns=assets, copy=False)
