"""Ward's tree grown along a graph of nearest neighbours, for pools whose distances between all pairs don't fit into memory.

1. Each asset's nearest neighbours by the distance of the clustering, the same as everybody's (`neighbours.nearest`).
2. Only who is linked by them, or whose clusters are, may be joined (`neighbours.linked`); of these the two whose joining
   adds least to the variance within clusters, as Ward's method has it (scikit-learn's `ward_tree`).
3. The tree is cut as `ward` cuts its own.

Variance wants coordinates, and these are the standardised returns u of an asset: |u - v|^2 = 2 (1 - r) for a correlation r.
With shrinkage s the distance is sqrt((1 - (1 - s) r) / 2), so its square is (1 - s) |u - v|^2 / 4 + s / 2, and the heights of
Ward's tree change in the same way, which never changes who is joined next: with all N - 1 neighbours, complete returns and one
lookback this is `ward`, but for ties. Otherwise: a day that an asset misses counts as its mean; of several lookbacks the mean is
taken of the squares; what never moves has no correlation and lies in the middle, as near to all.
"""

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.ward import WardBucketizer
from tradingview_scraper.pipelines.selection.dataflow.partitioning.neighbours import linked, nearest
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import NO_TREE
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings

MATRICES = 8
"""Of the size of the coordinates, measured."""


class NeighbourWardBucketizer(WardBucketizer):
    """Ward linkage among `neighbours` nearest neighbours, cut as `ward` is; memory grows with N, not with N^2."""

    def __init__(self, settings: ClusterSettings, neighbours: int = 20) -> None:
        super().__init__(settings)
        self._neighbours = neighbours

    def memory(self, assets: int) -> int:
        """The coordinates, those of the joined, and what they are made of."""
        return 8 * assets * sum(self._settings.lookbacks) * MATRICES

    def tree(self, distance: Distances) -> np.ndarray:
        """The linkage; a later height may be a little lower than an earlier one, where a link was missing.

        Raises `ComponentError` where it can't be grown: without returns, or with inertia, which no coordinates can show.
        """
        settings = self._settings
        if self._neighbours < 1:
            raise ComponentError(f"asks for neighbours >= 1, got {self._neighbours}")
        if settings.inertia:
            raise ComponentError("clusters by returns, not by distances drawn together: set clusters.inertia = 0")
        if len(distance) == 1:
            return NO_TREE
        if not distance.points:
            raise ComponentError(
                'clusters by returns, and there are distances alone: take clusters.bucketizer = "ward"'
            )
        # Here: a plan is made without clustering anything, and importing it takes longer than that.
        from scipy.sparse import csr_matrix
        from sklearn.cluster import ward_tree

        graph = csr_matrix(linked(distance, nearest(distance, self._neighbours)))
        points = np.hstack(distance.points) / np.sqrt(len(distance.points))
        joined, *_, heights = ward_tree(points, connectivity=graph, return_distance=True)
        shown = np.sqrt((1.0 - settings.shrinkage) * heights**2 / 4.0 + settings.shrinkage / 2.0)
        return linkage_of(np.sort(joined, axis=1), shown)


def linkage_of(joined: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """A linkage as SciPy has it, (N - 1, 4), of who was joined (N - 1, 2) at which height."""
    leaves = len(joined) + 1
    sizes = np.ones(leaves + len(joined))
    for number, (one, other) in enumerate(joined.tolist(), start=leaves):
        sizes[number] = sizes[one] + sizes[other]
    return np.column_stack([joined, heights, sizes[leaves:]]).astype(np.float64)
