"""Every figure of the audit on a table small enough to work out by hand, and all of them on a real selection."""

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from support.market import longest, selection
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.lineage.record.figures import (
    FIGURES,
    Evidence,
    counts,
    effective_bets,
    effective_number,
    mean_off_diagonal,
    run_figures,
)
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext

ASSETS = ["A", "B", "C", "D"]
# Implied correlations: A-B 0.5, A-C 0, B-C 0.25, and D against A -0.5, against B and C 0.
CORRELATION = np.array([[1.0, 0.5, 0.0, -0.5], [0.5, 1.0, 0.25, 0.0], [0.0, 0.25, 1.0, 0.0], [-0.5, 0.0, 0.0, 1.0]])
ORDER = ["D", "B", "A", "C"]  # clustering has an order of its own


def scored(*factors: str, aware: bool = True) -> Any:
    """Settings in which the champion weighs these factors."""
    return SimpleNamespace(
        champion="mine",
        weights_of=lambda scorer: dict.fromkeys(factors, 1.0),
        compat=SimpleNamespace(direction_aware=aware),
    )


def small(**changed: Any) -> SelectionContext:
    """A decided context: A, B and C in cluster 1, D in cluster 2, winners A and D."""
    days = np.arange(300)
    swing = np.where(days % 2, 0.01, -0.01)
    pair = np.where(days // 2 % 2, 0.01, -0.01)  # orthogonal to the swing
    returns = pd.DataFrame({"A": swing, "B": swing, "C": pair, "D": -swing})
    returns.iloc[:100] = 0.5 * days[:100, None]  # long ago: all moved as one
    parts: dict[str, Any] = {
        "raw_pool": pd.DataFrame({"sector": ["Energy", "", "Energy", ""]}, index=ASSETS),
        "returns": returns,
        "clusters": pd.DataFrame({"cluster": [1, 1, 1, 2]}, index=ASSETS),
        "feature_store": pd.DataFrame(
            {"momentum": [-0.5, 0.0, math.nan, -2.0], "liquidity": 0.3, "survival": math.nan}, index=ASSETS
        ),
        "settings": scored("momentum", "liquidity", "survival"),
        "standings": pd.DataFrame(
            {
                "sound": [True, True, True, False],
                "eligible": [True, False, True, False],
                "alpha_score": [4.0, 1.0, math.nan, 2.0],
            },
            index=ASSETS,
        ),
        "decisions": pd.DataFrame(
            {
                "symbol": ASSETS * 2,
                "gate": pd.Categorical(["first"] * 4 + ["second"] * 4, categories=["second", "first", "third"]),
                "passed": [True, False, False, True, True, True, True, False],
            }
        ),
        "winners": pd.DataFrame(
            {
                "alpha_score": [4.0, 2.0],
                "direction": ["LONG", "SHORT"],
                "cluster": [1, 2],
                "route": ["ranked", "ranked"],
            },
            index=["A", "D"],
        ),
    }
    return cast("SelectionContext", SimpleNamespace(**{**parts, **changed}))


def distances(order: list[str] | None = None, scale: float = 1.0) -> Distances:
    frame = pd.DataFrame(np.sqrt((1.0 - CORRELATION) / 2.0), index=ASSETS, columns=ASSETS)
    frame = frame.loc[order or ORDER, order or ORDER]
    return Distances.of_square(scale * frame.to_numpy(), frame.index)


def figure(name: str, distance: Distances | None = None, **changed: Any) -> Any:
    table = distances() if distance is None else distance
    return FIGURES[name].compute(Evidence(small(**changed), table, FRAGILITY))


BY_HAND = {
    "pool": 4,
    "sound": 3,
    "eligible": 2,
    "winners": 2,
    "clusters": 2,
    "against_trend": 2,
    "weighed_values": {"momentum": 3, "liquidity": 1, "survival": 0},
    "cluster_density": 0.25,  # of A-B, A-C, B-C
    "cluster_mean_size": 2.0,
    "cluster_largest_share": 0.75,
    "cluster_effective_number": math.exp(-0.75 * math.log(0.75) - 0.25 * math.log(0.25)),
    "average_conviction": 3.0,
    "average_conviction_pool": 7.0 / 3.0,
    "pool_diversity": 1.0 - 0.25 / 6.0,
    "winners_diversity": 0.0,  # a long of A and a short of D, its opposite: one bet
    "winners_effective_bets": 1.0,
    "winners_direction": {"LONG": 1, "SHORT": 1},
    "winners_sector": {"Energy": 1, "unknown": 1},
    "winners_cluster": {"1": 1, "2": 1},
    "winners_route": {"ranked": 2},
    "vetoes": {"second": 1, "first": 2, "third": 0},
    "list_stays": {"jitter": 0.625, "leave_one_out": 0.5},
    "weakest_stays": {"jitter": 0.5, "leave_one_out": 0.0},
}
# Of A and D as winners: A stays in 3 of 4 draws, D in 2; no day was drawn anew; C came, and is no winner.
FRAGILITY = {
    "kinds": {
        "block_bootstrap": {"draws": 0, "mean_share": None},
        "jitter": {"draws": 4, "mean_share": 0.625},
        "leave_one_out": {"draws": 1, "mean_share": 0.5},
    },
    "assets": [
        {"asset": "A", "winner": True, "block_bootstrap": 0, "jitter": 3, "leave_one_out": 1},
        {"asset": "D", "winner": True, "block_bootstrap": 0, "jitter": 2, "leave_one_out": 0},
        {"asset": "C", "winner": False, "block_bootstrap": 0, "jitter": 1, "leave_one_out": 0},
    ],
}


def test_every_figure_has_an_answer_by_hand() -> None:
    assert list(FIGURES) == list(BY_HAND)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_figure_is_what_its_definition_says(name: str) -> None:
    assert figure(name) == pytest.approx(BY_HAND[name], abs=1e-9)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_what_it_is(name: str) -> None:
    entry = FIGURES[name]
    assert entry.name == name
    assert entry.unit
    assert entry.low < entry.high
    assert entry.definition.endswith(".")


PAIR = ["A", "D"]


def of_pair(name: str, distance: float, cluster: tuple[int, int] = (1, 1)) -> float:
    """A figure of a pool of two assets, D short, at a distance of their bets: 0 where they are one, 1 where opposites."""
    table = Distances.of_square(np.array([[0.0, distance], [distance, 0.0]]), pd.Index(PAIR))
    returns = pd.DataFrame({"A": small().returns["A"], "D": -small().returns["A"] * (1 - 2 * distance)})
    clusters = pd.DataFrame({"cluster": cluster}, index=PAIR)
    return float(figure(name, table, clusters=clusters, returns=returns))


def test_the_ends_of_a_range_are_reached_by_a_pair() -> None:
    """As one and against each other, in one cluster and in two."""
    assert (of_pair("cluster_density", 1.0), of_pair("cluster_density", 0.0)) == (-1.0, 1.0)
    assert (of_pair("pool_diversity", 0.0), of_pair("pool_diversity", 1.0)) == (0.0, 2.0)
    assert (of_pair("winners_diversity", 0.0), of_pair("winners_diversity", 1.0)) == (0.0, 2.0)
    assert of_pair("cluster_largest_share", 0.0) == 1.0
    assert of_pair("cluster_mean_size", 0.0, (1, 2)) == 1.0
    assert of_pair("cluster_effective_number", 0.0) == 1.0
    assert of_pair("winners_effective_bets", 0.0) == 1.0
    ranges = {name: (entry.low, entry.high) for name, entry in FIGURES.items() if not entry.per}
    assert ranges == {
        **dict.fromkeys(("pool", "sound", "eligible", "winners", "clusters", "against_trend"), (0.0, math.inf)),
        "cluster_density": (-1.0, 1.0),
        "cluster_mean_size": (1.0, math.inf),
        "cluster_largest_share": (0.0, 1.0),
        "cluster_effective_number": (1.0, math.inf),
        **dict.fromkeys(("average_conviction", "average_conviction_pool"), (-math.inf, math.inf)),
        **dict.fromkeys(("pool_diversity", "winners_diversity"), (0.0, 2.0)),
        "winners_effective_bets": (1.0, math.inf),
    }


def test_density_is_of_clusters_and_diversity_of_the_pool() -> None:
    apart = pd.DataFrame({"cluster": [1, 1, 2, 2]}, index=ASSETS)
    assert figure("cluster_density", clusters=apart) == pytest.approx((0.5 + 0.0) / 2)
    assert figure("pool_diversity", clusters=apart) == figure("pool_diversity")
    whole = pd.DataFrame({"cluster": [7] * 4}, index=ASSETS)
    assert figure("cluster_density", clusters=whole) == pytest.approx(1.0 - figure("pool_diversity"))


def test_a_family_is_recorded_name_by_name_in_the_order_of_the_figures() -> None:
    found = run_figures(small(), distances(), FRAGILITY)
    families = [name.partition(".")[0] for name in found.values]
    assert list(dict.fromkeys(families)) == list(FIGURES)
    assert found.values["vetoes.first"] == 2
    assert found.notes == {}


def test_where_fragility_was_not_measured_there_are_no_figures_of_it() -> None:
    unmeasured, measured = run_figures(small(), distances()), run_figures(small(), distances(), FRAGILITY)
    only = measured.values.keys() - unmeasured.values.keys()
    assert only == {f"{name}.{kind}" for name in ("list_stays", "weakest_stays") for kind in BY_HAND[name]}


def test_winners_over_few_common_days_count_as_unrelated() -> None:
    short = small().returns.iloc[-19:]
    assert figure("winners_diversity", returns=short) == 1.0
    assert figure("winners_effective_bets", returns=short) == 2.0


def test_winners_are_compared_over_the_last_200_days() -> None:
    returns = pd.DataFrame(np.random.default_rng(1).normal(size=(300, 2)), columns=["A", "D"])
    expected = 1.0 + np.corrcoef(returns.to_numpy()[-200:].T)[0, 1]  # D is short
    assert figure("winners_diversity", returns=returns) == round(expected, 9)


@pytest.mark.parametrize(("days", "diversity"), [(19, 1.0), (20, 0.0), (21, 0.0)])
def test_twenty_common_days_are_enough(days: int, diversity: float) -> None:
    """A and D, which is short, are opposites."""
    assert figure("winners_diversity", returns=small().returns.iloc[-days:]) == diversity


@pytest.mark.parametrize(
    ("changed", "unknown"),
    [
        (
            {"winners": small().winners.iloc[:0]},
            {
                "average_conviction": "no winner has a conviction",
                "winners_diversity": "fewer than two winners",
                "winners_effective_bets": "fewer than two winners",
            },
        ),
        (
            {"clusters": pd.DataFrame({"cluster": [1, 2, 3, 4]}, index=ASSETS)},
            {"cluster_density": "no cluster has two members"},
        ),
    ],
)
def test_a_figure_that_can_t_be_had_is_nan_with_its_reason(changed: dict[str, Any], unknown: dict[str, str]) -> None:
    found = run_figures(small(**changed), distances())
    assert found.notes == unknown
    assert {name for name, value in found.values.items() if math.isnan(value)} == set(unknown)


def test_figures_of_many_sums_have_nine_digits() -> None:
    """4 / 3**0.75 is 1.7547653506...; a mean correlation of 1/3 makes 2/3."""
    assert figure("cluster_effective_number") == 1.754765351
    assert figure("cluster_density", distances(scale=1 / math.sqrt(3.0))) == 0.75
    assert figure("pool_diversity", distances(scale=0.7)) == round(0.49 * (1 - 0.25 / 6), 9)
    assert figure("pool_diversity", distances(scale=0.7)) != 0.49 * (1 - 0.25 / 6)


def test_the_mean_off_the_diagonal_by_hand() -> None:
    assert mean_off_diagonal(np.array([[9.0, 1.0, 2.0], [3.0, 9.0, 4.0], [5.0, 6.0, 9.0]])) == 3.5
    assert mean_off_diagonal(np.array([[9.0, 1.0], [3.0, 9.0]])) == 2.0
    assert math.isnan(mean_off_diagonal(np.ones((1, 1))))


def test_counts_stand_in_the_order_of_the_values() -> None:
    found = counts(pd.Series([2, 10, 2, 1]))
    assert list(found.items()) == [("1", 1), ("2", 2), ("10", 1)]


def test_one_asset_has_no_diversity() -> None:
    assert math.isnan(figure("pool_diversity", distances(["A"])))


def test_effective_numbers() -> None:
    assert effective_number(np.array([0.25] * 4)) == pytest.approx(4.0)
    assert effective_number(np.array([1.0, 0.0])) == pytest.approx(1.0)
    assert effective_bets(np.eye(3)) == pytest.approx(3.0)
    assert effective_bets(np.ones((3, 3))) == pytest.approx(1.0)
    assert [effective_bets(np.eye(size)) for size in (2, 4)] == [2.0, 4.0]
    assert all(math.isnan(effective_bets(np.eye(size))) for size in (0, 1))
    # No correlation, for one entry is unknown and counts as 0: its eigenvalues are 1 +- sqrt(2) and 1; the negative is cut.
    cut = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    first, second = 1 / (2 + math.sqrt(2)), (1 + math.sqrt(2)) / (2 + math.sqrt(2))
    assert effective_bets(cut) == round(first**-first * second**-second, 9)
    turned = np.array([[1.0, -0.3], [-0.3, 1.0]])
    assert effective_bets(turned) == effective_bets(np.abs(turned))


@pytest.mark.parametrize("of", [selection, longest])
def test_the_figures_of_a_real_selection_lie_in_their_ranges(of: Any) -> None:
    chosen = of()
    distance = chosen.distance
    values = run_figures(chosen.context, distance).values
    for name, value in values.items():
        entry = FIGURES[name.partition(".")[0]]
        assert entry.low <= value <= entry.high, name
    labels = chosen.context.clusters["cluster"].loc[distance.assets].to_numpy()
    implied = 1.0 - 2.0 * distance.square() ** 2
    pairs = np.triu(np.ones_like(implied, dtype=bool), 1)
    assert values["cluster_density"] == pytest.approx(implied[pairs & (labels[:, None] == labels)].mean(), abs=1e-9)
    assert values["pool_diversity"] == pytest.approx(1.0 - implied[pairs].mean(), abs=1e-9)
    assert values["cluster_density"] > 1.0 - values["pool_diversity"]  # clusters hold what moves together
