"""What is said of a winner that came, stayed or went is true by the decisions of the run that it speaks of."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from support.scenarios import BARLESS, UNPROPOSED, decisions, failures, pairs, standings
from tradingview_scraper.pipelines.selection.drivers.review.diff import compared
from tradingview_scraper.pipelines.selection.drivers.review.reasons import Fate, _apart, _movement, fates
from tradingview_scraper.pipelines.selection.drivers.review.report import report
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord

NUMBER = r"(?:-?\d[\d.]*(?:e[+-]?\d+)?|unknown)"
MENTION = re.compile(r"\b(still fails|fails|failed|passes) (\w+)")
COMPARED = re.compile(rf"\b(still fails|fails|failed) (\w+) ({NUMBER}) ([<>]=?) ({NUMBER})")
WAIVED = re.compile(rf"\b(\w+)(?: {NUMBER} [<>]=? {NUMBER}, which)? (is|was) waived \((\w+)\)")
ROUTE = re.compile(r"\b(came|had come) as (\w+) at rung (\d)")
AHEAD = re.compile(r"\b(was|is) outranked(?: at place (\d+))? in cluster (\d+) (LONG|SHORT) by ([^;]+)")
HOLDER = re.compile(r"\b([A-Z]+) (had|has) the place of its identity")
NOT_TAKEN = re.compile(r"\brung (\d) (took|takes) no (\w+)")
PAST = ("failed", "was", "had", "had come", "took")


@pytest.fixture(scope="module")
def told(runs: dict[str, Path]) -> dict[tuple[str, str], list[Fate]]:
    records = {name: RunRecord(folder) for name, folder in runs.items()}
    return {(one, other): fates(records[one], records[other]) for one, other in pairs(runs)}


@pytest.fixture(scope="module")
def decided(runs: dict[str, Path]) -> dict[str, pd.DataFrame]:
    return {name: decisions(folder) for name, folder in runs.items()}


@pytest.fixture(scope="module")
def stood(runs: dict[str, Path]) -> dict[str, pd.DataFrame]:
    return {name: standings(folder) for name, folder in runs.items()}


Told = dict[tuple[str, str], list[Fate]]
Frames = dict[str, pd.DataFrame]


def mentions(told: Told, pattern: re.Pattern[str]) -> Iterator[tuple[str, str, Fate, re.Match[str]]]:
    """Each match in a reason, with the run that its tense speaks of, the other run, and the fate."""
    for (before, now), found in told.items():
        for fate in found:
            for match in pattern.finditer(fate.reason):
                past = bool(set(match.groups()) & set(PAST))
                yield (before if past else now), (now if past else before), fate, match


def test_every_winner_has_its_fate_and_every_change_its_reason(told: Told, stood: Frames) -> None:
    for (before, now), found in told.items():
        old, new = (set(stood[name].query("route != ''").index) for name in (before, now))
        groups = {
            change: {fate.symbol for fate in found if fate.change == change} for change in ("came", "stayed", "went")
        }
        assert groups == {"came": new - old, "stayed": old & new, "went": old - new}
        assert len(found) == len(old | new)
        for fate in found:
            changed = fate.change != "stayed" or any(
                stood[before].at[fate.symbol, what] != stood[now].at[fate.symbol, what]
                for what in ("route", "direction")
            )
            assert fate.reason or not changed


def test_what_passes_or_fails_does_so_by_that_runs_record(told: Told, decided: Frames) -> None:
    seen = set()
    for run, other, fate, match in mentions(told, MENTION):
        verb, gate = match.groups()
        row = decided[run].loc[(fate.symbol, gate)]
        assert bool(row["passed"]) == (verb == "passes"), (run, fate)
        assert row["verdict"] in (("pass", "unknown") if verb == "passes" else ("fail", "unknown"))
        if verb in ("still fails", "passes"):
            assert not decided[other].loc[(fate.symbol, gate)]["passed"] or fate.change == "went"
        if verb == "still fails":
            assert not decided[other].loc[(fate.symbol, gate)]["passed"]
        seen.add(verb)
    assert seen == {"passes", "fails", "still fails", "failed"}


def test_the_numbers_are_those_of_the_record(told: Told, decided: Frames) -> None:
    count = 0
    for run, _, fate, match in mentions(told, COMPARED):
        _, gate, value, _, threshold = match.groups()
        row = decided[run].loc[(fate.symbol, gate)]
        for text, exact in ((value, row["value"]), (threshold, row["threshold"])):
            assert text == "unknown" if pd.isna(exact) else float(text) == pytest.approx(exact, rel=1e-3, abs=1e-12)
        assert value != threshold
        count += 1
    assert count > 100


def test_what_is_waived_is_so_by_that_runs_record(told: Told, decided: Frames) -> None:
    tenses = set()
    for run, _, fate, match in mentions(told, WAIVED):
        row = decided[run].loc[(fate.symbol, match[1])]
        tenses.add(match[2])
        assert (row["verdict"], row["waived_by"]) == ("waived", match[3])
    assert tenses == {"is", "was"}


def test_routes_and_rungs_are_those_of_the_record(told: Told, stood: Frames, runs: dict[str, Path]) -> None:
    rungs = {name: RunRecord(folder).rung for name, folder in runs.items()}
    routes = set()
    for run, _, fate, match in mentions(told, ROUTE):
        assert stood[run].at[fate.symbol, "route"] == match[2]
        assert rungs[run]["rung"] == int(match[3])
        routes.add((match[1], match[2]))
    assert routes >= {
        (how, route) for how in ("came", "had come") for route in ("ranked", "benchmark", "representative", "fill")
    }
    refused = set()
    for run, _, fate, match in mentions(told, NOT_TAKEN):
        assert rungs[run]["rung"] == int(match[1])
        assert rungs[run]["recruit"] in {"fill": ("ranked", "representatives"), "representative": ("ranked",)}[match[3]]
        assert stood[run].at[fate.symbol, "route"] == ""
        refused.add((match[2], match[3]))
    assert len(refused) == 4


def test_a_substitute_that_came_names_every_gate_that_it_fails(
    told: Told, runs: dict[str, Path], stood: Frames
) -> None:
    failed = {name: failures(folder) for name, folder in runs.items()}
    count = 0
    for (before, now), found in told.items():
        for fate in found:
            named = sorted(match[2] for match in MENTION.finditer(fate.reason) if "fails" in match[1])
            if fate.change == "came":
                assert named == failed[now][fate.symbol], fate
                count += bool(named)
            elif fate.change == "went" and fate.now is not None and fate.now["outcome"] in ("vetoed", "hard veto"):
                assert named, (before, fate)
    assert count > 100


def test_what_kept_a_winner_out_before_is_said_gate_by_gate(told: Told, decided: Frames, stood: Frames) -> None:
    for (before, _), found in told.items():
        for fate in found:
            if fate.change == "came" and fate.before is not None and fate.before["outcome"] in ("vetoed", "hard veto"):
                rows = decided[before].loc[fate.symbol]
                for gate in rows.index[~rows["passed"]]:
                    assert re.search(rf"\b(passes|still fails|failed) {gate}\b", fate.reason), (gate, fate)


def test_who_ranks_before_or_has_the_place_did_win_there(told: Told, stood: Frames, runs: dict[str, Path]) -> None:
    pools = {name: pd.read_parquet(folder / "pool.parquet").set_index("symbol") for name, folder in runs.items()}
    tenses = set()
    for run, _, fate, match in mentions(told, AHEAD):
        own = stood[run].loc[fate.symbol]
        assert (own["outcome"], own["cluster"], own["direction"]) == ("outranked", int(match[3]), match[4])
        assert own["rank"] == int(match[2])
        for name in (part.split()[0] for part in match[5].split(", ")):
            better = stood[run].loc[name]
            assert better["route"]
            assert (better["cluster"], better["direction"]) == (own["cluster"], own["direction"])
            assert better["alpha_score"] >= own["alpha_score"]
        tenses.add(match[1])
    assert tenses == {"was", "is"}
    tenses = set()
    for run, _, fate, match in mentions(told, HOLDER):
        assert stood[run].at[match[1], "route"]
        assert not stood[run].at[fate.symbol, "route"]
        assert pools[run].at[match[1], "identity"] == pools[run].at[fate.symbol, "identity"]
        tenses.add(match[2])
    assert tenses == {"had", "has"}


def test_why_nobody_recruited_it_is_so(told: Told, stood: Frames) -> None:
    """Fills are better than who was left; a cluster that sends nobody has an eligible member or another one sent."""
    seen = set()
    for (before, now), found in told.items():
        for fate in found:
            run = before if fate.change == "came" else now
            lost = stood[run].reindex([fate.symbol]).iloc[0]
            mates = stood[run][stood[run]["cluster"] == lost["cluster"]]
            if "better ones" in fate.reason:
                fills = stood[run].query("route == 'fill'")
                assert len(fills)
                assert (fills["alpha_score"] >= lost["alpha_score"]).all()
                seen.add("fill")
            if "an eligible member" in fate.reason:
                assert mates["eligible"].any()
                seen.add("eligible")
            if match := re.search(r"\b(\w+) (stood|stands) for cluster (\d+)", fate.reason):
                assert mates.at[match[1], "route"] == "representative"
                seen.add("sent")
    assert "fill" in seen


def test_a_threshold_that_moved_with_the_rung_says_so(told: Told, decided: Frames) -> None:
    moved = [fate for fate in told["strict", "usual"] if fate.change == "came" and "adx" in fate.reason]
    assert moved
    for fate in moved:
        value = decided["usual"].loc[(fate.symbol, "adx")]["value"]
        assert f"passes adx: threshold >= 20 -> 16 (rung 1 -> 2), value {value:.4g};" in fate.reason
    steeper = [fate for fate in told["usual", "steeper"] if "fails adx: threshold >= 16 -> 20.8, value" in fate.reason]
    assert steeper


def test_assets_outside_the_pool_and_turned_ones_are_told(told: Told) -> None:
    gone = {fate.symbol: fate.reason for fate in told["usual", "other data"] if fate.change == "went"}
    assert gone[UNPROPOSED] == "had come as ranked at rung 2; is not in the pool: no scanner proposed it"
    assert gone[BARLESS] == "had come as ranked at rung 2; is not in the pool: no bars of it"
    back = {fate.symbol: fate.reason for fate in told["other data", "usual"] if fate.change == "came"}
    assert back[UNPROPOSED] == "was not in the pool: no scanner proposed it; came as ranked at rung 2"
    assert "direction LONG -> SHORT" in {fate.reason for fate in told["usual", "turned"]}
    assert any("a gate that there is no more" in fate.reason for fate in told["usual", "one gate less"])
    assert any("a gate that there was not" in fate.reason for fate in told["one gate less", "usual"])
    assert any("better ones fill up to the floor" in fate.reason for fate in told["filled", "half filled"])
    changed = chain.from_iterable(found for found in told.values())
    assert any(re.match(r"route \w+ -> \w+", fate.reason) for fate in changed if fate.change == "stayed")


def test_the_page_against_another_run_says_what_diff_says(runs: dict[str, Path], tmp_path: Path) -> None:
    before, now = runs["usual"], runs["filled"]
    project = now.parent.parent
    page = report(project, now.name, before.name, tmp_path / "page.html")
    rows = page_parts(page.read_text("utf-8"))[0]["against"]["winners"]
    said = compared(project, before.name, now.name)["winners"]
    assert {row["asset"]: (row["change"], row["why"]) for row in rows} == {
        row["symbol"]: (change, row["reason"]) for change, found in said.items() for row in found
    }
    order = standings(now).sort_values(["alpha_score", "symbol"], ascending=[False, True]).index.tolist()
    assert [row["rank"][0] for row in rows] == [order.index(row["asset"]) + 1 for row in rows]
    assert [row["conviction"][0] for row in rows] == [standings(now).at[row["asset"], "alpha_score"] for row in rows]


def side(value: float | None, op: str, threshold: float, *, rung: int = 1, strict: float = 20.0) -> Any:
    """One run's view of an asset at the gate adx."""
    ladder = [{"thresholds": {"adx": strict}}]
    run = SimpleNamespace(gates={"adx": {"op": op}}, ladder=ladder)
    return SimpleNamespace(decisions={"adx": {"value": value, "threshold": threshold}}, run=run, rung=rung)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (side(18, ">=", 20), side(25.5, ">=", 20), "adx >= 20: 18 -> 25.5"),
        (side(None, ">=", 20), side(25.5, ">=", 20), "adx >= 20: unknown -> 25.5"),
        (side(18, ">=", 20), side(18, ">=", 16, rung=2), "adx: threshold >= 20 -> 16 (rung 1 -> 2), value 18"),
        (side(18, ">=", 20), side(19, ">=", 16, strict=16.0), "adx: threshold >= 20 -> 16, value 18 -> 19"),
        (side(18, ">=", 20), side(18, ">=", 16, rung=2, strict=16.0), "adx: threshold >= 20 -> 16, value 18"),
        (side(18, ">=", 16), side(18, ">=", 20), "adx: threshold >= 16 -> 20, value 18"),
        (side(18, ">=", 16, rung=2), side(18, ">=", 20), "adx: threshold >= 16 -> 20 (rung 2 -> 1), value 18"),
        (side(18, ">=", 16, strict=16.0), side(18, ">=", 20, rung=2), "adx: threshold >= 16 -> 20, value 18"),
        (side(18, ">=", 20), side(18, "<=", 20), "adx: threshold >= 20 -> <= 20, value 18"),
        (side(18, "<=", 20), side(18, ">=", 16), "adx: threshold <= 20 -> >= 16, value 18"),
        (side(18.00001, ">=", 20), side(18.00002, ">=", 20), "adx >= 20: 18.00001 -> 18.00002"),
    ],
)
def test_what_moved_at_a_gate_by_hand(old: Any, new: Any, words: str) -> None:
    assert _movement("adx", old, new) == words


GATES = {"adx": {"op": ">=", "threshold": 20.0}, "health": {"op": ">=", "threshold": 0.5}}


def decided_by(**values: tuple[float, str, str]) -> dict[str, dict[str, Any]]:
    """Gate to its decision: value, verdict, who waived it. `health` is hard."""
    return {
        name: {
            "value": value,
            "threshold": GATES[name]["threshold"],
            "verdict": verdict,
            "passed": verdict != "fail",
            "waived_by": by,
            "kind": "hard" if name == "health" else "relaxable",
        }
        for name, (value, verdict, by) in values.items()
    }


SOUND = decided_by(adx=(25.0, "pass", ""), health=(0.9, "pass", ""))
WEAK = decided_by(adx=(18.0, "fail", ""), health=(0.9, "pass", ""))
SICK = decided_by(adx=(18.0, "fail", ""), health=(0.4, "fail", ""))
LET_PAST = decided_by(adx=(18.0, "waived", "benchmarks"), health=(0.9, "pass", ""))


def stands(outcome: str, route: str = "", **changed: Any) -> dict[str, Any]:
    parts = {"outcome": outcome, "route": route, "cluster": 1, "direction": "LONG", "alpha_score": 0.5, "rank": None}
    return {**parts, "eligible": outcome in ("winner", "outranked"), **changed}


def record(
    mine: dict[str, Any] | None,
    decisions: Any,
    *,
    rung: int = 1,
    recruit: str = "ranked",
    scope: str = "pool",
    **others: Any,
) -> Any:
    """A run in which the asset X stands so, with others beside it."""
    rows = {**({} if mine is None else {"X": mine}), **others}
    table = {name: {**row, "symbol": name} for name, row in rows.items()}
    won = {name: row for name, row in table.items() if row["route"]}
    return SimpleNamespace(
        standings=table,
        winners=won,
        pool={name: {"identity": name[0], "scanner_symbol": f"S:{name}"} for name in table},
        coverage={"bars_without_candidates": [], "candidates_without_bars": []},
        params={"recruitment.identity_scope": scope},
        rung={"rung": rung, "recruit": recruit},
        ladder=[{"thresholds": {name: gate["threshold"] for name, gate in GATES.items()}}],
        gates={name: GATES[name] for name in decisions},
        decisions=lambda symbols: dict.fromkeys(symbols, decisions),
    )


RANKED = stands("winner", "ranked")
VETOED = stands("vetoed")
AHEAD_OF_IT = stands("winner", "ranked", alpha_score=0.75)
BEHIND = stands("winner", "ranked", alpha_score=0.25)
NO_ADX = {"health": SOUND["health"]}
SENTENCES = {
    "passes now": (
        record(VETOED, WEAK),
        record(RANKED, SOUND),
        "came",
        "passes adx >= 20: 18 -> 25; came as ranked at rung 1",
    ),
    "no gate any more": (
        record(VETOED, WEAK),
        record(RANKED, NO_ADX),
        "came",
        "failed adx 18 >= 20, a gate that there is no more; came as ranked at rung 1",
    ),
    "waived now": (
        record(VETOED, WEAK),
        record(RANKED, LET_PAST),
        "came",
        "failed adx 18 >= 20, which is waived (benchmarks); came as ranked at rung 1",
    ),
    "hard gates first": (
        record(stands("hard veto"), SICK),
        record(RANKED, SOUND),
        "came",
        "passes health >= 0.5: 0.4 -> 0.9; passes adx >= 20: 18 -> 25; came as ranked at rung 1",
    ),
    "the rung takes fills now": (
        record(VETOED, WEAK, rung=3, recruit="representatives"),
        record(stands("winner", "fill"), WEAK, rung=4, recruit="fill"),
        "came",
        "rung 3 took no fill; came as fill at rung 4, still fails adx 18 >= 20",
    ),
    "the rung takes representatives now": (
        record(VETOED, WEAK, rung=2),
        record(stands("winner", "representative"), WEAK, rung=3, recruit="representatives"),
        "came",
        "rung 2 took no representative; came as representative at rung 3, still fails adx 18 >= 20",
    ),
    "better ones filled": (
        record(VETOED, WEAK, rung=4, recruit="fill"),
        record(stands("winner", "fill"), WEAK, rung=4, recruit="fill"),
        "came",
        "better ones filled up to the floor; came as fill at rung 4, still fails adx 18 >= 20",
    ),
    "its identity had been taken": (
        record(VETOED, WEAK, rung=4, recruit="fill", X2=AHEAD_OF_IT),
        record(stands("winner", "fill"), WEAK, rung=4, recruit="fill"),
        "came",
        "X2 had the place of its identity; came as fill at rung 4, still fails adx 18 >= 20",
    ),
    "an identity in each cluster": (
        record(VETOED, WEAK, rung=4, recruit="fill", scope="cluster", X2=AHEAD_OF_IT),
        record(stands("winner", "fill"), WEAK, rung=4, recruit="fill"),
        "came",
        "better ones filled up to the floor; came as fill at rung 4, still fails adx 18 >= 20",
    ),
    "its cluster had somebody": (
        record(VETOED, WEAK, rung=3, recruit="representatives", Y=RANKED),
        record(stands("winner", "representative"), WEAK, rung=3, recruit="representatives"),
        "came",
        "cluster 1 had an eligible member; came as representative at rung 3, still fails adx 18 >= 20",
    ),
    "another one stood for its cluster": (
        record(VETOED, WEAK, rung=3, recruit="fill", Y=stands("winner", "representative", eligible=False)),
        record(stands("winner", "representative"), WEAK, rung=3, recruit="fill"),
        "came",
        "Y stood for cluster 1; came as representative at rung 3, still fails adx 18 >= 20",
    ),
    "had been outranked": (
        record(stands("outranked", rank=2.0), SOUND, Y=AHEAD_OF_IT, Z=BEHIND, W={**AHEAD_OF_IT, "direction": "SHORT"}),
        record(stands("winner", "ranked", alpha_score=0.8), SOUND),
        "came",
        "was outranked at place 2 in cluster 1 LONG by Y 0.75; conviction 0.5 -> 0.8; came as ranked at rung 1",
    ),
    "had no seat": (
        record(stands("outranked", cluster=3), SOUND, Y=AHEAD_OF_IT),
        record(RANKED, SOUND),
        "came",
        "had no seat in cluster 3 LONG; conviction 0.5, cluster 3 -> 1; came as ranked at rung 1",
    ),
    "was outside": (
        record(None, SOUND),
        record(RANKED, SOUND),
        "came",
        "was not in the pool: neither bars nor a candidate of it; came as ranked at rung 1",
    ),
    "is outside": (
        record(RANKED, SOUND),
        record(None, SOUND),
        "went",
        "had come as ranked at rung 1; is not in the pool: neither bars nor a candidate of it",
    ),
    "its identity is taken": (
        record(RANKED, SOUND),
        record(stands("identity taken"), SOUND, Y=RANKED, X2=AHEAD_OF_IT),
        "went",
        "had come as ranked at rung 1; X2 has the place of its identity X",
    ),
    "its identity is taken by nobody that is there": (
        record(RANKED, SOUND),
        record(stands("identity taken"), SOUND),
        "went",
        "had come as ranked at rung 1; another asset has the place of its identity X",
    ),
    "fails now": (
        record(RANKED, SOUND),
        record(VETOED, WEAK),
        "went",
        "had come as ranked at rung 1; fails adx >= 20: 25 -> 18",
    ),
    "fails a new gate": (
        record(RANKED, NO_ADX),
        record(VETOED, WEAK),
        "went",
        "had come as ranked at rung 1; fails adx 18 >= 20, a gate that there was not",
    ),
    "had been waived": (
        record(RANKED, LET_PAST),
        record(VETOED, WEAK),
        "went",
        "had come as ranked at rung 1; fails adx 18 >= 20, which was waived (benchmarks)",
    ),
    "fails still and is no fill": (
        record(stands("winner", "fill"), WEAK, rung=4, recruit="fill"),
        record(VETOED, WEAK, rung=3, recruit="representatives"),
        "went",
        "had come as fill at rung 4; still fails adx 18 >= 20; rung 3 takes no fill",
    ),
    "better ones fill": (
        record(stands("winner", "fill"), WEAK, rung=4, recruit="fill"),
        record(VETOED, WEAK, rung=4, recruit="fill"),
        "went",
        "had come as fill at rung 4; still fails adx 18 >= 20; better ones fill up to the floor",
    ),
    "stays as it was": (record(RANKED, SOUND), record(RANKED, SOUND), "stayed", ""),
    "stays by another way": (
        record(RANKED, SOUND),
        record(stands("winner", "fill", direction="SHORT"), WEAK, rung=4, recruit="fill"),
        "stayed",
        "route ranked -> fill; direction LONG -> SHORT; rung 1 -> 4; fails adx 18 >= 20",
    ),
    "stays, waived": (
        record(RANKED, SOUND),
        record(stands("winner", "benchmark"), LET_PAST),
        "stayed",
        "route ranked -> benchmark; adx is waived (benchmarks)",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_a_fate_by_hand(case: str) -> None:
    before, now, change, reason = SENTENCES[case]
    (fate,) = (each for each in fates(before, now) if each.symbol == "X")
    assert (fate.change, fate.reason) == (change, reason)


@pytest.mark.parametrize(
    ("one", "other", "texts"),
    [
        (1 / 3, 1 / 3, ("0.3333", "0.3333")),
        (1.23456, 1.23556, ("1.235", "1.236")),
        (1.23456, 1.23467, ("1.23456", "1.23467")),
        (0.123456781, 0.123456789, ("0.123456781", "0.123456789")),
        (0.1, 0.1 + 2**-56, ("0.10000000000000001", "0.10000000000000002")),
        (1.234567, None, ("1.235", "unknown")),
        (None, None, ("unknown", "unknown")),
    ],
)
def test_two_numbers_are_told_apart_by_as_few_digits_as_it_takes(
    one: float | None, other: float | None, texts: tuple[str, str]
) -> None:
    assert _apart(one, other) == texts


def test_a_threshold_that_stayed_is_told_with_four_digits() -> None:
    assert _movement("adx", side(18.123456, ">=", 20.123456), side(25, ">=", 20.123456)) == "adx >= 20.12: 18.12 -> 25"


ELSEWHERE = {"V": stands("winner", "ranked", cluster=0), "W": stands("winner", "representative", cluster=2)}
MORE: dict[str, tuple[Any, Any, str]] = {
    "it was a duplicate": (
        record(stands("duplicate", duplicate_of="Y"), SOUND, Y=AHEAD_OF_IT),
        record(RANKED, SOUND),
        "was a duplicate of Y; came as ranked at rung 1",
    ),
    "it is a duplicate": (
        record(RANKED, SOUND),
        record(stands("duplicate", duplicate_of="Y"), SOUND, Y=AHEAD_OF_IT),
        "had come as ranked at rung 1; is a duplicate of Y",
    ),
    "other clusters count for nothing": (
        record(VETOED, WEAK, rung=3, recruit="representatives", **ELSEWHERE),
        record(stands("winner", "representative"), WEAK, rung=3, recruit="representatives"),
        "came as representative at rung 3, still fails adx 18 >= 20",
    ),
    "its cluster has somebody": (
        record(stands("winner", "representative"), WEAK, rung=3, recruit="representatives"),
        record(VETOED, WEAK, rung=3, recruit="representatives", Y=RANKED),
        "had come as representative at rung 3; still fails adx 18 >= 20; cluster 1 has an eligible member",
    ),
    "another one stands for its cluster": (
        record(stands("winner", "representative"), WEAK, rung=3, recruit="fill"),
        record(VETOED, WEAK, rung=3, recruit="fill", Y=stands("winner", "representative", eligible=False)),
        "had come as representative at rung 3; still fails adx 18 >= 20; Y stands for cluster 1",
    ),
    "a hard gate lets nobody stand in": (
        record(stands("winner", "fill"), WEAK, rung=4, recruit="fill"),
        record(stands("hard veto"), SICK, rung=3, recruit="ranked"),
        "had come as fill at rung 4; fails health >= 0.5: 0.9 -> 0.4; still fails adx 18 >= 20",
    ),
    "it is outranked by those of its own side only": (
        record(RANKED, SOUND),
        record(
            stands("outranked", rank=3.0, cluster=2),
            SOUND,
            **{name: {**AHEAD_OF_IT, "cluster": cluster} for name, cluster in (("K", 1), ("L", 2), ("M", 3))},
            N={**RANKED, "cluster": 2},
            Z={**RANKED, "cluster": 2, "direction": "SHORT", "alpha_score": 0.9},
            Y={**BEHIND, "cluster": 2},
        ),
        "had come as ranked at rung 1; is outranked at place 3 in cluster 2 LONG by L 0.75, N 0.5; "
        "conviction 0.5, cluster 1 -> 2",
    ),
    "it has no seat": (
        record(stands("winner", "ranked", alpha_score=0.6), SOUND),
        record(stands("outranked", rank=1.0), SOUND),
        "had come as ranked at rung 1; has no seat at place 1 in cluster 1 LONG; conviction 0.6 -> 0.5",
    ),
    "a gate that was waived and one that it fails": (
        record(RANKED, SOUND),
        record(
            stands("winner", "fill"),
            decided_by(adx=(18.0, "waived", "benchmarks"), health=(0.4, "fail", "")),
            rung=4,
            recruit="fill",
        ),
        "route ranked -> fill; rung 1 -> 4; fails health 0.4 >= 0.5; adx is waived (benchmarks)",
    ),
    "by other ways back": (
        record(stands("winner", "fill", direction="SHORT"), SOUND, rung=4, recruit="fill"),
        record(stands("winner", "representative"), WEAK, rung=3, recruit="representatives"),
        "route fill -> representative; direction SHORT -> LONG; rung 4 -> 3; fails adx 18 >= 20",
    ),
    "a rung that changed alone": (
        record(RANKED, SOUND),
        record(RANKED, LET_PAST, rung=2),
        "rung 1 -> 2",
    ),
}


@pytest.mark.parametrize("case", MORE)
def test_further_fates_by_hand(case: str) -> None:
    before, now, reason = MORE[case]
    (fate,) = (each for each in fates(before, now) if each.symbol == "X")
    assert fate.reason == reason


def test_winners_stand_best_first_and_those_that_went_after_them() -> None:
    before = record(RANKED, SOUND, P=RANKED, Q=RANKED)
    before.pool["R"] = {"identity": "R", "scanner_symbol": "S:R"}
    found = fates(before, record(None, SOUND, R=AHEAD_OF_IT, Q=RANKED))
    assert [(fate.symbol, fate.change) for fate in found] == [
        ("R", "came"),
        ("Q", "stayed"),
        ("X", "went"),
        ("P", "went"),
    ]
    assert [fate.winner for fate in found] == [found[0].now, found[1].now, found[2].before, found[3].before]
    assert found[0].before is found[2].now is found[3].now is None


def test_who_is_outside_the_pool_is_told_why() -> None:
    """By the lists of the run that lacks it: the one by its symbol, the other as its scanner names it."""
    for lists, words in (
        ({"bars_without_candidates": ["X"], "candidates_without_bars": ["S:X"]}, "no scanner proposed it"),
        ({"bars_without_candidates": ["Y"], "candidates_without_bars": ["S:X"]}, "no bars of it"),
        ({"bars_without_candidates": [], "candidates_without_bars": ["X"]}, "neither bars nor a candidate of it"),
    ):
        now = record(None, SOUND)
        now.coverage.update(lists)
        (fate,) = fates(record(RANKED, SOUND), now)
        assert fate.reason == f"had come as ranked at rung 1; is not in the pool: {words}"
