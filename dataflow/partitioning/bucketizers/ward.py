"""Built-in factor bucketizers: Ward linkage as v3.4 has it, and any scikit-learn clusterer of a precomputed distance."""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.base import ClusterMixin
from sklearn.cluster import AgglomerativeClustering

from tradingview_scraper.pipelines.selection.dataflow.components import FactorBucketizer
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings


class WardBucketizer(FactorBucketizer):
    """Ward linkage cut at a distance, into at most `max_clusters` groups (V3_4.md, section 4)."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings

    def labels(self, distance: np.ndarray) -> np.ndarray:
        """Flat clusters at `threshold`; the `max_clusters` best where it is <= 0 or gives more."""
        settings = self._settings
        if len(distance) == 1:
            return np.array([1])
        tree = linkage(squareform(distance, checks=False), method="ward")
        if settings.threshold <= 0:
            return fcluster(tree, settings.max_clusters, criterion="maxclust")
        cut = fcluster(tree, settings.threshold, criterion="distance")
        if len(np.unique(cut)) > settings.max_clusters:
            return fcluster(tree, settings.max_clusters, criterion="maxclust")
        return cut


class SklearnBucketizer(FactorBucketizer):
    """A scikit-learn clusterer that takes a precomputed distance."""

    def __init__(self, clusterer: ClusterMixin) -> None:
        self._clusterer = clusterer

    def labels(self, distance: np.ndarray) -> np.ndarray:
        """The clusterer's labels; what it calls noise (-1) becomes a group of its own each."""
        if len(distance) == 1:
            return np.array([1])
        found = np.asarray(self._clusterer.fit_predict(distance))
        noise = found < 0
        return np.where(noise, found.max() + 1 + np.cumsum(noise), found)


def agglomerative(settings: ClusterSettings) -> FactorBucketizer:
    """scikit-learn's average-linkage agglomerative clustering into at most `max_clusters` groups."""
    return _LimitedAgglomerative(settings)


class _LimitedAgglomerative(FactorBucketizer):
    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings

    def labels(self, distance: np.ndarray) -> np.ndarray:
        count = min(self._settings.max_clusters, len(distance))
        model = AgglomerativeClustering(n_clusters=count, metric="precomputed", linkage="average")
        return SklearnBucketizer(model).labels(distance)
