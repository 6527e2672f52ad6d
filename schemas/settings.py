"""What a run may be told: one frozen model of all settings, a section a stage.

In the order of the stages: data, features, scoring (weights and scorers), clusters, policy (gates, recruitment,
ladder), synthesis; then `compat`, what only v3.4 needs. No field has a default here: every value comes from a layer,
the lowest of which are the built-in profiles in `schemas/profiles/`, so that the origin of each value is known
(`drivers.execution.profiles`).
"""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.frozen import ReadOnlyDict
from tradingview_scraper.pipelines.selection.schemas.gates import Gate, Ladder, Rung, resolved_ladder

K = TypeVar("K")
V = TypeVar("V")
Table = Annotated[dict[K, V], AfterValidator(ReadOnlyDict)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """Base of every settings model: frozen, closed, silent about the values it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DataSettings(Section):
    """Where the tables lie inside the data folder, how symbols join, and what is let in."""

    provider: str
    """Where tables come from: a built-in name, or `module:Class` of the user's own `DiscoveryProvider`."""
    parameters: Table[Name, float | int | str | bool]
    """Arguments that the provider's constructor names."""
    bars: tuple[str, ...]
    returns: tuple[str, ...]
    candidates: tuple[str, ...]
    scans: str
    instruments: tuple[str, ...]
    statistics: tuple[str, ...]
    sessions: Literal["dates", "timestamps"]
    """A row belongs to the date of its session, or (v3.4) to its timestamp (`dataflow/ingestion/sessions.py`)."""
    resample: Literal["off", "1d"]
    """Makes days of bars of minutes or hours, which are refused otherwise."""
    unfinished: Literal["drop", "keep"]
    """A last session that isn't over, by the clock or by the volume of most assets; v3.4 keeps it."""
    far_dates: Literal["drop", "keep"]
    """A few rows dated after today, or long after all others; v3.4 takes them for the last days."""
    common_end: bool
    """Whether returns and bars end on one day, the earlier one; v3.4: false."""
    max_age_days: Annotated[float, Field(gt=0)]
    """Days from the last session to the as-of date beyond which data is refused and assets are stale; v3.4: a million."""
    max_scan_age_days: Annotated[float, Field(gt=0)]
    """Days before the as-of date beyond which a scan proposes nothing; v3.4: a million."""
    strict_pit: bool
    """Refuse input that may not have been known on the as-of date, such as scans without a date."""
    lookback: Annotated[int, Field(ge=0)]
    """Rows of returns up to the as-of date; 0 takes all there are."""
    min_days: Annotated[int, Field(ge=2)]
    """Fewer rows of returns are refused; v3.4 fails below 10."""
    symbol_join: Literal["exact", "stripped"]
    """`stripped` lets BINANCE:BTCUSDT.P find BTCUSDT; v3.4 knows only `exact`."""
    strip_suffixes: tuple[str, ...]
    defaults: Table[Literal["tick_size", "lot_size", "price_precision"], Annotated[float, Field(ge=0)]]
    """Instrument metadata for assets that come without."""
    include: Table[str, str]
    """Asset to reason: if not empty, all other assets fail the gate `exclusion`."""
    exclude: Table[str, str]
    """Asset to reason: fails the gate `exclusion`."""
    strict: bool
    """Refuse input with any bad cell or row, instead of quarantining it."""


class FeatureSettings(Section):
    """Windows, conventions and the user's factor modules."""

    modules: tuple[str, ...]
    """Modules with the user's own factors, beyond the built-in ones."""
    parameters: Table[Name, float | int | str | bool]
    """Arguments that the user's factor functions name."""
    annualisation: Table[str, Positive]
    """Periods a year by market, with `default`; v3.4: 252 for everything."""
    full_history: Annotated[int, Field(ge=1)]
    entropy_order: Annotated[int, Field(ge=3, le=7)]
    entropy_window: Annotated[int, Field(ge=10)]
    entropy_min_patterns: Annotated[int, Field(ge=1)]
    efficiency_window: Annotated[int, Field(ge=10)]
    efficiency_min_observations: Annotated[int, Field(ge=2)]
    hurst_min_days: Annotated[int, Field(ge=20)]
    adx_source: Literal["bars", "scanner"]
    adx_length: Annotated[int, Field(ge=2)]
    liquidity_baseline: Table[str, Positive]
    momentum_window: Annotated[int, Field(ge=2)]
    order_size: Positive
    random_walk_band: tuple[float, float]
    liveness_window: Annotated[int, Field(ge=2)]


class ScorerSettings(Section):
    """One scoring model: what it is, the part it plays, its own parameters."""

    kind: str
    """A built-in name, or `module:Class` of the user's own `ConvictionScorer`."""
    role: Literal["champion", "challenger"]
    parameters: Table[Name, float | int | str | bool] = Field(default_factory=ReadOnlyDict)
    enabled: bool = True


class ClusterSettings(Section):
    """How the pool is partitioned into factor groups."""

    bucketizer: str
    """A built-in name, `module:Class` of the user's own `FactorBucketizer`, or of a scikit-learn clusterer by distance."""
    parameters: Table[Name, float | int | str | bool]
    """Arguments that the bucketizer's constructor names."""
    lookbacks: tuple[Annotated[int, Field(ge=2)], ...]
    min_common: Annotated[int, Field(ge=2)]
    shrinkage: Annotated[float, Field(ge=0, le=1)]
    threshold: float
    max_clusters: Annotated[int, Field(ge=1)]
    """Groups at most; v3.4 has no such limit beside a distance threshold."""


class RecruitmentSettings(Section):
    """How the eligible become winners."""

    floor: Annotated[int, Field(ge=1)]
    """Winners that the ladder is climbed for."""
    top_n: Annotated[int, Field(ge=1)]
    """Seats per cluster and direction."""


class SynthesisSettings(Section):
    """What a strategy atom is told beyond its asset."""

    timescale: Annotated[str, Field(pattern=r"^[1-9][0-9]*[mhdwM]$")]


class CompatSettings(Section):
    """What v3.4 does otherwise and nobody would choose: all oddities that the profile `v3.4` needs, in one section.

    Under `v4` each has the value named first. The section goes when v3.4 does (`drivers.migration` lists what goes with
    it). The section numbers are those of V3_4.md. What a user of v4 may well choose stays where it belongs, though v3.4 has
    another value there: the pool and its window (`universe`, `data.lookback`, `data.min_days`), how symbols join
    (`data.symbol_join`), where the trend indicators come from (`features.adx_source`), windows and annualisation, whether a
    gate is on and what it makes of an unknown value, a limit of clusters so high that it never binds, and `unattainable`
    (an experiment, or a caller whose thresholds can't be changed, may want "allow").
    """

    # Ingestion
    missing_identity: Literal["derived", "symbol"]
    """What an asset without an identity is: what its symbol says (base and market), or the symbol itself (7.4)."""
    candidate_lookup: Literal["symbol", "symbol-or-identity"]
    """Whose metadata and traded value an asset uses: its own candidate's, or also that of one whose identity it is (6.3)."""
    adv_names: Literal["all", "value_traded"]
    """Names under which a traded value counts for cost: every spelling, or `value_traded` but not `Value.Traded` (6.4)."""

    # Features
    trading_calendar: Literal["market", "rows"]
    """The days on which an asset could have traded: those of its market, or all rows of the matrix (2)."""
    thin_volatility: float
    """Annual volatility of an asset with fewer than two returns: nan, or 0.0, which makes it the stablest of all (2)."""
    entropy_gaps: Literal["break", "join"]
    """Whether a pattern ends at a missing day or spans it (2, 9)."""
    entropy_ties: Literal["stable", "network"]
    """Order of equal returns in a pattern: by time, or by the sorting network of the machine that recorded v3.4 (9)."""
    unknown_entropy: float
    """Stands for an undefined permutation entropy (0 to 1) in the metric: nan, or 1.0, pure noise (2)."""
    thin_hurst: float
    """Hurst exponent of an asset with fewer than two usable lags: nan, or 0.5, a random walk (2)."""
    unknown_hurst: float
    """Stands for an undefined Hurst exponent in the metric: nan, or 0.5, the best value there is (2)."""
    missing_adx: float
    """Stands for an ADX (0 to 100) that neither bars nor scanner give: nan, or 0.0 (2)."""
    missing_value_traded: float
    """Stands for a missing daily traded value in liquidity, in quote currency: nan, or 0.0 (2)."""
    missing_adv: float
    """Stands for a missing daily traded value in cost, in quote currency: nan, or 1e8 (6.4)."""
    exempting_hurdle: float
    """Return per year of which 1.25 times is edge enough where momentum exceeds 1: nan (none), or the cost hurdle (6.4)."""
    direction_aware: bool
    """Whether cost, toxicity and momentum are seen from the candidate's direction: true; v3.4: false (6)."""
    metadata_rule: Literal["positive", "keys"]
    """Tradable: sizes present and positive, or the three keys are there, whatever they hold (6.3)."""

    # Scoring and clusters
    summation: Literal["symbol", "column"]
    """Order of cross-sectional sums and of clustering: by symbol, or as the columns come, which shows in last bits (3)."""
    correlation_method: Literal["products", "pandas"]
    """Pairwise correlation by matrix products, or by pandas: 13 times slower, and other in the last bits (4)."""
    condition_number: bool
    """Whether the correlation matrix is conditioned at all: false; v3.4: true, though only crowded seats use it (5)."""
    kappa_max: Positive
    """Condition number at which conditioning stops; 5000 in both (5)."""
    initial_shrinkage: Annotated[float, Field(ge=0, le=1)]
    """Shrinkage at which conditioning starts; 0.01 in both. A request of v3.4 sets it without `clusters.shrinkage` (5)."""

    # Policy
    benchmark_waiver: Literal["relaxable", "all"]
    """The gates that the profile's benchmarks needn't pass: the relaxable ones, or all (6)."""
    min_seats: Annotated[int, Field(ge=1)]
    """Seats that a cluster and direction has at least, whatever `recruitment.top_n` asks: 1, or 5 (7.3)."""
    crowded_seats: bool
    """Whether a cluster whose members move together has fewer seats: false; v3.4: on request, its dynamic selection (7.3)."""
    identity_scope: Literal["pool", "cluster"]
    """Where an identity may win only once: in the pool, or in each cluster (7.4)."""
    winner_direction: Literal["candidate", "momentum"]
    """A winner's direction: its candidate's, or the sign of recent momentum, v3.4's dynamic direction on request (7.2)."""
    min_momentum: float
    """Return over 60 days that it takes to compete for a seat: nan (v4 has a gate for that), or a number (7.5)."""
    substitute_rule: Literal["sound", "predictable"]
    """Who may stand in for a cluster or fill up: whoever fails no hard gate, or has a permutation entropy <= 0.999 (7.1)."""
    benchmark_rule: Literal["recruit", "contest"]
    """Eligible benchmarks win, or compete for seats whatever their momentum (7.5)."""
    score_ties: Literal["symbol", "column"]
    """What decides between equal scores: the symbol, or (v3.4 leaves it open) the order of the columns (9)."""
    winner_order: Literal["score", "recruitment"]
    """Best first, or cluster by cluster, longs before shorts, the fill last (7.6)."""


class SelectionSettings(Section):
    """All settings of one run, resolved."""

    profile: str
    universe: Literal["candidates", "returns"]
    """The pool: assets with a candidate, or (v3.4) every column of the returns."""
    benchmarks: tuple[str, ...]
    """Assets whose relaxable gates are waived."""
    scoring_universe: Literal["pool", "sound", "eligible"]
    """Against whom an asset's metrics are ranked: all, those that pass the hard gates, those that pass all."""
    unattainable: Literal["refuse", "allow"]
    """What becomes of a strict threshold that nothing can ever miss; v3.4 never noticed."""
    data: DataSettings
    features: FeatureSettings
    weights: Table[Name, Annotated[float, Field(allow_inf_nan=False)]]
    """Factor to weight in the score, in the order in which the scorers add."""
    probabilities: Table[Name, Literal["rank", "rank_desc", "cdf"]]
    """Factor to probability map, where it differs from the factor's own declaration."""
    scorers: Table[Name, ScorerSettings]
    clusters: ClusterSettings
    gates: Table[Name, Gate]
    recruitment: RecruitmentSettings
    ladder: Ladder
    synthesis: SynthesisSettings
    compat: CompatSettings

    @field_validator("scorers")
    @classmethod
    def _one_champion(cls, scorers: dict[str, ScorerSettings]) -> dict[str, ScorerSettings]:
        champions = [name for name, scorer in scorers.items() if scorer.enabled and scorer.role == "champion"]
        if len(champions) != 1:
            raise ValueError(f"exactly one enabled scorer must have the role champion, got {champions or 'none'}")
        return scorers

    @model_validator(mode="after")
    def _ladder_loosens(self) -> Self:
        self.rungs()
        return self

    @property
    def champion(self) -> str:
        """Name of the scorer whose conviction decides."""
        return next(name for name, scorer in self.active_scorers.items() if scorer.role == "champion")

    @property
    def active_scorers(self) -> dict[str, ScorerSettings]:
        """The enabled scorers, champion and challengers, in the profile's order."""
        return {name: scorer for name, scorer in self.scorers.items() if scorer.enabled}

    @property
    def active_gates(self) -> dict[str, Gate]:
        """The enabled gates in the profile's order."""
        return {name: gate for name, gate in self.gates.items() if gate.enabled}

    @property
    def active_weights(self) -> dict[str, float]:
        """The weights that are not zero, in the profile's order."""
        return {name: weight for name, weight in self.weights.items() if weight != 0.0}

    def rungs(self) -> tuple[Rung, ...]:
        """The ladder with every gate's threshold at every rung.

        Raises `ValueError` where a rung names an unknown or hard gate, or tightens a threshold.
        """
        return resolved_ladder(self.gates, self.ladder)


def by_market(values: dict[str, float], market: str) -> float:
    """The entry of a market, or the `default` one."""
    if market in values:
        return values[market]
    if "default" not in values:
        raise ConfigurationError(f"no value for market {market!r} and no `default` among {sorted(values)}")
    return values["default"]
