"""What the ledger of a run says: its opening, the stages and rungs in between, its closing, the receipt, the project's line.

Opening: code (digests of this package and of the user's modules, git), environment, parameters with their layers.
In between: quarantine, one event per stage, one per rung. Closing: inputs, figures, scorers, artifacts.
"""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import BucketPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.recording.machine import machine_now
from tradingview_scraper.pipelines.selection.drivers.recording.page.challenger_table import challenger_choices
from tradingview_scraper.pipelines.selection.drivers.recording.page.model_facts import model_facts
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.lineage.record.encoding import Artifact
from tradingview_scraper.pipelines.selection.lineage.record.figures import run_figures
from tradingview_scraper.pipelines.selection.lineage.record.provenance import git_state, tree_digest
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.run_files import MODEL
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings
from tradingview_scraper.pipelines.selection.schemas.stages import STAGES

LIBRARIES = ("apache-hamilton", "numpy", "pandas", "pandera", "pyarrow", "pydantic", "scikit-learn", "scipy")
LIBRARY_MODULES = ("sklearn",)
"""What a profile may name a component of, and whose version the environment has."""
PARTS = ("dataflow", "schemas", "drivers", "lineage")
PACKAGE_PATTERNS = ("*.py", "*.toml", "*.json", "*.js", "*.css", "*.html", "*.txt")
"""All of this package that shows in an artifact: code, profiles, schemas, and what the page is made of."""


def opening(request: Request) -> dict[str, Any]:
    """The opening event: code, environment, parameters."""
    params = flat_names(request.resolved.settings.model_dump())
    return {
        "code": {
            **package_code(),
            "modules": user_code(request.resolved.settings),
            "git": git_state(request.project),
        },
        "environment": environment_now(),
        "params": {
            "as_of": None if request.as_of is None else str(request.as_of),
            "data": data_place(request),
            **params,
        },
        "params_digest": json_digest(params),
        "moment": str(request.moment),
        **({"fragility": {"draws": request.draws}} if request.draws else {}),
        "origins": dict(request.resolved.origins),
    }


def package_code() -> dict[str, Any]:
    """The version of this package and the digest of each of its parts."""
    package = Path(__file__).resolve().parents[2]
    return {
        "package": f"tvselect {metadata.version('tvselect')}",
        "package_digest": {part: tree_digest(package / part, PACKAGE_PATTERNS) for part in PARTS},
    }


def environment_now() -> dict[str, Any]:
    """Python, platform, the libraries that compute, and what of the machine shows in last bits."""
    return {
        "python": platform.python_version(),
        "platform": sys.platform,
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "machine": machine_now(),
    }


def user_code(settings: SelectionSettings) -> dict[str, str]:
    """The digest of each top-level module or package that the settings name: factors and components.

    The whole package counts, so that a helper beside the factors does too. A library that the environment names with its
    version doesn't.
    """
    tops = {name for name in named_packages(settings) if name not in LIBRARY_MODULES}
    return {top: _source_digest(top) for top in sorted(tops)}


def named_packages(settings: SelectionSettings) -> set[str]:
    """The top-level packages of the modules and components that the settings name outside this package."""
    scorers = [scorer.kind for scorer in settings.active_scorers.values()]
    paths = [settings.data.provider, *scorers, settings.clusters.bucketizer]
    names = [*settings.features.modules, *(path.partition(":")[0] for path in paths if ":" in path)]
    return {name.partition(".")[0] for name in names}


def data_place(request: Request) -> str:
    """The data folder relative to the project where it lies inside, else in full: `reproduce` finds it again."""
    if isinstance(request.data, BucketPlace):
        return str(request.data)
    data, project = request.data.resolve(), request.project.resolve()
    return data.relative_to(project).as_posix() if data.is_relative_to(project) else data.as_posix()


def steps(selection: Selection) -> list[dict[str, Any]]:
    """The events in between: quarantine, one event per stage, one per rung."""
    events: list[dict[str, Any]] = []
    if len(selection.quarantine):
        events.append({"event": "data.quarantined", "quarantined": selection.coverage["quarantined"]})
    for stage in STAGES:
        nodes = {
            name: seconds for name, seconds in selection.executions.items() if selection.graph.stages[name] == stage
        }
        spent = sum(sum(seconds) for seconds in nodes.values())
        executions = sum(len(seconds) for seconds in nodes.values())
        events.append(
            {
                "event": "stage.completed",
                "stage": stage,
                "nodes": len(nodes),
                "executions": executions,
                "milliseconds": round(1000 * spent, 3),
            }
        )
    for rung in selection.rungs:
        events.append(
            {
                "event": "rung.completed",
                "rung": rung.number,
                "name": rung.name,
                "thresholds": dict(rung.thresholds),
                "eligible": rung.eligible,
                "winners": rung.winners,
                "executed": len(rung.executed),
                "nodes": list(rung.executed),
                "milliseconds": round(rung.milliseconds, 3),
            }
        )
    return events


def closing(
    selection: Selection, artifacts: Sequence[Artifact], fragility: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The closing event: inputs, metrics, scorers, artifacts."""
    figures = run_figures(selection.context, selection.distance, fragility)
    choices = challenger_choices(selection)
    models = model_facts(selection)
    return {
        "inputs": [
            {
                "name": source.name,
                "role": MODEL if source.kind == MODEL else "selection",
                "source": source.uri,
                "version": None if source.version is None else source.version.version,
                "digest": source.digest,
                "rows": source.rows,
                "columns": source.columns,
            }
            for source in (*selection.sources, *selection.models)
        ],
        "metrics": dict(figures.values),
        "metric_notes": dict(figures.notes),
        "scorers": [
            {
                "name": name,
                "kind": scorer.kind,
                "role": scorer.role,
                **({"model": models[name]} if name in models else {}),
                **choices.get(name, {}),
            }
            for name, scorer in selection.settings.active_scorers.items()
        ],
        "artifacts": [asdict(artifact) for artifact in artifacts],
        "reached_floor": selection.reached_floor,
        "horizon": horizon(selection),
    }


def horizon(selection: Selection) -> dict[str, Any]:
    """How far the run saw: its last session, the moment up to which it knew scans, and what lies beyond."""
    tables = selection.tables
    last = None if tables.last_session is None else str(tables.last_session)
    known = max(
        [when for when in (tables.last_session, *tables.scans.values()) if when is not None], default=None, key=day_end
    )
    return {"last_session": last, "known_at": None if known is None else str(known), "beyond": dict(tables.beyond)}


def receipt_of(selection: Selection, request: Request) -> dict[str, Any]:
    """What `ls` shows of a run."""
    return {
        "status": "FINISHED",
        "profile": selection.settings.profile,
        "as_of": str(as_of.date()) if (as_of := request.as_of or selection.tables.last_session) is not None else None,
        "as_of_given": request.as_of is not None,
        "data": (request.data.resolve() if isinstance(request.data, Path) else request.data).name,
        "pool": len(selection.context.raw_pool),
        "winners": len(selection.winners),
        "routes": dict(selection.manifest["routes"]),
        "rung": selection.rungs[-1].number,
        "reached_floor": selection.reached_floor,
    }


def project_line(request: Request, run_id: str, facts: Mapping[str, Any], pinned: Mapping[str, Any]) -> dict[str, Any]:
    """What the project's ledger says of a run: enough to list it, and the head of its own ledger."""
    return {
        "run_id": run_id,
        "head": pinned,
        "profile": request.resolved.settings.profile,
        "as_of": facts.get("as_of", None if request.as_of is None else str(request.as_of.date())),
        "champion": request.resolved.settings.champion,
        **{name: facts[name] for name in ("data", "pool", "winners", "rung", "reached_floor") if name in facts},
    }


def _source_digest(module: str) -> str:
    """Of a package's folder, or of a module's one file."""
    place = Path(str(sys.modules[module].__file__ or next(iter(sys.modules[module].__path__), "")))
    if place.name == "__init__.py":
        return tree_digest(place.parent)
    return tree_digest(place) if place.is_dir() else file_digest(place)
