"""What a run may be told: one frozen model of all settings, a section a stage.

In the order of the stages: data, checks, features, scoring (weights and scorers), clusters, policy (gates, recruitment,
ladder), synthesis; then `compat`, what only v3.4 needs. Beside them stand `scanners` and `scanning`, what `tvselect scan` asks.
No field has a default here, but those of tables that a profile names: every value comes from a layer, the lowest of which are
the built-in profiles in `schemas/profiles/`, so that the origin of each value is known
(`drivers.execution.profiles`).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, field_validator, model_validator

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders
from tradingview_scraper.pipelines.selection.schemas.gates import Gate, Ladder, Rung, resolved_ladder
from tradingview_scraper.pipelines.selection.schemas.read_only import ReadOnlyDict
from tradingview_scraper.pipelines.selection.schemas.section import Section

K = TypeVar("K")
V = TypeVar("V")
Table = Annotated[dict[K, V], AfterValidator(ReadOnlyDict)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Position = Annotated[str, Field(pattern=r"^\S+ (LONG|SHORT)$")]
"""An asset with its direction: `SYMBOL LONG` or `SYMBOL SHORT`."""
Market = Annotated[str, Field(pattern=r"^(default|[A-Z0-9_]+)$")]
FilterValue = bool | int | Number | str


class DataSettings(Section):
    """Where the tables lie inside the data folder, how symbols join, and what is let in."""

    provider: str
    """Where tables come from: a built-in name, or `module:Class` of the user's own `DiscoveryProvider`."""
    parameters: Table[Name, Number | int | str | bool]
    """Arguments that the provider's constructor names."""
    bars: tuple[str, ...]
    """Names under which long bars are looked for; the first that is there is read. A name of a folder ends with `/`."""
    closes: tuple[str, ...]
    """Names of a wide table of closes (days x symbols), read where there are no bars."""
    returns: tuple[str, ...]
    """Names of the table of simple returns, days x symbols, in the order of preference."""
    candidates: tuple[str, ...]
    """Names of lists of candidates; all that are there are read."""
    scans: tuple[str, ...]
    """Patterns of scanner exports."""
    instruments: tuple[str, ...]
    """Names of the table of tick size, lot size and price precision."""
    statistics: tuple[str, ...]
    """Names of the table of antifragility, survival and fragility scores."""
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
    max_age_days: Positive
    """Days from the last session to the as-of date beyond which data is refused and assets are stale; v3.4: a million."""
    max_scan_age_days: Positive
    """Days before the as-of date beyond which a scan proposes nothing; v3.4: a million.

    One that is older than the newest by twice as many isn't even mentioned, nor read from a lakehouse.
    """
    max_scan_shrink: Annotated[float, Field(ge=0, le=1)]
    """Share of its rows that an export may lack: of the universe before it, of its own total; `ingest` refuses more."""
    vanished_fields: Literal["refuse", "report"]
    """What `ingest` makes of an export, or of bars, without a field that the ones before had."""
    membership: Literal["apply", "ignore"]
    """Where there is a table of members (a lakehouse's `membership`), only those of the last session are in the pool."""
    strict_pit: bool
    """Refuse input that may not have been known on the as-of date, such as scans without a date."""
    lookback: Annotated[int, Field(ge=0, le=40_000)]
    """Days of returns up to the as-of date, those on which a tenth of the busiest day's assets traded; 0 takes all there are.

    Bars count from twice as many calendar days and 100 before the last session on; older ones aren't read from a lakehouse.
    """
    min_days: Annotated[int, Field(ge=2)]
    """Fewer rows of returns are refused."""
    symbol_join: Literal["exact", "stripped"]
    """`stripped` lets BINANCE:BTCUSDT.P find BTCUSDT and BTC/USDT:USDT find BTCUSDTPERP; v3.4 knows only `exact`."""
    strip_suffixes: tuple[str, ...]
    """Endings that `stripped` takes off a symbol."""
    defaults: Table[
        Literal["tick_size", "lot_size", "price_precision"], Annotated[float, Field(ge=0, allow_inf_nan=False)]
    ]
    """Instrument metadata for assets that come without."""
    include: Table[str, str]
    """Asset (in any spelling, or an identity) to reason: if not empty, all others fail the gate `exclusion`."""
    exclude: Table[str, str]
    """Asset (in any spelling, or an identity) to reason: fails the gate `exclusion`."""
    unknown_names: Literal["refuse", "report"]
    """What becomes of an entry of `include` or `exclude` that names nothing in the data; v3.4 never noticed."""
    fields: Literal["checked", "believed"]
    """Each field, return and statistic is read by its type or set aside; v3.4 believes what stands there, as
    `dataflow/ingestion/believed.py` has it: the exact words, the last of two records, NaN and infinite numbers."""
    currency: Literal["converted", "believed"]
    """Traded value in another currency than the dollar is converted, unknown without a rate; v3.4 takes it for dollars."""
    rates: Table[Annotated[str, Field(pattern=r"^[A-Z]{3,5}$")], Positive]
    """Currency to what one unit of it is worth in dollars."""
    strangers: Literal["refuse", "allow"]
    """What becomes of instruments or statistics of which not one row names an asset, and of 20 or more candidates of which at
    most one in twenty has bars; v3.4 goes on without them."""
    max_gigabytes: Positive
    """Memory that input may take, as estimated before it is read; more is refused. In GB of 1e9 bytes."""
    max_records: Annotated[int, Field(ge=1)]
    """Records of one list or export of candidates; more are refused before they are read."""
    strict: bool
    """Refuse input with any bad cell or row, instead of quarantining it."""

    @field_validator("scans", mode="before")
    @classmethod
    def _one_pattern(cls, scans: object) -> object:
        return (scans,) if isinstance(scans, str) else scans


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

    factor: Annotated[float, Field(gt=1.4, allow_inf_nan=False)]
    """Ratio to the price before by which a print is off, up or down."""
    sigmas: Positive
    """Robust standard deviations of the asset's own log returns by which it is off, too."""
    bars: Annotated[int, Field(ge=1)]
    """Bars after which the price is back at the latest."""
    most: Annotated[int, Field(ge=1)]
    """An asset with more such bars is suspect."""


class HolesCheck(Check):
    """Returns across holes."""

    days: Annotated[int, Field(ge=2)]
    """Calendar days between two bars."""


class SplitsCheck(Check):
    """Splits that the prices don't know of."""

    ratios: Annotated[tuple[Annotated[float, Field(gt=1.4, allow_inf_nan=False)], ...], Field(min_length=1)]
    """Ratios of splits, and their inverses of reverse ones."""
    sigmas: Positive
    """Robust standard deviations of the asset's own log returns that a split exceeds."""


class ShiftedCheck(Check):
    """Dates that are off by a day."""

    correlation: Annotated[float, Field(gt=0, lt=1)]
    """With the market's median return of the day before or after: the least that is looked at."""
    excess: Annotated[float, Field(gt=0, lt=1)]
    """By how much it is above that of the same day."""


class OpeningsCheck(Check):
    """Splits between a close and the next open."""

    sigmas: Positive
    """Robust standard deviations of ln(open / the close before) of the asset's own that such a split exceeds."""


class JumpsCheck(Check):
    """Steps that no market makes in a day."""

    factor: Annotated[float, Field(gt=1.4, allow_inf_nan=False)]
    """Ratio of two days' prices from which a step is looked at."""
    sigmas: Positive
    """Robust standard deviations of the asset's own log returns that it exceeds, too."""
    certain: Annotated[float, Field(gt=1.4, allow_inf_nan=False)]
    """Factor beyond which the asset's own volatility is no excuse."""


class RunsCheck(Check):
    """Runs of days without a change, or without volume."""

    days: Annotated[int, Field(ge=2)]
    """Length of a run in days of the asset's own."""


class VolumeUnitCheck(Check):
    """Volume that changes its unit."""

    factor: Annotated[float, Field(gt=10, allow_inf_nan=False)]
    """Ratio of the usual volume after a day to that before it."""


class CheckSettings(Section):
    """What ingestion doesn't simply believe, check by check, in the order in which they run."""

    prints: PrintsCheck
    """A price that is off for a few bars and comes back."""
    volume_unit: VolumeUnitCheck
    """Volume that is given in another unit from some day on."""
    units: UnitsCheck
    """Prices or percentages handed in as returns."""
    closures: Check
    """Days on which all assets of a market return exactly 0."""
    gaps: Check
    """A day of the market on which an asset has no bar."""
    shifted: ShiftedCheck
    """Dates that are off by a day: the asset goes with its market of the day before or after."""
    frozen: Check
    """A bar whose four prices are the close before."""
    holes: HolesCheck
    """A return from before a long hole to after it."""
    openings: OpeningsCheck
    """A split that the prices don't know of, between a close and the next open."""
    splits: SplitsCheck
    """A split that the prices don't know of."""
    jumps: JumpsCheck
    """A step that no market makes in a day."""
    stale: RunsCheck
    """A price that doesn't move for long."""
    idle: RunsCheck
    """Days without volume for long."""


class FeatureSettings(Section):
    """Windows, conventions and the user's factor modules."""

    modules: tuple[str, ...]
    """Modules with the user's own factors, beyond the built-in ones."""
    parameters: Table[Name, Number | int | str | bool]
    """Arguments that the user's factor functions name."""
    annualisation: Table[Market, Positive]
    """Periods a year by market, with `default`; v3.4: 252 for everything."""
    compounding: Literal["log", "simple"]
    """Momentum and efficiency add log returns, or (v3.4) simple ones, which flatters what is volatile."""
    full_history: Annotated[int, Field(ge=1)]
    """Days of returns with which antifragility counts in full."""
    entropy_order: Annotated[int, Field(ge=3, le=7)]
    """Length of the patterns of permutation entropy, in days."""
    entropy_window: Annotated[int, Field(ge=10)]
    """Last days of returns that permutation entropy looks at."""
    entropy_min_patterns: Annotated[int, Field(ge=1)]
    """Patterns below which permutation entropy is unknown; v3.4: 1."""
    efficiency_window: Annotated[int, Field(ge=10)]
    """Last days of returns that the efficiency ratio looks at."""
    efficiency_min_observations: Annotated[int, Field(ge=2)]
    """Returns below which the efficiency ratio is unknown."""
    hurst_min_days: Annotated[int, Field(ge=20)]
    """Days of returns below which the Hurst exponent is unknown."""
    hurst_correction: Literal["none", "anis_lloyd"]
    """Whether R/S is held against that of noise (Anis & Lloyd 1976), so that white noise has a Hurst exponent of 0.5, not 0.6."""
    adx_source: Literal["bars", "scanner"]
    """Where the ADX comes from: computed from bars, or as the scanner gives it; v3.4: the scanner."""
    adx_prices: Literal["adjusted", "raw"]
    """Whether high, low and close are scaled like `adj_close` before ADX; raw ones take a split for a trend."""
    adx_length: Annotated[int, Field(ge=2)]
    """Days over which Wilder's ADX smooths."""
    liquidity_baseline: Table[Market, Positive]
    """Traded value per day, in quote currency, by market, with `default`: the unit of liquidity."""
    momentum_window: Annotated[int, Field(ge=2)]
    """Last rows of returns over which recent momentum compounds."""
    order_size: Positive
    """Size of an order in quote currency, for the cost of trading."""
    impact_volatility: Literal["daily", "annual"]
    """Volatility that the cost of an order grows with: that of a day, or (v3.4) that of a year, 16 to 19 times as much."""
    random_walk_band: tuple[Number, Number]
    """Hurst exponents that count as a random walk: from, to."""
    liveness_window: Annotated[int, Field(ge=2)]
    """Last trading days over which an asset's activity is measured."""

    @field_validator("random_walk_band")
    @classmethod
    def _upwards(cls, band: tuple[float, float]) -> tuple[float, float]:
        if band[0] > band[1]:
            raise ValueError(f"from, to: {band[0]:g} is above {band[1]:g}, so that no exponent lies between")
        return band


class ScorerSettings(Section):
    """One scoring model: what it is, the part it plays, its own parameters."""

    kind: str
    """A built-in name, or `module:Class` of the user's own `ConvictionScorer`."""
    role: Literal["champion", "challenger"]
    """The champion decides; a challenger is computed and recorded beside it."""
    parameters: Table[Name, Number | int | str | bool] = Field(default_factory=ReadOnlyDict)
    """Arguments that the scorer's constructor names."""
    weights: Table[Name, Number] = Field(default_factory=ReadOnlyDict)
    """Factor to weight in this scorer's score, in place of the profile's `weights`; empty: the profile's."""
    enabled: bool = True
    """Whether it is computed."""


class ClusterSettings(Section):
    """How the pool is partitioned into factor groups."""

    bucketizer: str
    """A built-in name, `module:Class` of the user's own `FactorBucketizer`, or of a scikit-learn clusterer by distance."""
    parameters: Table[Name, Number | int | str | bool]
    """Arguments that the bucketizer's constructor names."""
    lookbacks: tuple[Annotated[int, Field(ge=2)], ...]
    """Windows in days over which correlations are averaged."""
    min_common: Annotated[int, Field(ge=2)]
    """Common days below which a correlation counts as 0."""
    shrinkage: Annotated[float, Field(ge=0, le=1)]
    """Share by which correlations are shrunk towards zero."""
    threshold: Number
    """Distance at which the tree is cut; <= 0 asks for `max_clusters` groups."""
    max_clusters: Annotated[int, Field(ge=1)]
    """Groups at most; v3.4 has no such limit beside a distance threshold."""
    directed: bool
    """Whether returns are seen from the candidates' directions: a short of a fund is near its inverse fund; v3.4 doesn't."""
    inertia: Annotated[float, Field(ge=0, lt=1)]
    """Share by which assets of one cluster of the partition before are nearer to each other than their returns say; 0: none."""
    held: tuple[tuple[Position, ...], ...]
    """The partition before, `SYMBOL LONG` or `SYMBOL SHORT` in groups; `run --held RUN` fills it in, a walk does by itself."""

    @field_validator("held")
    @classmethod
    def _one_group_each(cls, held: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        counts = Counter(position.rpartition(" ")[0] for group in held for position in group)
        repeated = sorted(symbol for symbol, count in counts.items() if count > 1)
        if repeated:
            raise ValueError(f"each asset is in one group, got {offenders(repeated)} twice")
        return held


class RecruitmentSettings(Section):
    """How the eligible become winners."""

    floor: Annotated[int, Field(ge=1)]
    """Winners that the ladder is climbed for."""
    top_n: Annotated[int, Field(ge=1)]
    """Seats per cluster and direction."""
    duplicate_correlation: Annotated[float, Field(gt=0, le=1)]
    """Directed correlation with a winner above which an asset is the same bet again; 1 (v3.4) never finds one."""
    max_winners: Annotated[int, Field(ge=0)]
    """Winners at most, the best ones, and never fewer than the floor; 0: as many as there are seats."""
    stay: Annotated[float, Field(ge=0, le=1)]
    """Lead of who is on the list before, as a share of the pool's places: it stays unless beaten by more; 0: none."""
    held: tuple[Position, ...]
    """The list before, `SYMBOL LONG` or `SYMBOL SHORT` each; `run --held RUN` fills it in, a walk does from date to date."""

    @property
    def seats_at_most(self) -> int:
        """Winners at most, never fewer than the floor; 0: no limit."""
        return max(self.max_winners, self.floor) if self.max_winners else 0


class ScanFilter(Section):
    """One condition of a scan, in the scanner's own words."""

    left: str
    """The column that is compared."""
    operation: str
    """How: greater, less, in_range, equal ... as the scanner has them."""
    right: FilterValue | tuple[FilterValue, ...] | None = None
    """With what; a list for in_range and the like, nothing where the operation takes nothing."""


class ScannerSettings(Section):
    """What `tvselect scan` asks a live scanner: one scan per market, each stored as an export of its own, dated."""

    markets: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ...], Field(min_length=1)]
    """The scanner's markets: crypto, america ... as the package tradingview-scraper names them."""
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    """The fields that are asked for, in this order. `update_mode` says which rows are delayed."""
    filters: tuple[ScanFilter, ...] = ()
    """Conditions that a row meets, all of them."""
    sort_by: str = "name"
    """The column by which rows come; empty: as the scanner likes, which may change from page to page."""
    sort_order: Literal["asc", "desc"] = "asc"
    """Its direction."""
    limit: Annotated[int, Field(ge=0)] = 0
    """Rows at most, the first by the order; 0 takes all there are."""
    min_rows: Annotated[int, Field(ge=0)] = 1
    """An answer with fewer rows is refused; 0 takes an empty one for what it says."""
    meta: Table[
        Literal["data_category", "direction", "side", "logic", "market", "exchange", "currency"],
        str,
    ] = Field(default_factory=ReadOnlyDict)
    """What holds for each of its rows, written into the export's `meta`."""

    @field_validator("columns")
    @classmethod
    def _each_once(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        repeated = sorted({name for name in columns if columns.count(name) > 1})
        if repeated:
            raise ValueError(f"each column once, got {', '.join(repeated)} twice")
        if "symbol" in columns:
            raise ValueError("symbol comes with every row: leave it out")
        return columns


class ScanningSettings(Section):
    """How a live scanner is asked, and how long; `tvselect scan` alone reads this."""

    base_url: str
    """Where it is asked, without the market's path: a gateway of your own; empty: where the package says."""
    page_rows: Annotated[int, Field(ge=1)]
    """Rows per request."""
    attempts: Annotated[int, Field(ge=1)]
    """How often a page is asked for, and how often all pages where they don't fit together."""
    timeout_seconds: Positive
    """Seconds for one whole answer, however it trickles."""
    backoff_seconds: Positive
    """Seconds before the second attempt, twice that before each further one; a longer Retry-After is kept to."""
    total_seconds: Positive
    """Seconds for all pages of a market, attempts and waits included."""


class SynthesisSettings(Section):
    """What a strategy atom is told beyond its asset."""

    timescale: Annotated[str, Field(pattern=r"^[1-9][0-9]*[mhdwM]$")]
    """Bar length that the atoms trade on: 1d, 4h ..."""


class CompatSettings(Section):
    """What v3.4 does otherwise and nobody would choose: all oddities that the profile `v3.4` needs, in one section.

    Under `v4` each has the value named first. The section goes when v3.4 does (`drivers.migration` lists what goes with
    it). The section numbers are those of V3_4.md. What a user of v4 may well choose stays where it belongs, though v3.4 has
    another value there: the pool and its window (`universe`, `data.lookback`), how symbols join
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
    arithmetic: Literal["portable", "library"]
    """Logarithms and slopes of entropy and Hurst by sums and products, or those of NumPy, SciPy and LAPACK (9)."""
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
    """Pairwise correlation by exact products of rounded rows, or by pandas: 13 times slower, up to 6e-8 apart (4)."""
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
    """Return over 60 days that it takes to compete for a seat: -inf (v4 has a gate for that), or a number (7.5)."""
    substitute_rule: Literal["sound", "predictable"]
    """Who may stand in for a cluster or fill up: whoever fails no hard gate, or has a permutation entropy <= 0.999 (7.1)."""
    benchmark_rule: Literal["recruit", "contest"]
    """Eligible benchmarks win, or compete for seats whatever their momentum (7.5)."""
    score_ties: Literal["symbol", "column"]
    """What decides between scores within 4 ulp: the symbol; v3.4 leaves it open between equal ones, so the columns do (9)."""
    winner_order: Literal["score", "recruitment"]
    """Best first, or cluster by cluster, longs before shorts, the fill last (7.6)."""

    # Settings
    unchecked: Table[str, int | float | tuple[int | float, ...]]
    """Dotted setting to a value that v3.4 takes though no setting allows it (top_n 0, an infinite weight): none; v3.4: none."""


class SelectionSettings(Section):
    """All settings of one run, resolved."""

    profile: str
    """Name of the profile."""
    universe: Literal["candidates", "returns"]
    """The pool: assets with a candidate, or (v3.4) every column of the returns."""
    benchmarks: tuple[str, ...]
    """Assets whose relaxable gates are waived."""
    scoring_universe: Literal["pool", "sound", "eligible"]
    """Against whom an asset's metrics are ranked: all, those that pass the hard gates, those that pass all."""
    unattainable: Literal["refuse", "allow"]
    """What becomes of a strict threshold that nothing can ever miss; v3.4 never noticed."""
    data: DataSettings
    checks: CheckSettings
    features: FeatureSettings
    weights: Table[Name, Number]
    """Factor to weight in the score, in the order in which the scorers add."""
    probabilities: Table[Name, Literal["rank", "rank_desc", "cdf"]]
    """Factor to probability map, where it differs from the factor's own declaration."""
    scorers: Table[Name, ScorerSettings]
    """Scorer to its settings; exactly one enabled scorer is the champion."""
    scanners: Table[Name, ScannerSettings]
    """Scanner to what `tvselect scan` asks it; a run reads what was stored."""
    scanning: ScanningSettings
    clusters: ClusterSettings
    gates: Table[Name, Gate]
    calibrated: Table[Name, str]
    """Gate to what its threshold was calibrated by, where a profile states a share of noise; filled in when settings are read."""
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

    @model_validator(mode="after")
    def _inertia_knows_directions(self) -> Self:
        if self.clusters.inertia and self.clusters.directed and self.compat.winner_direction != "candidate":
            raise ValueError(
                "clusters.inertia goes by the candidates' directions, and compat.winner_direction records others: set "
                'clusters.inertia = 0, clusters.directed = false or compat.winner_direction = "candidate"'
            )
        return self

    def effective(self) -> Self:
        """These settings with the values of `compat.unchecked` in their places, held against no range."""
        found = self
        for dotted, value in self.compat.unchecked.items():
            found = _replaced(found, dotted.split("."), value)
        return found

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
        weighty = {name: weight for name, weight in self.weights.items() if weight != 0.0}
        # Where all are zero v3.4 scores by them all the same.
        return weighty or (dict(self.weights) if self.compat.unchecked else {})

    def weights_of(self, scorer: str) -> dict[str, float]:
        """The weights that are not zero of one active scorer: its own, or the profile's."""
        own = self.active_scorers[scorer].weights
        return {name: weight for name, weight in own.items() if weight != 0.0} if own else self.active_weights

    @property
    def scored(self) -> tuple[str, ...]:
        """Every factor that some active scorer weighs, in the order in which the profile first weighs it."""
        weighed = (self.weights_of(scorer) for scorer in self.active_scorers)
        everywhere = dict.fromkeys(name for weights in weighed for name in weights)
        return tuple(dict.fromkeys([*(name for name in self.active_weights if name in everywhere), *everywhere]))

    def rungs(self) -> tuple[Rung, ...]:
        """The ladder with every gate's threshold at every rung.

        Raises `ValueError` where a rung names an unknown or hard gate, or tightens a threshold.
        """
        return resolved_ladder(self.gates, self.ladder, literal=bool(self.compat.unchecked))


def _replaced(held: Any, path: Sequence[str], value: Any) -> Any:
    """A settings model, or a table of one, with one value replaced, unchecked.

    Raises `ConfigurationError` where there is no such setting.
    """
    name, *rest = path
    known = held if isinstance(held, dict) else type(held).model_fields
    if name not in known:
        raise ConfigurationError(f"compat.unchecked: there is no setting {name!r}")
    old = held[name] if isinstance(held, dict) else getattr(held, name)
    new = _replaced(old, rest, value) if rest else value
    return ReadOnlyDict({**held, name: new}) if isinstance(held, dict) else held.model_copy(update={name: new})


def by_market(values: dict[str, float], market: str) -> float:
    """The entry of a market, or the `default` one."""
    if market in values:
        return values[market]
    if "default" not in values:
        raise ConfigurationError(f"no value for market {market!r} and no `default` among {sorted(values)}")
    return values["default"]
