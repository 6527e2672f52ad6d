"""Which lineage document is meant: a profile's, a run's, a commit's."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.paths import ROOT
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.lineage_documents import (
    PARTS,
    commit_dag,
    is_package,
    named_dag,
    profile_dag,
    run_dag,
    rung_nodes,
)
from tradingview_scraper.pipelines.selection.lineage.graph.document import reexecuted_names
from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def test_a_profile_goes_before_a_run_and_a_run_before_a_commit(sample_run: SampleRun) -> None:
    project = sample_run.project
    ran = run_dag(project, sample_run.run_id)
    assert ran["nodes"]
    for reference in ("@latest", sample_run.run_id, sample_run.run_id[:12]):
        assert named_dag(project, reference, "v4") == ran
    profile = named_dag(project, "v4", "v3.4")
    assert profile == profile_dag(project, "v4")
    assert [node["name"] for node in profile["nodes"]] == [node["name"] for node in ran["nodes"]]
    assert profile != profile_dag(project, "v3.4")
    for reference in ("nope", "*"):
        with pytest.raises(ConfigurationError, match="is no profile, run or commit of 'demo'"):
            named_dag(project, reference, "v4")


def test_the_nodes_of_a_rung_are_those_of_the_ledger(sample_run: SampleRun) -> None:
    document = run_dag(sample_run.project, "@latest")
    rungs = [event for event in read(sample_run.folder / "audit.jsonl") if event["event"] == "rung.completed"]
    for rung in rungs:
        assert rung_nodes(sample_run.project, "@latest", rung["rung"], document) == rung["nodes"]
    with pytest.raises(ConfigurationError, match=f"has no rung 9: it climbed {len(rungs)}"):
        rung_nodes(sample_run.project, "@latest", 9, document)
    everything = {node["name"] for node in document["nodes"] if node["kind"] != "input"}
    assert {*rung_nodes(sample_run.project, None, 1, document)} == everything
    assert rung_nodes(sample_run.project, None, 2, document) == reexecuted_names(document)


def committed(folder: Path, *paths: str) -> None:
    """A new repository with a commit of these."""
    who = ["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", *paths], ["commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


PLANTED = '''

@factor(low=0.0, high=1.0)
def planted_share(returns: pd.DataFrame) -> pd.Series:
    """Share of the days that rose."""
    return returns.gt(0.0).mean()
'''


def test_a_commit_of_the_package_is_built_by_its_own_code(tmp_path: Path) -> None:
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    factors = tmp_path / "dataflow" / "features" / "factors" / "trend.py"
    now = factors.read_text()
    factors.write_text(now + PLANTED)
    committed(tmp_path, *PARTS)
    factors.write_text(now)
    found = {node["name"] for node in commit_dag(tmp_path, "HEAD", "v4")["nodes"]}
    assert found - {node["name"] for node in profile_dag(tmp_path, "v4")["nodes"]} == {"planted_share"}


def test_a_commit_has_the_graph_of_its_own_factors(own_run: SampleRun) -> None:
    project = own_run.project
    committed(project, "tvselect.toml", "factors")
    path = project / "factors" / "quality.py"
    path.write_text(path.read_text().replace("drawdown_resilience", "other_name"))
    then = {node["name"] for node in commit_dag(project, "HEAD", "v4")["nodes"]}
    now = {node["name"] for node in profile_dag(project, "v4")["nodes"]}
    assert (then - now, now - then) == ({"drawdown_resilience"}, {"other_name"})
    with pytest.raises(ConfigurationError, match=r"the graph of HEAD can't be built: .*no profile 'v9'"):
        commit_dag(project, "HEAD", "v9")


def test_the_package_is_told_from_a_project(sample_run: SampleRun, tmp_path: Path) -> None:
    assert is_package(ROOT)
    assert not is_package(sample_run.project)
    for part in ("dataflow", "schemas", "drivers"):
        (tmp_path / part).mkdir()
    assert not is_package(tmp_path)
    (tmp_path / "lineage").mkdir()
    assert is_package(tmp_path)
    (tmp_path / "tvselect.toml").touch()
    assert not is_package(tmp_path)
