"""What a run may be told: one frozen model of all settings, a section a stage.

In the order of the stages: data, checks, features, scoring (weights and scorers), clusters, policy (gates, recruitment,
ladder), synthesis. No field has a default here: every value comes from a layer, the lowest of which are the
built-in profiles in `schemas/profiles/`, so that the origin of each value is known (`drivers.execution.profiles`).
A setting that reproduces an oddity of v3.4 says so and names the sane value beside it.
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

    bars: tuple[str, ...]
    returns: tuple[str, ...]
    candidates: tuple[str, ...]
    scans: str
    instruments: tuple[str, ...]
    statistics: tuple[str, ...]
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
    missing_identity: Literal["derived", "symbol"]
    """What an asset without an identity is: derived from its symbol; v3.4: the symbol itself."""
    candidate_lookup: Literal["symbol", "symbol-or-identity"]
    """Whose metadata and traded value an asset may use; v3.4: also a candidate's whose identity is the symbol."""
    adv_names: Literal["all", "value_traded"]
    """Under which names a traded value counts for cost; v3.4 overlooks `Value.Traded` there."""


class Check(Section):
    """One check of plausibility (`dataflow/ingestion/plausibility.py`) and what follows when it finds something."""

    severity: Literal["off", "mask", "suspect", "refuse"]
    """`mask`: the cells become unknown; `suspect`: and the asset fails the gate `plausibility`; `refuse`: the run ends.

    v3.4 checks nothing: `off`.
    """


class UnitsCheck(Check):
    """Prices or percentages in place of returns."""

    median: Positive
    """Median daily return that no asset has."""


class PrintsCheck(Check):
    """Prices that come back after a few bars."""

    factor: Annotated[float, Field(gt=1.4)]
    sigmas: Positive
    bars: Annotated[int, Field(ge=1)]
    most: Annotated[int, Field(ge=1)]
    """An asset with more such bars is suspect."""


class HolesCheck(Check):
    """Returns across holes."""

    days: Annotated[int, Field(ge=2)]
    """Calendar days between two bars."""


class SplitsCheck(Check):
    """Splits that the prices don't know of."""

    ratios: Annotated[tuple[Annotated[float, Field(gt=1.4)], ...], Field(min_length=1)]
    sigmas: Positive


class JumpsCheck(Check):
    """Steps that no market makes in a day."""

    factor: Annotated[float, Field(gt=1.4)]
    sigmas: Positive
    certain: Annotated[float, Field(gt=1.4)]
    """Factor beyond which the asset's own volatility is no excuse."""


class RunsCheck(Check):
    """Runs of days without a change, or without volume."""

    days: Annotated[int, Field(ge=2)]
    """Length of a run in days of the asset's own."""


class VolumeUnitCheck(Check):
    """Volume that changes its unit."""

    factor: Annotated[float, Field(gt=10)]


class CheckSettings(Section):
    """What ingestion doesn't simply believe, check by check, in the order in which they run."""

    prints: PrintsCheck
    volume_unit: VolumeUnitCheck
    units: UnitsCheck
    closures: Check
    holes: HolesCheck
    splits: SplitsCheck
    jumps: JumpsCheck
    stale: RunsCheck
    idle: RunsCheck


class FeatureSettings(Section):
    """Windows, conventions and the user's factor modules."""

    modules: tuple[str, ...]
    """Modules with the user's own factors, beyond the built-in ones."""
    parameters: Table[Name, float | int | str | bool]
    """Arguments that the user's factor functions name."""
    calendar: Literal["market", "rows"]
    """The days on which an asset could have traded: its market's, or (v3.4) all rows of the matrix."""
    annualisation: Table[str, Positive]
    """Periods a year by market, with `default`; v3.4: 252 for everything."""
    compounding: Literal["log", "simple"]
    """Momentum and efficiency add log returns, or (v3.4) simple ones, which flatters what is volatile."""
    thin_volatility: float
    """Volatility of an asset with fewer than two returns: nan, or v3.4's 0.0 (which makes it the stablest)."""
    full_history: Annotated[int, Field(ge=1)]
    entropy_order: Annotated[int, Field(ge=3, le=7)]
    entropy_window: Annotated[int, Field(ge=10)]
    entropy_min_patterns: Annotated[int, Field(ge=1)]
    entropy_gaps: Literal["break", "join"]
    """Whether a pattern may span a missing day; v3.4 joins."""
    entropy_ties: Literal["stable", "network"]
    """Order of equal returns in a pattern: by time, or by the sorting network of the machine v3.4 was recorded on."""
    unknown_entropy: float
    """Stands for an undefined permutation entropy in the metric: nan, or v3.4's 1.0."""
    efficiency_window: Annotated[int, Field(ge=10)]
    efficiency_min_observations: Annotated[int, Field(ge=2)]
    hurst_min_days: Annotated[int, Field(ge=20)]
    thin_hurst: float
    """Hurst exponent of an asset with fewer than two usable lags: nan, or v3.4's 0.5."""
    unknown_hurst: float
    """Stands for an undefined Hurst exponent in the metric: nan, or v3.4's 0.5 (the best value there is)."""
    adx_source: Literal["bars", "scanner"]
    adx_prices: Literal["adjusted", "raw"]
    """Whether high, low and close are scaled like `adj_close` before ADX; raw ones take a split for a trend."""
    adx_length: Annotated[int, Field(ge=2)]
    missing_adx: float
    """Stands for an ADX that neither bars nor scanner give: nan, or v3.4's 0.0."""
    liquidity_baseline: Table[str, Positive]
    missing_value_traded: float
    """Stands for a missing traded value in liquidity: nan, or v3.4's 0.0."""
    momentum_window: Annotated[int, Field(ge=2)]
    order_size: Positive
    exempting_hurdle: float
    """Hurdle of which 1.25 is as good as passed where momentum exceeds 1: nan; v3.4: its cost hurdle."""
    missing_adv: float
    """Stands for a missing daily traded value in cost: nan, or v3.4's 1e8."""
    random_walk_band: tuple[float, float]
    direction_aware: bool
    """Whether cost, toxicity and momentum look from the candidate's direction; v3.4 is blind to it."""
    metadata_rule: Literal["positive", "keys"]
    """Tradable: sizes present and positive; v3.4: the keys are there, whatever they hold."""
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
    """A built-in name, or `module:Class` of the user's own `FactorBucketizer`."""
    lookbacks: tuple[Annotated[int, Field(ge=2)], ...]
    min_common: Annotated[int, Field(ge=2)]
    shrinkage: Annotated[float, Field(ge=0, le=1)]
    threshold: float
    max_clusters: Annotated[int, Field(ge=1)]
    enforce_max: bool
    """Whether `max_clusters` binds beside a distance threshold; in v3.4 only where the threshold is <= 0."""
    correlation: Literal["products", "pandas"]
    """Pairwise correlation by matrix products, or (v3.4) by pandas, 13 times slower and other in the last bits."""
    conditioning: bool
    """Whether the condition number of the correlation matrix is computed (v3.4; only its dynamic selection uses it)."""
    kappa_max: Positive
    initial_shrinkage: Annotated[float, Field(ge=0, le=1)]
    """Shrinkage at which conditioning starts; v3.4 lets a request set it without touching `shrinkage`."""


class RecruitmentSettings(Section):
    """How the eligible become winners."""

    floor: Annotated[int, Field(ge=1)]
    top_n: Annotated[int, Field(ge=1)]
    min_seats: Annotated[int, Field(ge=1)]
    """Seats that a cluster and direction has at least, whatever `top_n` asks: 1; v3.4: 5."""
    crowding: bool
    """Whether a cluster whose members move together has fewer seats (v3.4's dynamic selection)."""
    identity_scope: Literal["pool", "cluster"]
    """Where an identity may win only once; v3.4: in each cluster."""
    direction: Literal["candidate", "momentum"]
    """Whose direction a winner takes: its candidate's, or (v3.4's dynamic direction) the sign of recent momentum."""
    min_momentum: float
    """Recent momentum that it takes to compete for a seat: nan (v4 has a gate for that); v3.4: a number."""
    substitutes: Literal["sound", "predictable"]
    """Who may stand in for a cluster or fill up: who fails no hard gate; v3.4: who has a permutation entropy <= 0.999."""
    benchmarks: Literal["recruit", "contest"]
    """Eligible benchmarks win, or (v3.4) compete for seats whatever their momentum."""
    benchmark_waiver: Literal["relaxable", "all"]
    """The gates that the profile's benchmarks needn't pass; v3.4: all of them."""
    ties: Literal["symbol", "column"]
    """What decides between equal scores; v3.4 leaves it open, here the order of the columns."""
    winner_order: Literal["score", "recruitment"]
    """Best first; v3.4: cluster by cluster, longs before shorts, the fill last."""


class SynthesisSettings(Section):
    """What a strategy atom is told beyond its asset."""

    timescale: Annotated[str, Field(pattern=r"^[1-9][0-9]*[mhdwM]$")]


class SelectionSettings(Section):
    """All settings of one run, resolved."""

    profile: str
    universe: Literal["candidates", "returns"]
    """The pool: assets with a candidate, or (v3.4) every column of the returns."""
    benchmarks: tuple[str, ...]
    """Assets whose relaxable gates are waived."""
    scoring_universe: Literal["pool", "sound", "eligible"]
    """Against whom an asset's metrics are ranked: all, those that pass the hard gates, those that pass all."""
    summation: Literal["symbol", "column"]
    """The order in which cross-sectional sums run; v3.4: as the columns come, which shows in the last bits."""
    unattainable: Literal["refuse", "allow"]
    """What becomes of a strict threshold that nothing can ever miss; v3.4 never noticed."""
    data: DataSettings
    checks: CheckSettings
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
