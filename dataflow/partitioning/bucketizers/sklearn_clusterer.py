"""Any scikit-learn clusterer that takes a precomputed distance, as `clusters.bucketizer = "sklearn.cluster:DBSCAN"` names it.

`metric` is set to "precomputed". A clusterer without `metric` is refused: KMeans needs coordinates; SpectralClustering and
AffinityPropagation have an `affinity`, which is a similarity, and which similarity to make of a distance isn't ours to guess.
"""

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.components import FactorBucketizer
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError


class SklearnBucketizer(FactorBucketizer):
    """A scikit-learn clusterer on a precomputed distance; `options` are the parameters of its own."""

    def __init__(self, clusterer: type, options: Mapping[str, Any]) -> None:
        self._clusterer = clusterer
        self._options = options

    def labels(self, distance: np.ndarray) -> np.ndarray:
        """The clusterer's labels; each asset that it calls noise (-1, -2, ...) becomes a group of its own.

        Raises `ComponentError` where the class takes no distance, or none of such a name among its parameters.
        """
        if len(distance) == 1:
            return np.array([0])
        name = self._clusterer.__name__
        takes = [parameter for parameter in inspect.signature(self._clusterer).parameters if parameter != "metric"]
        if "metric" not in inspect.signature(self._clusterer).parameters:
            what = "a similarity (affinity)" if {"affinity", "similarity"} & set(takes) else "coordinates"
            raise ComponentError(
                f"names {name}, which clusters by {what}, not by a precomputed distance (it has no `metric`)"
            )
        strange = [option for option in self._options if option not in takes]
        if strange:
            raise ComponentError(
                f"names {name}, which has no parameter {', '.join(strange)}; it takes {', '.join(takes)}"
            )
        # Some write into their input; ours is shared.
        found = np.asarray(self._clusterer(**self._options, metric="precomputed").fit_predict(distance.copy()))
        noise = found < 0
        return np.where(noise, found.max() + 1 + np.cumsum(noise), found)
