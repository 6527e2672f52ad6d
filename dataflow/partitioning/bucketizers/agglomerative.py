"""Average linkage into a number of groups."""

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from tradingview_scraper.pipelines.selection.dataflow.components import FactorBucketizer
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings


class AgglomerativeBucketizer(FactorBucketizer):
    """scikit-learn's agglomerative clustering, average linkage, into `max_clusters` groups or as many as there are assets."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings

    def labels(self, distance: np.ndarray) -> np.ndarray:
        """Labels from 0."""
        if len(distance) == 1:
            return np.array([0])
        count = min(self._settings.max_clusters, len(distance))
        model = AgglomerativeClustering(n_clusters=count, metric="precomputed", linkage="average")
        return np.asarray(model.fit_predict(distance))
