"""Which assets are one bet, by hand: alike from one side, opposite from two; and which of them is the plain one."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates

# Correlations of A with B, C and D: 0.99, 0.5 and -0.99.
CORRELATION = np.array(
    [[1.0, 0.99, 0.5, -0.99], [0.99, 1.0, 0.5, -0.99], [0.5, 0.5, 1.0, 0.0], [-0.99, -0.99, 0.0, 1.0]]
)
SWING = np.array([0.01, -0.01] * 10)


def found(**given: Any) -> Duplicates:
    parts: dict[str, Any] = {
        "distance": np.sqrt((1.0 - CORRELATION) / 2.0),
        "place": np.arange(4),
        "turned": np.ones(4, dtype=int),
        "returns": pd.DataFrame({"A": SWING, "B": SWING, "C": SWING, "D": -SWING}),
        "traded": np.array([1.0, 2.0, 3.0, 4.0]),
        "limit": 0.98,
    }
    told = {**parts, **given}
    return Duplicates(**{**told, "distance": Distances.of_square(told["distance"])})


def test_who_moves_alike_is_a_duplicate_and_nobody_of_itself() -> None:
    assert found().of(0).tolist() == [1]
    assert found().of(2).tolist() == []
    assert found(limit=0.4).of(0).tolist() == [1, 2]
    assert found(limit=0.995).of(0).tolist() == []


def test_the_correlation_of_the_setting_itself_is_no_duplicate() -> None:
    """Strictly above it, seen from one side as from two."""
    half = {"distance": np.array([[0.0, 0.5], [0.5, 0.0]]), "place": np.arange(2)}  # a correlation of 0.5
    assert found(**half, turned=np.array([1, 1]), limit=0.5).of(0).tolist() == []
    opposite = {"distance": np.sqrt(np.array([[0.0, 0.75], [0.75, 0.0]])), "place": np.arange(2)}  # of -0.5
    assert found(**opposite, turned=np.array([1, -1]), limit=0.5).of(0).tolist() == []
    assert found(**opposite, turned=np.array([1, -1]), limit=0.49).of(0).tolist() == [1]


def test_seen_from_the_other_side_opposites_are_duplicates() -> None:
    turned = np.array([1, 1, 1, -1])
    assert found(turned=turned).of(0).tolist() == [1, 3]
    assert found(turned=turned).of(3).tolist() == [0, 1]


def test_the_order_of_clustering_is_not_that_of_the_pool() -> None:
    order = np.array([2, 0, 3, 1])  # rows of the distance: C, A, D, B
    distance = np.sqrt((1.0 - CORRELATION[np.ix_(order, order)]) / 2.0)
    assert found(distance=distance, place=np.argsort(order)).of(0).tolist() == [1]


@pytest.mark.parametrize(
    ("moves", "traded", "expected"),
    [
        ([1.0, 1.0, 1.0], [1.0, 3.0, 2.0], 1),  # the most traded
        ([1.0, 3.0, 1.0], [1.0, 3.0, 2.0], 2),  # B is levered
        ([1.0, 1.49, 1.0], [1.0, 3.0, 2.0], 1),
        ([1.0, 1.51, 1.0], [1.0, 3.0, 2.0], 2),
        ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0], 0),  # the first of those alike
        ([1.0, 1.0, 1.0], [math.nan, 0.0, math.nan], 1),  # unknown is less than nothing
        ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0], 0),  # nobody moves
    ],
)
def test_the_plainest_is_unlevered_then_the_most_traded_then_the_first(
    moves: list[float], traded: list[float], expected: int
) -> None:
    returns = pd.DataFrame({name: SWING * move for name, move in zip("ABC", moves, strict=True)})
    assert found(returns=returns, traded=np.array(traded)).plainest([0, 1, 2]) == expected


def test_days_without_a_return_do_not_count_as_moves() -> None:
    gaps = np.where(np.arange(20) < 10, np.nan, SWING)
    returns = pd.DataFrame({"A": SWING, "B": gaps})
    assert found(returns=returns, traded=np.array([1.0, 2.0])).plainest([0, 1]) == 1
