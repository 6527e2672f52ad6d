"""Generated universes: the inputs of one run, with the dirt that real ones have.

An example is one integer seed, two sizes and a set of switches. Everything that is drawn in bulk comes from NumPy's
generator under that seed, so that examples are quick to draw and shrink towards a small, clean universe.

What v3.4's specification leaves open is not generated: duplicate candidate symbols; null identities, directions or
markets; infinite returns and returns below -1; statistics without `Antifragility_Score`; candidates flagged as
benchmark that are known by their identity only; universes in which no asset has ten values.
"""

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

Candidate = dict[str, Any]
Universe = tuple[pd.DataFrame, list[Candidate], pd.DataFrame | None, dict[str, Any]]

MIN_VALUES = 10
WORST_RETURN, BEST_RETURN = -0.95, 3.0

CRYPTO_EXCHANGES = ("BINANCE", "OKX", "BYBIT", "BITGET")
EQUITY_EXCHANGES = ("NASDAQ", "NYSE", "AMEX")

RETURNS_DIRT = (
    "all_nan_column",
    "constant_zero_column",
    "delistings",
    "duplicated_columns",
    "gaps",
    "late_listings",
    "tied_returns",
    "trends",
    "tz_aware",
    "zero_runs",
)
CANDIDATE_DIRT = (
    "adx_absent",
    "adx_null",
    "adx_within_one",
    "adx_zero",
    "candidates_absent",
    "candidates_by_identity",
    "candidates_shuffled",
    "candidates_without_column",
    "direction_absent",
    "identity_absent",
    "identity_shared",
    "is_benchmark_flags",
    "lower_case",
    "market_absent",
    "metadata_absent",
    "metadata_null",
    "metadata_zero",
    "shorts",
    "value_traded_absent",
    "value_traded_alias",
    "value_traded_large",
    "value_traded_null",
    "value_traded_zero",
)
STATS_DIRT = (
    "fragility_absent",
    "stats_nan",
    "stats_partial",
    "survival_absent",
    "survival_beyond_one",
    "survival_low",
)
METADATA = {"tick_size": 0.0001, "lot_size": 0.001, "price_precision": 4}
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

# Shrinkage 0 is left out: the condition number of a singular matrix is noise.
SHRINKAGES = st.sampled_from([0.01, 0.005, 0.02, 0.05, 0.08, 0.15])
KAPPAS = st.sampled_from([5000, 15000.0, 500.0, 50.0, 10.0, 1.5])
ENTROPY_CEILINGS = st.floats(0.5, 1.0)
EFFICIENCY_FLOORS = st.floats(0.0, 0.4)
HURST_LOWER, HURST_UPPER = st.floats(0.3, 0.5), st.floats(0.5, 0.7)


def some(rng: np.random.Generator, count: int, share: float = 0.3) -> np.ndarray:
    """Choose a share of `count` positions, at least one."""
    return rng.permutation(count)[: max(1, round(share * count))]


def factor_returns(rng: np.random.Generator, rows: int, assets: int, trends: bool) -> np.ndarray:
    """Draw returns from a factor model with fat tails, volatilities that differ and, if asked for, strong trends."""
    factors = rng.standard_t(4, (rows, 3)) * 0.01
    loadings = rng.normal(0.0, 0.8, (3, assets)) + np.array([[1.0], [0.0], [0.0]])
    noise = rng.standard_t(4, (rows, assets)) * rng.uniform(0.002, 0.04, assets)
    drift = rng.normal(0.0, 0.01 if trends else 0.001, assets)
    return np.clip(factors @ loadings + noise + drift, WORST_RETURN, BEST_RETURN)


def spoil(rng: np.random.Generator, values: np.ndarray, dirt: frozenset[str]) -> np.ndarray:
    """Apply the dirt of the returns; one asset at least keeps ten values."""
    rows, assets = values.shape
    clean = values.copy()
    if "tied_returns" in dirt:
        chosen = some(rng, assets, 0.5)
        values[:, chosen] = np.round(values[:, chosen], 2)
    if "zero_runs" in dirt:
        for asset in some(rng, assets):
            start = rng.integers(0, rows)
            values[start : start + rng.integers(1, rows), asset] = 0.0
    if "duplicated_columns" in dirt:
        for asset in some(rng, assets):
            values[:, asset] = values[:, rng.integers(0, assets)]
    if "gaps" in dirt:
        for asset in some(rng, assets, 0.5):
            values[rng.random(rows) < rng.uniform(0.01, 0.5), asset] = np.nan
    if "late_listings" in dirt:
        for asset in some(rng, assets):
            values[: rng.integers(1, rows), asset] = np.nan
    if "delistings" in dirt:
        for asset in some(rng, assets):
            values[rng.integers(1, rows) :, asset] = np.nan
    if "constant_zero_column" in dirt:
        values[:, rng.integers(0, assets)] = 0.0
    if "all_nan_column" in dirt:
        values[:, rng.integers(0, assets)] = np.nan
    if np.isfinite(values).sum(axis=0).max() < MIN_VALUES:
        values[:, 0] = clean[:, 0]
    return values


def column_contiguous(values: np.ndarray, index: pd.DatetimeIndex, symbols: list[str]) -> pd.DataFrame:
    """Build the frame as `read_parquet` does: a mean taken over rows that are contiguous has other last bits."""
    frame = pd.DataFrame(np.asfortranarray(values), index=index, columns=symbols)
    if not frame.to_numpy(copy=False).flags.f_contiguous:
        raise AssertionError("the columns of the generated frame are not contiguous in memory")
    return frame


def symbol_names(rng: np.random.Generator, assets: int, kind: str) -> list[str]:
    """Name the assets after crypto exchanges, stock exchanges, or some after each."""
    names = []
    for position in range(assets):
        is_crypto = kind == "crypto" or (kind == "mixed" and rng.random() < 0.5)
        if is_crypto:
            names.append(f"{rng.choice(CRYPTO_EXCHANGES)}:A{position}USDT")
        else:
            names.append(f"{rng.choice(EQUITY_EXCHANGES)}:A{position}")
    return names


def full_candidate(rng: np.random.Generator, symbol: str) -> Candidate:
    """Describe an asset with every key that the engine reads."""
    is_crypto = symbol.endswith("USDT")
    return {
        "symbol": symbol,
        "market": "CRYPTO" if is_crypto else "AMERICA",
        "logic": str(rng.choice(["trend", "rating_all", "vol_breakout"])),
        "identity": symbol.partition(":")[2].removesuffix("USDT"),
        "direction": "LONG",
        "value_traded": round(float(10 ** rng.uniform(4, 9)), 2),
        "adx": round(float(rng.uniform(2, 60)), 4),
        **METADATA,
    }


def spoil_candidates(rng: np.random.Generator, candidates: list[Candidate], dirt: frozenset[str]) -> list[Candidate]:
    """Apply the dirt of the candidates, each kind to its own share of them."""

    def chosen(switch: str, share: float = 0.3) -> list[Candidate]:
        return [candidates[position] for position in some(rng, len(candidates), share)] if switch in dirt else []

    for candidate in chosen("shorts"):
        candidate["direction"] = "SHORT"
    for candidate in chosen("direction_absent"):
        del candidate["direction"]
    for candidate in chosen("identity_shared", 0.6):
        candidate["identity"] = f"SHARED{rng.integers(0, 1 + len(candidates) // 4)}"
    for candidate in chosen("identity_absent"):
        del candidate["identity"]
    for candidate in chosen("lower_case"):
        candidate["market"] = candidate["market"].lower()
    for candidate in chosen("market_absent"):
        del candidate["market"]
    for candidate in chosen("is_benchmark_flags"):
        candidate["is_benchmark"] = bool(rng.random() < 0.7)
    for candidate in chosen("adx_within_one", 1.0):
        candidate["adx"] = round(candidate["adx"] / 60, 4)
    for candidate in chosen("adx_zero"):
        candidate["adx"] = 0
    for candidate in chosen("adx_null"):
        candidate["adx"] = None
    for candidate in chosen("adx_absent"):
        del candidate["adx"]
    for candidate in chosen("value_traded_large", 0.6):
        candidate["value_traded"] = round(float(10 ** rng.uniform(9, 11)))
    for candidate in chosen("value_traded_zero"):
        candidate["value_traded"] = 0
    for candidate in chosen("value_traded_null"):
        candidate["value_traded"] = None
    for candidate in chosen("value_traded_alias"):
        candidate["Value.Traded"] = round(float(10 ** rng.uniform(4, 9)), 2)
        if rng.random() < 0.7:
            del candidate["value_traded"]
    for candidate in chosen("value_traded_absent"):
        candidate.pop("value_traded", None)
    for candidate in chosen("metadata_zero"):
        candidate[str(rng.choice(list(METADATA)))] = 0
    for candidate in chosen("metadata_null"):
        candidate[str(rng.choice(list(METADATA)))] = None
    for candidate in chosen("metadata_absent"):
        del candidate[str(rng.choice(list(METADATA)))]
    return candidates


def regroup_candidates(rng: np.random.Generator, candidates: list[Candidate], dirt: frozenset[str]) -> list[Candidate]:
    """Take candidates away, add some that have no column, or file them under another symbol."""
    if "candidates_by_identity" in dirt:
        for position in some(rng, len(candidates)):
            candidate = candidates[position]
            candidate["identity"] = candidate["symbol"]
            candidate["symbol"] = f"{candidate['symbol']}.P"
            candidate.pop("is_benchmark", None)
    if "candidates_absent" in dirt:
        absent = set(some(rng, len(candidates)).tolist())
        candidates = [candidate for position, candidate in enumerate(candidates) if position not in absent]
    if "candidates_without_column" in dirt:
        candidates = candidates + [full_candidate(rng, f"OKX:B{position}USDT") for position in range(3)]
    if "candidates_shuffled" in dirt:
        candidates = [candidates[position] for position in rng.permutation(len(candidates))]
    return candidates


def statistics(rng: np.random.Generator, symbols: list[str], dirt: frozenset[str]) -> pd.DataFrame:
    """Draw the statistics, complete unless the switches say otherwise."""
    count = len(symbols)
    survival = rng.uniform(0.3, 1.0, count)
    if "survival_low" in dirt:
        survival[some(rng, count)] = rng.uniform(0.0, 0.15)
    if "survival_beyond_one" in dirt:
        survival[some(rng, count)] = rng.uniform(1.0, 2.0)
    stats = pd.DataFrame(
        {
            "Antifragility_Score": rng.uniform(0.0, 1.0, count),
            "Fragility_Score": rng.uniform(0.0, 2.0, count),
            "Regime_Survival_Score": survival,
        },
        index=symbols,
    )
    if "stats_nan" in dirt:
        for name in stats.columns:
            stats.loc[[symbols[position] for position in some(rng, count, 0.2)], name] = np.nan
    if "fragility_absent" in dirt:
        stats = stats.drop(columns="Fragility_Score")
    if "survival_absent" in dirt:
        stats = stats.drop(columns="Regime_Survival_Score")
    if "stats_partial" in dirt:
        stats = stats.iloc[np.sort(some(rng, count, 0.6))]
    return stats


def requests() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a request; what is not drawn is left to the engine's default."""
    params = st.fixed_dictionaries(
        {},
        optional={
            "entropy_max_threshold": ENTROPY_CEILINGS,
            "efficiency_min_threshold": EFFICIENCY_FLOORS,
            "hurst_random_walk_min": HURST_LOWER,
            "hurst_random_walk_max": HURST_UPPER,
            "eci_hurdle": st.floats(-0.5, 0.5),
            "kappa_shrinkage_threshold": KAPPAS,
            "default_shrinkage_intensity": SHRINKAGES,
        },
    )
    return st.fixed_dictionaries(
        {
            "top_n": st.integers(1, 12),
            "threshold": st.sampled_from([0.5, 0.3, 0.7, 0.9, 1.1, 1.5, 2.0, 50.0, 0.0, -1.0]),
        },
        optional={
            "max_clusters": st.integers(1, 30),
            "min_momentum_score": st.sampled_from([0.0, -0.01, -0.05, -0.5, -2.0, 0.02, 0.1]),
            "params": params,
        },
    )


def feature_settings() -> st.SearchStrategy[dict[str, Any]]:
    """Draw the settings; of what is not a flag, what is not drawn is left to the engine's default."""
    weights = st.fixed_dictionaries({}, optional={name: st.floats(0.0, 2.0) for name in METRICS})
    return st.fixed_dictionaries(
        {
            "feat_predictability_vetoes": st.booleans(),
            "feat_dynamic_selection": st.booleans(),
            "feat_dynamic_direction": st.booleans(),
        },
        optional={
            "entropy_max_threshold": ENTROPY_CEILINGS,
            "efficiency_min_threshold": EFFICIENCY_FLOORS,
            "hurst_random_walk_min": HURST_LOWER,
            "hurst_random_walk_max": HURST_UPPER,
            "kappa_shrinkage_threshold": KAPPAS,
            "default_shrinkage_intensity": SHRINKAGES,
            "weights_global": weights,
        },
    )


def switches(names: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    """Draw which dirt there is; shrinks to none."""
    return st.frozensets(st.sampled_from(names), max_size=8)


@st.composite
def universes(draw: st.DrawFn, max_assets: int = 80, max_rows: int = 600) -> Universe:
    """Draw returns, candidates, statistics (or None) and settings, as `reference.v3_4.answer` takes them."""
    assets = draw(st.integers(1, max_assets), label="assets")
    rows = draw(st.integers(MIN_VALUES, max_rows), label="rows")
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    kind = draw(st.sampled_from(["crypto", "equities", "mixed"]), label="kind")
    returns_dirt = draw(switches(RETURNS_DIRT), label="returns dirt")
    candidate_dirt = draw(switches(CANDIDATE_DIRT), label="candidate dirt")
    stats_dirt = draw(st.none() | switches(STATS_DIRT), label="stats dirt, or no stats")
    benchmarks = draw(st.integers(0, 3), label="benchmarks among the columns")

    symbols = symbol_names(rng, assets, kind)
    values = spoil(rng, factor_returns(rng, rows, assets, "trends" in returns_dirt), returns_dirt)
    index = pd.date_range("2023-01-02", periods=rows, freq="D", tz="UTC" if "tz_aware" in returns_dirt else None)
    candidates = spoil_candidates(rng, [full_candidate(rng, symbol) for symbol in symbols], candidate_dirt)
    candidates = regroup_candidates(rng, candidates, candidate_dirt)
    stats = None if stats_dirt is None else statistics(rng, symbols, stats_dirt)
    settings = {
        "request": draw(requests(), label="request"),
        "features": draw(feature_settings(), label="features"),
        "benchmark_symbols": ["AMEX:SPY", *(symbols[position] for position in rng.permutation(assets)[:benchmarks])],
        "cluster_lookbacks": draw(
            st.just([60, 120, 200])
            | st.lists(st.sampled_from([5, 20, 30, 60, 120, 200, 400]), min_size=1, max_size=4, unique=True).map(
                sorted
            ),
            label="lookbacks",
        ),
    }
    return column_contiguous(values, index, symbols), candidates, stats, settings
