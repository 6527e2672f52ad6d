"""v3.4's words for what v4 does: its request as settings, its answer from a selection under the `v3.4` profile.

`incumbent_settings` translates request and feature flags, `incumbent_answer` writes a selection in the shape of v3.4's
response (and of the recordings in `reference/golden`). Everything that only v3.4 has a name for is in this module; it can
go when v3.4 does.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.policy.nodes import HIGHEST_SUBSTITUTE_ENTROPY
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.gates import relaxed_threshold
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

# The metrics that v3.4 scores, in its order; one without a weight weighs 1.0 (V3_4.md, section 1).
METRICS = (
    "momentum",
    "stability",
    "liquidity",
    "antifragility",
    "survival",
    "efficiency",
    "entropy",
    "hurst_clean",
    "adx",
)
RAW_FEATURES = ("permutation_entropy", "efficiency_ratio", "hurst")
DEFAULT_HURDLE, DEFAULT_THRESHOLD = 0.005, 0.5
DEFAULT_MAX_CLUSTERS = 25
HURDLE_MARGIN = 0.05
FILL_NOTE = "Added via Balanced Selection fallback"
# v3.4's gates in its order: an asset that one of them stops skips the later ones. Gate -> reason text, feature shown.
VETOES: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (("health", "Failed Darwinian Health Gate", ""),),
    (
        ("entropy", "High Entropy ({:.4f})", "permutation_entropy"),
        ("efficiency", "Low Efficiency ({:.4f})", "efficiency_ratio"),
        ("random_walk", "Random Walk (H={:.4f})", "hurst"),
        ("toxicity", "Toxic Persistence (H={:.4f})", "hurst"),
    ),
    (("metadata", "Missing metadata", ""),),
    (("net_edge", "High friction (ECI={:.4f})", "impact_cost"),),
)


def incumbent_settings(case: Mapping[str, Any]) -> dict[str, Any]:
    """Settings for v3.4's `request`, `features`, `benchmark_symbols` and `cluster_lookbacks`, each of them optional."""
    refuse_unusable(case)
    request, flags = case.get("request", {}), case.get("features", {})
    chosen = {**flags, **request.get("params", {})}
    vetoes = bool(flags.get("feat_predictability_vetoes", False))
    momentum_floor = float(request.get("min_momentum_score", 0.0))
    hurdle = stated_hurdle(case)
    if momentum_floor < 0:
        hurdle = min(hurdle, momentum_floor - HURDLE_MARGIN)
    settings: dict[str, Any] = {
        "gates": {name: {"enabled": vetoes} for name in ("entropy", "efficiency", "random_walk", "toxicity")},
        "features": {},
        "recruitment": {},
        "clusters": {},
        "compat": {
            "exempting_hurdle": hurdle,
            "crowded_seats": bool(flags.get("feat_dynamic_selection", False)),
            "winner_direction": "momentum" if flags.get("feat_dynamic_direction", False) else "candidate",
            "min_momentum": momentum_floor,
        },
    }
    settings["gates"]["net_edge"] = {"threshold": hurdle}
    _put(settings["gates"]["entropy"], "threshold", chosen.get("entropy_max_threshold"))
    _put(settings["gates"]["efficiency"], "threshold", chosen.get("efficiency_min_threshold"))
    _put(settings["recruitment"], "top_n", request.get("top_n"))
    clusters, compat = settings["clusters"], settings["compat"]
    _put(clusters, "lookbacks", case.get("cluster_lookbacks"))
    _put(clusters, "threshold", request.get("threshold"))
    if request.get("threshold") is not None and request["threshold"] <= 0:
        clusters["max_clusters"] = stated_max_clusters(case)
    _put(clusters, "shrinkage", flags.get("default_shrinkage_intensity"))
    _put(compat, "initial_shrinkage", chosen.get("default_shrinkage_intensity"))
    _put(compat, "kappa_max", chosen.get("kappa_shrinkage_threshold"))
    _put(settings, "benchmarks", case.get("benchmark_symbols"))
    if "weights_global" in flags:
        settings["weights"] = {name: float(flags["weights_global"].get(name, 1.0)) for name in METRICS}
    if "hurst_random_walk_min" in chosen or "hurst_random_walk_max" in chosen:
        settings["features"]["random_walk_band"] = [
            chosen.get("hurst_random_walk_min", 0.45),
            chosen.get("hurst_random_walk_max", 0.55),
        ]
    return with_unchecked(settings)


# Setting to whether it takes a value; what it doesn't take v3.4 does.
TAKEN: Mapping[str, Callable[[Any], bool]] = {
    "features.random_walk_band": lambda band: all(map(math.isfinite, band)) and band[0] <= band[1],
    "gates.entropy.threshold": lambda value: 0 <= value < math.inf,
    "gates.efficiency.threshold": lambda value: 0 <= value < math.inf,
    "gates.net_edge.threshold": math.isfinite,
    "recruitment.top_n": lambda value: isinstance(value, int) and value >= 1,
    "clusters.lookbacks": lambda values: all(isinstance(value, int) and value >= 2 for value in values),
    "clusters.max_clusters": lambda value: value >= 1,
    "clusters.shrinkage": lambda value: 0 <= value <= 1,
    "compat.initial_shrinkage": lambda value: 0 <= value <= 1,
    "compat.kappa_max": lambda value: 0 < value < math.inf,
    "weights": lambda values: all(map(math.isfinite, values.values())) and any(values.values()),
}


FRACTIONS = ("compat.kappa_max", "compat.initial_shrinkage", "clusters.shrinkage")


def with_unchecked(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, with the values that none of them takes moved to `compat.unchecked`."""
    unchecked: dict[str, Any] = {}
    for path, is_taken in TAKEN.items():
        *sections, name = path.split(".")
        held = settings
        for section in sections:
            held = held.get(section, {})
        if name in held and not is_taken(held[name]):
            value = held.pop(name)
            value = float(value) if path in FRACTIONS else value
            unchecked |= (
                {f"{path}.{key}": each for key, each in value.items()} if isinstance(value, dict) else {path: value}
            )
    settings["compat"]["unchecked"] = unchecked
    return _stated(settings)


def _stated(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without the tables of which nothing is asked: an empty one is refused, for it would change nothing."""
    held = {name: _stated(value) if isinstance(value, Mapping) else value for name, value in settings.items()}
    return {name: value for name, value in held.items() if value != {}}


REQUEST = ("top_n", "threshold", "max_clusters", "min_momentum_score", "params")
THRESHOLDS = (
    *("entropy_max_threshold", "efficiency_min_threshold", "hurst_random_walk_min", "hurst_random_walk_max"),
    *("eci_hurdle", "kappa_shrinkage_threshold", "default_shrinkage_intensity"),
)


def refuse_unusable(case: Mapping[str, Any]) -> None:
    """Raises `ConfigurationError` where v3.4 raises: an unknown field, a null, a text where it computes with a number."""
    request, flags = case.get("request", {}), case.get("features", {})
    for name, held in (("request", request), ("features", flags)):
        if not isinstance(held, Mapping):
            raise ConfigurationError(f"{name}: v3.4 takes a table, not {held!r}")
    unknown = [name for name in request if name not in REQUEST]
    if unknown:
        raise ConfigurationError(f"request: v3.4 knows no field {unknown[0]!r}; there are {', '.join(REQUEST)}")
    params, weights = request.get("params", {}), flags.get("weights_global", {})
    for name, held in (("request.params", params), ("features.weights_global", weights)):
        if not isinstance(held, Mapping):
            raise ConfigurationError(f"{name}: v3.4 takes a table, not {held!r}")
    numbers = {
        **{f"request.{name}": value for name, value in request.items() if name != "params"},
        **{f"request.params.{name}": params[name] for name in THRESHOLDS if name in params},
        **{f"features.{name}": flags[name] for name in THRESHOLDS if name in flags},
        **{f"features.weights_global.{name}": weights[name] for name in METRICS if name in weights},
    }
    for name, value in numbers.items():
        unread = name == "request.max_clusters" and value is None and request.get("threshold", DEFAULT_THRESHOLD) > 0
        if not isinstance(value, Real) and not unread:
            raise ConfigurationError(f"{name}: v3.4 computes with a number, not with {value!r}")
    for name in ("benchmark_symbols", "cluster_lookbacks"):
        if name in case and not isinstance(case[name], list | tuple | set | frozenset):
            raise ConfigurationError(f"{name}: v3.4 takes a list, not {case[name]!r}")


def stated_hurdle(case: Mapping[str, Any]) -> float:
    """The cost hurdle that the request states; the setting of that name is read by nothing in v3.4."""
    return float(case.get("request", {}).get("params", {}).get("eci_hurdle", DEFAULT_HURDLE))


def stated_max_clusters(case: Mapping[str, Any]) -> int:
    """The limit of clusters that the request states; v3.4 looks at it only without a distance threshold (<= 0)."""
    stated = case.get("request", {}).get("max_clusters")
    return DEFAULT_MAX_CLUSTERS if stated is None else int(stated)


def _put(table: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        table[name] = list(value) if isinstance(value, tuple | set) else value


def incumbent_answer(
    selection: Selection, candidates: Sequence[Mapping[str, Any]], case: Mapping[str, Any]
) -> dict[str, Any]:
    """A selection in the shape of v3.4's recorded answers.

    `case` is what `incumbent_settings` was given; `candidates` are the caller's, which stay as they are.
    """
    labels = incumbent_labels(selection)
    given = {found["symbol"]: found for found in candidates if isinstance(found.get("symbol"), str)}
    hurdle = stated_hurdle(case)
    stages = [
        {
            "relaxation_stage": rung.number,
            "active_thresholds": active_thresholds(rung.number, selection.settings, hurdle),
            "winners": winner_dicts(rung.context, given),
            "vetoes": veto_reasons(rung.context),
            "selected_by_cluster": {
                str(labels[int(label)]): entry for label, entry in selected_by_cluster(rung.context).items()
            },
        }
        for rung in selection.rungs
    ]
    store = selection.context.feature_store
    conditioning = selection.conditioning
    if conditioning is None:
        raise ConfigurationError(
            "clusters.conditioning: v3.4's answer has a condition number; the profile `v3.4` asks for it"
        )
    return {
        **stages[-1],
        "spec_version": "3.4",
        "alpha_scores": _by_symbol(selection.conviction),
        "raw_metrics": {name: _by_symbol(store[name]) for name in METRICS},
        "raw_features": {
            str(symbol): dict(zip(RAW_FEATURES, map(_known, values), strict=True))
            for symbol, values in zip(store.index, store[list(RAW_FEATURES)].to_numpy().tolist(), strict=True)
        },
        "clusters": {
            str(symbol): labels[int(label)] for symbol, label in selection.context.clusters["cluster"].items()
        },
        "kappa": conditioning.kappa,
        "shrinkage": conditioning.shrinkage,
        "stages": stages,
    }


def incumbent_labels(selection: Selection) -> dict[int, int]:
    """The number of a cluster to v3.4's label of it, which is what the bucketizer called it."""
    given = selection.graph.plan.bucketizer.labels(selection.distance.square())
    numbers = selection.context.clusters["cluster"].reindex(selection.distance.assets)
    return {int(number): int(label) for number, label in zip(numbers, given, strict=True)}


def turned_directions(selection: Selection) -> dict[str, str]:
    """Whom v3.4's dynamic direction turns on its way through the stages, and to which direction."""
    found: dict[str, str] = {}
    for rung in selection.rungs:
        standings = rung.context.standings
        found |= {symbol: str(standings["direction"][symbol]) for symbol in sorted(turned_symbols(rung.context))}
    return found


def active_thresholds(stage: int, settings: SelectionSettings, hurdle: float) -> dict[str, float]:
    """The thresholds of a stage under v3.4's names. It caps a relaxed entropy ceiling at 1 even where that tightens it."""
    step = settings.ladder[stage - 1]
    literal = bool(settings.compat.unchecked)
    relaxed = {
        name: relaxed_threshold(name, settings.gates[name], step, literal=literal) for name in ("entropy", "efficiency")
    }
    lower, upper = settings.features.random_walk_band
    return {
        "entropy_max": min(1.0, relaxed["entropy"]) if stage > 1 else relaxed["entropy"],
        "efficiency_min": relaxed["efficiency"],
        "hurst_rw_min": lower,
        "hurst_rw_max": upper,
        # Not the gate's threshold: with a negative momentum floor v3.4 lowers the hurdle without saying so.
        "eci_hurdle": hurdle,
        "kappa_max": settings.compat.kappa_max,
        "shr_init": settings.compat.initial_shrinkage,
    }


def winner_dicts(context: SelectionContext, given: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The winners as v3.4 lists them: the candidate's dict (or as little as is known) with `alpha_score`."""
    turned = turned_symbols(context)
    found = []
    for symbol, winner in context.winners.iterrows():
        document = dict(given.get(str(symbol), {"symbol": str(symbol), "direction": "LONG"}))
        if str(symbol) in turned and str(symbol) in given:
            document["direction"] = winner["direction"]
        document["alpha_score"] = float(winner["alpha_score"])
        if winner["route"] == "fill":
            document["selection_note"] = FILL_NOTE
        found.append(document)
    return found


def turned_symbols(context: SelectionContext) -> set[str]:
    """Whom dynamic direction has given a direction: the eligible, and who stands in for a cluster without any.

    What fills up keeps the direction that its candidate states, or states none.
    """
    if context.settings.compat.winner_direction != "momentum":
        return set()
    standings, entropy = context.standings, context.feature_store["permutation_entropy"]
    alone = standings["served"] & ~standings["eligible"].groupby(standings["cluster"]).transform("any")
    substitutes = standings.loc[alone & (entropy <= HIGHEST_SUBSTITUTE_ENTROPY)]
    best = substitutes.sort_values("alpha_score", ascending=False, kind="stable").drop_duplicates("cluster")
    return {*standings.index[standings["eligible"]], *best.index}


def veto_reasons(context: SelectionContext) -> dict[str, list[str]]:
    """Symbol to the reasons of the first of v3.4's gates that stopped it; the profile's benchmarks are never stopped."""
    decisions, store = context.decisions, context.feature_store
    failed = decisions.loc[~decisions["passed"]]
    by_symbol: dict[str, set[str]] = {}
    for symbol, gate in zip(failed["symbol"].astype(str), failed["gate"].astype(str), strict=True):
        by_symbol.setdefault(symbol, set()).add(gate)
    return {symbol: _reasons(gates, store.loc[[symbol]].iloc[0]) for symbol, gates in by_symbol.items()}


def _reasons(failed: Iterable[str], features: pd.Series) -> list[str]:
    stopped = set(failed)
    for group in VETOES:
        reasons = [
            text.format(features[feature]) if feature else text for gate, text, feature in group if gate in stopped
        ]
        if reasons:
            return reasons
    return []


def selected_by_cluster(context: SelectionContext) -> dict[str, dict[str, Any]]:
    """Cluster label to its size and whom it sent, for each cluster that had anybody to recruit from."""
    standings = context.standings
    sent = context.winners.loc[context.winners["route"] != "fill"]
    labels = standings.loc[standings["served"], "cluster"].unique()
    sizes = standings["cluster"].value_counts()
    return {
        str(label): {"size": int(sizes[label]), "selected": sent.index[sent["cluster"] == label].tolist()}
        for label in labels
    }


def _by_symbol(values: pd.Series) -> dict[str, float | None]:
    return {str(symbol): _known(value) for symbol, value in values.items()}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
