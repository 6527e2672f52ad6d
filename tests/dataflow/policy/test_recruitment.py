"""Who wins, worked out by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.market import settings as profile
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates
from tradingview_scraper.pipelines.selection.dataflow.policy.recruitment import (
    Field,
    Outcome,
    best_first,
    contestants,
    ranks,
    recruited,
    turned,
)
from tradingview_scraper.pipelines.selection.schemas.frames import OUTCOMES, WON_BY
from tradingview_scraper.pipelines.selection.schemas.gates import Rung

ROWS = [
    # symbol, score, short, cluster, identity, eligible, sound
    ("A1", 9.0, False, 1, "A", True, True),
    ("A2", 8.0, False, 1, "A", True, True),
    ("B1", 7.0, False, 1, "B", True, True),
    ("C1", 6.0, False, 1, "C", True, True),
    ("D1", 1.0, True, 1, "D", True, True),
    ("E1", 5.0, False, 2, "E", False, True),
    ("F1", 5.5, False, 2, "F", False, False),
    ("G1", 4.0, False, 2, "G", False, True),
    ("H1", 3.0, False, 3, "A", False, True),
    ("I1", 2.0, False, 3, "I", False, True),
]
COLUMNS = ["symbol", "score", "short", "cluster", "identity", "eligible", "sound"]


def field(table: pd.DataFrame, benchmarks: tuple[str, ...] = (), seats: int = 2, held: tuple[str, ...] = ()) -> Field:
    return Field(
        symbols=pd.Index(table["symbol"]),
        score=table["score"].to_numpy(),
        short=table["short"].to_numpy(),
        cluster=table["cluster"].to_numpy(),
        identity=table["identity"].to_numpy(),
        momentum=np.zeros(len(table)),
        eligible=table["eligible"].to_numpy(),
        sound=table["sound"].to_numpy(),
        substitute=table["sound"].to_numpy(),
        benchmark=table["symbol"].isin(benchmarks).to_numpy(),
        has_candidate=np.ones(len(table), dtype=bool),
        seats=np.full(len(table), seats),
        undirected=np.zeros(len(table), dtype=bool),
        held=table["symbol"].isin(held).to_numpy(),
    )


def outcome(
    table: pd.DataFrame,
    recruit: str,
    floor: int = 15,
    duplicates: Duplicates | None = None,
    *,
    max_winners: int = 0,
    stay: float = 0.0,
    **options: Any,
) -> Outcome:
    rung = Rung(number=1, name="x", thresholds={}, recruit=recruit)
    changes = {"floor": floor, "max_winners": max_winners, "stay": stay}
    recruitment = profile().recruitment.model_copy(update=changes)
    return recruited(field(table, **options), rung, recruitment, profile().compat, duplicates)


def alike(*groups: str, traded: dict[str, float] | None = None, moves: dict[str, float] | None = None) -> Duplicates:
    """The assets of each group are duplicates of one another; `moves` are their sizes of return, 1 where not given."""
    names = list(TABLE["symbol"])
    distance = np.full((len(names), len(names)), 0.7)
    for group in groups:
        places = [names.index(name) for name in group.split()]
        distance[np.ix_(places, places)] = 0.07
    sizes = np.array([(moves or {}).get(name, 1.0) for name in names])
    return Duplicates(
        distance=Distances.of_square(distance),
        place=np.arange(len(names)),
        turned=np.ones(len(names)),
        returns=pd.DataFrame(np.outer([1.0, -1.0, 1.0], sizes), columns=names),
        traded=np.array([(traded or {}).get(name, np.nan) for name in names]),
        limit=0.97,
    )


def routes(table: pd.DataFrame, recruit: str, **options: Any) -> dict[str, str]:
    found = outcome(table, recruit, **options)
    return {symbol: WON_BY[route] for symbol, route in zip(table["symbol"], found.route, strict=True) if route}


TABLE = pd.DataFrame(ROWS, columns=COLUMNS)
RANKED = {"A1": "ranked", "B1": "ranked", "D1": "ranked"}


def test_the_best_two_of_each_cluster_and_direction_one_an_identity() -> None:
    assert routes(TABLE, "ranked") == RANKED


def test_a_cluster_without_an_eligible_member_sends_its_best_sound_one_whose_identity_is_free() -> None:
    assert routes(TABLE, "representatives") == {**RANKED, "E1": "representative", "I1": "representative"}


def test_the_best_sound_fill_up_to_the_floor() -> None:
    six = {**RANKED, "E1": "representative", "I1": "representative", "C1": "fill"}
    assert routes(TABLE, "fill", floor=6) == six
    assert routes(TABLE, "fill", floor=7) == {**six, "G1": "fill"}
    assert routes(TABLE, "fill", floor=99) == {**six, "G1": "fill"}
    assert routes(TABLE, "fill", floor=1) == routes(TABLE, "representatives")


def test_an_eligible_benchmark_wins_whatever_its_rank_and_costs_no_seat() -> None:
    assert routes(TABLE, "ranked", benchmarks=("C1", "F1")) == {**RANKED, "C1": "benchmark"}


def test_outcomes_and_ranks() -> None:
    found = outcome(TABLE, "ranked")
    assert outcomes(found) == {
        **dict.fromkeys(("A1", "B1", "D1"), "winner"),
        "A2": "identity taken",
        "C1": "outranked",
        "E1": "vetoed",
        "F1": "hard veto",
        **dict.fromkeys(("G1", "H1", "I1"), "vetoed"),
    }
    np.testing.assert_array_equal(found.rank, [1, 2, 3, 4, 1, *[np.nan] * 5])


def test_ties_go_by_symbol_and_unknown_scores_last() -> None:
    table = TABLE.iloc[:4].assign(score=[np.nan, 1.0, 1.0, 1.0], identity=list("WXYZ"), symbol=["A", "D", "C", "B"])
    assert routes(table, "ranked") == {"B": "ranked", "C": "ranked"}


def test_a_duplicate_of_a_winner_gives_up_its_seat_and_says_of_whom() -> None:
    found = outcome(TABLE, "ranked", duplicates=alike("A1 B1"))
    won = dict(zip(TABLE["symbol"], found.route, strict=True))
    assert {symbol for symbol, route in won.items() if route} == {"A1", "C1", "D1"}
    assert OUTCOMES[found.outcome[2]] == "duplicate"
    assert found.duplicate_of.tolist() == [-1, -1, 0, *[-1] * 7]  # the place of A1, -1 where it is none


@pytest.mark.parametrize(
    ("traded", "moves", "winner"),
    [
        ({}, {}, "A1"),
        ({"B1": 1.0}, {}, "B1"),
        ({"A1": 9.0, "B1": 1.0}, {}, "A1"),
        ({"A1": 9.0, "B1": 1.0}, {"A1": 3.0}, "B1"),
        ({}, {"A1": 1.4}, "A1"),
    ],
)
def test_of_two_duplicates_the_unlevered_then_the_more_traded_wins(
    traded: dict[str, float], moves: dict[str, float], winner: str
) -> None:
    won = routes(TABLE, "ranked", duplicates=alike("A1 A2 B1", traded=traded, moves=moves))
    assert set(won) == {winner, "C1", "D1"}


@pytest.mark.parametrize("order", [["A1", "B1", "C1"], ["C1", "A1", "B1"], ["B1", "C1", "A1"]])
def test_a_duplicate_of_two_winners_is_told_of_the_first(order: list[str]) -> None:
    """C1 repeats A1 and B1, which don't repeat each other."""
    distance = np.full((3, 3), 0.7)
    pairs = [(order.index(one), order.index("C1")) for one in ("A1", "B1")]
    for one, other in pairs:
        distance[one, other] = distance[other, one] = 0.07
    returns = pd.DataFrame(np.outer([1.0, -1.0, 1.0], np.ones(3)), columns=order)
    finder = Duplicates(Distances.of_square(distance), np.arange(3), np.ones(3), returns, np.full(3, np.nan), 0.97)
    found = outcome(TABLE.set_index("symbol").loc[order].reset_index(), "ranked", duplicates=finder, seats=3)
    expected = {"A1": ("winner", -1), "B1": ("winner", -1), "C1": ("duplicate", order.index("A1"))}
    assert dict(zip(order, zip(named(found), found.duplicate_of, strict=True), strict=True)) == expected


def test_a_duplicate_that_fails_a_gate_takes_nobodys_place() -> None:
    found = outcome(TABLE, "ranked", duplicates=alike("B1 E1", traded={"E1": 9.0}))
    assert WON_BY[found.route[2]] == "ranked"
    assert OUTCOMES[found.outcome[5]] == "vetoed"


def test_a_duplicate_neither_represents_a_cluster_nor_fills_up() -> None:
    assert routes(TABLE, "fill", floor=99, duplicates=alike("D1 E1 G1")) == {
        **RANKED,
        "I1": "representative",
        "C1": "fill",
    }


def test_a_short_and_a_long_of_opposite_moves_are_duplicates_where_the_distance_is_undirected() -> None:
    distance = np.array([[0.0, 0.995, 0.07], [0.995, 0.0, 0.995], [0.07, 0.995, 0.0]])
    finder = Duplicates(
        Distances.of_square(distance), np.arange(3), np.array([1, -1, -1]), pd.DataFrame(), np.zeros(3), 0.97
    )
    assert finder.of(0).tolist() == [1]


def named(found: Outcome) -> list[str]:
    return [OUTCOMES[place] for place in found.outcome]


def outcomes(found: Outcome) -> dict[str, str]:
    return dict(zip(TABLE["symbol"], named(found), strict=True))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 40), kinds=st.integers(1, 40), unknown=st.floats(0, 1))
def test_ties_are_in_the_order_of_symbols(seed: int, size: int, kinds: int, unknown: float) -> None:
    rng = np.random.default_rng(seed)
    names = [
        f"{chr(97 + int(letter))}{number % 7}{number}é"[: 2 + number]
        for number, letter in enumerate(rng.integers(0, 4, size))
    ]
    symbols = pd.Index([f"{name}{number}" for number, name in enumerate(names)])
    score = rng.integers(0, kinds, size).astype(float)
    score[rng.random(size) < unknown] = np.nan
    plain = sorted(range(size), key=lambda at: (-np.nan_to_num(score[at], nan=-np.inf), symbols[at]))
    assert best_first(score, symbols, "symbol").tolist() == plain


def test_a_full_list_takes_the_best_and_says_so() -> None:
    # Without a cap A1, B1 and D1 win.
    found = outcomes(outcome(TABLE, "ranked", floor=1, max_winners=2))
    assert found["A1"] == found["B1"] == "winner"
    assert found["D1"] == "list full"
    assert found["C1"] == "outranked"
    assert outcomes(outcome(TABLE, "ranked", floor=1, max_winners=3)) == outcomes(outcome(TABLE, "ranked"))
    filled = outcomes(outcome(TABLE, "fill", floor=3, max_winners=3))
    assert [name for name, ended in filled.items() if ended == "winner"] == ["A1", "B1", "D1"]


def test_who_is_held_stays_unless_beaten_by_more_than_its_lead() -> None:
    # C1 is at place 4 of ten, B1 at 3 and has the last seat.
    assert outcomes(outcome(TABLE, "ranked", held=("C1",), stay=0.09))["C1"] == "outranked"
    found = outcome(TABLE, "ranked", held=("C1",), stay=0.1)
    assert outcomes(found)["C1"] == "winner"
    assert outcomes(found)["B1"] == "outranked"
    assert outcomes(outcome(TABLE, "ranked", held=("C1",)))["C1"] == "outranked"
    # A held asset that isn't eligible doesn't stay.
    assert outcomes(outcome(TABLE, "ranked", held=("E1",), stay=1.0))["E1"] == "vetoed"


assets = st.tuples(
    st.integers(0, 5).map(float),
    st.booleans(),
    st.integers(1, 4),
    st.sampled_from("ABCDEFGH"),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(assets, min_size=1, max_size=20), seed=st.integers(0, 99), floor=st.integers(1, 12))
def test_rules_hold_in_any_order(rows: list[tuple[Any, ...]], seed: int, floor: int) -> None:
    table = pd.DataFrame(rows, columns=COLUMNS[1:])
    table.insert(0, "symbol", [f"S{number:02d}" for number in range(len(table))])
    table["eligible"] &= table["sound"]
    before: set[str] = set()
    for recruit in ("ranked", "representatives", "fill"):
        won = routes(table, recruit, floor=floor)
        winners = table[table["symbol"].isin(won)]
        assert winners["identity"].is_unique
        assert winners["sound"].all()
        assert before <= set(won)
        before = set(won)
        assert routes(table.sample(frac=1, random_state=seed), recruit, floor=floor) == won
    free = set(table.loc[table["sound"], "identity"])
    assert len(before) >= min(floor, len(free))


@pytest.mark.parametrize("seats", [1, 2, 5])
def test_seats(seats: int) -> None:
    found = routes(TABLE, "ranked", seats=seats)
    assert sum(symbol != "D1" for symbol in found) == min(seats, 3)


def numbers(**columns: list[Any]) -> Field:
    """A field of these columns; the others are those of the table's first rows."""
    count = len(next(iter(columns.values())))
    return replace(field(TABLE.iloc[:count]), **{name: np.array(values) for name, values in columns.items()})


def test_between_equal_scores_columns_decide_where_the_profile_says_so() -> None:
    given = numbers(score=[1.0, 3.0, np.nan, 3.0], symbols=["D", "C", "B", "A"])
    assert best_first(given.score, given.symbols, "column").tolist() == [1, 3, 0, 2]
    assert best_first(given.score, pd.Index(["D", "C", "B", "A"]), "symbol").tolist() == [3, 1, 0, 2]


def test_scores_within_four_ulp_are_equal() -> None:
    symbols = pd.Index(["A", "B", "C", "D", "E"])
    ulp = np.spacing(0.3)
    for steps, order in (([0, 4, 9, 14, 19], "EDCAB"), ([0, 3, 6, 9, 12], "ABCDE"), ([5, 0, 5, 0, 5], "ACEBD")):
        found = best_first(0.3 + ulp * np.array(steps), symbols, "symbol")
        assert "".join(symbols[found]) == "".join(order), steps
    unknown = best_first(np.array([np.nan, 0.0, -np.inf, np.inf, -0.0]), symbols, "symbol")
    assert "".join(symbols[unknown]) == "DBEAC"
    with np.errstate(all="raise"):  # several of which nothing is known
        unknown = best_first(np.array([np.nan, np.nan, -np.inf, 0.1, np.nan]), symbols, "symbol")
    assert "".join(symbols[unknown]) == "DABCE"
    assert best_first(np.array([]), symbols[:0], "symbol").tolist() == []


def test_momentum_turns_members_that_have_a_candidate() -> None:
    given = numbers(
        momentum=[0.2, -0.3, -0.3, -0.3, 0.0],
        short=[True, False, False, True, True],
        has_candidate=[True, True, False, True, True],
    )
    members = np.array([True, True, True, False, True])
    assert turned(given, members, "candidate") is given
    found = turned(given, members, "momentum")
    assert found.short.tolist() == [False, True, False, True, False]
    assert found.momentum.tolist() == [0.2, 0.3, -0.3, -0.3, 0.0]


def test_contestants_of_v3_4_are_the_best_of_each_identity_in_a_cluster_above_the_momentum() -> None:
    given = numbers(
        cluster=[1, 1, 2, 1, 1, 1],
        identity=["A", "A", "A", "B", "C", "D"],
        momentum=[0.0, 0.5, 0.1, 0.0, -0.1, 0.2],
        benchmark=[False, False, False, False, True, False],
    )
    members, order = np.array([True, True, True, False, True, True]), np.array([1, 0, 2, 3, 4, 5])
    compat = profile().compat
    assert contestants(given, members, order, compat).tolist() == [True, True, True, False, True, True]
    once = compat.model_copy(update={"identity_scope": "cluster"})
    assert contestants(given, members, order, once).tolist() == [False, True, True, False, True, True]
    floored = compat.model_copy(update={"min_momentum": 0.1})
    assert contestants(given, members, order, floored).tolist() == [False, True, True, False, True, True]
    assert contestants(given, members & (order != 4), order, floored).tolist() == [
        False,
        True,
        True,
        False,
        False,
        True,
    ]


def test_a_direction_that_is_none_competes_for_no_seat_and_momentum_may_give_one() -> None:
    given = numbers(
        cluster=[1, 1, 1],
        undirected=[True, True, False],
        benchmark=[False, True, False],
        momentum=[0.1, 0.1, 0.1],
        has_candidate=[True, False, True],
    )
    everybody, order = np.array([True, True, True]), np.array([0, 1, 2])
    assert contestants(given, everybody, order, profile().compat).tolist() == [False, True, True]
    assert turned(given, everybody, "momentum").undirected.tolist() == [False, True, False]
    assert turned(given, everybody, "candidate").undirected.tolist() == [True, True, False]


def test_a_floor_that_is_no_number_lets_nobody_compete() -> None:
    given = numbers(cluster=[1, 1], momentum=[0.1, 0.2], benchmark=[False, True])
    compat = profile().compat.model_copy(update={"min_momentum": np.nan})
    assert contestants(given, np.array([True, True]), np.array([0, 1]), compat).tolist() == [False, True]


def test_directions_of_neighbouring_clusters_are_ranked_apart() -> None:
    given = numbers(cluster=[1, 1, 2, 2, 3], short=[True, False, False, False, False])
    found = ranks(given, np.array([True, True, True, True, False]), np.array([3, 2, 1, 0, 4]))
    np.testing.assert_array_equal(found, [1, 1, 2, 1, np.nan])


def test_every_cluster_and_direction_has_its_first_place() -> None:
    sides = [(cluster, short) for cluster in range(1, 6) for short in (False, True)]
    given = numbers(cluster=[cluster for cluster, _ in sides], short=[short for _, short in sides])
    assert ranks(given, np.ones(10, dtype=bool), np.arange(10)[::-1]).tolist() == [1.0] * 10


def test_a_cluster_is_served_where_somebody_could_be_recruited() -> None:
    assert outcome(TABLE, "ranked").served.tolist() == [True] * 5 + [False] * 5
    assert outcome(TABLE, "representatives").served.all()


def test_a_short_benchmark_only_contests_where_the_profile_says_so() -> None:
    compat = profile().compat.model_copy(update={"benchmark_rule": "contest"})
    rung = Rung(number=1, name="x", thresholds={}, recruit="ranked")
    found = recruited(field(TABLE, benchmarks=("C1",)), rung, profile().recruitment, compat)
    assert dict(zip(TABLE["symbol"], found.route, strict=True))["C1"] == WON_BY.index("")
