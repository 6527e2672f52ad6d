"""A run in MLflow's schema, as plain data: no client, nothing written.

In this order: `tracked_run`, `tracked_scorers` (one nested run per scorer), then their parts: parameters (a long one is not
cut but named and kept whole in `LONG_PARAMS`), metrics (what isn't finite is left out, and said), tags, datasets.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord, finite, null_reason
from tradingview_scraper.pipelines.selection.schemas.run_files import LINEAGE

LONGEST_PARAM, LONGEST_TAG, LONGEST_KEY = 6000, 5000, 250
"""What MLflow's databases hold; beyond it, it cuts without a word."""
LONG_PARAMS = "export/long_params.json"
DIGEST_LENGTH = 32
_REFUSED = re.compile(r"[^\w\-. :/]", re.ASCII)


@dataclass(frozen=True)
class Metric:
    """A number, at a rung of the ladder (0: of the run as a whole)."""

    name: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class TrackedDataset:
    """An input of a run; `digest` is short enough for MLflow, `source` holds the whole one."""

    name: str
    digest: str
    source: str
    schema: str | None
    profile: str
    context: str


@dataclass(frozen=True)
class Tracked:
    """One run as a tracker gets it."""

    name: str
    params: Mapping[str, str]
    metrics: tuple[Metric, ...]
    tags: Mapping[str, str]
    datasets: tuple[TrackedDataset, ...] = ()
    long_params: Mapping[str, str] = field(default_factory=dict)
    """The parameters that don't fit, whole."""


def tracked_run(run: RunRecord) -> Tracked:
    """The run itself."""
    params, long_params = fitting({name: _text(value) for name, value in run.params.items()})
    metrics, skipped = finite_metrics(run.closing.get("metrics", {}), run.closing.get("metric_notes", {}))
    tags = {**run_tags(run), **({"tvselect.skipped_metrics": json.dumps(skipped)} if skipped else {})}
    if long_params:
        tags["tvselect.long_params"] = f"in the artifact {LONG_PARAMS}: {', '.join(long_params)}"
    return Tracked(
        name=run.run_id,
        params=params,
        metrics=(*metrics, *_course(run)),
        tags=_tags_fitting(tags),
        datasets=tuple(_datasets(run)),
        long_params=long_params,
    )


def tracked_scorers(run: RunRecord, agreement: Mapping[str, Mapping[str, Any]]) -> list[Tracked]:
    """A nested run for each scorer; `agreement` has figures by scorer, read from the run's inference table."""
    found = []
    for scorer in run.closing.get("scorers", []):
        name = scorer["name"]
        own = {**scorer.get("metrics", {}), **agreement.get(name, {})}
        metrics, skipped = finite_metrics(own, {})
        prefix = f"scorers.{name}."
        stated = {key.removeprefix(prefix): _text(value) for key, value in run.params.items() if key.startswith(prefix)}
        params, long_params = fitting({"scorer": name, **stated})
        tags = {
            "role": scorer["role"],
            "scorer": name,
            "kind": str(scorer.get("kind", "")),
            "tvselect.kind": "scorer",
            "tvselect.run_id": run.run_id,
            "mlflow.source.name": "tvselect",
            **({"tvselect.skipped_metrics": json.dumps(skipped)} if skipped else {}),
        }
        found.append(
            Tracked(f"{name} ({scorer['role']})", params, tuple(metrics), _tags_fitting(tags), (), long_params)
        )
    return found


def fitting(params: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Parameters as they fit, and those that don't: of these the first ones only say where the whole value is."""
    whole, fit = {}, {}
    for name, key in zip(params, _keys(params), strict=True):
        if len(params[name]) > LONGEST_PARAM:
            whole[name] = params[name]
        fit[key] = (
            f"({len(params[name])} characters: whole in the artifact {LONG_PARAMS})" if name in whole else params[name]
        )
    return fit, whole


def finite_metrics(metrics: Mapping[str, Any], notes: Mapping[str, str]) -> tuple[list[Metric], dict[str, str]]:
    """The metrics that are finite, and for each other one why it isn't."""
    values = {name: finite(value) for name, value in metrics.items()}
    kept = [name for name, value in values.items() if value is not None]
    found = [Metric(key, values[name] or 0.0) for name, key in zip(kept, _keys(kept), strict=True)]
    skipped = {name: null_reason(metrics[name], notes.get(name, "")) for name in metrics if values[name] is None}
    return found, skipped


def run_tags(run: RunRecord) -> dict[str, str]:
    """What names the run, its code and its outcome, in MLflow's names where there are any."""
    code, git, receipt = run.opening.get("code", {}), run.git, run.receipt
    tags = {
        "mlflow.note.content": note(run),
        "mlflow.source.name": "tvselect",
        "mlflow.source.type": "LOCAL",
        "tvselect.kind": "selection",
        "tvselect.run_id": run.run_id,
        "tvselect.package": str(code.get("package", "")),
        "tvselect.code": json.dumps({**code.get("package_digest", {}), **code.get("modules", {})}, sort_keys=True),
        "tvselect.params_digest": str(run.opening.get("params_digest", "")),
        "tvselect.ledger_head": f"{receipt['head']['size']}:{receipt['head']['hash']}",
        "profile": str(receipt.get("profile", "")),
        "as_of": str(receipt.get("as_of") or "the last day"),
    }
    if "rung" in receipt:
        tags |= {"rung": str(receipt["rung"]), "reached_floor": str(receipt["reached_floor"]).lower()}
    if git is not None:
        tags |= {
            "mlflow.source.git.commit": str(git["commit"] or ""),
            "mlflow.source.git.dirty": str(git["dirty"]).lower(),
            "tvselect.git.tree": str(git["tree"] or ""),
        }
    if run.failed:
        tags |= {f"tvselect.{name}": str(value) for name, value in run.closing.get("tags", {}).items()}
    return tags


def note(run: RunRecord) -> str:
    """The description that MLflow shows above a run, in Markdown."""
    receipt = run.receipt
    if run.failed:
        error = run.closing.get("tags", {})
        return f"**{run.run_id}** failed: {error.get('error', '')}: {error.get('message', '')}"
    reached = "reached" if receipt["reached_floor"] else "did not reach"
    lines = [
        f"**{receipt['winners']} winners of {receipt['pool']} assets** with the profile `{receipt['profile']}`, "
        f"as of {receipt['as_of'] or 'the last day'}: rung {receipt['rung']} {reached} the floor.",
        "",
        "| rung | eligible | winners |",
        "| --- | --- | --- |",
        *(
            f"| {rung['rung']} {rung['name']} | {rung['eligible']} | {rung['winners']} |"
            for rung in run.of_kind("rung.completed")
        ),
        "",
        f"`tvselect explain {run.run_id} ASSET` tells why; the artifact `report.html` is the run page.",
    ]
    return "\n".join(lines)


def _course(run: RunRecord) -> list[Metric]:
    """The ladder as a series over its rungs, and what each stage took."""
    rungs = [
        Metric(f"rung.{name}", float(rung[name]), rung["rung"])
        for rung in run.of_kind("rung.completed")
        for name in ("eligible", "winners", "executed", "milliseconds")
    ]
    stages = [
        Metric(f"stage.{stage['stage']}.milliseconds", float(stage["milliseconds"]))
        for stage in run.of_kind("stage.completed")
    ]
    return [*rungs, *stages]


def _datasets(run: RunRecord) -> Iterable[TrackedDataset]:
    tables = (run.document(LINEAGE) or {}).get("tables", {})
    for source in run.closing.get("inputs", []):
        columns = tables.get(source["name"])
        whole = {"uri": source["source"], "digest": source["digest"], "version": source["version"]}
        schema = {"mlflow_colspec": [{"name": name, "type": "any", "required": False} for name in columns or ()]}
        yield TrackedDataset(
            name=source["name"],
            digest=source["digest"].removeprefix("sha256:")[:DIGEST_LENGTH],
            source=json.dumps(whole),
            schema=json.dumps(schema) if columns else None,
            profile=json.dumps({"num_rows": source["rows"], "num_columns": source["columns"]}),
            context=source["role"],
        )


def _keys(names: Iterable[str]) -> list[str]:
    """Names as MLflow takes them; two that would become one get a number."""
    found: list[str] = []
    for name in names:
        key = _REFUSED.sub("_", name)[:LONGEST_KEY]
        number = 2
        while key in found:
            end = f"_{number}"
            key, number = _REFUSED.sub("_", name)[: LONGEST_KEY - len(end)] + end, number + 1
        found.append(key)
    return found


def _text(value: Any) -> str:
    """A parameter as text: words as they are, the rest as JSON, a typed null by its kind."""
    if isinstance(value, Mapping) and set(value) == {"null"}:
        return str(value["null"])
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _tags_fitting(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags no longer than a tracker holds; what is cut says so."""
    ends = " ... (cut: the artifact audit.jsonl has it whole)"
    return {
        name: text if len(text) <= LONGEST_TAG else text[: LONGEST_TAG - len(ends)] + ends
        for name, text in tags.items()
    }
