"""Who was together before, and what becomes of the distances between them."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.inertia import drawn_together, earlier_bonds

HELD = (("A LONG", "B LONG", "C SHORT"), ("D LONG",), ("E SHORT", "F SHORT"))


def bound(assets: str, sides: str | None) -> list[str]:
    """The bonds as groups of names, those alone left out; sides are L or S."""
    index = pd.Index(list(assets))
    direction = None if sides is None else pd.Series([{"L": "LONG", "S": "SHORT"}[side] for side in sides], index=index)
    bonds = earlier_bonds(index, direction, HELD)
    groups = [index[bonds == bond] for bond in sorted(set(bonds[bonds >= 0].tolist()))]
    return ["".join(group) for group in groups if len(group) > 1]


def test_who_was_in_one_cluster_is_bound() -> None:
    assert bound("ABCDEF", "LLSLSS") == ["ABC", "EF"]
    assert bound("FAEB", "SLSL") == ["AB", "FE"]


def test_one_that_has_turned_is_bound_no_more_and_two_that_have_are() -> None:
    assert bound("ABC", "LSS") == ["AC"]
    assert bound("ABC", "SSS") == ["AB"]
    assert bound("EF", "LL") == ["EF"]
    # Where returns aren't directed nobody turns.
    assert bound("ABC", None) == ["ABC"]


def test_who_has_no_past_is_bound_to_nobody() -> None:
    assert earlier_bonds(pd.Index(["X", "Y"]), None, HELD).tolist() == [-1, -1]


def test_only_what_is_bound_comes_nearer() -> None:
    distance = np.array([[0.0, 0.4, 0.8, 0.6], [0.4, 0.0, 0.2, 0.1], [0.8, 0.2, 0.0, 0.5], [0.6, 0.1, 0.5, 0.0]])
    found = drawn_together(Distances.of_square(distance), np.array([3, 3, -1, -1]), 0.25).square()
    expected = distance.copy()
    expected[0, 1] = expected[1, 0] = 0.3
    np.testing.assert_allclose(found, expected)
    assert distance[0, 1] == 0.4


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.99))
def test_it_stays_a_distance_whatever_the_order_of_assets(seed: int, inertia: float) -> None:
    draws = np.random.default_rng(seed)
    half = np.triu(draws.random((9, 9)), 1)
    distance, bonds = half + half.T, draws.integers(-1, 4, 9)
    found = drawn_together(Distances.of_square(distance), bonds, inertia).square()
    np.testing.assert_array_equal(found, found.T)
    assert (np.diag(found) == 0).all()
    assert ((found <= distance) & (found >= 0)).all()
    order = draws.permutation(9)
    turned = Distances.of_square(distance[np.ix_(order, order)])
    again = drawn_together(turned, bonds[order], inertia).square()
    np.testing.assert_array_equal(again, found[np.ix_(order, order)])
