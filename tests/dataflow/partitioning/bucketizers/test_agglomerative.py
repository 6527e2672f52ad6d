"""Average linkage on a real distance, against SciPy's."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from support.market import settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.agglomerative import (
    AgglomerativeBucketizer,
)


def labels(distance: np.ndarray, most: int) -> np.ndarray:
    chosen = settings().clusters.model_copy(update={"max_clusters": most})
    return AgglomerativeBucketizer(chosen).labels(distance)


def together(found: np.ndarray) -> np.ndarray:
    return found[:, None] == found


@pytest.mark.parametrize("most", [1, 2, 5, 12])
def test_the_groups_are_those_of_average_linkage(most: int) -> None:
    distance = upstream("distance").square()
    expected = fcluster(linkage(squareform(distance, checks=False), method="average"), most, criterion="maxclust")
    np.testing.assert_array_equal(together(labels(distance, most)), together(expected))


def test_no_more_groups_than_assets() -> None:
    distance = upstream("distance").square()[:3, :3]
    assert sorted(labels(distance, 25).tolist()) == [0, 1, 2]
    assert labels(distance[:1, :1], 25).tolist() == [0]
