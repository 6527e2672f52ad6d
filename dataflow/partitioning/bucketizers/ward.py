"""Ward linkage, as v3.4 has it (V3_4.md, section 4)."""

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.components import TreeBucketizer
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import NO_TREE
from tradingview_scraper.pipelines.selection.dataflow.partitioning.trees import cut_at, cut_into, linkage
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings


class WardBucketizer(TreeBucketizer):
    """Ward linkage cut at a distance, into at most `max_clusters` groups."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings

    def memory(self, assets: int) -> int:
        """Each pair once, and the copy that SciPy works on."""
        return 8 * assets**2

    def tree(self, distance: Distances) -> np.ndarray:
        """Ward's linkage."""
        return NO_TREE if len(distance) == 1 else linkage(distance.condensed, method="ward")

    def cut(self, tree: np.ndarray) -> np.ndarray:
        """Flat clusters at `threshold`; the `max_clusters` best where it is <= 0 or gives more."""
        settings = self._settings
        if not len(tree):
            return np.array([1])
        if settings.threshold <= 0:
            return cut_into(tree, settings.max_clusters)
        cut = cut_at(tree, settings.threshold)
        if len(np.unique(cut)) > settings.max_clusters:
            return cut_into(tree, settings.max_clusters)
        return cut
