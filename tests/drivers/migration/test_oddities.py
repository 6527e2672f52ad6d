"""Every constant of the reference and every oddity of the profile is held by some input: change one, and parity fails.

`UNIVERSES` are a few fixed inputs, generated under a seed or aimed by hand at one branch. Each mutation names the ones that
tell it apart. Three kinds: a constant of the reference (`CONSTANTS`, all of them), a setting of the profile `v3.4` turned to
v4's value (`SETTINGS`, all in which the two differ), a constant of v4's modules (`MODULES`). What can't bind on any input is
in `UNBINDABLE` with the proof.
"""

import math
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reference import v3_4
from reference.universes import (
    METADATA,
    column_contiguous,
    factor_returns,
    full_candidate,
    regroup_candidates,
    spoil,
    spoil_candidates,
    statistics,
    symbol_names,
)
from support.answers import disagreements, v4_answer
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import leaves, resolved_settings
from tradingview_scraper.pipelines.selection.drivers.migration.shadow import flips
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

Universe = tuple[pd.DataFrame, list[dict[str, Any]], pd.DataFrame | None, dict[str, Any]]
PACKAGE = "tradingview_scraper.pipelines.selection."


# The universes


def generated(
    seed: int,
    assets: int,
    rows: int,
    kind: str = "mixed",
    dirt: str = "",
    stats: str | None = None,
    benchmarks: int = 0,
    request: dict[str, Any] | None = None,
    features: dict[str, Any] | None = None,
) -> Universe:
    """A universe as `reference.universes` makes them, of the dirt that is named."""
    rng, switches = np.random.default_rng(seed), frozenset(dirt.split())
    symbols = symbol_names(rng, assets, kind)
    values = spoil(rng, factor_returns(rng, rows, assets, "trends" in switches), switches)
    candidates = spoil_candidates(rng, [full_candidate(rng, symbol) for symbol in symbols], switches)
    candidates = regroup_candidates(rng, candidates, switches)
    found = None if stats is None else statistics(rng, symbols, frozenset(stats.split()))
    settings = {
        "request": {"top_n": 2, "threshold": 0.9, **(request or {})},
        "features": features or {},
        "benchmark_symbols": ["AMEX:SPY", *symbols[:benchmarks]],
        "cluster_lookbacks": [60, 120, 200],
    }
    return column_contiguous(values, days(rows), symbols), candidates, found, settings


def days(rows: int) -> pd.DatetimeIndex:
    return pd.date_range("2023-01-02", periods=rows, freq="D")


RETURNS_DIRT = (
    "all_nan_column constant_zero_column delistings duplicated_columns gaps late_listings tied_returns zero_runs"
)
VETOES = {"feat_predictability_vetoes": True}
DYNAMIC = {"feat_dynamic_selection": True, "feat_dynamic_direction": True}


def dirty() -> Universe:
    """Everything that can be wrong with returns and candidates, with all vetoes."""
    return generated(
        seed=11,
        assets=30,
        rows=150,
        dirt=f"{RETURNS_DIRT} adx_absent adx_null metadata_absent metadata_null metadata_zero value_traded_alias "
        "value_traded_null value_traded_zero identity_absent candidates_absent is_benchmark_flags trends",
        stats="stats_nan stats_partial survival_low",
        benchmarks=2,
        features={**VETOES, "hurst_random_walk_min": 0.4, "hurst_random_walk_max": 0.7},
    )


def directed() -> Universe:
    """Shorts, shared identities, dynamic seats and directions."""
    return generated(
        seed=5,
        assets=36,
        rows=260,
        dirt="trends shorts identity_shared direction_absent duplicated_columns market_absent lower_case "
        "candidates_by_identity value_traded_alias value_traded_large",
        stats="survival_beyond_one",
        request={"top_n": 3, "threshold": 1.1, "min_momentum_score": -0.05},
        features={**DYNAMIC, "entropy_max_threshold": 0.93},
    )


def static() -> Universe:
    """Many equities in few clusters: seats run out."""
    return generated(
        seed=2,
        assets=60,
        rows=210,
        kind="equities",
        dirt="trends shorts value_traded_large identity_shared duplicated_columns adx_within_one",
        stats="fragility_absent",
        benchmarks=3,
        request={"top_n": 6, "threshold": 1.5},
        features={"kappa_shrinkage_threshold": 10.0},
    )


def brief() -> Universe:
    """Too short for a Hurst exponent, for a correlation, and for an efficiency ratio of the gappy."""
    return generated(seed=3, assets=14, rows=18, dirt="gaps late_listings delistings zero_runs trends", features=VETOES)


def lengthy() -> Universe:
    """Longer than v4's window, long enough for the longest lag."""
    return generated(seed=4, assets=6, rows=1030, dirt="gaps", features=VETOES)


def odd() -> Universe:
    """What v4 sets aside: small integers with ties, impossible trend strengths, records of one symbol, words."""
    returns, candidates, found, settings = generated(seed=7, assets=9, rows=70, features=VETOES)
    returns[returns.columns[0]] = np.sign(returns[returns.columns[0]]).astype(np.int8)
    candidates[1]["adx"], candidates[2]["adx"], candidates[3]["direction"] = math.nan, -5.0, "long"
    return returns, [*candidates, {**candidates[4], "value_traded": 5e6}], found, settings


def capped() -> Universe:
    """Clusters by number, and an entropy ceiling that stops nobody."""
    features = {**VETOES, "entropy_max_threshold": 0.999}
    return generated(seed=7, assets=30, rows=130, request={"threshold": 0.0, "max_clusters": 4}, features=features)


def numbered() -> Universe:
    """As many clusters as by default."""
    returns, candidates, stats, _ = generated(seed=8, assets=32, rows=150)
    return returns, candidates, stats, {"request": {"threshold": 0.0}}


def crowded() -> Universe:
    """More clusters than the maximum, which doesn't bind beside a distance."""
    return generated(seed=9, assets=20, rows=90, request={"threshold": 0.3, "max_clusters": 3})


def scattered() -> Universe:
    """More clusters than v4's 25 at most, and more winners."""
    return generated(seed=11, assets=90, rows=90, request={"threshold": 0.2})


def aimed(columns: dict[str, np.ndarray], case: dict[str, Any], **fields: dict[str, Any]) -> Universe:
    """Columns by hand; `fields` change the candidate of the symbol's last part, None takes a field away."""
    candidates = []
    for symbol in columns:
        own = fields.get(symbol.rpartition(":")[2], {})
        candidate = {
            "symbol": symbol,
            "market": "AMERICA",
            "identity": symbol,
            "value_traded": 1e11,
            "adx": 20.0,
            **METADATA,
        }
        candidates.append({key: value for key, value in {**candidate, **own}.items() if value is not None})
    values = np.column_stack(list(columns.values()))
    return column_contiguous(values, days(len(values)), list(columns)), candidates, None, case


def moving(rows: int, mean: float, swing: float, seed: int = 0) -> np.ndarray:
    """A column of exactly this annualised mean, up to rounding, that swings at random."""
    noise = np.random.default_rng(seed).normal(0.0, swing, rows)
    return noise - noise.mean() + mean / 252


def defaults() -> Universe:
    """Nothing is said, so that every default counts: seats, benchmark, lookbacks; a benchmark without metadata."""
    rows = 130
    leader = moving(rows, 1.0, 0.02, seed=1)
    columns = {f"NASDAQ:Z{n}": leader + moving(rows, 0.5 + n / 10, 0.004, seed=10 + n) for n in range(8)}
    columns |= {f"NYSE:Q{n}": leader * (n % 3) / 2 + moving(rows, 0.6, 0.015, seed=30 + n) for n in range(6)}
    columns["AMEX:SPY"] = leader + moving(rows, 0.1, 0.004, seed=50)
    return aimed(columns, {}, SPY={"tick_size": None})


def named() -> Universe:
    """What a name decides: baselines, identities, metadata by key, ties; flat and empty columns."""
    rows = 150
    twin = moving(rows, 1.5, 0.01, seed=3)
    columns = {
        "OKX:TWINUSDT": twin,
        "BINANCE:TWINUSDT": twin + moving(rows, 0.0, 0.001, seed=4),
        "NYSE:ZEBRA": moving(rows, 2.0, 0.012, seed=5),
        "NYSE:ANT": moving(rows, 2.0, 0.012, seed=5),
        "NYSE:COIN": moving(rows, 1.0, 0.01, seed=6),
        "BITGET:BARE": moving(rows, 1.0, 0.01, seed=7),
        "NYSE:VAGUE": moving(rows, 1.0, 0.01, seed=8),
        "NYSE:FRAIL": moving(rows, 1.0, 0.01, seed=9),
        "NYSE:FLAT": moving(rows, 0.01, 1e-5, seed=10),
        "NYSE:EMPTY": np.full(rows, np.nan),
    }
    case = {"request": {"threshold": 0.4, "top_n": 1}, "features": {}, "benchmark_symbols": []}
    returns, candidates, _, case = aimed(
        columns,
        case,
        TWINUSDT={"identity": None, "market": "CRYPTO"},
        COIN={"market": "CRYPTO", "value_traded": 2e6},
        BARE={"market": None, "value_traded": 2e6},
        VAGUE={"price_precision": None},
    )
    stats = pd.DataFrame({"Antifragility_Score": 0.5, "Regime_Survival_Score": 0.9}, index=list(columns))
    stats.loc["NYSE:FRAIL", "Regime_Survival_Score"] = 0.15
    return returns, candidates, stats, case


def priced(momentum: float, net: float, swing: float, seed: int) -> tuple[np.ndarray, float]:
    """A column, and the traded value at which its momentum less the cost is `net`."""
    column = moving(120, momentum, swing, seed)
    cost = momentum - net
    return column, 1e6 * (float(np.std(column, ddof=1)) * math.sqrt(252) / cost) ** 2


def hurdles() -> Universe:
    """A negative momentum floor, which lowers the hurdle to -0.55: who just passes it, and whom high momentum exempts."""
    found = {
        "NYSE:MARGIN": priced(0.5, -0.57, 0.02, seed=1),
        "NYSE:EXEMPT": priced(1.05, -0.6, 0.02, seed=2),
        "NYSE:BEYOND": priced(1.5, -0.75, 0.02, seed=3),
        "NYSE:PASSES": priced(1.5, -0.5, 0.02, seed=4),
    }
    case = {
        "request": {"min_momentum_score": -0.5, "params": {"default_shrinkage_intensity": 0.15}},
        "features": {},
        "benchmark_symbols": [],
    }
    fields = {symbol.rpartition(":")[2]: {"value_traded": value} for symbol, (_, value) in found.items()}
    return aimed({symbol: column for symbol, (column, _) in found.items()}, case, **fields)


def jumpy() -> Universe:
    """Two assets that move together in the ninth digit beside one great jump: products can't see it, pandas can."""
    whisper = moving(130, 0.0, 1e-9, seed=1)
    columns = {f"NYSE:W{n}": whisper + moving(130, 0.0, 1e-11, seed=2 + n) for n in range(2)}
    for n, column in enumerate(columns.values()):
        column[5 + n] = 2.9
        column[6 - n] = np.nan
    case = {"request": {"threshold": 0.5}, "features": {}, "benchmark_symbols": [], "cluster_lookbacks": [130]}
    return aimed(columns, case)


UNIVERSES: dict[str, Callable[[], Universe]] = {
    function.__name__: function
    for function in (
        dirty,
        directed,
        static,
        brief,
        lengthy,
        odd,
        capped,
        numbered,
        crowded,
        scattered,
        defaults,
        named,
        hurdles,
        jumpy,
    )
}


@cache
def universe(name: str) -> Universe:
    return UNIVERSES[name]()


def reference(name: str) -> Any:
    """The reference's answer to a universe, or the error's type where there is none."""
    try:
        return v3_4.answer(*universe(name))
    except TypeError as error:
        return type(error)


def engine(name: str, changed: dict[str, Any] | None = None) -> Any:
    """v4's answer, or the error's type."""
    try:
        return v4_answer(*universe(name), changed)
    except (SelectionError, KeyError) as error:
        return type(error)


unmutated_reference, unmutated_engine = cache(reference), cache(engine)


def disagree(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, type) or isinstance(theirs, type):
        return isinstance(mine, type) != isinstance(theirs, type)
    return bool(disagreements(mine, theirs))


@pytest.mark.parametrize("name", UNIVERSES)
def test_unmutated_they_agree(name: str) -> None:
    assert not disagree(unmutated_engine(name), unmutated_reference(name))


# The mutations


# Constant of the reference -> its mutation, and the universe that tells it apart.
CONSTANTS: dict[str, tuple[Any, str]] = {
    "SPEC_VERSION": ("3.5", "hurdles"),
    "TRADING_DAYS": (253, "hurdles"),
    "STABILITY_FLOOR": (2e-09, "hurdles"),
    "BASELINE_CRYPTO": (20000000.0, "named"),
    "BASELINE_OTHER": (400000000.0, "hurdles"),
    "CRYPTO_MARKET": ("COIN", "named"),
    "CRYPTO_EXCHANGES": (("BINANCE", "OKX", "BYBIT"), "named"),
    "DEFAULT_ANTIFRAGILITY": (0.4, "hurdles"),
    "DEFAULT_SURVIVAL": (0.9, "hurdles"),
    "DEFAULT_FRAGILITY": (0.1, "hurdles"),
    "RECENT_ROWS": (100, "hurdles"),
    "NETWORK_BYTES": (16, "dirty"),
    "ENTROPY_ORDER": (6, "hurdles"),
    "EFFICIENCY_MIN_VALUES": (9, "brief"),
    "EFFICIENCY_PATH_FLOOR": (0.01, "named"),
    "ARGSORT_NETWORK": (v3_4.ARGSORT_NETWORK[::-1], "dirty"),
    "HURST_MIN_ROWS": (16, "brief"),
    "HURST_LAGS": ((8, 16, 32, 64, 128, 256), "lengthy"),
    "HURST_DEVIATION_FLOOR": (0.01, "hurdles"),
    "HURST_NEUTRAL": (0.4, "named"),
    "UNKNOWN_ENTROPY": (0.9, "named"),
    "RANK_METRICS": (v3_4.RANK_METRICS[1:], "hurdles"),
    "METRICS": ((*v3_4.METRICS[1:], "momentum"), "named"),
    "RANK_FLOOR": (0.02, "hurdles"),
    "RANK_SPAN": (0.98, "hurdles"),
    "CDF_DEVIATION_FLOOR": (1e-08, "brief"),
    "CDF_FLOOR": (0.002, "hurdles"),
    "UNKNOWN_PROBABILITY": (0.4, "named"),
    "PROBABILITY_FLOOR": (0.01, "hurdles"),
    "FRAGILITY_PENALTY": (0.4, "dirty"),
    "SURVIVING_SHARE_FLOOR": (0.6, "dirty"),
    "DEFAULT_WEIGHT": (0.9, "hurdles"),
    "CORRELATION_MIN_ROWS": (25, "dirty"),
    "KAPPA_START": (1e21, "hurdles"),
    "KAPPA_EIGENVALUE_FLOOR": (1e-06, "named"),
    "SHRINKAGE_LIMIT": (0.09, "static"),
    "SHRINKAGE_STEP": (0.02, "static"),
    "MIN_SURVIVAL": (0.2, "named"),
    "TOXIC_HURST": (0.6, "lengthy"),
    "METADATA_KEYS": (("tick_size", "lot_size"), "named"),
    "ORDER_SIZE": (2000000.0, "hurdles"),
    "DEFAULT_TRADED_VALUE": (200000000.0, "dirty"),
    "HURDLE_MARGIN": (0.1, "hurdles"),
    "EXEMPT_MOMENTUM": (1.1, "hurdles"),
    "EXEMPT_HURDLE_FACTOR": (1.5, "hurdles"),
    "RECENT_MOMENTUM_ROWS": (50, "lengthy"),
    "MIN_TOP_N": (4, "defaults"),
    "STAND_IN_STAGE": (2, "hurdles"),
    "FALLBACK_STAGE": (3, "defaults"),
    "MAX_ADMITTED_ENTROPY": (0.85, "hurdles"),
    "ENOUGH_WINNERS": (14, "defaults"),
    "FALLBACK_NOTE": ("x", "defaults"),
    "STAGES": ((1, 2, 3), "hurdles"),
    "RELIEF_STAGE": (3, "hurdles"),
    "ENTROPY_RELIEF": (1.1, "hurdles"),
    "ENTROPY_RELIEF_LIMIT": (0.95, "hurdles"),
    "EFFICIENCY_RELIEF": (0.9, "hurdles"),
    "DEFAULT_HURDLE": (0.006, "hurdles"),
    "DEFAULT_BENCHMARKS": ([], "defaults"),
    "DEFAULT_LOOKBACKS": ([60], "numbered"),
    "DEFAULT_REQUEST.top_n": (7, "defaults"),
    "DEFAULT_REQUEST.threshold": (0.9, "defaults"),
    "DEFAULT_REQUEST.max_clusters": (20, "numbered"),
    "DEFAULT_REQUEST.min_momentum_score": (0.2, "defaults"),
    "DEFAULT_REQUEST.params": ({"eci_hurdle": 0.1}, "defaults"),
    "DEFAULT_FEATURES.feat_predictability_vetoes": (True, "defaults"),
    "DEFAULT_FEATURES.feat_dynamic_selection": (True, "defaults"),
    "DEFAULT_FEATURES.feat_dynamic_direction": (True, "numbered"),
    "DEFAULT_FEATURES.entropy_max_threshold": (0.8, "defaults"),
    "DEFAULT_FEATURES.efficiency_min_threshold": (0.2, "defaults"),
    "DEFAULT_FEATURES.hurst_random_walk_min": (0.4, "defaults"),
    "DEFAULT_FEATURES.hurst_random_walk_max": (0.6, "defaults"),
    "DEFAULT_FEATURES.kappa_shrinkage_threshold": (9.0, "defaults"),
    "DEFAULT_FEATURES.default_shrinkage_intensity": (0.02, "defaults"),
    **{f"DEFAULT_FEATURES.weights_global.{name}": (1.1, "named") for name in v3_4.METRICS[:-1]},
    **{f"THRESHOLD_NAMES.{name}": ("hurst_random_walk_min", "numbered") for name in v3_4.THRESHOLD_NAMES},
    "THRESHOLD_NAMES.hurst_rw_min": ("hurst_random_walk_max", "numbered"),
}

# Setting in which v3.4 and v4 differ -> the universe that tells v4's value apart.
SETTINGS: dict[str, str] = {
    "compat.correlation_method": "jumpy",
    "compat.condition_number": "hurdles",
    "compat.summation": "hurdles",
    "data.lookback": "lengthy",
    "data.symbol_join": "directed",
    "data.fields": "odd",
    "compat.missing_identity": "named",
    "compat.candidate_lookup": "directed",
    "compat.adv_names": "directed",
    "compat.arithmetic": "dirty",
    "compat.trading_calendar": "dirty",
    "features.annualisation.CRYPTO": "named",
    "compat.thin_volatility": "named",
    "checks.stale.severity": "dirty",
    "gates.volatility_floor.enabled": "named",
    "features.compounding": "named",
    "features.impact_volatility": "brief",
    "features.entropy_min_patterns": "brief",
    "compat.entropy_gaps": "brief",
    "compat.entropy_ties": "dirty",
    "compat.unknown_entropy": "named",
    "compat.thin_hurst": "named",
    "compat.unknown_hurst": "brief",
    "compat.missing_adx": "dirty",
    "compat.missing_value_traded": "dirty",
    "compat.exempting_hurdle": "hurdles",
    "compat.missing_adv": "dirty",
    "compat.direction_aware": "directed",
    "compat.metadata_rule": "dirty",
    "weights.adx": "hurdles",
    "weights.antifragility": "brief",
    "weights.efficiency": "brief",
    "weights.entropy": "brief",
    "weights.stability": "brief",
    "weights.hurst_clean": "brief",
    "probabilities.liquidity": "brief",
    "probabilities.survival": "brief",
    "clusters.max_clusters": "scattered",
    "clusters.directed": "directed",
    "clusters.lookbacks": "capped",
    "recruitment.duplicate_correlation": "directed",
    "recruitment.max_winners": "scattered",
    "benchmarks": "defaults",
    "gates.momentum.enabled": "crowded",
    "compat.min_momentum": "lengthy",
    "gates.history.enabled": "named",
    "gates.liveness.enabled": "named",
    "gates.freshness.enabled": "named",
    "gates.health.unknown": "dirty",
    "gates.entropy.unknown": "brief",
    "gates.entropy.enabled": "named",
    "gates.efficiency.unknown": "brief",
    "gates.efficiency.enabled": "crowded",
    "gates.adx.enabled": "brief",
    "gates.random_walk.unknown": "brief",
    "gates.random_walk.exempt_benchmarks": "dirty",
    "gates.toxicity.unknown": "brief",
    "gates.net_edge.unknown": "named",
    "compat.min_seats": "named",
    "compat.identity_scope": "directed",
    "compat.substitute_rule": "named",
    "compat.benchmark_rule": "defaults",
    "compat.benchmark_waiver": "defaults",
    "compat.score_ties": "named",
    "compat.winner_order": "hurdles",
    "universe": "dirty",
    "unattainable": "capped",
}

# Constant of a module of v4 -> its mutation, and the universe that tells it apart.
MODULES: dict[str, tuple[Any, str]] = {
    "dataflow.partitioning.conditioning.UNKNOWN_KAPPA": (1e21, "hurdles"),
    "dataflow.partitioning.conditioning.HIGHEST_SHRINKAGE": (0.09, "static"),
    "dataflow.partitioning.conditioning.SHRINKAGE_STEP": (0.02, "static"),
    "dataflow.partitioning.conditioning.SMALLEST_EIGENVALUE": (1e-6, "named"),
    "dataflow.features.kernels.entropy.NETWORK": (v3_4.ARGSORT_NETWORK[::-1], "dirty"),
    "dataflow.features.kernels.rescaled_range.LAGS": (v3_4.HURST_LAGS[:-1], "lengthy"),
    "dataflow.features.factors.trading.EXEMPT_MOMENTUM": (1.1, "hurdles"),
    "dataflow.features.factors.trading.EXEMPT_SHARE": (1.5, "hurdles"),
    "dataflow.policy.nodes.HIGHEST_SUBSTITUTE_ENTROPY": (0.85, "hurdles"),
    "dataflow.inference.scorers.log_mps.NEUTRAL": (0.4, "named"),
    "dataflow.inference.scorers.log_mps.SMALLEST": (0.01, "hurdles"),
    "dataflow.inference.scorers.log_mps.FRAGILITY_WEIGHT": (0.4, "dirty"),
    "dataflow.inference.probabilities.FLOOR": (0.002, "hurdles"),
    "dataflow.inference.probabilities.RANK_FLOOR": (0.02, "hurdles"),
    "dataflow.ingestion.pool_table_nodes.NEUTRAL_STATISTICS": (
        {"Antifragility_Score": 0.4, "Fragility_Score": 0.0, "Regime_Survival_Score": 1.0},
        "hurdles",
    ),
    "dataflow.ingestion.scanners.EXCHANGES_OF_CRYPTO": (("BINANCE", "OKX", "BYBIT"), "named"),
    "drivers.migration.incumbent.METRICS": (("momentum", *v3_4.METRICS[2:]), "hurdles"),
    "drivers.migration.incumbent.HURDLE_MARGIN": (0.1, "hurdles"),
    "drivers.migration.incumbent.DEFAULT_HURDLE": (0.006, "hurdles"),
    "drivers.migration.incumbent.FILL_NOTE": ("x", "defaults"),
}
# What no input tells apart, and why.
UNBINDABLE: dict[str, str] = {
    # Lags of 10, 15, ... count where fewer than two of 8, 16, ... are <= T // 2, that is T < 32; but for T < 32 there is no
    # Hurst exponent at all (HURST_MIN_ROWS). v4's SHORT_LAGS likewise.
    "HURST_FALLBACK_LAGS": "T < 32 has no Hurst exponent, T >= 32 has the lags 8 and 16",
    # v3.4 is given no bars. Without them Wilder's lines are NaN for all assets, and `_bars_first` falls back on the scanner's.
    "features.adx_source": "returns, candidates and statistics hold no bars",
    # The champion's score decides alone (`inference_outputs`); a challenger adds columns that v3.4's answer doesn't have.
    "scorers.rank_average.enabled": "a challenger decides nothing",
    "features.adx_prices": "returns, candidates and statistics hold no bars",
    # What ingestion checks, v3.4 believes; the recorded inputs hold nothing of the kind.
    **{
        f"checks.{name}.severity": "no recorded input is implausible"
        for name in (
            *("prints", "volume_unit", "units", "closures", "gaps", "shifted", "frozen", "holes", "openings", "splits"),
            *("jumps", "idle"),
        )
    },
    # `quarantined_share` counts infinite returns and returns below -100 %, of which V3_4.md doesn't say what v3.4 does.
    "gates.plausibility.enabled": "no cell of a valid input is quarantined",
    # `tradable` is 1.0 or 0.0 made from a comparison (declared nullable=False), never NaN.
    "gates.metadata.unknown": "the gate's value is never unknown",
    # `excluded` is 1 only for what `data.include` or `data.exclude` name, which nothing in v3.4's request can set.
    "gates.exclusion.enabled": "v3.4 has no exclusion list",
    "data.membership": "v3.4 knows no table of members",
    "data.unknown_names": "v3.4 has no exclusion list",
    # What the bridge and the recordings hand over is typed, in dollars, and joins.
    "data.currency": "no recorded candidate states a currency",
    "data.strangers": "recorded statistics join their assets",
    # What is recorded ends with its returns, one row per day, and no scan in it has a date.
    "data.sessions": "each row of the recordings is a midnight",
    "data.unfinished": "nobody says when it is asked",
    "data.far_dates": "the days of the recordings follow each other",
    "data.common_end": "returns, candidates and statistics hold no bars",
    "data.max_age_days": "the last return is of the as-of date; the gate that asks an asset's age is disabled",
    "data.max_scan_age_days": "the candidates come as records",
    # A gate is off where no asset has a value: v3.4's momentum, cost and scanner ADX are there.
    "gates.adx.unavailable": "the gate is disabled in v3.4",
    "gates.net_edge.unavailable": "some asset has momentum and cost",
}


def mutated(value: Any, path: list[str], mutation: Any) -> Any:
    """A constant with its mutation, inside the tables that the path leads through."""
    if not path:
        return mutation
    return {**value, path[0]: mutated(value[path[0]], path[1:], mutation)}


@pytest.mark.parametrize("name", CONSTANTS)
def test_every_constant_of_the_reference_is_held(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation, where = CONSTANTS[name]
    constant, *path = name.split(".")
    monkeypatch.setattr(v3_4, constant, mutated(getattr(v3_4, constant), path, mutation))
    assert disagree(unmutated_engine(where), reference(where))


@pytest.mark.parametrize("name", SETTINGS)
def test_every_oddity_of_the_profile_is_held(name: str) -> None:
    assert disagree(engine(SETTINGS[name], {name: FLIPS[name]}), unmutated_reference(SETTINGS[name]))


@pytest.mark.parametrize("name", MODULES)
def test_every_constant_of_v4_is_held(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation, where = MODULES[name]
    module, _, constant = (PACKAGE + name).rpartition(".")
    monkeypatch.setattr(import_module(module), constant, mutation)
    assert disagree(engine(where), unmutated_reference(where))


def flipped() -> dict[str, Any]:
    """Setting in which v3.4 and v4 differ -> v4's value; a weight that v4 lacks is 0, which isn't scored."""
    found = flips(resolved_settings("v3.4").settings, resolved_settings("v4").settings)
    return {flip.setting: 0.0 if flip.setting == "weights.adx" else flip.v4 for flip in found}


FLIPS = flipped()


def test_the_lists_are_whole() -> None:
    constants = {name: getattr(v3_4, name) for name in vars(v3_4) if name.isupper()}
    assert {*CONSTANTS, *UNBINDABLE} >= {*leaves(constants)}
    assert {*SETTINGS, *UNBINDABLE} >= FLIPS.keys()
    assert len(CONSTANTS) + len(SETTINGS) + len(MODULES) >= 25


@pytest.mark.parametrize("name", [name for name in UNBINDABLE if name in FLIPS])
def test_what_cannot_bind_does_not(name: str) -> None:
    for where in ("dirty", "directed", "named"):
        assert not disagree(engine(where, {name: FLIPS[name]}), unmutated_reference(where))
