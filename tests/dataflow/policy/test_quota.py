"""The same number of seats everywhere."""

import pytest

from support.market import settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.policy.quota import seats


@pytest.mark.parametrize(("top_n", "least", "expected"), [(2, 1, 2), (2, 5, 5), (7, 5, 7)])
def test_top_n_but_never_fewer_than_the_least(top_n: int, least: int, expected: int) -> None:
    clusters = upstream("clusters")
    found = seats(clusters, settings().recruitment.model_copy(update={"top_n": top_n}), least)
    assert found.index.equals(clusters.index)
    assert found.tolist() == [expected] * len(clusters)
