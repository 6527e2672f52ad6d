"""Ward linkage, as v3.4 has it (V3_4.md, section 4)."""

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.components import FactorBucketizer
from tradingview_scraper.pipelines.selection.dataflow.partitioning.tiles import condensed
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings


class WardBucketizer(FactorBucketizer):
    """Ward linkage cut at a distance, into at most `max_clusters` groups."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings

    def labels(self, distance: np.ndarray) -> np.ndarray:
        """Flat clusters at `threshold`; the `max_clusters` best where it is <= 0 or gives more."""
        # Here: a plan is made without clustering anything, and importing it takes longer than that.
        from scipy.cluster.hierarchy import fcluster, linkage

        settings = self._settings
        if len(distance) == 1:
            return np.array([1])
        tree = linkage(condensed(distance), method="ward")
        if settings.threshold <= 0:
            return fcluster(tree, settings.max_clusters, criterion="maxclust")
        cut = fcluster(tree, settings.threshold, criterion="distance")
        if len(np.unique(cut)) > settings.max_clusters:
            return fcluster(tree, settings.max_clusters, criterion="maxclust")
        return cut
