"""Verdict, killing gate, ladder and gates in static HTML, against the run's own files."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.lineage.page.outcome_sections import killing_gate_text


def test_the_headline_is_the_runs(data: dict[str, Any], still: Any) -> None:
    assert data["headline"] in still.texts["verdict"]
    assert data["settings_digest"] == still.texts["settings-digest"]


def test_the_killing_gate_is_the_one_that_most_assets_fail(folder: Path, still: Any) -> None:
    decisions = pd.read_parquet(folder / "decisions.parquet")
    standings = pd.read_parquet(folder / "standings.parquet")
    gates = {gate["gate"]: gate for gate in json.loads((folder / "gates.json").read_text("utf-8"))["gates"]}
    failing = decisions[~decisions["passed"]]
    counts = failing["gate"].value_counts()
    worst = counts.idxmax()
    each = failing.groupby("symbol", observed=True)["gate"].agg(list)
    text = still.texts["killing-gate"]
    assert f"Gates stop {(~standings['eligible']).sum()} of {len(standings)} assets" in text
    assert f"The gate that stops most is {worst} ({gates[worst]['kind']}): {counts[worst]} fail " in text
    assert text.endswith(f"{(each.map(lambda names: names == [worst])).sum()} of them no other gate.")


def test_where_no_gate_stops_anybody_it_says_so() -> None:
    steps = [{"gate": "adx", "stops": 0, "stops_alone": 0}]
    assert killing_gate_text({"rung": 1, "gates": [], "funnel": {"pool": 3, "eligible": 3, "steps": steps}}) == (
        "No gate stops an asset at rung 1."
    )


def test_of_two_gates_that_stop_as_many_the_first_is_named() -> None:
    steps = [{"gate": name, "stops": 2, "stops_alone": 1} for name in ("adx", "health")]
    gates = [{"gate": name, "kind": "hard", "feature": name, "op": ">=", "threshold": 1} for name in ("health", "adx")]
    found = killing_gate_text({"rung": 1, "gates": gates, "funnel": {"pool": 3, "eligible": 0, "steps": steps}})
    assert "stops most is adx (hard): 2 fail adx \u2265 1, 1 of them" in found


def test_the_gates_and_the_ladder_are_those_of_the_files(folder: Path, data: dict[str, Any], still: Any) -> None:
    decisions = pd.read_parquet(folder / "decisions.parquet")
    failed = decisions[~decisions["passed"]]["gate"].value_counts()
    funnel = still.tables["funnel-steps"]
    assert [row[0] for row in funnel.rows] == [
        "pool",
        *(step["gate"] for step in data["funnel"]["steps"]),
        "eligible",
        "winners",
    ]
    for row in funnel.rows[1:-2]:
        assert int(row[4]) == failed.get(row[0], 0)
    rungs = json.loads((folder / "ladder.json").read_text("utf-8"))
    table = still.tables["rungs"]
    assert table.column(0) == [f"{rung['rung']} {rung['name']}" for rung in rungs["rungs"]]
    ended = [row[-1] for row in table.rows]
    assert ended == [""] * rungs["climbed"] + ["not needed"] * (len(rungs["rungs"]) - rungs["climbed"])
    assert table.rows[rungs["climbed"] - 1][-3] == str(data["ladder"][rungs["climbed"] - 1]["winners"])


def test_figures_and_files_are_those_of_the_ledger(folder: Path, still: Any) -> None:
    closing = json.loads((folder / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    figures = still.tables["figures"]
    shown = {row[0]: value[1] or row[1] for row, value in zip(figures.rows, figures.values, strict=True)}
    assert {name: float(value) for name, value in shown.items()} == closing["metrics"]
    files = {row[0]: row[2] for row in still.tables["artifacts"].rows}
    assert files == {each["path"]: each["digest"] for each in closing["artifacts"] if each["path"] != "report.html"}
