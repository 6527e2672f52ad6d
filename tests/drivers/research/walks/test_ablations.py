"""Ablations against selections that are made without the part from the start."""

from functools import cache

import numpy as np
import pandas as pd

from support.market import selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.research.walks.ablations import (
    ablated,
    without_clusters,
    without_conviction,
    without_gates,
    without_relaxation,
)

DATE = pd.Timestamp("2026-04-01")


@cache
def bare_selection() -> Selection:
    """The selection of a profile without relaxable gates: many are eligible."""
    relaxable = [name for name, gate in selection().settings.active_gates.items() if gate.kind == "relaxable"]
    return selected({f"gates.{name}.enabled": False for name in relaxable} | {"ladder": [{"name": "strict"}]})


def test_without_gates_it_is_a_profile_that_has_no_relaxable_ones() -> None:
    found, bare = without_gates(selection(), DATE), bare_selection()
    pd.testing.assert_frame_equal(found.winners, bare.winners)
    assert found.context.standings["eligible"].equals(bare.context.standings["eligible"])


def test_without_relaxation_it_is_a_profile_with_one_rung() -> None:
    strict = selected({"ladder": [{"name": "strict"}]})
    assert len(selection().rungs) > 1
    pd.testing.assert_frame_equal(without_relaxation(selection(), DATE).winners, strict.winners)


def test_without_clusters_the_best_of_each_direction_win() -> None:
    run = bare_selection()
    climb = without_clusters(run, DATE)
    standings, winners = climb.context.standings, climb.winners
    assert (standings["cluster"] == 1).all()
    assert (winners["direction"].value_counts() <= run.winners["direction"].value_counts()).all()
    free = standings[standings["outcome"].isin(("winner", "outranked")) & (standings["route"] != "benchmark")]
    for direction, rows in free.groupby("direction"):
        won = rows[rows["route"] != ""]["alpha_score"]
        taken = ((run.winners["direction"] == direction) & (run.winners["route"] != "benchmark")).sum()
        assert len(won) == taken < len(rows)
        assert won.min() >= rows[rows["route"] == ""]["alpha_score"].max()


def test_without_conviction_it_is_drawn_by_the_date_alone() -> None:
    run = selection()
    one, other = without_conviction(run, DATE), without_conviction(run, DATE + pd.Timedelta(days=1))
    assert not one.context.standings["alpha_score"].equals(run.context.standings["alpha_score"])
    pd.testing.assert_frame_equal(one.winners, without_conviction(run, DATE).winners)
    assert set(one.winners.index) != set(other.winners.index)
    score = one.context.standings["alpha_score"].sort_index()
    np.testing.assert_array_equal(score, np.random.default_rng((0, DATE.toordinal())).random(len(score)))


def test_all_of_them_side_by_side() -> None:
    run = selection()
    found = ablated(run, DATE)
    assert [*found.columns] == ["gates", "clusters", "conviction", "relaxation"]
    assert found.index.equals(run.context.standings.index)
    assert found["gates"].sum() == len(without_gates(run, DATE).winners)
    strict = without_relaxation(run, DATE).winners
    assert set(found.index[found["relaxation"]]) == set(strict.index)


def test_a_profile_without_hard_gates_keeps_its_relaxable_ones() -> None:
    hard = [name for name, gate in selection().settings.active_gates.items() if gate.kind == "hard"]
    soft = selected({f"gates.{name}.enabled": False for name in hard})
    pd.testing.assert_frame_equal(without_gates(soft, DATE).winners, soft.winners)
