"""What `show` and the end of `run` say of a run, against its own files."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from support.scenarios import failures, standings
from tradingview_scraper.pipelines.selection.drivers.review.summary import SHOWN_FIGURES, run_summary, summary_text
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts
from tradingview_scraper.pipelines.selection.lineage.record.headline import headline

SCENARIOS = ("usual", "strict", "represented", "filled", "without benchmark", "lax")


def summary(folder: Path) -> dict[str, Any]:
    return run_summary(folder.parent.parent, folder.name)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_headline_counts_routes_and_failed_gates(runs: dict[str, Path], scenario: str) -> None:
    found = summary(runs[scenario])
    won = standings(runs[scenario]).query("route != ''")
    line = found["headline"]
    assert re.search(rf"\b{len(won)} winners at rung {found['rung']} \({found['rungs'][-1]['name']}\): ", line)
    assert {
        name: int(count) for count, name in re.findall(r"(\d+) (ranked|benchmark|representative|fill)\b", line)
    } == Counter(won["route"])
    failed = [gates for gates in failures(runs[scenario]).values() if gates]
    assert (f"{len(failed)} of them fail gates: recruited past " in line) == bool(failed)
    named = {name: int(count) for name, count in re.findall(r"(\w+) \((\d+)\)", line)}
    assert named == Counter(gate for gates in failed for gate in gates)
    assert summary_text(found).splitlines()[1] == line
    page = page_parts((runs[scenario] / "report.html").read_text("utf-8"))[0]
    assert page["headline"] == line


def test_a_missed_floor_comes_first() -> None:
    atoms = [
        {"asset": "A", "route": "ranked", "fails": []},
        {"asset": "B", "route": "fill", "fails": ["adx"]},
        {"asset": "B", "route": "fill", "fails": ["adx"]},
    ]
    manifest = {"rung": 4, "routes": {"ranked": 1, "fill": 1}, "atoms": atoms}
    told = "2 winners at rung 4 (fill): 1 ranked, 1 fill. 1 of them fails gates: recruited past adx (1)"
    assert headline(manifest, "fill", 2) == told
    assert headline(manifest, "fill", 3) == f"the floor of 3 is missed: {told}"
    assert headline({"rung": 1, "routes": {}, "atoms": []}, "strict", 1) == (
        "the floor of 1 is missed: 0 winners at rung 1 (strict)"
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_winner_has_its_route_and_the_gates_that_it_fails(runs: dict[str, Path], scenario: str) -> None:
    text = summary_text(summary(runs[scenario]))
    routes = standings(runs[scenario])["route"]
    for symbol, failed in failures(runs[scenario]).items():
        line = re.search(rf"^{symbol} +(?:LONG|SHORT) +\w+ +[\d.e+-]+(?:  (.*))?$", text, re.MULTILINE)
        assert line is not None
        parts = [routes[symbol]] if routes[symbol] != "ranked" else []
        assert (line[1] or "") == ", ".join([*parts, *([f"fails {', '.join(failed)}"] if failed else [])])


def test_each_figure_has_its_own_value(runs: dict[str, Path]) -> None:
    found = summary(runs["usual"])
    text = summary_text(found)
    shown = {name: re.search(rf"^{name} +(\S+)$", text, re.MULTILINE) for name in SHOWN_FIGURES}
    values = {name: float(match[1]) for name, match in shown.items() if match is not None}
    assert values == {name: pytest.approx(found["metrics"][name], rel=1e-3) for name in SHOWN_FIGURES}
    assert len(set(values.values())) == len(SHOWN_FIGURES)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_manifest_says_how_each_atom_came_in(runs: dict[str, Path], scenario: str) -> None:
    manifest = json.loads((runs[scenario] / "manifest.json").read_text("utf-8"))
    receipt = json.loads((runs[scenario] / "receipt.json").read_text("utf-8"))
    routes, failed = standings(runs[scenario])["route"], failures(runs[scenario])
    assert manifest["schema_version"] == "1.1"
    assert manifest["rung"] == receipt["rung"]
    assert manifest["routes"] == Counter(route for route in routes if route)
    for atom in manifest["atoms"]:
        assert atom["route"] == routes[atom["asset"]]
        assert atom["fails"] == failed[atom["asset"]]


COVERAGE: dict[str, Any] = {
    "pool": 9,
    "assets_with_returns": 10,
    "days": 400,
    "candidates": 12,
    "candidates_without_bars": ["A"],
    "bars_without_candidates": ["B", "C", "D", "E"],
    "superseded": ["F", "G"],
    "joins": {"exact": 5, "exchange": 2, "suffix": 1},
    "loose_joins": {"exchange": ["X:H -> H"], "suffix": ["I.P -> I"]},
    "exchanges_assumed": {"NYSE": ["J", "K", "L"], "NASDAQ": ["M", "N", "O", "P"]},
    "joins_in_doubt": ["Q", "R", "S"],
    "other_exchange": ["T", "U", "V", "W"],
    "passed_over": {"instruments": ["Y"]},
    "listed_but_unknown": ["Z"],
    "treatments": {"masked": {"not positive": 3, "a jump": 4}, "set aside": {"twice": 1}},
    "missing_cells": {"open": 2, "high": 5},
    "suspicious": ["A", "B", "C", "D"],
    "remarks": {"days_alone": {"A": 2.0, "B": 1.0}, "large_steps": {"A": 0.4}},
    "stale": {
        "US": {"stale": 2, "assets": 5, "days_since_its_last_bar": 1},
        "": {"stale": 1, "assets": 3, "days_since_its_last_bar": 6},
    },
    "notes": ["first", "second"],
}
QUIET = {
    **COVERAGE,
    **{key: [] for key in ("candidates_without_bars", "bars_without_candidates", "superseded")},
    **{key: {} for key in ("loose_joins", "passed_over", "treatments", "missing_cells", "remarks", "stale")},
    **{key: [] for key in ("joins_in_doubt", "other_exchange", "listed_but_unknown", "suspicious", "notes")},
    "exchanges_assumed": {"NYSE": ["J"]},
}
SUMMARY: dict[str, Any] = {
    "run_id": "20260701-000000-abcdef",
    "profile": "v4",
    "as_of": "2026-06-30",
    "headline": "2 winners at rung 2 (relaxed): 1 ranked, 1 fill",
    "beyond": {"bars": "3 bars lie beyond the date"},
    "coverage": COVERAGE,
    "rungs": [
        {"rung": 1, "name": "strict", "eligible": 4, "winners": 1, "executed": 90, "milliseconds": 1234.6},
        {"rung": 2, "name": "relaxed", "eligible": 5, "winners": 2, "executed": 8, "milliseconds": 5.4},
    ],
    "candidates": [
        {"symbol": "LONGNAME", "direction": "LONG", "logic": "trend", "alpha_score": 0.25},
        {"symbol": "B", "direction": "SHORT", "logic": "trend,value", "alpha_score": 1e-7},
        {"symbol": "C", "direction": "LONG", "logic": "value", "alpha_score": 1e-8},
    ],
    "recruitment": {
        "LONGNAME": {"route": "ranked", "fails": []},
        "B": {"route": "fill", "fails": ["adx", "momentum"]},
        "C": {"route": "ranked", "fails": ["adx"]},
    },
    "metrics": {name: number / 7 for number, name in enumerate(SHOWN_FIGURES)} | {"winners_diversity": None},
    "findings": ["3 of 9 candidates go against their own trend"],
    "scorers": [
        {"name": "log_mps", "role": "champion"},
        {
            "name": "other",
            "role": "challenger",
            "metrics": {
                "rung": 1,
                "winners": 4,
                "winners_shared": 2,
                "winners_jaccard": 0.4,
                "rank_correlation": {"null": "nan"},
            },
            "differs": [
                {"asset": name, "rank": 9, "champion_rank": place} for place, name in enumerate(("B", "C", "D", "E"), 1)
            ],
        },
        {"name": "of an older run", "role": "challenger"},
        {
            "name": "mine",
            "role": "challenger",
            "model": {
                "file": "models/mine/2026-06-01.skops",
                "usable_from": "2026-06-01",
                "age": 21,
                "every": 21,
                "estimator": "ridge",
                "target": "rank",
                "horizon": 1,
                "window": {"first": "2026-01-05", "last": "2026-05-29", "dates": 20, "rows": 900, "assets": 46},
                "ic_out_of_fold": {"mean": -0.0124, "error": {"null": "nan"}, "dates": 9},
                "limits": ["It knows no cost."],
            },
        },
    ],
    "atoms": ["a", "b", "c", "d"],
    "folder": "demo/runs/x",
    "head": {"size": 7, "hash": "f00"},
}
TEXT = """\
20260701-000000-abcdef  v4  as of 2026-06-30
2 winners at rung 2 (relaxed): 1 ranked, 1 fill
3 bars lie beyond the date

pool      9 assets of 10 with returns over 400 days, 12 candidates
coverage  1 candidate without bars (A); 4 assets without candidate (B, C, D ...); 2 superseded
joins     2 without the exchange (X:H -> H); 1 without the contract suffix (I.P -> I)
exchange  the bars name none; taken from the candidates: NYSE 3 (J, K, L), NASDAQ 4
in doubt  Q; R; S (3)
left out  candidates of another exchange: T; U; V ... (4)
left out  rows of instruments: Y (1)
unknown   the profile's lists name Z (1)
masked    7 cells or rows: 3 not positive, 4 a jump
set aside 1 cells or rows: 1 twice
unknown   7 cells of the bars: 2 open, 5 high
suspect   4 assets (A, B, C ...): the gate `plausibility` stops them
remarks   on assets, which are believed all the same (coverage.json): 2 with returns on days when their \
market is closed; 1 with steps that a split may hide behind
stale     2 of 5 assets of US have no bar of the last days; their market's newest bar is 1 days old
stale     1 of 3 assets of no market have no bar of the last days; their market's newest bar is 6 days old
note      first
note      second

rung                 eligible  winners  nodes      ms
1 strict                    4        1     90    1235
2 relaxed                   5        2      8       5

winner    direction  logic              conviction
LONGNAME  LONG       trend                    0.25
B         SHORT      trend,value             1e-07  fill, fails adx, momentum
C         LONG       value                   1e-08  fails adx

clusters                     0
cluster_density              0.1429
cluster_effective_number     0.2857
average_conviction           0.4286
average_conviction_pool      0.5714
pool_diversity               0.7143
winners_diversity            -
winners_effective_bets       1
finding   3 of 9 candidates go against their own trend

challenger other: 4 winners at rung 1, 2 of them the champion's (Jaccard 0.4), rank correlation -
  ranks lie furthest apart (the champion's in brackets) at B 9 (1), C 9 (2), D 9 (3)

model models/mine/2026-06-01.skops of mine (challenger)
  ridge on rank over 1 session, trained until 2026-06-01 on 900 rows of 46 assets, 20 dates from 2026-01-05 to 2026-05-29
  rank IC out of fold -12 x 1000, standard error unknown, 9 dates
  21 sessions old, its schedule is every 21 sessions
  limit: It knows no cost.

3 winners, 4 strategy atoms in demo/runs/x
ledger head 7:f00"""


def test_the_text_by_hand() -> None:
    assert summary_text(SUMMARY).splitlines() == TEXT.splitlines()


def test_nothing_is_said_of_what_there_is_none_of() -> None:
    text = summary_text({**SUMMARY, "coverage": QUIET, "as_of": None, "beyond": {}, "candidates": [], "rungs": []})
    assert text.splitlines()[:8] == [
        "20260701-000000-abcdef  v4  as of the last day",
        "2 winners at rung 2 (relaxed): 1 ranked, 1 fill",
        "",
        "pool      9 assets of 10 with returns over 400 days, 12 candidates",
        "coverage  0 candidates without bars; 0 assets without candidate; 0 superseded",
        "",
        "rung                 eligible  winners  nodes      ms",
        "",
    ]
    assert "winner  direction  logic              conviction" in text.splitlines()


def test_a_failed_run_is_one_line() -> None:
    failed = {"run_id": "a", "error": {"error": "DataContractError", "message": "no bars"}}
    assert summary_text(failed) == "a  FAILED  DataContractError: no bars"
