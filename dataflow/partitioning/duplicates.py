"""Which assets are one bet again, under whatever name: WBTC beside BTC, a threefold fund beside its index, a short of the
inverse fund beside both. Their directed returns move together.

The correlation is that of the factor groups, so that nothing is computed twice: each lookback's is shrunk and becomes a
distance sqrt((1 - C) / 2), and these are averaged over the lookbacks (`nodes.distance`). Two assets are duplicates where that
mean is smaller than the distance at the correlation of the setting. Recruitment asks for the duplicates of its winners only:
one row of the matrix each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.schemas.frozen import Immutable, frozen

# A copy that moves this much more than the plain asset is levered.
LEVERED = 1.5


@dataclass(frozen=True, eq=False)
class Duplicates(Immutable):
    """Finds the duplicates of an asset; positions are those of the pool."""

    distance: Distances
    """In the order in which the assets were clustered."""
    place: np.ndarray
    """Position in the pool to row of the distance."""
    turned: np.ndarray
    """-1 where the distance sees an asset from the other side than its candidate does, else 1."""
    returns: pd.DataFrame
    traded: np.ndarray
    """Traded value, NaN where it isn't known."""
    limit: float
    """The correlation, shrunk as the distance's are."""

    def __post_init__(self) -> None:
        frozen([self.place, self.turned, self.returns, self.traded])

    def of(self, position: int) -> np.ndarray:
        """Positions of the other assets that are the same bet as this one, ascending, read-only.

        Kept, for every rung asks for those of much the same winners.
        """
        if position not in self._asked_for:
            (row,) = self.distance.rows(self.place[position : position + 1])
            row = row[self.place]
            alike = row < np.sqrt((1.0 - self.limit) / 2.0)
            opposite = row > np.sqrt((1.0 + self.limit) / 2.0)
            same = np.where(self.turned == self.turned[position], alike, opposite)
            same[position] = False
            self._asked_for[position] = frozen(np.flatnonzero(same))
        return self._asked_for[position]

    def plainest(self, positions: Iterable[int]) -> int:
        """Of some duplicates the one to take: unlevered, then the most traded, then the first."""
        found = list(positions)
        moves = np.array([np.nanstd(self.returns.iloc[:, position].to_numpy()) for position in found])
        plain = [position for position, move in zip(found, moves, strict=True) if move < LEVERED * moves.min()]
        return max(plain, key=lambda position: np.nan_to_num(self.traded[position], nan=-1.0), default=found[0])

    @cached_property
    def _asked_for(self) -> dict[int, np.ndarray]:
        return {}
