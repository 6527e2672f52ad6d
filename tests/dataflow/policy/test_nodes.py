"""The record of every decision, and what became of each asset."""

import numpy as np
import pandas as pd

from support.market import longest, selection, upstream


def test_one_row_an_asset_and_gate_with_the_features_own_value() -> None:
    run = selection()
    decisions, store = run.decisions, run.context.feature_store
    gates = run.settings.active_gates
    table = decisions.pivot(index="symbol", columns="gate", values="value")
    assert decisions.shape[0] == len(store) * len(gates)
    for name, gate in gates.items():
        np.testing.assert_array_equal(table[name].to_numpy(), store[gate.feature].reindex(table.index.astype(str)))


def test_thresholds_and_kinds_are_those_of_the_last_rung() -> None:
    run = longest()
    for (gate, kind), rows in run.decisions.groupby(["gate", "kind"], observed=True):
        assert rows["threshold"].unique().tolist() == [run.rungs[-1].thresholds[str(gate)]]
        assert kind == run.settings.gates[str(gate)].kind


def test_standings_follow_from_decisions() -> None:
    run = selection()
    standings, decisions = run.context.standings, run.decisions
    passed = decisions.groupby("symbol", observed=True)["passed"].all()
    hard = decisions[decisions["kind"] == "hard"].groupby("symbol", observed=True)["passed"].all()
    np.testing.assert_array_equal(standings["eligible"], passed.reindex(standings.index))
    np.testing.assert_array_equal(standings["sound"], hard.reindex(standings.index))
    assert ((standings["outcome"] == "winner") == (standings["route"] != "")).all()
    assert (standings["rank"].notna() == standings["eligible"]).all()


def test_winners_stand_best_first_as_their_standings_say() -> None:
    context = selection().context
    winners, standings = context.winners, context.standings
    assert set(winners.index) == set(standings.index[standings["route"] != ""])
    assert winners["alpha_score"].is_monotonic_decreasing
    pd.testing.assert_frame_equal(
        winners[["alpha_score", "cluster", "direction", "route"]],
        standings.loc[winners.index, ["alpha_score", "cluster", "direction", "route"]],
    )
    assert {"LONG", "SHORT"} <= set(winners["direction"])


def test_the_names_are_categories_in_the_order_of_pool_and_profile() -> None:
    decisions, pool = upstream("decisions", "raw_pool")
    assert decisions["symbol"].cat.categories.equals(pool.index)
    assert decisions["gate"].cat.categories.tolist() == list(selection().settings.active_gates)


def test_verdicts_say_pass_fail_unknown_or_who_waived_the_gate() -> None:
    run = longest()
    frame, benchmarks = run.decisions, run.settings.benchmarks
    meets = frame["margin"] >= 0
    listed = frame["symbol"].isin(benchmarks) & (frame["kind"] == "relaxable")
    expected = np.select([meets, listed, frame["value"].isna()], ["pass", "waived", "unknown"], default="fail")
    assert frame["verdict"].astype(str).tolist() == expected.tolist()
    assert frame["waived_by"].astype(str).tolist() == ["benchmarks" if one == "waived" else "" for one in expected]
    assert {"pass", "fail", "unknown", "waived"} == set(expected)
    assert (frame.loc[frame["verdict"] == "waived", "margin"].dropna() < 0).all()
