"""scikit-learn's clusterers on a real distance, and those that can't take one."""

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, AffinityPropagation, KMeans

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.sklearn_clusterer import (
    SklearnBucketizer,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError

OPTIONS = {"eps": 0.55, "min_samples": 3}


def test_groups_are_the_clusterers_and_noise_stands_alone() -> None:
    distance = upstream("distance").square()
    own = DBSCAN(metric="precomputed", **OPTIONS).fit_predict(distance)
    noise = own < 0
    assert 0 < noise.sum() < len(own)
    found = SklearnBucketizer(DBSCAN, OPTIONS).labels(distance)
    np.testing.assert_array_equal(found[~noise], own[~noise])
    assert len({*found[noise].tolist()}) == noise.sum()
    assert not {*found[noise].tolist()} & {*own[~noise].tolist()}


def test_one_asset_is_one_group_and_nothing_is_asked() -> None:
    assert SklearnBucketizer(KMeans, {}).labels(np.zeros((1, 1))).tolist() == [0]


@pytest.mark.parametrize(
    ("clusterer", "options", "message"),
    [
        (KMeans, {}, "names KMeans, which clusters by coordinates"),
        (AffinityPropagation, {}, r"clusters by a similarity \(affinity\)"),
        (DBSCAN, {"epsilon": 1}, "DBSCAN, which has no parameter epsilon; it takes eps, min_samples"),
        (DBSCAN, {"metric": "l1"}, "has no parameter metric"),
    ],
)
def test_what_takes_no_distance_is_refused(clusterer: type, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        SklearnBucketizer(clusterer, options).labels(upstream("distance").square())


def test_the_shared_distance_is_not_written_into() -> None:
    class Writing:
        def __init__(self, metric: str) -> None:
            assert metric == "precomputed"

        def fit_predict(self, distance: np.ndarray) -> np.ndarray:
            distance[:] = 0.0
            return np.zeros(len(distance), dtype=int)

    distance = upstream("distance").square()
    before = distance.copy()
    SklearnBucketizer(Writing, {}).labels(distance)
    np.testing.assert_array_equal(distance, before)
