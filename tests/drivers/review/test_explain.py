"""`explain`: the story of an asset against the run's own frames."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main


def explain(run: SampleRun, asset: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["explain", run.run_id, asset, "--project", str(run.project), *options])


def frame(run: SampleRun, name: str) -> pd.DataFrame:
    return pd.read_parquet(run.folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def standings(sample_run: SampleRun) -> pd.DataFrame:
    return frame(sample_run, "standings").set_index("symbol")


def one_of_each(standings: pd.DataFrame) -> list[str]:
    """The best, the last, and one asset of each outcome."""
    order = standings["alpha_score"].sort_values(ascending=False).index
    return list(dict.fromkeys([order[0], order[-1], *standings.groupby("outcome").head(1).index]))


def test_the_text_gives_place_score_outcome_and_cluster(sample_run: SampleRun, standings: pd.DataFrame) -> None:
    ordered = sorted(standings.index, key=lambda name: (-standings.at[name, "alpha_score"], name))
    for asset in one_of_each(standings):
        row = standings.loc[asset]
        text = explain(sample_run, asset).stdout
        place = f"{ordered.index(asset) + 1} of {len(ordered)} in the pool"
        assert f"conviction  {row['alpha_score']:.6g}, {place}\n" in text
        assert text.startswith(f"{asset}  {row['direction']}  ")
        assert f"\ncluster     {row['cluster']}, " in text
        assert ("outcome     won" in text) == (row["outcome"] == "winner")
        placed = re.search(r"place (\d+) among its eligible", text)
        assert (None if placed is None else int(placed[1])) == (row["rank"] if row["eligible"] else None)


def test_the_winners_of_its_cluster_are_listed_best_first(sample_run: SampleRun, standings: pd.DataFrame) -> None:
    winners = standings[standings["route"] != ""].sort_values("alpha_score", ascending=False)
    for asset in one_of_each(standings):
        cluster = standings.at[asset, "cluster"]
        own = winners[winners["cluster"] == cluster]
        listed = ", ".join(f"{name} {row['direction']} {row['alpha_score']:.4g}" for name, row in own.iterrows())
        last = explain(sample_run, asset).stdout.rstrip().splitlines()[-1]
        assert last == f"winners of cluster {cluster}: {listed or 'none'}"


def test_gates_and_probabilities_are_those_of_the_files(sample_run: SampleRun, standings: pd.DataFrame) -> None:
    decisions, inference = frame(sample_run, "decisions"), frame(sample_run, "inference").set_index("symbol")
    for asset in one_of_each(standings):
        story = json.loads(explain(sample_run, asset, "--json").stdout)["explanation"]
        own = decisions[decisions["symbol"] == asset]
        assert [gate["gate"] for gate in story["gates"]] == own["gate"].tolist()
        for gate, row in zip(story["gates"], own.itertuples(), strict=True):
            assert (gate["verdict"], gate["passed"], gate["threshold"]) == (row.verdict, row.passed, row.threshold)
            assert gate["value"] == (None if pd.isna(row.value) else row.value)
            assert gate["margin"] == (None if pd.isna(row.margin) else row.margin)
        for name, value in story["probabilities"].items():
            assert value == (None if pd.isna(inference.at[asset, name]) else inference.at[asset, name])
        assert len(story["probabilities"]) > 5


def passing_rungs(decisions: pd.DataFrame, ladder: dict[str, Any], gates: dict[str, Any]) -> list[int]:
    """The rungs at which every gate is met by the recorded values."""
    return [
        rung["rung"]
        for rung in ladder["rungs"]
        if all(
            row.value >= rung["thresholds"][row.gate]
            if gates[row.gate]["op"] == ">="
            else row.value <= rung["thresholds"][row.gate]
            for row in decisions.itertuples()
        )
    ]


def test_the_rung_from_which_it_passes_follows_from_the_ladder(sample_run: SampleRun, standings: pd.DataFrame) -> None:
    decisions, ladder = frame(sample_run, "decisions"), json_of(sample_run.folder / "ladder.json")
    gates = {gate["gate"]: gate for gate in json_of(sample_run.folder / "gates.json")["gates"]}
    assert {gate["op"] for gate in gates.values()} == {">=", "<="}
    seen = set()
    for asset in decisions["symbol"].unique()[::4]:
        own = decisions[decisions["symbol"] == asset]
        if own["value"].isna().any() or (own["passed"] & (own["margin"] < 0)).any():
            continue  # what is unknown or waived doesn't follow from the values
        first = next(iter(passing_rungs(own, ladder, gates)), None)
        seen.add(first)
        text = explain(sample_run, asset).stdout
        said = re.search(r"passes every gate from rung (\d) on", text)
        if not said:
            assert first is None
        else:
            assert int(said[1]) == first
    assert len(seen) > 2


def json_of(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
