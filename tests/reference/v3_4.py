"""The incumbent selection engine v3.4, written down asset by asset: the oracle that v4 is held against.

Nothing here is shared with the engine under test and nothing here is meant to be fast. The algorithm, in order:

1. Thresholds (``thresholds``): each from the request's ``params`` if it is there, else from the settings.
2. Features (``features``), per asset, from its own column of returns, its candidate and its statistics: momentum,
   volatility, stability, liquidity, antifragility, survival, fragility, permutation entropy, efficiency ratio,
   Hurst exponent, adx.
3. Scores (``alpha_scores``): nine metrics become probabilities across the assets, by rank or by distribution; the
   score is their weighted product, less a penalty for fragility.
4. Clusters (``clusters``): shrunk correlations over several lookbacks, averaged as distances, Ward linkage, cut.
5. Conditioning (``conditioning``): the shrinkage rises until the correlation matrix is conditioned well enough.
6. Vetoes (``vetoes``): survival, predictability, metadata, cost; whoever is caught by one skips the later ones.
7. Recruitment (``recruit``): per cluster the best longs and the best shorts; from stage 3 on with a stand-in, at
   stage 4 with a fallback.
8. Relaxation (``answer``): stages 1 to 4 until one yields enough winners. v3.4 computes everything anew at every
   stage; since 2 to 5 do not depend on the stage, here they are computed once.

Every expression is evaluated in float64 and in the order in which it is written, for the last bits depend on it.
An unknown value is None in the raw features and NaN in the metrics, as v3.4 has it.
"""

import copy
import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import entropy as shannon_entropy
from scipy.stats import norm

Candidate = dict[str, Any]

SPEC_VERSION = "3.4"

TRADING_DAYS = 252
STABILITY_FLOOR = 1e-9

BASELINE_CRYPTO = 1e7
BASELINE_OTHER = 5e8
CRYPTO_MARKET = "CRYPTO"
CRYPTO_EXCHANGES = ("BINANCE", "OKX", "BYBIT", "BITGET")

DEFAULT_ANTIFRAGILITY = 0.5
DEFAULT_SURVIVAL = 1.0
DEFAULT_FRAGILITY = 0.0

RECENT_ROWS = 120
ENTROPY_ORDER = 5
NETWORK_BYTES = 4
EFFICIENCY_MIN_VALUES = 10
EFFICIENCY_PATH_FLOOR = 1e-12
ARGSORT_NETWORK = ((0, 1), (2, 3), (0, 3), (1, 2), (0, 1), (2, 3), (3, 4), (0, 2), (1, 3), (0, 1), (2, 3))

HURST_MIN_ROWS = 32
HURST_LAGS = (8, 16, 32, 64, 128, 256, 512)
HURST_FALLBACK_LAGS = (10, 15, 20, 25)
HURST_DEVIATION_FLOOR = 1e-12
HURST_NEUTRAL = 0.5

UNKNOWN_ENTROPY = 1.0

RANK_METRICS = ("momentum", "stability", "antifragility", "entropy", "hurst_clean")
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
RANK_FLOOR = 0.01
RANK_SPAN = 0.99
CDF_DEVIATION_FLOOR = 1e-9
CDF_FLOOR = 0.001
UNKNOWN_PROBABILITY = 0.5
PROBABILITY_FLOOR = 1e-9
FRAGILITY_PENALTY = 0.5
SURVIVING_SHARE_FLOOR = 1e-9
DEFAULT_WEIGHT = 1.0

CORRELATION_MIN_ROWS = 20

KAPPA_START = 1e20
KAPPA_EIGENVALUE_FLOOR = 1e-15
SHRINKAGE_LIMIT = 0.1
SHRINKAGE_STEP = 0.01

MIN_SURVIVAL = 0.1
TOXIC_HURST = 0.55
METADATA_KEYS = ("tick_size", "lot_size", "price_precision")
ORDER_SIZE = 1e6
DEFAULT_TRADED_VALUE = 1e8
HURDLE_MARGIN = 0.05
EXEMPT_MOMENTUM = 1.0
EXEMPT_HURDLE_FACTOR = 1.25

RECENT_MOMENTUM_ROWS = 60
MIN_TOP_N = 5
STAND_IN_STAGE = 3
FALLBACK_STAGE = 4
MAX_ADMITTED_ENTROPY = 0.999
ENOUGH_WINNERS = 15
FALLBACK_NOTE = "Added via Balanced Selection fallback"

STAGES = (1, 2, 3, 4)
RELIEF_STAGE = 2
ENTROPY_RELIEF = 1.2
ENTROPY_RELIEF_LIMIT = 1.0
EFFICIENCY_RELIEF = 0.8

DEFAULT_REQUEST: dict[str, Any] = {
    "top_n": 2,
    "threshold": 0.5,
    "max_clusters": 25,
    "min_momentum_score": 0.0,
    "params": {},
}
DEFAULT_FEATURES: dict[str, Any] = {
    "feat_predictability_vetoes": False,
    "feat_dynamic_selection": False,
    "feat_dynamic_direction": False,
    "entropy_max_threshold": 0.9,
    "efficiency_min_threshold": 0.1,
    "hurst_random_walk_min": 0.45,
    "hurst_random_walk_max": 0.55,
    "kappa_shrinkage_threshold": 5000,
    "default_shrinkage_intensity": 0.01,
    "weights_global": {
        "momentum": 1.7469,
        "stability": 0.0458,
        "liquidity": 0.2946,
        "antifragility": 0.6263,
        "survival": 1.4,
        "efficiency": 1.5348,
        "entropy": 0.0322,
        "hurst_clean": 0.3485,
    },
}
DEFAULT_HURDLE = 0.005
DEFAULT_BENCHMARKS = ["AMEX:SPY"]
DEFAULT_LOOKBACKS = [60, 120, 200]

THRESHOLD_NAMES = {
    "entropy_max": "entropy_max_threshold",
    "efficiency_min": "efficiency_min_threshold",
    "hurst_rw_min": "hurst_random_walk_min",
    "hurst_rw_max": "hurst_random_walk_max",
    "eci_hurdle": "eci_hurdle",
    "kappa_max": "kappa_shrinkage_threshold",
    "shr_init": "default_shrinkage_intensity",
}


@dataclass(frozen=True)
class Settings:
    """The parsed settings with every default filled in."""

    top_n: int
    threshold: float
    max_clusters: int
    min_momentum_score: float
    params: dict[str, Any]
    features: dict[str, Any]
    benchmarks: list[str]
    lookbacks: list[int]


@dataclass(frozen=True)
class Features:
    """What is known of one asset before it is compared with any other; None is unknown."""

    momentum: float
    volatility: float
    stability: float
    liquidity: float
    antifragility: float
    survival: float
    fragility: float
    permutation_entropy: float | None
    efficiency_ratio: float | None
    hurst: float | None
    adx: float
    has_history: bool


@dataclass(frozen=True)
class Universe:
    """The inputs of one run; the candidates are the engine's own copies, whose direction it changes."""

    returns: pd.DataFrame
    by_symbol: dict[str, Candidate]
    candidates: list[Candidate]
    settings: Settings


# 1. Inputs


def parsed_settings(settings: dict[str, Any]) -> Settings:
    """Fill in the defaults of the request and of the settings."""
    request = {**DEFAULT_REQUEST, **settings.get("request", {})}
    return Settings(
        top_n=request["top_n"],
        threshold=request["threshold"],
        max_clusters=request["max_clusters"],
        min_momentum_score=request["min_momentum_score"],
        params=request["params"],
        features={**DEFAULT_FEATURES, **settings.get("features", {})},
        benchmarks=settings.get("benchmark_symbols", DEFAULT_BENCHMARKS),
        lookbacks=settings.get("cluster_lookbacks", DEFAULT_LOOKBACKS),
    )


def universe_of(
    returns: pd.DataFrame, candidates: list[Candidate], settings: dict[str, Any], in_place: bool
) -> Universe:
    """Index the candidates by symbol, the last of each; copies, unless in place as in v3.4."""
    own = candidates if in_place else copy.deepcopy(candidates)
    by_symbol = {candidate["symbol"]: candidate for candidate in own if candidate.get("symbol") is not None}
    return Universe(returns, by_symbol, own, parsed_settings(settings))


def thresholds(settings: Settings) -> dict[str, float]:
    """Take each threshold from the request's params or else from the settings.

    The cost hurdle alone has no setting that anything reads.
    """
    fallback = {**settings.features, "eci_hurdle": DEFAULT_HURDLE}
    return {name: settings.params.get(key, fallback[key]) for name, key in THRESHOLD_NAMES.items()}


# 2. Features, per asset


def momenta(returns: pd.DataFrame) -> dict[str, float]:
    """Annualised mean returns; the mean adds a 0 for each NaN, so that dropping them first gives other bits.

    Those of the frame: a mean of its columns one by one has other bits where they aren't contiguous, or of other types.
    """
    return {symbol: float(value) for symbol, value in (returns.mean() * TRADING_DAYS).items()}


def volatility(column: pd.Series) -> float:
    """Annualised sample standard deviation of the values that there are."""
    values = column.dropna()
    if len(values) < 2:
        return 0.0
    return float(values.std() * np.sqrt(TRADING_DAYS))


def traded_value(candidate: Candidate) -> float:
    """Value traded under either of its names, the second where the first is missing or falsy; text that is a number is one."""
    return float(candidate.get("value_traded") or candidate.get("Value.Traded") or 0)


def liquidity(symbol: str, candidate: Candidate) -> float:
    """Value traded relative to what is plenty on that kind of market, at most 1."""
    market = str(candidate.get("market") or "").upper()
    is_crypto = market == CRYPTO_MARKET or any(name in symbol.upper() for name in CRYPTO_EXCHANGES)
    baseline = BASELINE_CRYPTO if is_crypto else BASELINE_OTHER
    return float(min(1.0, traded_value(candidate) / baseline))


def statistics(stats: pd.DataFrame | None, symbols: pd.Index, name: str, default: float) -> pd.Series:
    """One statistic of all assets; the default stands for a missing row, and for a column that isn't the antifragility's.

    Where the table has a symbol twice, or text in the column, the assignment fails as v3.4's does.
    """
    values = pd.Series(default, index=symbols)
    if stats is not None and (name in stats.columns or name == "Antifragility_Score"):
        common = symbols.intersection(stats.index)
        values.loc[common] = stats.loc[common, name]
    return values


def ordinal_pattern(window: list[float]) -> tuple[int, ...]:
    """Sort five values as the recording machine's argsort did: a fixed network, which decides how ties come out."""
    keys = list(window)
    order = list(range(len(keys)))
    for a, b in ARGSORT_NETWORK:
        if keys[a] > keys[b]:
            keys[a], keys[b] = keys[b], keys[a]
            order[a], order[b] = order[b], order[a]
    return tuple(order)


def stable_pattern(window: list[float]) -> tuple[int, ...]:
    """Small numbers (int8, float16) and objects are sorted by insertion, which leaves ties in their order."""
    return tuple(sorted(range(len(window)), key=window.__getitem__))


def permutation_entropy(column: pd.Series) -> float | None:
    """Bandt-Pompe entropy of the recent values, from 0 (one pattern) to 1 (all alike); gaps are closed first."""
    recent = column.iloc[-RECENT_ROWS:].dropna()
    values = recent.tolist()
    if len(values) < ENTROPY_ORDER:
        return None
    by_network = recent.dtype.kind in "iuf" and recent.dtype.itemsize >= NETWORK_BYTES
    sort = ordinal_pattern if by_network else stable_pattern
    windows = [values[start : start + ENTROPY_ORDER] for start in range(len(values) - ENTROPY_ORDER + 1)]
    counts: dict[tuple[int, ...], int] = {}
    for window in windows:
        pattern = sort(window)
        counts[pattern] = counts.get(pattern, 0) + 1
    frequencies = np.array([counts[pattern] / len(windows) for pattern in sorted(counts)])
    return float(shannon_entropy(frequencies) / np.log(math.factorial(ENTROPY_ORDER)))


def efficiency_ratio(column: pd.Series) -> float | None:
    """Kaufman's ratio of the recent values: the way made good over the way gone."""
    values = column.iloc[-RECENT_ROWS:].dropna().to_numpy()
    if len(values) < EFFICIENCY_MIN_VALUES:
        return None
    path = np.sum(np.abs(values))
    if path <= EFFICIENCY_PATH_FLOOR:
        return 0.0
    return float(np.abs(np.sum(values)) / path)


def rescaled_range(block: np.ndarray) -> float:
    """Range of the cumulated deviations over the standard deviation; 0 where the block is flat or has a NaN."""
    walk = np.cumsum(block - np.mean(block))
    deviation = np.std(block)
    if deviation > HURST_DEVIATION_FLOOR:
        return (np.max(walk) - np.min(walk)) / deviation  # in the type of the returns
    return 0.0


def hurst(column: pd.Series) -> float | None:
    """Hurst exponent by rescaled range: the slope of the log of the mean R/S on the log of the block length."""
    values = column.to_numpy()
    rows = len(values)
    if rows < HURST_MIN_ROWS:
        return None
    lags = [lag for lag in HURST_LAGS if lag <= rows // 2]
    if len(lags) < 2:
        lags = [lag for lag in HURST_FALLBACK_LAGS if lag <= rows // 2]
    used: list[int] = []
    means: list[float] = []
    for lag in lags:
        blocks = [values[start * lag : (start + 1) * lag] for start in range(rows // lag)]
        ranges = [ratio for ratio in map(rescaled_range, blocks) if ratio > 0]
        if ranges:
            used.append(lag)
            means.append(np.mean(ranges))
    if len(used) < 2:
        return HURST_NEUTRAL
    slope = np.polyfit(np.log(used), np.log(means), 1)[0]
    return float(np.clip(slope, 0.0, 1.0))


def all_features(
    returns: pd.DataFrame, by_symbol: dict[str, Candidate], stats: pd.DataFrame | None
) -> dict[str, Features]:
    """All that is known of each asset."""
    momentum, symbols = momenta(returns), returns.columns
    antifragility = statistics(stats, symbols, "Antifragility_Score", DEFAULT_ANTIFRAGILITY)
    survival = statistics(stats, symbols, "Regime_Survival_Score", DEFAULT_SURVIVAL)
    fragility = statistics(stats, symbols, "Fragility_Score", DEFAULT_FRAGILITY)
    return {
        symbol: features(
            symbol,
            returns[symbol],
            by_symbol.get(symbol, {}),
            momentum[symbol],
            float(antifragility[symbol]),
            float(survival[symbol]),
            float(fragility[symbol]),
        )
        for symbol in symbols
    }


def features(
    symbol: str,
    column: pd.Series,
    candidate: Candidate,
    momentum: float,
    antifragility: float,
    survival: float,
    fragility: float,
) -> Features:
    """Compute all that is known of one asset."""
    vol = volatility(column)
    present = int(column.count())
    return Features(
        momentum=momentum,
        volatility=vol,
        stability=1.0 / (vol + STABILITY_FLOOR),
        liquidity=liquidity(symbol, candidate),
        antifragility=antifragility * min(1.0, present / TRADING_DAYS),
        survival=survival,
        fragility=fragility,
        permutation_entropy=permutation_entropy(column),
        efficiency_ratio=efficiency_ratio(column),
        hurst=hurst(column),
        adx=float(candidate.get("adx") or 0),
        has_history=present > 0,
    )


def metrics(asset: Features) -> dict[str, float]:
    """Turn the features of one asset into the nine metrics that are scored, in the order in which they are added."""
    raw_entropy = UNKNOWN_ENTROPY if asset.permutation_entropy is None else asset.permutation_entropy
    raw_hurst = HURST_NEUTRAL if asset.hurst is None else asset.hurst
    return {
        "momentum": asset.momentum,
        "stability": asset.stability,
        "liquidity": asset.liquidity,
        "antifragility": asset.antifragility,
        "survival": asset.survival,
        "efficiency": math.nan if asset.efficiency_ratio is None else asset.efficiency_ratio,
        "entropy": float(np.clip(1.0 - raw_entropy, 0.0, 1.0)),
        "hurst_clean": float(np.clip(1.0 - 2.0 * abs(raw_hurst - 0.5), 0.0, 1.0)),
        "adx": asset.adx,
    }


# 3. Log-MPS, the score


def rank_probabilities(values: pd.Series) -> pd.Series:
    """Spread the average ranks evenly from 0.01 to 1; the unknown rank with the lowest."""
    ranks = values.fillna(values.min()).rank(method="average")
    return RANK_FLOOR + (RANK_SPAN * (ranks - 1)) / max(len(values) - 1, 1)


def cdf_probabilities(values: pd.Series) -> pd.Series:
    """Take what already lies in [0, 1] as it is and the rest through a fitted normal distribution; NaN stays NaN."""
    if values.min() >= 0 and values.max() <= 1:
        return values.clip(CDF_FLOOR, 1.0)
    standardised = (values - values.mean()) / (values.std() + CDF_DEVIATION_FLOOR)
    return pd.Series(norm.cdf(standardised), index=values.index).clip(CDF_FLOOR, 1.0)


def fragility_penalties(fragility: pd.Series) -> pd.Series:
    """Charge the most fragile asset one half and the others in proportion; an unknown fragility costs nothing."""
    highest = fragility.max()
    divisor = 1.0 if highest == 0 else highest
    return (FRAGILITY_PENALTY * fragility / divisor).fillna(0.0)


def alpha_scores(table: pd.DataFrame, fragility: pd.Series, weights: dict[str, float]) -> dict[str, float]:
    """Multiply the weighted probabilities of each asset, as a sum of logs, and take the penalty off."""
    log_score = pd.Series(0.0, index=table.index)
    for name in METRICS:
        mapping = rank_probabilities if name in RANK_METRICS else cdf_probabilities
        probability = mapping(table[name]).fillna(UNKNOWN_PROBABILITY).clip(lower=PROBABILITY_FLOOR)
        log_score = log_score + weights.get(name, DEFAULT_WEIGHT) * np.log(probability)
    surviving_share = (1.0 - fragility_penalties(fragility)).clip(lower=SURVIVING_SHARE_FLOOR)
    alpha = np.exp(log_score + np.log(surviving_share))
    return {symbol: float(score) for symbol, score in alpha.items()}


# 4. Clusters


def correlation(returns: pd.DataFrame) -> np.ndarray:
    """Pairwise-complete Pearson correlation of the days that moved; what is undefined is 0, on the diagonal too."""
    moves = returns.replace(0.0, np.nan)
    return moves.corr(min_periods=CORRELATION_MIN_ROWS).fillna(0.0).to_numpy(copy=True)


def shrunk(matrix: np.ndarray, shrinkage: float) -> np.ndarray:
    """Shrink a correlation matrix towards the identity."""
    return matrix * (1.0 - shrinkage) + np.eye(len(matrix)) * shrinkage


def mean_distances(returns: pd.DataFrame, lookbacks: list[int], shrinkage: float) -> np.ndarray:
    """Average the correlation distances over the lookbacks that the history covers, or over all of it."""
    rows = len(returns)
    fitting = [lookback for lookback in lookbacks if lookback <= rows] or [rows]
    distances = []
    for lookback in fitting:
        # A lookback of 0 has no rows, and so no correlation; all rows are what a slice from -0 would give.
        similarity = shrunk(correlation(returns.tail(lookback)), shrinkage)
        distances.append(np.sqrt(0.5 * (1.0 - np.clip(similarity, -1.0, 1.0))))
    mean = np.mean(distances, axis=0)
    mean = (mean + mean.T) / 2.0
    np.fill_diagonal(mean, 0.0)
    return mean


def clusters(returns: pd.DataFrame, settings: Settings) -> dict[str, int]:
    """Label each symbol with its cluster: Ward linkage, cut at a distance or, without one, at a number."""
    symbols = list(returns.columns)
    if len(symbols) == 1:
        return {symbols[0]: 1}
    # The shrinkage is that of the settings: the request's params do not reach the clusters.
    shrinkage = settings.features["default_shrinkage_intensity"]
    tree = linkage(squareform(mean_distances(returns, settings.lookbacks, shrinkage), checks=False), method="ward")
    if settings.threshold > 0:
        labels = fcluster(tree, t=settings.threshold, criterion="distance")
    else:
        labels = fcluster(tree, t=settings.max_clusters, criterion="maxclust")
    return {symbol: int(label) for symbol, label in zip(symbols, labels, strict=True)}


def members_by_cluster(labels: dict[str, int]) -> dict[int, list[str]]:
    """List the members of each cluster in column order, the clusters in the order in which columns name them."""
    members: dict[int, list[str]] = {}
    for symbol, label in labels.items():
        members.setdefault(label, []).append(symbol)
    return members


# 5. Conditioning


def condition_number(matrix: np.ndarray) -> float:
    """Largest eigenvalue over the smallest in absolute value."""
    eigenvalues = np.linalg.eigvalsh(matrix)
    return float(np.max(eigenvalues) / (np.min(np.abs(eigenvalues)) + KAPPA_EIGENVALUE_FLOOR))


def conditioning(matrix: np.ndarray, shrinkage: float, kappa_max: float) -> tuple[float, float]:
    """Raise the shrinkage until the condition number will do; return the number last seen and the shrinkage.

    Where it never will do, the shrinkage has gone one step beyond the one that the number belongs to.
    """
    kappa = KAPPA_START
    while shrinkage <= SHRINKAGE_LIMIT:
        kappa = condition_number(shrunk(matrix, shrinkage))
        if kappa <= kappa_max:
            break
        shrinkage += SHRINKAGE_STEP
    return kappa, shrinkage


# 6. Vetoes


def survival_reasons(asset: Features) -> list[str]:
    """First gate: survival."""
    return ["Failed Darwinian Health Gate"] if asset.survival < MIN_SURVIVAL else []


def predictability_reasons(asset: Features, active: dict[str, float], is_benchmark: bool) -> list[str]:
    """Second gate: too random, too little way made good, a random walk, or falling persistently."""
    # A comparison with NaN is false, so that what is unknown passes.
    entropy = math.nan if asset.permutation_entropy is None else asset.permutation_entropy
    efficiency = math.nan if asset.efficiency_ratio is None else asset.efficiency_ratio
    exponent = math.nan if asset.hurst is None else asset.hurst
    reasons = []
    if entropy > active["entropy_max"]:
        reasons.append(f"High Entropy ({entropy:.4f})")
    if efficiency < active["efficiency_min"]:
        reasons.append(f"Low Efficiency ({efficiency:.4f})")
    if not is_benchmark and active["hurst_rw_min"] < exponent < active["hurst_rw_max"]:
        reasons.append(f"Random Walk (H={exponent:.4f})")
    if exponent > TOXIC_HURST and asset.momentum < 0:
        reasons.append(f"Toxic Persistence (H={exponent:.4f})")
    return reasons


def metadata_reasons(described: Candidate) -> list[str]:
    """Third gate: the keys have to be there, whatever they hold."""
    return [] if all(key in described for key in METADATA_KEYS) else ["Missing metadata"]


def cost_reasons(asset: Features, described: Candidate, hurdle: float, min_momentum_score: float) -> list[str]:
    """Fourth gate: momentum less the estimated cost of trading has to clear a hurdle."""
    traded = float(described.get("value_traded") or 0)
    average_daily_value = traded if traded > 0 else DEFAULT_TRADED_VALUE
    cost = asset.volatility * np.sqrt(ORDER_SIZE / average_daily_value)
    if min_momentum_score < 0:
        hurdle = min(hurdle, min_momentum_score - HURDLE_MARGIN)
    net = asset.momentum - cost
    exempt = asset.momentum > EXEMPT_MOMENTUM and net >= EXEMPT_HURDLE_FACTOR * hurdle
    return [f"High friction (ECI={cost:.4f})"] if net < hurdle and not exempt else []


def veto_reasons(symbol: str, asset: Features, universe: Universe, active: dict[str, float]) -> list[str]:
    """Send one asset through the gates, up to the first that stops it."""
    settings = universe.settings
    own = universe.by_symbol.get(symbol, {})
    lent = (candidate for candidate in universe.candidates if candidate.get("identity") == symbol)
    described = own or next(lent, {})
    reasons = survival_reasons(asset)
    if not reasons and settings.features["feat_predictability_vetoes"]:
        reasons = predictability_reasons(asset, active, is_benchmark=bool(own.get("is_benchmark")))
    if not reasons:
        reasons = metadata_reasons(described)
    if not reasons:
        reasons = cost_reasons(asset, described, active["eci_hurdle"], settings.min_momentum_score)
    return reasons


def vetoes(universe: Universe, assets: dict[str, Features], active: dict[str, float]) -> dict[str, list[str]]:
    """Collect the reasons of those who are vetoed; the benchmarks never are."""
    reasons = {symbol: veto_reasons(symbol, asset, universe, active) for symbol, asset in assets.items()}
    benchmarks = universe.settings.benchmarks
    return {symbol: found for symbol, found in reasons.items() if found and symbol not in benchmarks}


# 7. Recruitment


def recent_momentum(column: pd.Series) -> float:
    """Compound return of the recent rows, a gap counting as no move."""
    recent = column.iloc[-RECENT_MOMENTUM_ROWS:].fillna(0.0).to_numpy()
    return float(np.prod(1.0 + recent) - 1.0)


def best_first(symbols: list[str], scores: dict[str, float]) -> list[str]:
    """Sort by score, highest first and unknown last; the order of equal ones, undefined in v3.4, is the given one here."""
    return sorted(symbols, key=lambda symbol: math.inf if math.isnan(scores[symbol]) else -scores[symbol])


def may_stand_in(asset: Features) -> bool:
    """Admit to the stand-in and to the fallback; an undefined entropy does not qualify, a veto does not matter."""
    if not asset.has_history or asset.permutation_entropy is None:
        return False
    return asset.permutation_entropy <= MAX_ADMITTED_ENTROPY


def eligible_members(
    members: list[str], vetoed: dict[str, list[str]], assets: dict[str, Features], scores: dict[str, float], stage: int
) -> list[str]:
    """Step 1: the members that no gate stopped, or late in the relaxation the best one that can stand in."""
    clear = [symbol for symbol in members if symbol not in vetoed]
    if clear or stage < STAND_IN_STAGE:
        return clear
    return best_first([symbol for symbol in members if may_stand_in(assets[symbol])], scores)[:1]


def redirect(symbols: list[str], recent: dict[str, float], by_symbol: dict[str, Candidate]) -> dict[str, float]:
    """Step 2: point each candidate where its recent momentum points, and measure it along that direction."""
    along = dict(recent)
    for symbol in symbols:
        if symbol in by_symbol:
            direction = "LONG" if recent[symbol] >= 0 else "SHORT"
            by_symbol[symbol]["direction"] = direction
            if direction == "SHORT":
                along[symbol] = -recent[symbol]
    return along


def places(symbols: list[str], matrix: pd.DataFrame, shrinkage: float, settings: Settings) -> int:
    """Step 3: how many to recruit on each side; the less the members move together, the more."""
    if not (settings.features["feat_dynamic_selection"] and len(symbols) >= 2):
        return max(MIN_TOP_N, settings.top_n)
    own = shrunk(matrix.loc[symbols, symbols].to_numpy(), shrinkage)
    mean_correlation = float(np.mean(own[np.triu_indices(len(own), k=1)]))
    return max(1, round(settings.top_n * (1 - mean_correlation) + 0.5))


def one_per_identity(symbols: list[str], by_symbol: dict[str, Candidate], scores: dict[str, float]) -> list[str]:
    """Step 4: of those that are the same asset under several symbols, the best scored, the first on a tie."""
    best: dict[str, str] = {}
    for symbol in best_first(symbols, scores):
        best.setdefault(by_symbol.get(symbol, {}).get("identity", symbol), symbol)
    return list(best.values())


def sides(
    symbols: list[str], unique: list[str], along: dict[str, float], universe: Universe
) -> tuple[list[str], list[str]]:
    """Step 5: the longs and the shorts that have momentum enough; benchmarks need neither that nor an own identity."""

    def direction(symbol: str) -> str:
        return universe.by_symbol.get(symbol, {}).get("direction", "LONG")

    floor = universe.settings.min_momentum_score
    longs = [symbol for symbol in unique if direction(symbol) == "LONG" and along[symbol] >= floor]
    shorts = [symbol for symbol in unique if direction(symbol) == "SHORT" and along[symbol] >= floor]
    for symbol in symbols:
        if symbol in universe.settings.benchmarks and symbol not in longs and symbol not in shorts:
            (longs if direction(symbol) == "LONG" else shorts).append(symbol)
    return longs, shorts


def winner(symbol: str, by_symbol: dict[str, Candidate], scores: dict[str, float]) -> Candidate:
    """Describe a winner by its candidate, or by as little as is known, and its score."""
    described = by_symbol.get(symbol, {"symbol": symbol, "direction": "LONG"})
    return {**described, "alpha_score": scores[symbol]}


def fallback(chosen: list[str], assets: dict[str, Features], scores: dict[str, float]) -> list[str]:
    """Fill up to the number that is enough with the best scored of the rest, vetoed or not."""
    rest = [symbol for symbol, asset in assets.items() if symbol not in chosen and may_stand_in(asset)]
    return best_first(rest, scores)[: max(0, ENOUGH_WINNERS - len(chosen))]


def recruit(
    universe: Universe,
    assets: dict[str, Features],
    scores: dict[str, float],
    labels: dict[str, int],
    matrix: pd.DataFrame,
    shrinkage: float,
    vetoed: dict[str, list[str]],
    stage: int,
) -> tuple[list[Candidate], dict[str, dict[str, Any]]]:
    """Recruit from cluster after cluster; return the winners and what each cluster gave."""
    settings = universe.settings
    recent = {symbol: recent_momentum(universe.returns[symbol]) for symbol in assets}
    selected_by_cluster: dict[str, dict[str, Any]] = {}
    for label, members in members_by_cluster(labels).items():
        eligible = eligible_members(members, vetoed, assets, scores, stage)
        if not eligible:
            continue
        along = recent
        if settings.features["feat_dynamic_direction"]:
            along = redirect(eligible, recent, universe.by_symbol)
        number = places(eligible, matrix, shrinkage, settings)
        unique = one_per_identity(eligible, universe.by_symbol, scores)
        longs, shorts = sides(eligible, unique, along, universe)
        selected = best_first(longs, scores)[:number] + best_first(shorts, scores)[:number]
        selected_by_cluster[str(label)] = {"size": len(members), "selected": selected}
    chosen = list(itertools.chain.from_iterable(entry["selected"] for entry in selected_by_cluster.values()))
    winners = [winner(symbol, universe.by_symbol, scores) for symbol in dict.fromkeys(chosen)]
    if stage >= FALLBACK_STAGE:
        added = fallback(chosen, assets, scores)
        winners += [winner(symbol, universe.by_symbol, scores) | {"selection_note": FALLBACK_NOTE} for symbol in added]
    return winners, selected_by_cluster


# 8. The relaxation loop


def relaxed(active: dict[str, float], stage: int) -> dict[str, float]:
    """Ease the entropy ceiling and the efficiency floor from the second stage on, once."""
    if stage < RELIEF_STAGE:
        return dict(active)
    return {
        **active,
        "entropy_max": min(ENTROPY_RELIEF_LIMIT, ENTROPY_RELIEF * active["entropy_max"]),
        "efficiency_min": EFFICIENCY_RELIEF * active["efficiency_min"],
    }


def answer(
    returns: pd.DataFrame,
    candidates: list[Candidate],
    stats: pd.DataFrame | None,
    settings: dict[str, Any],
    *,
    in_place: bool = False,
) -> dict[str, Any]:
    """Answer as v3.4 does, in the shape of its recorded answers; `in_place` the candidates' directions change, as there."""
    universe = universe_of(returns, candidates, settings, in_place)
    parsed = universe.settings
    strict = thresholds(parsed)

    assets = all_features(returns, universe.by_symbol, stats)
    if all(asset.efficiency_ratio is None for asset in assets.values()):
        # A column of None is one of objects, which numpy.isnan doesn't take.
        raise TypeError(f"v3.4 cannot score assets of which none has {EFFICIENCY_MIN_VALUES} returns")
    table = pd.DataFrame([metrics(asset) for asset in assets.values()], index=list(assets))
    fragility = pd.Series({symbol: asset.fragility for symbol, asset in assets.items()})
    scores = alpha_scores(table, fragility, parsed.features["weights_global"])
    labels = clusters(returns, parsed)
    matrix = correlation(returns)
    kappa, shrinkage = conditioning(matrix, strict["shr_init"], strict["kappa_max"])
    framed = pd.DataFrame(matrix, index=returns.columns, columns=returns.columns)

    stages: list[dict[str, Any]] = []
    for stage in STAGES:
        active = relaxed(strict, stage)
        vetoed = vetoes(universe, assets, active)
        winners, selected_by_cluster = recruit(universe, assets, scores, labels, framed, shrinkage, vetoed, stage)
        stages.append(
            {
                "relaxation_stage": stage,
                "active_thresholds": active,
                "winners": winners,
                "vetoes": vetoed,
                "selected_by_cluster": selected_by_cluster,
            }
        )
        if len(winners) >= ENOUGH_WINNERS:
            break

    return {
        **copy.deepcopy(stages[-1]),
        "alpha_scores": scores,
        "raw_metrics": {name: {symbol: float(value) for symbol, value in table[name].items()} for name in METRICS},
        "raw_features": {
            symbol: {
                "permutation_entropy": asset.permutation_entropy,
                "efficiency_ratio": asset.efficiency_ratio,
                "hurst": asset.hurst,
            }
            for symbol, asset in assets.items()
        },
        "kappa": kappa,
        "shrinkage": shrinkage,
        "spec_version": SPEC_VERSION,
        "clusters": labels,
        "stages": stages,
    }
