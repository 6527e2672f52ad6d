"""`run --dry-run`: the plan that is shown is the one that a run follows."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.review.preview import plan_text


def tvselect(run: SampleRun, *arguments: str) -> str:
    done = CliRunner().invoke(main, [*arguments, "--project", str(run.project)])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def plan(sample_run: SampleRun) -> list[str]:
    return tvselect(sample_run, "run", "--dry-run", "--as-of", "2026-06-30").splitlines()


def named(plan: list[str], line: str) -> list[str]:
    """The comma-separated entries of the line that begins so."""
    (found,) = [each.removeprefix(line).strip() for each in plan if each.startswith(line)]
    return found.split(", ")


def test_the_scored_factors_are_those_that_the_run_scores(sample_run: SampleRun, plan: list[str]) -> None:
    scores = pd.read_parquet(sample_run.folder / "inference.parquet")
    features = pd.read_parquet(sample_run.folder / "features.parquet").columns.drop("symbol")
    scored = {column.partition(".p_")[2] for column in scores.columns if column.startswith("log_mps.p_")}
    params = json.loads((sample_run.folder / "audit.jsonl").read_text("utf-8").splitlines()[0])["params"]
    shown = dict(entry.split(" ") for entry in named(plan, "scored "))
    assert set(shown) == scored
    assert shown == {name: f"{params[f'weights.{name}']:g}" for name in scored}
    assert set(named(plan, "recorded ")) == set(features) - scored
    assert "drawdown_resilience" in named(plan, "recorded ")


def test_gates_ladder_and_scorers_are_those_of_the_run(sample_run: SampleRun, plan: list[str]) -> None:
    events = [json.loads(line) for line in (sample_run.folder / "audit.jsonl").read_text("utf-8").splitlines()]
    rungs = [event for event in events if event["event"] == "rung.completed"]
    gates = json.loads((sample_run.folder / "gates.json").read_text())["gates"]
    for gate in gates:
        (line,) = [each for each in plan if each.startswith(f"  {gate['gate']} ")]
        strict = rungs[0]["thresholds"][gate["gate"]]
        assert line.split() == [gate["gate"], gate["feature"], gate["op"], f"{strict:g}", f"({gate['kind']})"]
    for rung in rungs:
        (line,) = [each for each in plan if each.startswith(f"  {rung['rung']} {rung['name']}")]
        for name, value in rung["thresholds"].items():
            assert (f"{name} {value:g}" in line) == (value != rungs[0]["thresholds"][name])
    assert named(plan, "scorers ") == [f"{each['name']} ({each['role']})" for each in events[-1]["scorers"]]
    assert plan[0] == f"profile   v4, data {sample_run.project / 'data'}, as of 2026-06-30"


def test_the_nodes_are_those_that_run(sample_run: SampleRun, plan: list[str]) -> None:
    events = [json.loads(line) for line in (sample_run.folder / "audit.jsonl").read_text("utf-8").splitlines()]
    further = [event for event in events if event["event"] == "rung.completed"][1]
    shown = json.loads(tvselect(sample_run, "run", "--dry-run", "--json"))["plan"]
    assert shown["reexecuted_at_each_rung"] == sorted(further["nodes"])
    (line,) = [each for each in plan if each.startswith("nodes ")]
    assert line.endswith(f"; a further rung re-executes {further['executed']}")
    for stage, names in shown["nodes"].items():
        assert f"{stage} {len(names)}" in line
    assert {"conviction", "log_mps.conviction"} & {*shown["nodes"]["inference"]}
    assert set(shown["nodes"]["policy"]) <= set(further["nodes"])


PLAN = {
    "profile": "v4",
    "data": "demo/data",
    "as_of": None,
    "factors": {"adx": 1.0, "hurst": 0.0, "momentum": 0.25, "survival": 0.0},
    "scorers": {"log_mps": "champion", "rank_average": "challenger"},
    "gates": {"adx": "adx >= 20 (relaxable)", "health": "survival >= 0.5 (hard)"},
    "ladder": [
        {"rung": 1, "name": "strict", "thresholds": {"adx": 20.0, "health": 0.5, "momentum": 0.0}},
        {"rung": 2, "name": "relaxed", "thresholds": {"adx": 16.0, "health": 0.5, "momentum": -0.125}},
    ],
    "nodes": {"ingestion": ["a", "b"], "policy": ["c"]},
    "reexecuted_at_each_rung": ["c"],
    "selections_for_fragility": 204,
    "changed_settings": {"gates.adx.threshold": "command line"},
}
TEXT = """\
profile   v4, data demo/data, as of the last day
scored    adx 1, momentum 0.25
recorded  hurst, survival
scorers   log_mps (champion), rank_average (challenger)
gates
  adx           adx >= 20 (relaxable)
  health        survival >= 0.5 (hard)
ladder
  1 strict
  2 relaxed          adx 16, momentum -0.125
nodes     ingestion 2, policy 1; a further rung re-executes 1
fragility 204 selections more, each the whole ladder on other returns or weights
changed   gates.adx.threshold  (command line)"""


def test_the_text_by_hand() -> None:
    assert [line.rstrip() for line in plan_text(PLAN).splitlines()] == [line.rstrip() for line in TEXT.splitlines()]
