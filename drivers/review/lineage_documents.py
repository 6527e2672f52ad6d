"""The lineage documents that a person refers to: of a profile, of a run, of a commit.

`profile_dag` builds the graph of a profile as the project has it now. `run_dag` reads a run's `lineage.json` and nothing
heavy. `commit_dag` unpacks a commit into a temporary folder and has another process of this interpreter build the graph of
a profile there, so that two versions of one module never meet. In a user's project the package is the installed one
throughout, and the project's own factors and profiles differ; in the repository of this package itself (the one with
`dataflow/`, `schemas/`, `drivers/` and `lineage/`) the commit's own package builds the default profile, which it
can since there is `tvselect lineage`.

In this order: the three; `named_dag`, which finds out what is meant; `rung_nodes`, what a run's rung executed.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.graph.document import reexecuted_names
from tradingview_scraper.pipelines.selection.lineage.record.git import GitError, git_bytes, git_text
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.built_in_profiles import BUILT_IN
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LINEAGE, RUNS

COMMAND = "tradingview_scraper.pipelines.selection.drivers.cli"
PARTS = ("dataflow", "schemas", "drivers", "lineage")
NAMESPACE = Path("tradingview_scraper", "pipelines", "selection")


def profile_dag(project: Path, profile: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The lineage document of a profile as the project has it now.

    Raises `ConfigurationError` or `FactorError` where its settings or modules can't be used.
    """
    from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
    from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
    from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
    from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
    from tradingview_scraper.pipelines.selection.drivers.recording.lineage_nodes import graph_nodes
    from tradingview_scraper.pipelines.selection.lineage.graph.document import lineage_document
    from tradingview_scraper.pipelines.selection.schemas.canonical import plain

    with project_on_path(project):
        settings = resolved_settings(profile, project=project, environment=environment, known=None).settings
        found = lineage_document(graph_nodes(Graph(plan(settings))))
    # As a run's file has it: an infinite bound of a factor is no number to JSON.
    document: dict[str, Any] = plain(found)
    return document


def run_dag(project: Path, reference: str) -> dict[str, Any]:
    """The lineage document of a run.

    Raises `ConfigurationError` where no run is meant, `VerificationError` where its `lineage.json` can't be read.
    """
    document: dict[str, Any] = RunRecord(run_folder(project, reference)).needed_document(LINEAGE)
    return document


def commit_dag(project: Path, commit: str, profile: str) -> dict[str, Any]:
    """The lineage document of a profile at a commit of the project's repository.

    Raises `ConfigurationError` where there is no such commit, or where its graph can't be built.
    """
    try:
        found = git_text(project, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}")
        archive = git_bytes(project, "archive", "--format=tar", found)
    except GitError as error:
        raise ConfigurationError(
            f"{commit!r} is no profile, run or commit of {project.resolve().name!r}: {error}"
        ) from None
    with tempfile.TemporaryDirectory(prefix="tvselect-lineage-") as scratch:
        folder = Path(scratch, "project")
        with tarfile.open(fileobj=BytesIO(archive)) as packed:
            packed.extractall(folder, filter="data")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        if is_package(folder):
            environment["PYTHONPATH"] = str(_importable(folder, Path(scratch, "package")))
        command = [sys.executable, "-m", COMMAND, "lineage", "--project", str(folder), "--profile", profile]
        answer = subprocess.run(
            [*command, "--format", "json"], capture_output=True, env=environment, text=True, check=False
        )
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["it says nothing"])[-1].removeprefix("tvselect: ")
        raise ConfigurationError(f"the graph of {commit} can't be built: {reason}")
    document: dict[str, Any] = json.loads(answer.stdout)["lineage"]
    return document


def named_dag(
    project: Path, reference: str, profile: str, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The lineage document of what is named: a profile, else a run (`@latest`, the beginning of an id), else a commit.

    Raises `ConfigurationError` where it is none of these.
    """
    from tradingview_scraper.pipelines.selection.drivers.execution.profiles import project_document

    if reference in {*BUILT_IN, *project_document(project).get("profile", {})}:
        return profile_dag(project, reference, environment)
    runs = project / RUNS
    if reference.startswith("@") or (reference and any(runs.glob(f"{_literal(reference)}*/{LINEAGE}"))):
        return run_dag(project, reference)
    return commit_dag(project, reference, profile)


def rung_nodes(project: Path, reference: str | None, rung: int, document: Mapping[str, Any]) -> list[str]:
    """The nodes that a rung executed: as the run's ledger has it, else as the graph says.

    Raises `ConfigurationError` where the run didn't climb so far.
    """
    everything = [node["name"] for node in document["nodes"] if node["kind"] != "input"]
    planned = everything if rung == 1 else reexecuted_names(document)
    if reference is None:
        return planned
    run = RunRecord(run_folder(project, reference))
    rungs = {event["rung"]: event for event in run.of_kind("rung.completed")}
    if rung not in rungs:
        raise ConfigurationError(f"the run {run.folder.name} has no rung {rung}: it climbed {len(rungs)}")
    return list(rungs[rung].get("nodes", planned))


def is_package(folder: Path) -> bool:
    """Whether a folder is the repository of this package itself."""
    return not (folder / "tvselect.toml").exists() and all((folder / part).is_dir() for part in PARTS)


def _importable(folder: Path, place: Path) -> Path:
    """A folder for `PYTHONPATH` in which the four parts have the names that they are installed under."""
    (place / NAMESPACE).mkdir(parents=True)
    for part in PARTS:
        (place / NAMESPACE / part).symlink_to(folder / part, target_is_directory=True)
    return place


def _literal(text: str) -> str:
    """A text as a glob pattern that means itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)
