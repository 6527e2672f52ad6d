"""The record of every decision, and what became of each asset."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from support.market import longest, selected, selection, settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates
from tradingview_scraper.pipelines.selection.dataflow.policy.gating import Verdicts
from tradingview_scraper.pipelines.selection.dataflow.policy.nodes import (
    HIGHEST_SUBSTITUTE_ENTROPY,
    decisions,
    standings,
    substitutes,
    winners,
)
from tradingview_scraper.pipelines.selection.dataflow.policy.records import CodedStandings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.recording.lineage_nodes import graph_nodes
from tradingview_scraper.pipelines.selection.schemas.frames import WON_BY


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
    assert (standings.dtypes[["direction", "outcome", "route", "duplicate_of"]] == "str").all()


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


@pytest.mark.parametrize("tied", [False, True])
def test_no_decision_hangs_on_the_last_bit_of_a_score(tied: bool) -> None:
    names = ("gate_verdicts", "inference_outputs", "clusters", "raw_pool", "recent_return", "seats", "substitutes")
    given = dict(zip(names, upstream(*names), strict=True)) | {
        name: upstream(name)
        for name in ("duplicates", "rung", "recruitment", "held_winners", "compat", "benchmark_assets")
    }
    outputs = given["inference_outputs"]
    if tied:  # hundreds of ties, in which nothing but the symbol can decide
        outputs = outputs.assign(alpha_score=outputs["alpha_score"].map(lambda score: float(f"{score:.1g}")))
        assert outputs["alpha_score"].nunique() < len(outputs) / 2
    plain = standings(**given | {"inference_outputs": outputs})
    decided = plain.frame.drop(columns="alpha_score")
    for seed in range(20):
        towards = np.where(np.random.default_rng(seed).random(len(outputs)) < 0.5, -np.inf, np.inf)
        moved = outputs.assign(alpha_score=np.nextafter(outputs["alpha_score"], towards))
        assert (moved["alpha_score"] != outputs["alpha_score"]).all()
        found = standings(**given | {"inference_outputs": moved})
        pd.testing.assert_frame_equal(found.frame.drop(columns="alpha_score"), decided)
        order = [winners(table, given["raw_pool"], "symbol", "score").index.tolist() for table in (plain, found)]
        assert order[0] == order[1]


STANDINGS = (
    *("gate_verdicts", "inference_outputs", "clusters", "raw_pool", "recent_return", "seats", "substitutes"),
    *("duplicates", "rung", "recruitment", "held_winners", "compat", "benchmark_assets"),
)


def test_who_was_on_the_list_in_the_same_direction_keeps_its_seat_by_its_lead() -> None:
    """An asset that is outranked wins with a lead of the whole pool."""
    given = dict(zip(STANDINGS, upstream(*STANDINGS), strict=True))
    given["seats"] = given["seats"] * 0 + 1
    given["recruitment"] = given["recruitment"].model_copy(update={"stay": 1.0, "duplicate_correlation": 1.0})
    plain = standings(**given).frame
    loser = plain.index[plain["outcome"] == "outranked"][0]
    direction = plain.at[loser, "direction"]
    held = standings(**given | {"held_winners": (f"{loser} {direction}",)}).frame
    assert held.at[loser, "route"] == "ranked"
    assert held.at[loser, "rank"] == 1
    other = {"LONG": "SHORT", "SHORT": "LONG"}[direction]
    pd.testing.assert_frame_equal(standings(**given | {"held_winners": (f"{loser} {other}",)}).frame, plain)


def test_only_a_benchmark_without_a_direction_stands_among_the_shorts_and_others_as_they_say() -> None:
    given = dict(zip(STANDINGS, upstream(*STANDINGS), strict=True))
    pool = given["raw_pool"].copy()
    benchmark, long, neither = pool.index[pool["direction"] == "LONG"][:3]
    pool.loc[[benchmark, neither], "direction"] = "NEUTRAL"
    found = standings(**given | {"raw_pool": pool, "benchmark_assets": (benchmark, long)}).frame["direction"]
    assert found[[benchmark, long, neither]].tolist() == ["SHORT", "LONG", "LONG"]


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


def test_the_record_of_decisions_by_hand() -> None:
    """Two assets at a hard gate `>= 1` and at two that benchmarks are let past."""
    nan = float("nan")
    values = np.array([[1.0, 0.5, nan], [0.0, nan, 2.0]])
    passed = np.array([[True, True, True], [False, False, True]])
    waived = np.array([[0, 1, 2], [0, 0, 0]], dtype=np.int8)
    hard = np.array([True, False, False])
    verdicts = Verdicts(values, np.array([1.0, 2.0, 3.0]), values - [1.0, 2.0, 3.0], passed, waived, hard)
    pool = pd.DataFrame(index=["A", "B"])
    found = decisions(verdicts, pool, dict.fromkeys(("x", "y", "z"), settings().gates["adx"])).frame
    assert found.drop(columns=["value", "margin"]).astype(object).to_numpy().tolist() == [
        ["A", "x", "hard", 1.0, "pass", True, ""],
        ["A", "y", "relaxable", 2.0, "waived", True, "benchmarks"],
        ["A", "z", "relaxable", 3.0, "waived", True, "is_benchmark"],
        ["B", "x", "hard", 1.0, "fail", False, ""],
        ["B", "y", "relaxable", 2.0, "unknown", False, ""],
        ["B", "z", "relaxable", 3.0, "pass", True, ""],
    ]
    np.testing.assert_array_equal(found["value"], [1.0, 0.5, nan, 0.0, nan, 2.0])
    np.testing.assert_array_equal(found["margin"], [0.0, -1.5, nan, -1.0, nan, -1.0])


def test_no_duplicate_is_looked_for_at_a_correlation_of_one() -> None:
    names = ("gate_verdicts", "inference_outputs", "clusters", "raw_pool", "recent_return", "seats", "substitutes")
    given = dict(zip(names, upstream(*names), strict=True)) | {
        name: upstream(name) for name in ("rung", "held_winners", "compat", "benchmark_assets")
    }
    chosen = settings().recruitment.model_copy(update={"duplicate_correlation": 1.0})
    asked: list[int] = []
    given["duplicates"] = cast("Duplicates", SimpleNamespace(of=asked.append, plainest=asked.append))
    found = standings(**given, recruitment=chosen).frame
    assert asked == []
    assert (found["duplicate_of"] == "").all()
    assert (found["route"] == "ranked").any()


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose scorer finds all assets alike."""
    project = tmp_path_factory.mktemp("flat")
    (project / "own_scorers.py").write_text(
        "import pandas as pd\n"
        "from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps\n\n\n"
        "class Flat(LogMps):\n"
        "    def conviction(self, probabilities, scoring):\n"
        "        return pd.Series(1.0, index=probabilities.index)\n"
    )
    return project


def all_alike(flat: Path, **given: object) -> Selection:
    return selected({"scorers.log_mps.kind": "own_scorers:Flat", "recruitment.floor": 30}, project=flat, **given)


def test_between_equal_scores_the_symbol_decides(flat: Path) -> None:
    context = all_alike(flat).context
    winners, standings = context.winners, context.standings
    assert len(winners) >= 10
    assert winners.index.tolist() == sorted(winners.index)
    for _, side in standings[standings["eligible"]].groupby(["cluster", "direction"]):
        assert side.sort_index()["rank"].tolist() == list(range(1, len(side) + 1))


def test_between_equal_scores_the_column_decides_in_v3_4(flat: Path) -> None:
    turned = selection().context.returns.iloc[:, ::-1]
    context = all_alike(flat, profile="v3.4", returns=turned, bars=None).context
    standings = context.standings.reset_index(names="symbol")
    assert standings["symbol"].tolist() == turned.columns.tolist()
    won = standings[standings["route"] != ""].assign(place=range((standings["route"] != "").sum()))
    won["filled"] = won["route"] == "fill"
    won["side"] = (won["cluster"] * 2 + (won["direction"] == "SHORT")).mask(won["filled"], 0)
    assert won["filled"].sum() > 1
    assert len(won) - won["filled"].sum() > 1
    assert context.winners.index.tolist() == won.sort_values(["filled", "side", "place"])["symbol"].tolist()


@pytest.mark.parametrize("profile", ["v4", "v3.4"])
def test_a_fill_takes_nobody_twice_and_stops_at_the_floor(profile: str) -> None:
    floor = 30
    run = selected({"recruitment.floor": floor}, profile=profile)
    before, after = (rung.context.standings["route"] for rung in run.rungs[-2:])
    assert (before != "").sum() < floor
    assert (after == "fill").sum() > 1
    assert (after != "").sum() == floor == len(run.winners)
    kept = before[before != ""]
    assert after[kept.index].tolist() == kept.tolist()


def recruits(**columns: list[Any]) -> CodedStandings:
    """Standings of five assets that stand in another order than that of their names."""
    given: dict[str, list[Any]] = {
        "short": [False, True, False, False, False],
        "cluster": [1, 1, 2, 1, 1],
        "route": ["ranked", "ranked", "ranked", "fill", ""],
    } | columns
    told = {"alpha_score": [1.0, 2.0, 2.0, 3.0, 9.0], "short": given["short"], "cluster": given["cluster"]}
    told |= {"route": [WON_BY.index(route) for route in given["route"]]}
    unread = dict.fromkeys(("eligible", "sound", "served", "rank", "outcome", "duplicate_of"), [0] * 5)
    arrays = {name: np.array(values) for name, values in (told | unread).items()}
    return CodedStandings(pd.Index(["E", "D", "C", "B", "A"]), **arrays)


def ordered(standings: CodedStandings, score_ties: str, winner_order: str) -> list[str]:
    pool = pd.DataFrame({"identity": "x", "logic": "trend"}, index=standings.assets)
    return winners(standings, pool, score_ties, winner_order).index.tolist()


def test_the_order_of_winners_by_hand() -> None:
    assert ordered(recruits(), "symbol", "score") == ["B", "C", "D", "E"]
    assert ordered(recruits(), "column", "score") == ["B", "D", "C", "E"]
    # By cluster and direction, long before short, then fills, best first.
    assert ordered(recruits(), "column", "recruitment") == ["E", "D", "C", "B"]
    # Whoever came as a benchmark stands with its side, not with the fills.
    routes = ["benchmark", "ranked", "benchmark", "fill", ""]
    assert ordered(recruits(route=routes), "column", "recruitment") == ["E", "D", "C", "B"]
    shorts = recruits(short=[True, False, True, True, False], cluster=[2, 3, 3, 1, 1])
    assert ordered(shorts, "column", "recruitment") == ["E", "D", "C", "B"]


def test_who_may_stand_in_is_sound_or_in_v3_4_not_pure_noise() -> None:
    verdicts = upstream("gate_verdicts")
    entropy = pd.Series(np.linspace(0.9, 1.0, len(verdicts.sound)))
    entropy.iloc[3] = np.nan
    entropy.iloc[4] = HIGHEST_SUBSTITUTE_ENTROPY
    entropy.index = pd.Index([f"S{place}" for place in range(len(entropy))])
    np.testing.assert_array_equal(substitutes(verdicts, entropy, "sound"), verdicts.sound)
    assert substitutes(verdicts, entropy, "sound").index.equals(entropy.index)
    found = substitutes(verdicts, entropy, "predictable")
    assert found.tolist() == [value <= 0.999 for value in entropy]
    assert 0 < (~found).sum() < len(found)


READS = {
    "gate_verdicts": {
        ("adx", "adx", "DIRECT"),
        ("history", "observations", "DIRECT"),
        ("metadata", "tradable", "DIRECT"),
        ("", "raw_pool", "ROWS"),
    },
    "decisions": {
        *((column, "gate_verdicts", "DIRECT") for column in ("value", "threshold", "margin", "verdict", "passed")),
        ("waived_by", "gate_verdicts", "DIRECT"),
        ("", "raw_pool", "ROWS"),
    },
    "standings": {
        ("alpha_score", "inference_outputs.alpha_score", "DIRECT"),
        ("direction", "raw_pool.direction", "DIRECT"),
        ("rank", "clusters", "INDIRECT"),
        ("outcome", "duplicates", "INDIRECT"),
        ("duplicate_of", "inference_outputs.alpha_score", "INDIRECT"),
        ("", "raw_pool", "ROWS"),
    },
    "winners": {
        *((name, f"standings.{name}", "DIRECT") for name in ("alpha_score", "direction", "cluster", "route")),
        *((name, f"raw_pool.{name}", "DIRECT") for name in ("identity", "logic")),
        ("", "standings.route", "ROWS"),
    },
}


@pytest.mark.parametrize("name", READS)
def test_the_columns_that_a_decision_comes_from_are_told(name: str) -> None:
    """By hand: columns, what each is made of, and who decides which rows there are."""
    (node,) = (node for node in graph_nodes(selection().graph) if node["name"] == name)
    found = {(read["column"], read["source"], read["how"]) for read in node["reads"]}
    assert READS[name] <= found
    if name == "winners":
        assert found == READS[name]
    assert ("direction", "recent_return", "DIRECT") not in found  # v3.4's, where momentum turns


def test_duplicates_of_a_winner_are_said_to_be_that_unless_the_profile_looks_for_none() -> None:
    """At a low correlation there are some in a real pool; at 1 none is looked for, as in v3.4."""
    found = selected({"recruitment.duplicate_correlation": 0.5}).context.standings
    repeats = found[found["outcome"] == "duplicate"]
    assert len(repeats)
    assert found.loc[repeats["duplicate_of"], "route"].ne("").all()
    assert (found.loc[found["outcome"] != "duplicate", "duplicate_of"] == "").all()
    without = selected({"recruitment.duplicate_correlation": 1.0}).context.standings
    assert "duplicate" not in set(without["outcome"])
    assert (without.loc[repeats.index, "eligible"] == repeats["eligible"]).all()
