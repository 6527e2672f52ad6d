"""What v3.4 is told, in v4's words: its request and feature flags as settings on top of the `v3.4` profile."""

from collections.abc import Mapping
from typing import Any

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


def incumbent_settings(case: Mapping[str, Any]) -> dict[str, Any]:
    """Settings for a recorded case's `settings.json`: request, features, benchmark_symbols, cluster_lookbacks."""
    request, flags = case.get("request", {}), case.get("features", {})
    settings: dict[str, Any] = {}
    if "weights_global" in flags:
        settings["weights"] = {name: float(flags["weights_global"].get(name, 1.0)) for name in METRICS}
    if "benchmark_symbols" in case:
        settings["benchmarks"] = list(case["benchmark_symbols"])
    clusters = {
        "lookbacks": case.get("cluster_lookbacks"),
        "threshold": request.get("threshold"),
        "max_clusters": request.get("max_clusters"),
        "shrinkage": flags.get("default_shrinkage_intensity"),
    }
    settings["clusters"] = {name: value for name, value in clusters.items() if value is not None}
    return settings
