"""The distances between all pairs of assets, of which any part can be had, and all only where somebody asks for them.

Of N assets all pairs are 4 N^2 bytes (`condensed`, each pair once); a square matrix, for those who need one, is 8 N^2. What
asks for a few rows, as recruitment does for its winners, has them computed where nobody has asked for all pairs before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow import tiles
from tradingview_scraper.pipelines.selection.dataflow.tiles import Block, Places
from tradingview_scraper.pipelines.selection.schemas.frozen import Immutable


@dataclass(frozen=True, eq=False)
class Distances(Immutable):
    """Symmetric distances (N, N) with a zero diagonal; places are those of `assets`."""

    assets: pd.Index
    """In the order in which they are clustered."""
    block: Block
    """Any part of them, with the same bits wherever it is cut; nobody looks at what it says of an asset and itself."""
    points: Sequence[np.ndarray] = ()
    """Per lookback the assets' standardised returns (N, days), rows of length 1 whose products are the correlations."""

    @classmethod
    def of_square(cls, matrix: np.ndarray, assets: pd.Index | None = None) -> "Distances":
        """Distances that are there already, (N, N)."""

        def block(some: Places, others: Places) -> np.ndarray:
            return matrix[some][:, others].copy()

        return cls(pd.RangeIndex(len(matrix)) if assets is None else assets, block)

    def __len__(self) -> int:
        """Number of assets."""
        return len(self.assets)

    @cached_property
    def condensed(self) -> np.ndarray:
        """Each pair once, row by row, as SciPy's linkage takes it; computed at the first request, then held, read-only."""
        half = tiles.condensed(len(self), self.block)
        half.flags.writeable = False
        return half

    def rows(self, places: Places) -> np.ndarray:
        """The rows of some assets, (some, N): of the pairs that are held, else computed."""
        chosen = np.arange(len(self))[places]
        if "condensed" in vars(self):
            return np.stack([self._held_row(place) for place in chosen]) if len(chosen) else np.empty((0, len(self)))
        found = self.block(chosen, slice(0, len(self)))
        found[np.arange(len(chosen)), chosen] = 0.0
        return found

    def strips(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All rows in turn, a few at a time: their places and they."""
        for start in range(0, len(self), tiles.TILE):
            strip = slice(start, min(start + tiles.TILE, len(self)))
            yield strip, self.rows(strip)

    def square(self) -> np.ndarray:
        """The matrix (N, N), new at each request."""
        matrix = tiles.symmetric(len(self), self.block)
        np.fill_diagonal(matrix, 0.0)
        return matrix

    def frame(self) -> pd.DataFrame:
        """The matrix, labelled."""
        return pd.DataFrame(self.square(), index=self.assets, columns=self.assets, copy=False)

    @cached_property
    def _row_starts(self) -> np.ndarray:
        return tiles.row_starts(len(self))

    def _held_row(self, place: int) -> np.ndarray:
        row = np.zeros(len(self))
        row[:place] = self.condensed[self._row_starts[:place] + place]
        start = self._row_starts[place]
        row[place + 1 :] = self.condensed[start + place + 1 : start + len(self)]
        return row
