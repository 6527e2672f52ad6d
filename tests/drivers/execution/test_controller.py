"""The relaxation loop: what runs how often, on a graph with a user's factor and scorer in it."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from hamilton import driver

from support.market import longest, selected, selection
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market, write_market
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import selected as selected_from
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

FACTOR = '''
import pandas as pd
from tradingview_scraper.pipelines.selection.dataflow.features import factor


@factor(low=0.0, high=1.0)
def share_of_up_days(returns: pd.DataFrame) -> pd.Series:
    """Share of days with a gain."""
    return (returns > 0).mean()
'''
SCORER = """
import pandas as pd
from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer


class Plain(ConvictionScorer):
    def probabilities(self, scoring):
        return scoring.metrics.rank(pct=True)

    def conviction(self, probabilities, scoring):
        return probabilities.mean(axis=1).fillna(0.0)
"""
SETTINGS = {
    "features.modules": ["own_factors"],
    "weights.share_of_up_days": 0.5,
    "scorers.plain": {"kind": "own_scorers:Plain", "role": "challenger"},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "own_factors.py").write_text(FACTOR)
    (folder / "own_scorers.py").write_text(SCORER)
    return folder


@pytest.fixture(scope="module")
def four_rungs(project: Path) -> Selection:
    """A selection that no rung satisfies, so that all four are climbed."""
    return selected({**SETTINGS, "recruitment.floor": 10_000}, project=project)


def test_each_node_runs_as_often_as_its_stage_does(four_rungs: Selection) -> None:
    assert [rung.number for rung in four_rungs.rungs] == [1, 2, 3, 4]
    counts = Counter(name for rung in four_rungs.rungs for name in rung.executed)
    stages = four_rungs.graph.stages
    for name, stage in stages.items():
        if stage in ("ingestion", "features", "partitioning") and name != "partitioned" and name in counts:
            assert counts[name] == 1, name
        if stage in ("inference", "policy"):
            assert counts[name] == 4, name
    assert counts["partitioned"] == 4
    first = four_rungs.rungs[0]
    seconds_of_first = sum(four_rungs.executions[name][0] for name in first.executed)
    assert first.milliseconds == pytest.approx(1000 * seconds_of_first)
    once = {name: len(seconds) for name, seconds in four_rungs.executions.items() if stages[name] == "synthesis"}
    assert set(once.values()) == {1}
    assert {"atoms", "manifest", "portfolio_candidates", "synthesized"} <= once.keys()


def test_the_users_factor_and_scorer_are_part_of_it(four_rungs: Selection) -> None:
    counts = Counter(name for rung in four_rungs.rungs for name in rung.executed)
    assert counts["share_of_up_days"] == 1
    assert counts["plain.conviction"] == counts["plain.probabilities"] == 4
    assert "share_of_up_days" in four_rungs.context.feature_store
    assert "log_mps.p_share_of_up_days" in four_rungs.context.inference_outputs


def test_every_node_but_the_pools_columns_is_read_or_recorded(four_rungs: Selection) -> None:
    """A public helper in a node module would become a node by accident."""
    ran = four_rungs.executions.keys()
    idle = {name for name in four_rungs.graph.stages if name not in ran}
    columns = set(four_rungs.context.raw_pool.columns)
    assert idle <= columns


def test_conviction_is_bit_equal_over_the_rungs_of_the_pool(four_rungs: Selection) -> None:
    first = four_rungs.rungs[0].context.inference_outputs
    for rung in four_rungs.rungs[1:]:
        assert rung.context.inference_outputs.equals(first)


@pytest.mark.parametrize("universe", ["sound", "eligible"])
def test_the_rung_reaches_the_score_only_where_the_profile_says_so(universe: str, project: Path) -> None:
    settings = {**SETTINGS, "recruitment.floor": 10_000, "scoring_universe": universe}
    rungs = selected(settings, project=project).rungs
    scores = [rung.context.inference_outputs["alpha_score"] for rung in rungs]
    assert scores[1].equals(scores[0]) == (universe == "sound")


def test_relaxing_only_loosens(four_rungs: Selection) -> None:
    gates = four_rungs.settings.active_gates
    for before, after in zip(four_rungs.rungs, four_rungs.rungs[1:], strict=False):
        held, now = before.context.standings, after.context.standings
        assert not (held["eligible"] & ~now["eligible"]).any()
        for name, gate in gates.items():
            loosened = after.thresholds[name] - before.thresholds[name]
            assert loosened <= 0 if gate.floors else loosened >= 0


def test_the_ladder_ends_at_the_first_rung_with_as_many_winners_as_the_floor() -> None:
    strict = selection().rungs[0].winners
    assert strict > 1
    for floor in (strict - 1, strict, strict + 1):
        run = selected({"recruitment.floor": floor})
        assert (len(run.rungs) == 1) == (floor <= strict)
        assert run.reached_floor == (run.rungs[-1].winners >= floor)
        assert all(rung.winners < floor for rung in run.rungs[:-1])
        assert len(run.winners) == run.rungs[-1].winners


def test_synthesis_works_on_what_the_last_rung_decided() -> None:
    run = longest()
    first, last = run.rungs[0].context, run.rungs[-1].context
    assert len(first.winners) < len(last.winners)
    assert run.winners.index.tolist() == last.winners.index.tolist()
    assert list(dict.fromkeys(atom.asset for atom in run.context.atoms)) == last.winners.index.tolist()
    assert {entry["asset"] for entry in run.manifest["atoms"]} == set(last.winners.index)
    for name in ("decisions", "standings", "winners", "inference_outputs"):
        assert getattr(run.context, name).equals(getattr(last, name)), name
    assert not run.context.decisions.equals(first.decisions)


def test_no_winner_fails_a_hard_gate(four_rungs: Selection) -> None:
    decisions = four_rungs.decisions
    hard = decisions[(decisions["kind"] == "hard") & ~decisions["passed"]]
    assert len(hard)
    assert not set(hard["symbol"]) & set(four_rungs.context.winners.index)


def test_all_rungs_routes_directions_and_gates_are_seen_on_the_sample(tmp_path: Path) -> None:
    write_market(simulated_market(), tmp_path)
    ready = plan(resolved_settings(settings={"recruitment.floor": 60}).settings)
    sample = selected_from(FolderProvider(tmp_path, ready.settings.data), ready, None)
    assert len(sample.rungs) == 4
    assert set(sample.context.winners["route"]) == {"ranked", "benchmark", "representative", "fill"}
    assert set(sample.context.winners["direction"]) == {"LONG", "SHORT"}
    strict = sample.rungs[0].context.decisions
    # Nobody is on the exclusion list unless the user puts him there.
    assert set(strict.loc[~strict["passed"], "gate"]) == set(ready.settings.active_gates) - {
        "exclusion",
        "volatility_floor",
    }


def test_a_feature_that_reads_a_score_is_refused(tmp_path: Path) -> None:
    (tmp_path / "greedy.py").write_text(
        "import pandas as pd\n\n\ndef hindsight(inference_outputs: pd.DataFrame) -> pd.Series:\n"
        "    return inference_outputs['alpha_score']\n"
    )
    with project_on_path(tmp_path):
        greedy = plan(resolved_settings(settings={"features.modules": ["greedy"]}).settings)
        with pytest.raises(ConfigurationError, match=r"read inference or policy.*hindsight"):
            Graph(greedy)


def test_one_run_builds_the_graph_once(sample_run: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[driver.Builder] = []
    build = driver.Builder.build
    monkeypatch.setattr(driver.Builder, "build", lambda self: built.append(self) or build(self))
    shutil.copytree(sample_run.project, tmp_path / "project", ignore=shutil.ignore_patterns("runs"))
    run(tmp_path / "project")
    assert len(built) == 1
