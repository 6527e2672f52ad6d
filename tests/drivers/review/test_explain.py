"""What `explain` says of an asset, against the run's own tables."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from support.scenarios import AS_OF, decisions, failures, standings
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.review.explain import (
    _absence,
    _first_rung,
    _gate,
    explained,
    explanation_text,
    similar,
    verdict_text,
)
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord


def gate_lines(text: str) -> dict[str, str]:
    """Gate to its verdict as printed."""
    found = re.findall(r"^(\w+) +(?:hard|relaxable) .*?  (passes|fails|waived)( \(\w+\))?  ", text, re.MULTILINE)
    return {gate: verb + note for gate, verb, note in found}


@pytest.mark.parametrize("scenario", ["usual", "filled", "without benchmark"])
def test_verdicts_are_said_as_recorded(runs: dict[str, Path], scenario: str) -> None:
    frame, failed = decisions(runs[scenario]), failures(runs[scenario])
    vetoed = standings(runs[scenario]).query("route == ''").index[:20]
    for symbol in [*failed, *vetoed]:
        rows = frame.loc[symbol]
        said = gate_lines(explanation_text(explained(runs[scenario], symbol)))
        assert list(said) == rows.index.tolist()
        for gate, row in rows.iterrows():
            expected = (
                f"waived ({row['waived_by']})" if row["verdict"] == "waived" else "passes" if row["passed"] else "fails"
            )
            assert said[str(gate)].removesuffix(" (unknown)") == expected
            assert said[str(gate)].endswith(" (unknown)") == (pd.isna(row["value"]) and row["verdict"] != "waived")


def test_a_benchmark_does_not_pass_what_is_waived_for_it(runs: dict[str, Path]) -> None:
    story = explained(runs["usual"], "SPY")
    rows = decisions(runs["usual"]).loc["SPY"]
    waived = rows.index[rows["verdict"] == "waived"].tolist()
    assert len(waived) >= 2
    assert list(story["waived"]) == waived
    listed = f"{', '.join(waived[:-1])} and {waived[-1]}"
    text = explanation_text(story)
    assert f"passes every gate but {listed}, which are waived (benchmarks), from rung 1 on" in text
    one = explanation_text({**story, "waived": {"adx": "is_benchmark"}})
    assert "passes every gate but adx, which is waived (is_benchmark), from rung 1 on" in one


@pytest.mark.parametrize("scenario", ["usual", "filled", "lax"])
def test_a_winner_is_said_to_pass_every_gate_only_where_it_does(runs: dict[str, Path], scenario: str) -> None:
    frame = decisions(runs[scenario])
    for symbol, failed in failures(runs[scenario]).items():
        text = explanation_text(explained(runs[scenario], symbol))
        verdicts = set(frame.loc[symbol]["verdict"])
        assert ("passes every gate from rung" in text) == (verdicts == {"pass"})
        assert (
            f"recruited past {', '.join(gate for gate in frame.loc[symbol].index if gate in failed)}" in text
        ) == bool(failed)


def test_the_rung_from_which_a_gate_passes_is_the_first_whose_threshold_its_value_meets(runs: dict[str, Path]) -> None:
    frame = decisions(runs["filled"])
    rungs = {"strict": {"adx": 20.0, "efficiency": 0.1}, "relaxed": {"adx": 16.0, "efficiency": 0.08}}
    counts = {1: 0, 2: 0, None: 0}
    for symbol in standings(runs["filled"]).index[:60]:
        for gate in explained(runs["filled"], symbol)["gates"]:
            if gate["gate"] not in ("adx", "efficiency"):
                continue
            value = frame.loc[(symbol, gate["gate"])]["value"]
            levels = [rungs[name][gate["gate"]] for name in ("strict", "relaxed")]
            expected = next((number for number, level in enumerate(levels, 1) if value >= level), None)
            assert gate["passes_from_rung"] == expected
            counts[expected] += 1
    assert all(counts.values())


def test_the_pool_rank_counts_who_has_more_conviction(runs: dict[str, Path]) -> None:
    frame = standings(runs["usual"])
    scores = frame["alpha_score"]
    for symbol in frame.index[::7]:
        own = scores[symbol]
        if pd.isna(own):
            before = scores.notna().sum() + sum(pd.isna(scores[name]) and name < symbol for name in frame.index)
        else:
            before = (scores > own).sum() + sum(scores[name] == own and name < symbol for name in frame.index)
        assert explained(runs["usual"], symbol)["pool_rank"] == f"{before + 1} of {len(frame)}"


def test_what_each_scorer_makes_of_an_asset(runs: dict[str, Path]) -> None:
    folder = runs["usual"]
    table = pd.read_parquet(folder / "challengers.parquet").set_index("symbol")
    for symbol in (table.index[table["winner"]][0], table.index[table["outcome"] == "vetoed"][0]):
        champion, challenger = explained(folder, symbol)["scorers"]
        row = table.loc[symbol]
        assert (champion["scorer"], challenger["scorer"]) == ("log_mps", "rank_average")
        assert champion["rank"] == row["champion_rank"]
        assert champion["outcome"] == standings(folder).loc[symbol, "outcome"]
        assert [challenger[name] for name in ("score", "rank", "outcome", "route")] == [
            row[name] for name in ("score", "rank", "outcome", "route")
        ]


def test_every_probability_of_the_champion_is_shown(runs: dict[str, Path]) -> None:
    columns = pd.read_parquet(runs["usual"] / "inference.parquet").set_index("symbol").filter(regex=r"^log_mps\.p_")
    name = columns.index[0]
    lines = explanation_text(explained(runs["usual"], name)).splitlines()
    begin = lines.index("component probabilities") + 1
    shown = " ".join(lines[begin : lines.index("", begin)]).split()
    assert shown[::2] == [column.removeprefix("log_mps.p_") for column in columns]
    values = columns.loc[name]
    assert shown[1::2] == ["unknown" if pd.isna(value) else f"{value:.3f}" for value in values]
    nothing = explanation_text({**explained(runs["usual"], name), "probabilities": {"log_mps.p_adx": None}})
    assert "component probabilities\n  adx unknown\n" in nothing


def test_a_hard_veto_is_told_by_the_gates_that_failed(runs: dict[str, Path]) -> None:
    vetoed = standings(runs["usual"]).query("outcome == 'hard veto'").index
    frame = decisions(runs["usual"])
    assert len(vetoed)
    for symbol in vetoed[:5]:
        rows = frame.loc[symbol]
        failed = rows.index[(rows["kind"] == "hard") & ~rows["passed"]]
        text = explanation_text(explained(runs["usual"], symbol))
        assert "outcome     vetoed by a hard gate, which no rung loosens, at rung" in text
        assert f"ladder      no rung loosens {', '.join(failed)}\n" in text


def test_nothing_is_said_of_hard_gates_that_v3_4_belies(tmp_path: Path) -> None:
    """Under v3.4 a hard gate is waived for benchmarks, and the last rungs take some who fail one (`substitute_rule`)."""
    new_project(tmp_path / "demo")
    settings = {"benchmarks": ["SPY"], "gates.health.threshold": 1.0}
    folder = run(tmp_path / "demo", profile="v3.4", as_of=AS_OF, settings=settings).folder
    rows, standing = decisions(folder).reset_index().query("kind == 'hard'"), standings(folder)
    assert rows.query("verdict == 'waived'")["symbol"].unique().tolist() == ["SPY"]
    failing = standing.loc[rows.query("not passed")["symbol"].unique()]
    assert set(failing["outcome"]) == {"winner", "hard veto"}
    for symbol in failing.query("outcome == 'hard veto'").index[:5]:
        text = explanation_text(explained(folder, symbol))
        assert "vetoed by a hard gate, which no rung loosens" in text
        assert "ladder      no rung loosens " in text


def at(rung: int | None, verdict: str = "pass") -> dict[str, Any]:
    return {"verdict": verdict, "passes_from_rung": rung}


@pytest.mark.parametrize(
    ("gates", "rung"),
    [
        ([at(1), at(1)], 1),
        ([at(1), at(3), at(2)], 3),
        ([at(1), at(None, "fail")], None),
        ([at(2), at(None, "waived")], 2),
        ([at(None, "waived")], 1),  # whoever needs to pass nothing passes from the first
    ],
)
def test_the_rung_from_which_all_gates_pass_by_hand(gates: list[dict[str, Any]], rung: int | None) -> None:
    assert _first_rung(gates) == rung


NAMES = ["BTCUSDT", "BINANCE:BTCUSDT.P", "ETHUSDT", "ETHBTC", "AMEX:SPY", "SOLUSDT", "ETCUSDT"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        # the same but for case, then what begins so, then a letter or two
        ("btcusdt", ["BTCUSDT", "BINANCE:BTCUSDT.P", "ETCUSDT"]),
        ("KRAKEN:BTC-USDT", ["BTCUSDT", "BINANCE:BTCUSDT.P", "ETCUSDT"]),
        ("E", ["ETHBTC", "ETCUSDT", "ETHUSDT"]),  # by length, then by name
        ("SPY", ["AMEX:SPY"]),
        ("ETH", ["ETHBTC", "ETHUSDT"]),  # a base: the shortest first
        ("EHTUSDT", ["ETHUSDT", "ETCUSDT"]),  # a letter or two
        ("NOTHING", []),
        ("...", []),
        ("", []),
    ],
)
def test_who_was_meant_by_hand(asked: str, meant: list[str]) -> None:
    assert similar(asked, NAMES) == meant


def test_of_many_that_begin_so_three_are_named() -> None:
    assert similar("A", ["A4", "A3", "A2", "A1", "BINANCE:A"]) == ["BINANCE:A", "A1", "A2"]
    assert similar("A", ["AB", "BINANCE:AB"]) == ["AB"]  # of two that are the same, the first


@pytest.mark.parametrize(
    ("value", "verdict", "passes"),
    [
        (20.0, "pass", True),
        (19.9, "fail", False),
        (19.9, "waived", False),
        (None, "unknown", True),
        (None, "waived", False),
    ],
)
def test_from_which_rung_a_value_passes_by_hand(value: float | None, verdict: str, passes: bool) -> None:
    """The threshold 20 is that of the second of three rungs, 21 and 20.5 those of the others."""
    decision = {"gate": "adx", "kind": "relaxable", "value": value, "threshold": 21.0, "margin": None}
    decision |= {"verdict": verdict, "passed": verdict != "fail", "waived_by": ""}
    ladder = [{"rung": rung, "thresholds": {"adx": level}} for rung, level in ((1, 21.0), (2, 20.0), (3, 20.5))]
    found = _gate(decision, {"feature": "adx_14", "op": ">=", "reason": "too weak"}, ladder)
    first = 1 if value is None else 2
    assert found == {
        **decision,
        "feature": "adx_14",
        "op": ">=",
        "reason": "too weak",
        "passes_from_rung": first if passes else None,
    }


def test_who_is_not_there_is_told_why() -> None:
    rows = [{"symbol": "AUSDT", "scanner_symbol": "X:AUSDT.P"}, {"symbol": "BUSDT", "scanner_symbol": "X:BUSDT"}]
    coverage = {"candidates_without_bars": ["C"], "bars_without_candidates": ["D"]}
    run = cast("RunRecord", SimpleNamespace(coverage=coverage, rows=lambda name, columns: rows))
    assert {asset: _absence(run, asset) for asset in ("C", "D", "zzz", "ausdt", "busdt")} == {
        "C": "C is a candidate, but has no bars: it never came into the pool",
        "D": "D has bars, but no scanner proposed it: it never came into the pool",
        "zzz": "the run has no asset 'zzz'; name it as in portfolio_candidates.json or as its scanner does",
        "ausdt": "the run has no asset 'ausdt'; did you mean AUSDT or X:AUSDT.P or BUSDT?",
        "busdt": "the run has no asset 'busdt'; did you mean BUSDT or AUSDT?",
    }


def test_an_unknown_conviction_is_said_to_be_one() -> None:
    assert "conviction  unknown, 9 of 9 in the pool" in explanation_text(
        {**STORY, "conviction": None, "pool_rank": "9 of 9"}
    )


def gate(name: str, kind: str, verdict: str, value: float | None, **changed: Any) -> dict[str, Any]:
    """A gate `>= 20` that the value passes or fails."""
    passed = verdict in ("pass", "waived")
    margin = None if value is None else value - 20.0
    parts = {"gate": name, "kind": kind, "op": ">=", "threshold": 20.0, "value": value, "margin": margin}
    return {
        **parts,
        "verdict": verdict,
        "passed": passed,
        "waived_by": "",
        "reason": "",
        "passes_from_rung": 1,
        **changed,
    }


STORY: dict[str, Any] = {
    "asset": "AUSDT",
    "direction": "SHORT",
    "logics": ["trend", "value"],
    "identity": "A",
    "outcome": "winner",
    "route": "fill",
    "duplicate_of": "",
    "conviction": 0.012345678,
    "pool_rank": "3 of 9",
    "cluster": 7,
    "cluster_rank": 2.0,
    "held": False,
    "fragility": None,
    "stay": 0.0,
    "cluster_before": None,
    "rung": 4,
    "waived": {},
    "would_pass_at_rung": None,
    "substitute_rungs": [{"rung": 3, "recruit": "representatives"}, {"rung": 4, "recruit": "fill"}],
    "gates": [
        gate("history", "hard", "pass", 400.0),
        gate("adx", "relaxable", "fail", 18.5, passes_from_rung=2, reason="too weak"),
        gate("entropy", "relaxable", "unknown", None, passes_from_rung=None, op="<="),
        gate("momentum", "relaxable", "waived", -1.0, waived_by="benchmarks", passes_from_rung=None, reason="not said"),
    ],
    "probabilities": {
        "log_mps.p_a": 0.5,
        "log_mps.p_b": None,
        "log_mps.p_c": 0.25,
        "log_mps.p_d": 1.0,
        "log_mps.p_e": 0.01,
        "rank_average.p_a": 0.75,
    },
    "scorers": [
        {"scorer": "log_mps", "score": 0.012345678, "rank": 3, "outcome": "winner", "route": "fill"},
        {"scorer": "rank_average", "score": None, "rank": 9, "outcome": "vetoed", "route": ""},
        {"scorer": "other", "score": 2.0, "rank": 1, "outcome": "winner", "route": "ranked"},
    ],
    "cluster_winners": [
        {"asset": "BUSDT", "direction": "LONG", "conviction": 0.123456},
        {"asset": "AUSDT", "direction": "SHORT", "conviction": 0.0123456},
    ],
}
TEXT = """\
AUSDT  SHORT  trend, value  identity A
outcome     won (fill), at rung 4
conviction  0.0123457, 3 of 9 in the pool
cluster     7, place 2 among its eligible
ladder      passes all gates at no rung; recruited past adx, entropy

gate          kind             value    threshold       margin  verdict              its value passes
history       hard               400 >=        20          380  passes               from rung 1
adx           relaxable         18.5 >=        20         -1.5  fails                from rung 2  (too weak)
entropy       relaxable      unknown <=        20      unknown  fails (unknown)      at no rung
momentum      relaxable           -1 >=        20          -21  waived (benchmarks)  at no rung

component probabilities
  a 0.500   b unknown   c 0.250   d 1.000
  e 0.010

scorers
  log_mps           0.012346  rank     3  winner (fill)
  rank_average       unknown  rank     9  would be vetoed
  other                    2  rank     1  would be winner (ranked)

winners of cluster 7: BUSDT LONG 0.1235, AUSDT SHORT 0.01235"""


def test_the_text_by_hand() -> None:
    assert explanation_text(STORY).splitlines() == TEXT.splitlines()


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        (
            {"outcome": "duplicate", "route": "", "duplicate_of": "BUSDT", "would_pass_at_rung": 2},
            {
                1: "outcome     eligible, but its directed returns repeat those of a winner (BUSDT), at rung 4",
                4: "ladder      passes every gate from rung 2 on",
            },
        ),
        (
            {"outcome": "vetoed", "route": "", "cluster_rank": None},
            {
                1: "outcome     vetoed, at rung 4",
                3: "cluster     7, not among its eligible",
                4: "ladder      passes all gates at no rung; may stand in at rung 3, 4",
            },
        ),
        (
            {"outcome": "vetoed", "route": "", "substitute_rungs": []},
            {4: "ladder      passes all gates at no rung; may stand in at rung -"},
        ),
        (
            {"would_pass_at_rung": 1, "waived": {"a": "benchmarks", "b": "is_benchmark", "c": "benchmarks"}},
            {
                4: "ladder      passes every gate but a and c, which are waived (benchmarks), b, which is waived "
                "(is_benchmark), from rung 1 on"
            },
        ),
        (
            {
                "outcome": "hard veto",
                "route": "",
                "gates": [
                    gate("x", "hard", "fail", 1.0),
                    gate("y", "relaxable", "fail", 1.0),
                    gate("z", "hard", "unknown", None),
                ],
            },
            {
                1: "outcome     vetoed by a hard gate, which no rung loosens, at rung 4",
                4: "ladder      no rung loosens x, z",
            },
        ),
        ({"cluster_winners": []}, {-1: "winners of cluster 7: none"}),
        ({"scorers": STORY["scorers"][:1]}, {-3: "  e 0.010", -2: ""}),
    ],
)
def test_other_ends_by_hand(changed: dict[str, Any], lines: dict[int, str]) -> None:
    said = explanation_text({**STORY, **changed}).splitlines()
    assert {place: said[place] for place in lines} == lines


@pytest.mark.parametrize(
    ("verdict", "passed", "words"),
    [
        ("pass", True, "passes"),
        ("fail", False, "fails"),
        ("unknown", True, "passes (unknown)"),
        ("unknown", False, "fails (unknown)"),
        ("waived", True, "waived (benchmarks)"),
    ],
)
def test_a_verdict_in_words(verdict: str, passed: bool, words: str) -> None:
    assert verdict_text({"verdict": verdict, "passed": passed, "waived_by": "benchmarks"}) == words


@pytest.mark.parametrize(
    ("value", "verdict", "passed", "rung"),
    [
        (25.0, "pass", True, 1),
        (20.0, "pass", True, 1),
        (18.0, "fail", False, 2),
        (15.9, "fail", False, None),
        (18.0, "waived", True, 2),
        (1.0, "waived", True, None),
        (None, "unknown", True, 1),
        (None, "unknown", False, None),
        (None, "waived", True, None),
    ],
)
def test_the_rung_from_which_a_value_passes_by_hand(
    value: float | None, verdict: str, passed: bool, rung: int | None
) -> None:
    decision = {"gate": "adx", "kind": "relaxable", "value": value, "threshold": 16.0, "margin": None}
    decision |= {"verdict": verdict, "passed": passed, "waived_by": ""}
    ladder = [{"rung": number, "thresholds": {"adx": level}} for number, level in ((1, 20.0), (2, 16.0), (3, 16.0))]
    found = _gate(decision, {"feature": "adx", "op": ">=", "reason": "weak"}, ladder)
    assert found == {**decision, "feature": "adx", "op": ">=", "reason": "weak", "passes_from_rung": rung}
