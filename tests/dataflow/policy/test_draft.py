"""Who is free, who sits where, and that a list is as long as it can be: held against all lists there are."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates
from tradingview_scraper.pipelines.selection.dataflow.policy.draft import Draft

IDENTITY = np.array(list("AABCDEFGAI"))
SIDE = np.array([2, 2, 2, 2, 3, 4, 4, 4, 6, 6])


def test_a_draft_takes_each_identity_once_in_the_order_given() -> None:
    draft = Draft(IDENTITY, "pool", None)

    draft.take(np.array([1, 0, 2]), "one")
    draft.take(np.array([0, 2, 3, 4, 5]), "two", at_most=2)
    draft.take(np.array([9]), "three", at_most=0)

    assert draft.route.tolist() == ["", "one", "one", "two", "two", "", "", "", "", ""]
    assert (draft.size, draft.gone) == (4, {"A", "B", "C", "D"})
    assert not draft.is_free(8)
    assert draft.is_free(9)


def test_who_is_not_free_costs_no_seat_and_a_direction_has_its_own() -> None:
    draft = Draft(IDENTITY, "pool", None)
    draft.take(np.array([1]), "before")

    draft = draft.seated(np.array([0, 1, 2, 3, 4]), SIDE, np.ones(10), "seat")

    assert draft.route.tolist() == ["", "before", "seat", "", "seat", "", "", "", "", ""]


def test_no_identity_is_gone_where_each_cluster_has_its_own() -> None:
    draft = Draft(IDENTITY, "cluster", None)
    draft.take(np.array([0, 0, 1, 8]), "one")
    assert (draft.size, draft.gone) == (3, set())


def test_a_duplicate_whose_identity_is_gone_does_not_stand_in() -> None:
    draft = Draft(np.array(list("XAX")), "pool", duplicates(3, [(1, 2)], traded=[1.0, 1.0, 2.0]))
    draft.take(np.array([0, 1, 2]), "one")
    assert draft.route.tolist() == ["one", "one", ""]


def duplicates(count: int, pairs: list[tuple[int, int]], traded: list[float] | None = None) -> Duplicates:
    """Assets of one size of return, their traded value unknown unless it is given; the pairs are duplicates."""
    distance = np.full((count, count), 0.7)
    np.fill_diagonal(distance, 0.0)
    for one, other in pairs:
        distance[one, other] = distance[other, one] = 0.07
    returns = pd.DataFrame(np.outer([1.0, -1.0], np.ones(count)))
    values = np.array(traded or [np.nan] * count)
    return Duplicates(Distances.of_square(distance), np.arange(count), np.ones(count), returns, values, 0.97)


def seated(
    rows: list[tuple[int, str]], seats: int, pairs: list[tuple[int, int]] | None = None, at_most: int = 0
) -> list[int]:
    """Who sits; a row is a side and an identity, best first."""
    side, identity = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    finder = None if pairs is None else duplicates(len(rows), pairs)
    draft = Draft(identity, "pool", finder, at_most)
    draft = draft.seated(np.arange(len(rows)), side, np.full(len(rows), seats), "seat")
    return np.flatnonzero(draft.route != "").tolist()


def best_of_all_lists(rows: list[tuple[int, str]], seats: int, pairs: list[tuple[int, int]], at_most: int) -> list[int]:
    """The longest list within the limits and the best of the longest, by going through all of them."""

    def is_allowed(chosen: tuple[int, ...]) -> bool:
        sides, identities = [rows[place][0] for place in chosen], [rows[place][1] for place in chosen]
        return (
            all(sides.count(side) <= seats for side in sides)
            and len(set(identities)) == len(identities)
            and not any(one in chosen and other in chosen for one, other in pairs)
        )

    longest = at_most or len(rows)
    for length in range(min(longest, len(rows)), 0, -1):
        # Combinations come in the order of places, the best first.
        found = next(filter(is_allowed, combinations(range(len(rows)), length)), None)
        if found:
            return list(found)
    return []


def test_an_asset_that_shuts_out_two_gives_way() -> None:
    # The best is a short of identity B; the only other short is A, the only long is B again.
    assert seated([(1, "B"), (1, "A"), (2, "B")], seats=1) == [1, 2]
    # With two seats among the shorts nobody has to give way.
    assert seated([(1, "B"), (1, "A"), (2, "B")], seats=2) == [0, 1]
    # Nor where the other side has somebody else.
    assert seated([(1, "B"), (1, "A"), (2, "B"), (2, "C")], seats=1) == [0, 3]


def test_a_duplicate_of_two_gives_way() -> None:
    assert seated([(1, "A"), (2, "B"), (3, "C")], 1, [(0, 1), (0, 2)]) == [1, 2]
    assert seated([(1, "A"), (2, "B"), (3, "C")], 1, [(0, 1)]) == [0, 2]


@pytest.mark.parametrize(
    ("identities", "pairs", "sit"),
    [
        ("BACDB", [(1, 2)], [2, 4]),  # the duplicate is traded more; D even more, but is none
        ("BACDB", [], [1, 4]),
        ("BABDB", [(1, 2)], [1, 4]),  # the duplicate can't win beside the other B
        ("BACDB", [(1, 2), (2, 4)], [1, 4]),
        ("BABDBE", [(1, 2)], [1, 4, 5]),  # that it could win beside E is not enough
    ],
)
def test_in_a_longer_list_the_plainest_duplicate_of_the_same_side_stands_in(
    identities: str, pairs: list[tuple[int, int]], sit: list[int]
) -> None:
    """The best of side 1 gives way to the only one of side 2, of its identity."""
    finder = duplicates(len(identities), pairs, traded=[1.0, 1.0, 2.0, 3.0, 1.0, 1.0][: len(identities)])
    draft = Draft(np.array(list(identities)), "pool", finder)
    draft = draft.seated(
        np.arange(len(identities)), np.array([1, 1, 1, 1, 2, 3][: len(identities)]), np.ones(6), "seat"
    )
    assert np.flatnonzero(draft.route != "").tolist() == sit


def seated_plainly(rows: list[tuple[int, str]], pairs: list[tuple[int, int]], traded: list[float]) -> list[int]:
    """Who sits, one per side, where the duplicate that is traded most is taken."""
    draft = Draft(np.array([row[1] for row in rows]), "pool", duplicates(len(rows), pairs, traded))
    draft = draft.seated(np.arange(len(rows)), np.array([row[0] for row in rows]), np.ones(len(rows)), "seat")
    return np.flatnonzero(draft.route != "").tolist()


def test_in_a_longer_list_the_best_stays_where_it_is_plainer_than_its_duplicate() -> None:
    rows = [(1, "B"), (1, "A"), (1, "C"), (2, "B")]
    assert seated_plainly(rows, [(1, 2)], [1.0, 2.0, 1.0, 1.0]) == [1, 3]
    assert seated_plainly(rows, [(1, 2)], [1.0, 1.0, 2.0, 1.0]) == [2, 3]


def test_a_plainer_duplicate_whose_side_is_full_does_not_sit() -> None:
    assert seated_plainly([(1, "A"), (2, "B"), (1, "C")], [(1, 2)], [1.0, 1.0, 2.0]) == [0, 1]


def test_where_nobody_is_free_nobody_sits() -> None:
    draft = Draft(np.array(["A", "A"]), "pool", None)
    draft.take(np.array([0]), "before")
    assert draft.seated(np.array([0, 1]), np.array([1, 2]), np.ones(2), "seat").size == 1


def test_a_list_that_can_not_be_longer_keeps_the_plainer_duplicate_of_another_side() -> None:
    assert seated_plainly([(1, "A"), (2, "B")], [(0, 1)], [1.0, 2.0]) == [1]


def test_sides_that_have_nothing_to_do_with_who_is_shut_out_stay_as_they_are() -> None:
    """The asset at 0 gives way; beside it the plainest of 3's duplicates, 6, has the seat of side 4, and 5 that of side 3."""
    rows = [(1, "B"), (1, "A"), (2, "B"), (3, "C"), (4, "D"), (3, "E"), (4, "F")]
    traded = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]
    assert seated_plainly(rows, [(3, 4), (3, 6)], traded) == [1, 2, 5, 6]


def test_a_list_that_may_be_no_longer_takes_the_best() -> None:
    rows = [(1, "B"), (1, "A"), (2, "B"), (3, "C")]
    assert seated(rows, 1) == [1, 2, 3]
    assert seated(rows, 1, at_most=2) == [0, 3]
    assert seated(rows, 1, at_most=1) == [0]


def test_a_list_that_may_be_no_longer_counts_those_who_sit_elsewhere() -> None:
    """Beside E, who shares nothing with them, three of two exchanges that would both make the list longer have room."""
    rows = [(1, "B"), (1, "A"), (2, "B"), (3, "D"), (3, "C"), (4, "D"), (5, "E")]
    assert seated(rows, 1) == [1, 2, 4, 5, 6]
    assert seated(rows, 1, at_most=4) == [0, 4, 5, 6]


def test_who_gave_way_leaves_its_identity_to_others() -> None:
    draft = Draft(np.array(list("ABCA")), "pool", duplicates(4, [(0, 1), (0, 2)]))
    draft = draft.seated(np.arange(3), np.array([1, 2, 3, 4]), np.ones(4), "seat")
    assert draft.gone == {"B", "C"}
    draft.take(np.array([0, 3]), "fill")
    assert draft.route.tolist() == ["", "seat", "seat", "fill"]


fields = st.lists(st.tuples(st.integers(1, 4), st.sampled_from("ABCDEF")), min_size=1, max_size=10)
pairs_of = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]), max_size=3)


@settings(max_examples=300, deadline=None)
@given(rows=fields, seats=st.integers(1, 2), at_most=st.integers(0, 5))
def test_no_list_is_better(rows: list[tuple[int, str]], seats: int, at_most: int) -> None:
    assert seated(rows, seats, at_most=at_most) == best_of_all_lists(rows, seats, [], at_most)


@settings(max_examples=300, deadline=None)
@given(rows=fields, seats=st.integers(1, 2), pairs=pairs_of)
def test_no_list_without_duplicates_is_longer(rows: list[tuple[int, str]], seats: int, pairs: Any) -> None:
    pairs = [pair for pair in pairs if pair[1] < len(rows)]
    found = seated(rows, seats, pairs)
    assert len(found) == len(best_of_all_lists(rows, seats, pairs, 0))
    assert not any(one in found and other in found for one, other in pairs)


@pytest.mark.parametrize("seed", range(20))
def test_whoever_joins_makes_no_list_shorter(seed: int) -> None:
    """A further rung only adds to those that are eligible."""
    random = np.random.default_rng(seed)
    side, identity, joining = random.integers(1, 12, 60), random.integers(0, 25, 60), random.permutation(60)
    drafts = [
        Draft(identity, "pool", None).seated(np.sort(joining[:eligible]), side, np.ones(60), "seat")
        for eligible in range(0, 61, 3)
    ]
    lengths = [draft.size for draft in drafts]
    assert lengths == sorted(lengths)
