"""The longest list within limits, and of those the best, held against all lists there are."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.dataflow.policy import best_list as module
from tradingview_scraper.pipelines.selection.dataflow.policy.best_list import FEW, best_list


def test_the_best_gives_way_to_two_and_else_wins() -> None:
    weights = np.array([[1, 1, 0], [1, 0, 1]])
    assert best_list(weights, np.array([1, 1])).tolist() == [False, True, True]
    assert best_list(weights, np.array([2, 1])).tolist() == [True, True, False]
    assert best_list(weights, np.array([0, 0])).tolist() == [False, False, False]
    assert best_list(np.array([[2, 1, 1]]), np.array([2])).tolist() == [False, True, True]


def test_limits_that_not_even_an_empty_list_keeps_are_no_answer() -> None:
    with pytest.raises(RuntimeError, match="no list within the limits was found"):
        best_list(np.ones((1, FEW + 1), dtype=int), np.array([-1]))


@settings(max_examples=200, deadline=None)
@given(
    weights=st.lists(st.lists(st.integers(0, 2), min_size=7, max_size=7), min_size=1, max_size=5),
    limits=st.lists(st.integers(0, 3), min_size=5, max_size=5),
)
def test_no_list_is_better(weights: list[list[int]], limits: list[int]) -> None:
    takes, bounds = np.array(weights), np.array(limits[: len(weights)])
    lists = (chosen for length in range(7, -1, -1) for chosen in combinations(range(7), length))
    best = next(chosen for chosen in lists if (takes[:, list(chosen)].sum(axis=1) <= bounds).all())
    assert np.flatnonzero(best_list(takes, bounds)).tolist() == list(best)
    assert np.flatnonzero(module._programmed(takes, bounds)).tolist() == list(best)


@settings(max_examples=20, deadline=None)
@given(
    identity=st.lists(st.integers(0, 5), min_size=FEW, max_size=FEW),
    side=st.lists(st.integers(0, 4), min_size=FEW, max_size=FEW),
    seats=st.lists(st.integers(0, 3), min_size=5, max_size=5),
)
def test_few_and_many_have_the_same_answer(identity: list[int], side: list[int], seats: list[int]) -> None:
    weights = np.vstack([np.equal.outer(range(6), identity), np.equal.outer(range(5), side)]).astype(int)
    limits = np.array([1] * 6 + seats)
    assert module._tried(weights, limits).tolist() == module._programmed(weights, limits).tolist()
