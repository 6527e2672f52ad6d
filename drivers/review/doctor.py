"""`doctor`: what a run would find, before there is one.

`environment_lines` looks at the place: Python, libraries, whether the project may be written, what killed runs left.
`diagnosis` executes the selection in memory, without a record, and says what was read, how it joined, what is missing for which
gate and what mends it, how many each gate stops at the strict rung, and how many a run would select.
"""

import os
import platform
from collections.abc import Mapping
from importlib import metadata, util
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import METADATA_FIELDS
from tradingview_scraper.pipelines.selection.drivers.execution import findings
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import PROJECT_FILE
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, selected
from tradingview_scraper.pipelines.selection.drivers.recording.certificates import certificate_state
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.lineage.record.certificate_state import certificate_words
from tradingview_scraper.pipelines.selection.lineage.record.figures import run_figures
from tradingview_scraper.pipelines.selection.lineage.record.leftovers import left_over
from tradingview_scraper.pipelines.selection.lineage.record.pool_findings import pool_findings
from tradingview_scraper.pipelines.selection.schemas.errors import offenders
from tradingview_scraper.pipelines.selection.schemas.run_files import RUNS

LIBRARIES = ("numpy", "pandas", "pyarrow")


def environment_lines(project: Path) -> list[str]:
    """Python and libraries, the project's file, whether runs can be written, what changes sums."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    lines = [f"python    {platform.python_version()}, tvselect {metadata.version('tvselect')}, {versions}"]
    has_file = "" if (project / PROJECT_FILE).exists() else f" has no {PROJECT_FILE} (none is needed)"
    lines.append(f"project   {project.resolve()}{has_file}")
    place = project / RUNS if (project / RUNS).is_dir() else project
    if not os.access(place, os.W_OK | os.X_OK):
        lines.append(f"          {place} can't be written: `run` needs another --project")
    lines += [f"          {text}" for text in leftover_lines(project)]
    if util.find_spec("bottleneck") is not None:
        lines.append(
            "          bottleneck is installed: a selection doesn't sum by it, pandas in your own scripts does (other last bits)"
        )
    return lines


def leftover_lines(project: Path) -> list[str]:
    """What killed runs left, and the command that mends it."""
    left = left_over(project)
    texts = {
        "left behind by killed runs, `tvselect clean` removes them": left.dead,
        "finished runs that were killed before they had their names, `tvselect clean` gives them": left.nameless,
    }
    return [
        f"{offenders([path.relative_to(project).as_posix() for path in paths])} {text}"
        for text, paths in texts.items()
        if paths
    ]


def diagnosis(request: Request) -> dict[str, Any]:
    """What a run of this request would find. Raises what a run raises."""
    selection = selected(request.provider, request.plan, request.as_of)
    settings, pool, tables = selection.settings, selection.context.raw_pool, selection.tables
    first = selection.rungs[0]
    return {
        "data": str(request.data),
        "read": findings.table_lines(tables),
        "absent": findings.absent_lines(tables, settings.data),
        "join": findings.join_line(pool, tables),
        "partnerless": selection.coverage["candidates_without_bars"],
        "set_aside": selection.coverage["quarantined"],
        "notes": selection.coverage["notes"],
        "gates": gate_rows(selection),
        "missing": findings.gap_lines(pool, tables, settings),
        "paste": findings.default_lines(pool) if pool[list(METADATA_FIELDS)].isna().to_numpy().any() else [],
        "idle": pool_findings(run_figures(selection.context, selection.distance).values, settings.data.lookback),
        "certificate": certificate_state(request.project, request.resolved.settings).document(),
        "gates_off": findings.gates_off(selection.context),
        "pool": len(pool),
        "eligible": first.eligible,
        "winners": len(selection.winners),
        "floor": settings.recruitment.floor,
        "rung": selection.rungs[-1].number,
        "shortfall": selection.shortfall,
    }


def gate_rows(selection: Selection) -> list[dict[str, Any]]:
    """Gate to how many of the pool it stops at the strict rung, how many it alone stops, for how many its value is unknown."""
    decisions = selection.rungs[0].context.decisions
    failing = (~decisions["passed"]).groupby(decisions["symbol"], observed=True).transform("sum")
    alone = decisions.loc[~decisions["passed"] & (failing == 1), "gate"].value_counts()
    grouped = decisions.groupby("gate", observed=True)
    failed = (~decisions["passed"]).groupby(decisions["gate"], observed=True).sum()
    unknown = grouped["value"].apply(lambda values: int(values.isna().sum()))
    return [
        {
            "gate": name,
            "kind": gate.kind,
            "asks": f"{gate.feature} {gate.op} {gate.threshold:g}",
            "stops": int(failed.get(name, 0)),
            "alone": int(alone.get(name, 0)),
            "unknown": int(unknown.get(name, 0)),
        }
        for name, gate in selection.settings.active_gates.items()
    ]


def diagnosis_text(found: Mapping[str, Any]) -> str:
    """The diagnosis for a terminal."""
    partnerless, shown = found["partnerless"], ", ".join(found["partnerless"][:5])
    lines = [
        *_listed("read", found["read"]),
        *_listed("absent", found["absent"]),
        f"join      {found['join']}",
    ]
    if partnerless:
        lines.append(
            f"          {len(partnerless)} without bars or returns: {shown}{' ...' if len(partnerless) > 5 else ''}"
        )
    lines += _listed("set aside", [f"{count} {reason}" for reason, count in found["set_aside"].items()])
    lines += _listed("note", found["notes"])
    lines += ["", f"{'gate':13} {'kind':9}  {'asks':34} {'stops':>6} {'alone':>6} {'unknown':>8}   of {found['pool']}"]
    lines += [
        f"{row['gate']:13} {row['kind']:9}  {row['asks']:34} {row['stops']:>6} {row['alone']:>6} {row['unknown']:>8}"
        + ("   off: nobody has a value" if row["gate"] in found["gates_off"] else "")
        for row in found["gates"]
    ]
    lines += [
        "",
        *_listed("idle", found["idle"]),
        *_listed("missing", found["missing"]),
        *_listed("paste", found["paste"]),
        *_listed("causality", [certificate_words(found["certificate"])] if "certificate" in found else []),
    ]
    verdict = (
        f"{found['winners']} would be selected at rung {found['rung']} ({found['eligible']} pass every strict gate)"
    )
    lines.append(f"a run     {verdict}; the floor is {found['floor']}")
    if found["shortfall"]:
        lines.append(f"          {found['shortfall']}")
    return "\n".join(lines)


def _listed(head: str, lines: list[str]) -> list[str]:
    return [f"{head if place == 0 else '':9} {line}" for place, line in enumerate(lines)]
