"""A plan for people: what `run --dry-run` prints."""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.execution.fragility import selections_more
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.schemas.stages import STAGES


def plan_document(request: Request) -> dict[str, Any]:
    """What a run would do: settings, factors, scorers, gates, ladder, nodes per stage."""
    settings = request.resolved.settings
    graph = Graph(request.plan)
    return {
        "profile": settings.profile,
        "data": str(request.data),
        "as_of": None if request.as_of is None else str(request.as_of.date()),
        "factors": {name: settings.weights_of(settings.champion).get(name, 0.0) for name in request.plan.declarations},
        "user_factors": dict(request.plan.places),
        "scorers": {name: scorer.role for name, scorer in settings.active_scorers.items()},
        "gates": {
            name: f"{gate.feature} {gate.op} {gate.threshold:g} ({gate.kind})"
            for name, gate in settings.active_gates.items()
        },
        "ladder": [
            {"rung": rung.number, "name": rung.name, "thresholds": rung.thresholds} for rung in settings.rungs()
        ],
        "nodes": {stage: sorted(name for name, where in graph.stages.items() if where == stage) for stage in STAGES},
        "reexecuted_at_each_rung": sorted(graph.rerun),
        "selections_for_fragility": selections_more(settings, request.draws) if request.draws else 0,
        "changed_settings": {
            name: origin
            for name, origin in sorted(request.resolved.origins.items())
            if not origin.startswith("built-in")
        },
    }


def plan_text(plan: Mapping[str, Any]) -> str:
    """The plan for a terminal."""
    scored = ", ".join(f"{name} {weight:g}" for name, weight in plan["factors"].items() if weight)
    unscored = ", ".join(name for name, weight in plan["factors"].items() if not weight)
    lines = [
        f"profile   {plan['profile']}, data {plan['data']}, as of {plan['as_of'] or 'the last day'}",
        f"scored    {scored}",
        f"recorded  {unscored}",
        f"scorers   {', '.join(f'{name} ({role})' for name, role in plan['scorers'].items())}",
        "gates",
        *(f"  {name:13} {text}" for name, text in plan["gates"].items()),
        "ladder",
    ]
    strict = plan["ladder"][0]["thresholds"]
    for rung in plan["ladder"]:
        changed = ", ".join(f"{name} {value:g}" for name, value in rung["thresholds"].items() if value != strict[name])
        lines.append(f"  {rung['rung']} {rung['name']:16} {changed}")
    nodes = ", ".join(f"{stage} {len(names)}" for stage, names in plan["nodes"].items())
    lines.append(f"nodes     {nodes}; a further rung re-executes {len(plan['reexecuted_at_each_rung'])}")
    if more := plan["selections_for_fragility"]:
        lines.append(f"fragility {more} selections more, each the whole ladder on other returns or weights")
    lines += [f"changed   {name}  ({origin})" for name, origin in plan["changed_settings"].items()]
    return "\n".join(lines)
