"""`show`: every line against the files of the run."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.lineage.record import ledger


@pytest.fixture(scope="module")
def lines(sample_run: SampleRun) -> list[str]:
    done = CliRunner().invoke(main, ["show", sample_run.run_id, "--project", str(sample_run.project)])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def events(sample_run: SampleRun) -> list[dict[str, Any]]:
    return list(ledger.read(sample_run.folder / "audit.jsonl"))


def test_each_figure_has_its_own_value(lines: list[str], events: list[dict[str, Any]]) -> None:
    metrics = events[-1]["metrics"]
    pairs = [line.split() for line in lines if line.count(" ") and len(line.split()) == 2]
    shown = {name: value for name, value in pairs if name in metrics}
    assert shown == {name: f"{metrics[name]:.4g}" for name in shown}
    assert {"clusters", "average_conviction_winners", "pool_diversity", "effective_bets"} <= shown.keys()
    assert len(set(shown.values())) == len(shown)


def test_each_rung_has_its_own_line(lines: list[str], events: list[dict[str, Any]]) -> None:
    rungs = [event for event in events if event["event"] == "rung.completed"]
    start = next(number for number, line in enumerate(lines) if line.startswith("rung "))
    assert len(rungs) > 1
    for rung, line in zip(rungs, lines[start + 1 :], strict=False):
        counts = [str(rung[name]) for name in ("eligible", "winners", "executed")]
        assert line.split()[0] == str(rung["rung"])
        assert line.split()[-4:-1] == counts
        assert rung["name"] in line
    assert lines[start + 1 + len(rungs)] == ""


def test_each_winner_has_its_own_line(sample_run: SampleRun, lines: list[str]) -> None:
    winners = json.loads((sample_run.folder / "portfolio_candidates.json").read_text("utf-8"))
    start = next(number for number, line in enumerate(lines) if line.startswith("winner "))
    for winner, line in zip(winners, lines[start + 1 : start + 1 + len(winners)], strict=True):
        score = f"{winner['alpha_score']:.6g}"
        assert line.split()[:4] == [winner["symbol"], winner["direction"], winner["logic"], score]
        assert line.endswith(winner.get("selection_note", score))


def test_pool_coverage_and_ends_are_counted(sample_run: SampleRun, lines: list[str]) -> None:
    coverage = json.loads((sample_run.folder / "coverage.json").read_text("utf-8"))
    winners = json.loads((sample_run.folder / "portfolio_candidates.json").read_text("utf-8"))
    atoms = json.loads((sample_run.folder / "manifest.json").read_text("utf-8"))["atoms"]
    text = "\n".join(lines)
    assert f"pool      {coverage['pool']} assets of {coverage['assets_with_returns']} with returns" in text
    assert f"over {coverage['days']} days, {coverage['candidates']} candidates" in text
    assert f"coverage  {len(coverage['candidates_without_bars'])} candidate" in text
    assert f"; {len(coverage['bars_without_candidates'])} asset" in text
    assert f"; {len(coverage['superseded'])} superseded" in text
    assert f"set aside {sum(coverage['quarantined'].values())} cells or rows" in text
    assert f"{len(winners)} winners, {len(atoms)} strategy atoms in {sample_run.folder}" in text
    head = ledger.head(sample_run.folder / "audit.jsonl")
    assert lines[-1] == f"ledger head {head.size}:{head.hash}"
