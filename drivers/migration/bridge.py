"""v4 as one of the legacy orchestrator's engines: v3.4's call, v3.4's kind of answer, nothing imported from there.

`Engine.select` translates the request into settings (`request_settings`; under the profile `v3.4` `incumbent_settings`
does), selects, and puts the selection into v3.4's words; `Engine.run_with_data` is the same with what is asked as one mapping.
Everything is duck-typed: the request may be any object or mapping with `top_n`, `threshold`, `max_clusters`,
`min_momentum_score`, `params`, each of them optional. What the caller hands over stays as it is, and nothing in the answer is
shared with it. v3.4 writes the directions that its dynamic direction sets into the caller's candidates, so that the next
window begins with them: with `carry_direction` so does the bridge, and a walk over windows with one list of dicts is v3.4's.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.entropy import highest_entropy
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import merge, nested
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import (
    METRICS,
    active_thresholds,
    incumbent_answer,
    incumbent_settings,
    selected_by_cluster,
    turned_directions,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders

INCUMBENT = "v3.4"
REQUEST_FIELDS = ("top_n", "threshold", "max_clusters", "min_momentum_score", "params")
# A field of v3.4's request, or one of its params, and the setting of v4 that it is.
SETTINGS: Mapping[str, str] = {
    "top_n": "recruitment.top_n",
    "threshold": "clusters.threshold",
    "max_clusters": "clusters.max_clusters",
    "min_momentum_score": "gates.momentum.threshold",
    "entropy_max_threshold": "gates.entropy.threshold",
    "efficiency_min_threshold": "gates.efficiency.threshold",
    "eci_hurdle": "gates.net_edge.threshold",
}
BAND = ("hurst_random_walk_min", "hurst_random_walk_max")
DEFAULT_BAND = (0.45, 0.55)
# The orchestrator's own bookkeeping; v4 climbs its ladder itself.
UNSAID = ("relaxation_stage",)


@dataclass(frozen=True)
class Response:
    """An answer with the attributes of v3.4's."""

    winners: list[dict[str, Any]]
    """Candidate dicts with `alpha_score`, each of its own."""
    audit_clusters: dict[int, dict[str, Any]]
    """Cluster to its `size` and whom it sent, `selected`."""
    spec_version: str
    metrics: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    vetoes: dict[str, list[str]] = field(default_factory=dict)
    relaxation_stage: int = 1
    active_thresholds: dict[str, float] = field(default_factory=dict)


class Engine:
    """v4 behind v3.4's interface; `profile` is `v4`, `v3.4` or a project's own."""

    spec_version: ClassVar[str] = "4.0"

    def __init__(
        self,
        profile: str = "v4",
        *,
        settings: Mapping[str, Any] | None = None,
        project: Path | None = None,
        incumbent: Mapping[str, Any] | None = None,
        carry_direction: bool = False,
        further: bool = False,
    ) -> None:
        """Choose the profile, once and for all calls.

        `settings` change it, nested or dotted, and yield to what a request says. `incumbent` are v3.4's own settings,
        for the profile `v3.4`: `features` (flags, thresholds, weights), `benchmark_symbols`, `cluster_lookbacks`. Only there is
        `carry_direction`: the caller's candidate dicts get the directions that v3.4 would write into them. `further` adds to
        metrics and thresholds what v3.4 has no name for; without it they have v3.4's keys.
        """
        if (incumbent or carry_direction) and profile != INCUMBENT:
            raise ConfigurationError(
                f"bridge: `incumbent` and `carry_direction` belong to the profile v3.4, not to {profile!r}"
            )
        self._carries, self._further = carry_direction, further
        self._profile, self._project = profile, project
        self._settings, self._incumbent = copy.deepcopy(dict(settings or {})), copy.deepcopy(dict(incumbent or {}))

    @property
    def name(self) -> str:
        """What the engine is called, by its profile."""
        return "v4" if self._profile == "v4" else f"v4:{self._profile}"

    def select(
        self,
        returns: pd.DataFrame,
        raw_candidates: Sequence[Mapping[str, Any]],
        stats_df: pd.DataFrame | None,
        request: Any,
        workspace: Any = None,
    ) -> Response:
        """Answer as v3.4 would be asked; `workspace` is for engines that keep one and isn't looked at.

        Raises `ConfigurationError` (request, settings) and `DataContractError` (frames, candidates).
        """
        asked = request_fields(request)
        candidates = copy.deepcopy([dict(candidate) for candidate in raw_candidates])
        case = {**self._incumbent, "request": asked}
        told, warnings = request_settings(asked)
        if self._profile == INCUMBENT:
            told = incumbent_settings(case)
        selection = select(
            returns,
            candidates,
            stats_df,
            profile=self._profile,
            settings=merge(nested(self._settings), nested(told)),
            project=self._project,
        )
        if self._carries:
            carry_directions(selection, raw_candidates)
        if self._profile == INCUMBENT:
            return incumbent_response(selection, candidates, case, self._further)
        return response(selection, [*warnings, *shortcomings(selection)], self._further)

    def run_with_data(
        self,
        returns_df: pd.DataFrame,
        raw_candidates: Sequence[Mapping[str, Any]],
        overrides: Mapping[str, Any] | None = None,
        *,
        stats_df: pd.DataFrame | None = None,
    ) -> Response:
        """`select` for an orchestrator that says all that it asks in one mapping: a request's fields and its params alike."""
        said = dict(overrides or {})
        fields = {name: said.pop(name) for name in REQUEST_FIELDS if name in said}
        params = {**(fields.pop("params", None) or {}), **said}
        return self.select(returns_df, raw_candidates, stats_df, {**fields, "params": params})


def carry_directions(selection: Selection, candidates: Sequence[Mapping[str, Any]]) -> None:
    """Write into the caller's dicts the directions that v3.4 sets; of several dicts of one symbol it has the last."""
    turned = turned_directions(selection)
    last = {candidate["symbol"]: candidate for candidate in candidates if isinstance(candidate.get("symbol"), str)}
    for symbol, direction in turned.items():
        if isinstance(candidate := last.get(symbol), dict):
            candidate["direction"] = direction


def request_fields(request: Any) -> dict[str, Any]:
    """The fields that a request has, as an object, a mapping or None; a copy."""
    if request is None or isinstance(request, Mapping):
        request = request or {}
        found = {name: request[name] for name in REQUEST_FIELDS if request.get(name) is not None}
    else:
        found = {name: getattr(request, name) for name in REQUEST_FIELDS if getattr(request, name, None) is not None}
    return {**copy.deepcopy(found), "params": dict(found.get("params", {}))}


def request_settings(asked: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A request in v4's settings, and a warning for each of its params that v4 has no setting for."""
    params = {name: value for name, value in asked["params"].items() if value is not None}
    stated = {**{name: value for name, value in asked.items() if name != "params"}, **params}
    settings: dict[str, Any] = {SETTINGS[name]: stated[name] for name in stated if name in SETTINGS}
    if any(name in params for name in BAND):
        settings["features.random_walk_band"] = [
            params.get(name, default) for name, default in zip(BAND, DEFAULT_BAND, strict=True)
        ]
    if params.keys() & SETTINGS.keys():
        # v3.4 never noticed a threshold that can't bind; an orchestrator that sends one must not come to a halt by it.
        settings["unattainable"] = "allow"
    known = {*SETTINGS, *BAND, *UNSAID}
    return settings, [f"v4 has no setting for the param {name}: ignored" for name in params if name not in known]


def incumbent_response(
    selection: Selection, candidates: Sequence[Mapping[str, Any]], case: Mapping[str, Any], further: bool = False
) -> Response:
    """The answer under the profile `v3.4`, in everything but its version v3.4's."""
    names = ("alpha_scores", "raw_metrics", "kappa", "shrinkage", *(("raw_features",) if further else ()))
    answer = incumbent_answer(selection, candidates, case)
    return Response(
        winners=copy.deepcopy(answer["winners"]),
        audit_clusters={int(label): entry for label, entry in answer["selected_by_cluster"].items()},
        spec_version=Engine.spec_version,
        metrics={name: answer[name] for name in names},
        vetoes=answer["vetoes"],
        relaxation_stage=answer["relaxation_stage"],
        active_thresholds=answer["active_thresholds"],
    )


def response(selection: Selection, warnings: Sequence[str], further: bool = False) -> Response:
    """The answer under v4's own policy, in v3.4's words."""
    last, store = selection.rungs[-1], selection.context.feature_store
    gates = selection.settings.gates
    return Response(
        winners=copy.deepcopy(selection.portfolio_candidates),
        audit_clusters={int(label): entry for label, entry in selected_by_cluster(selection.context).items()},
        spec_version=Engine.spec_version,
        metrics={
            "alpha_scores": known(selection.conviction),
            "raw_metrics": {name: known(store[name]) for name in METRICS},
            **({"eligible": last.eligible, "profile": selection.settings.profile} if further else {}),
        },
        warnings=list(warnings),
        vetoes=failed_gates(selection),
        relaxation_stage=last.number,
        active_thresholds={
            **active_thresholds(last.number, selection.settings, gates["net_edge"].threshold),
            **(last.thresholds if further else {}),
        },
    )


def known(values: pd.Series) -> dict[str, float | None]:
    """Symbol to value, None where it is unknown (JSON has no word for NaN)."""
    return {str(symbol): None if math.isnan(value) else float(value) for symbol, value in values.items()}


def failed_gates(selection: Selection) -> dict[str, list[str]]:
    """Symbol to the gates that it fails at the last rung, in words; all of them, not only the first."""
    decisions, gates = selection.decisions, selection.settings.gates
    found: dict[str, list[str]] = {}
    failed = decisions.loc[~decisions["passed"], ["symbol", "gate", "value", "threshold"]].astype({"value": float})
    for symbol, name, value, threshold in zip(*(failed[column].tolist() for column in failed), strict=True):
        gate = gates[name]
        shown = "unknown" if math.isnan(value) else f"{value:.4f}"
        why = gate.reason or f"{gate.feature} {shown}, must be {gate.op} {threshold:g}"
        found.setdefault(symbol, []).append(f"{name}: {why}")
    return found


def shortcomings(selection: Selection) -> list[str]:
    """What an orchestrator should log: too few winners, candidates without returns, a ceiling that can't bind."""
    settings, coverage = selection.settings, selection.coverage
    found = []
    if not selection.reached_floor:
        found.append(f"only {len(selection.winners)} winners, fewer than the floor of {settings.recruitment.floor}")
    if coverage["candidates_without_bars"]:
        found.append(f"candidates without returns: {offenders(coverage['candidates_without_bars'])}")
    if coverage["quarantined"]:
        found.append(f"bad cells set aside: {coverage['quarantined']}")
    ceiling = settings.active_gates.get("entropy")
    highest = highest_entropy(settings.features.entropy_order, settings.features.entropy_window)
    if ceiling is not None and ceiling.threshold >= highest:
        found.append(f"the entropy ceiling {ceiling.threshold:g} stops nobody: no entropy exceeds {highest:.4f}")
    return found


__all__ = ["Engine", "Response"]
