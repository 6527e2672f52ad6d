"""Inertia of the partition: assets that were in one cluster before are drawn together, so that a cluster doesn't fall apart
over differences that are noise.

`earlier_bonds` numbers who was together; `drawn_together` makes them nearer. A pair is bound only where both stand to each
other as they did: of two assets that were in one cluster, one of which has since turned from long to short, the directed
returns are now opposite. Two that have both turned are as near as ever.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.tiles import Places


def earlier_bonds(assets: pd.Index, direction: pd.Series | None, held_clusters: Sequence[Sequence[str]]) -> np.ndarray:
    """Per asset the number of its bond, -1 for an asset without a past; who has the same number is bound.

    Groups hold `SYMBOL LONG` or `SYMBOL SHORT`. `direction` is that of now, in the order of the assets; None where returns
    aren't directed: then nobody has turned.
    """
    past = {
        symbol: (number, side)
        for number, group in enumerate(held_clusters)
        for symbol, _, side in (position.rpartition(" ") for position in group)
    }
    sides = [None] * len(assets) if direction is None else direction.tolist()
    bonds = np.full(len(assets), -1)
    for place, (asset, side) in enumerate(zip(assets, sides, strict=True)):
        if asset in past:
            number, before = past[asset]
            bonds[place] = 2 * number + (side is not None and side != before)
    return bonds


def drawn_together(distance: Distances, bonds: np.ndarray, inertia: float) -> Distances:
    """The distances, those between bound assets times 1 - inertia; of nobody else."""

    def block(some: Places, others: Places) -> np.ndarray:
        found = distance.block(some, others)
        bound = (bonds[some][:, None] == bonds[others]) & (bonds[some] >= 0)[:, None]
        return np.multiply(found, 1.0 - inertia, out=found, where=bound)

    return Distances(distance.assets, block, distance.points)
