"""The built-in bucketizers on distances whose groups are known."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from support.market import settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.agglomerative import (
    AgglomerativeBucketizer,
)
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.sklearn_clusterer import (
    SklearnBucketizer,
)
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.ward import WardBucketizer
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings

GROUPS = np.array([0, 0, 0, 1, 1, 2])
BLOCKS = np.where(GROUPS[:, None] == GROUPS, 0.1, 0.9) * (1 - np.eye(6))


def chosen(**changed: object) -> ClusterSettings:
    return settings().clusters.model_copy(update=changed)


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@pytest.mark.parametrize("make", [WardBucketizer, AgglomerativeBucketizer])
def test_known_groups_are_found(make: object) -> None:
    assert partition(make(chosen(max_clusters=3)).labels(BLOCKS)) == partition(GROUPS)


@pytest.mark.parametrize("make", [WardBucketizer, AgglomerativeBucketizer])
def test_one_asset_is_one_group(make: object) -> None:
    assert len(make(chosen()).labels(np.zeros((1, 1)))) == 1


@pytest.mark.parametrize(
    ("most", "threshold", "count"),
    [(2, 0.05, 2), (99, 0.05, 6), (99, 0.5, 3), (2, 0.0, 2), (2, -1.0, 2), (2, 9.0, 1)],
)
def test_when_the_limit_binds(most: int, threshold: float, count: int) -> None:
    bucketizer = WardBucketizer(chosen(threshold=threshold, max_clusters=most))
    assert len(partition(bucketizer.labels(BLOCKS))) == count


def test_noise_is_a_group_each() -> None:
    alone = BLOCKS.copy()
    found = SklearnBucketizer(DBSCAN, {"eps": 0.2, "min_samples": 2}).labels(alone)
    assert partition(found) == partition(GROUPS)
    nothing = SklearnBucketizer(DBSCAN, {"eps": 0.01, "min_samples": 2}).labels(alone)
    assert len(partition(nothing)) == 6
    assert len(SklearnBucketizer(DBSCAN, {}).labels(np.zeros((1, 1)))) == 1


@pytest.mark.parametrize("make", [WardBucketizer, AgglomerativeBucketizer])
def test_the_distance_is_left_alone(make: object) -> None:
    distance = upstream("distance").square()
    before = distance.copy()
    make(chosen()).labels(distance)
    np.testing.assert_array_equal(distance, before)
