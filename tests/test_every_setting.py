"""Every setting moves something: for each there is an input on which changing it changes what a selection answers.

`KNOBS` has a market, what else is set, and the change. What no selection reads but a command does is in `ELSEWHERE`, with the
test that holds it. A setting that is in neither fails here: show what it moves, or take it out.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.faulty import COINS, PRICES, STOCKS, Market, asset_bars, clean_market
from support.knobs import answer, setting_names
from support.paths import ROOT
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import folder_contents
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

CLEAN = clean_market()
EVERY_COLUMN = [*PRICES, "volume"]
LAX = {f"gates.{name}.enabled": False for name in ("entropy", "efficiency", "adx", "net_edge", "momentum")}
ONE_CLUSTER = {**LAX, "recruitment.floor": 1, "clusters.threshold": 0, "clusters.max_clusters": 1}
STRICT = {"name": "strict"}


@dataclass(frozen=True)
class World:
    """A market, and what else a selection from it is given."""

    market: Market
    arguments: Mapping[str, Any] = field(default_factory=dict)


def with_records(*names: str, **fields: Any) -> Market:
    """The clean market, in which the candidates of these assets have other fields; None takes one away."""
    records = [
        {key: value for key, value in {**each, **fields}.items() if value is not None}
        if each["symbol"] in names
        else each
        for each in CLEAN.records
    ]
    return replace(CLEAN, records=tuple(records))


def bars_changed(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Market:
    return replace(CLEAN, bars=change(CLEAN.bars.copy()))


def of_last_bars(bars: pd.DataFrame) -> pd.DataFrame:
    """The last session has hardly any volume yet."""
    bars.loc[bars["date"] == bars["date"].max(), "volume"] *= 0.001
    return bars


def frozen(bars: pd.DataFrame) -> pd.DataFrame:
    """One bar that only repeats the close before."""
    rows = CLEAN.rows("KO")
    bars.loc[rows[60], PRICES] = bars.loc[rows[59], "close"]
    return bars


def common(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns that follow one factor, KO's a day late."""
    rng = np.random.default_rng(1)
    factor, own = rng.normal(0, 0.02, len(frame)), rng.normal(0, 0.004, frame.shape)
    moved = pd.DataFrame(factor[:, None] + own, index=frame.index, columns=frame.columns)
    return moved.assign(KO=np.r_[0.001, factor[:-1]] + own[:, 0])


def changed_at(symbol: str, place: slice, value: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.copy()
        frame.iloc[place, list(frame.columns).index(symbol)] = value
        return frame

    return change


def scan(asof: str) -> World:
    document = {"meta": {"scanner": "s", "asof": asof}, "data": list(CLEAN.records)}
    return World(replace(CLEAN, records=(document,)))


WORLDS: Mapping[str, Callable[[], World]] = {
    "clean": lambda: World(CLEAN),
    "returns": lambda: World(CLEAN.as_returns()),
    "print": lambda: World(CLEAN.scaled("KO", 100.0, slice(60, 62))),
    "volume": lambda: World(CLEAN.scaled("KO", 1000.0, slice(80, None), ["volume"])),
    "percent": lambda: World(CLEAN.as_returns(lambda frame: frame * 100)),
    "closed": lambda: World(CLEAN.as_returns(lambda frame: frame.fillna(0.0))),
    "gap": lambda: World(CLEAN.without("KO", slice(100, 103))),
    "late": lambda: World(with_records(*STOCKS, *COINS, market="CRYPTO").as_returns(common)),
    "frozen": lambda: World(bars_changed(frozen)),
    "hole": lambda: World(CLEAN.without("KO", slice(60, 100))),
    "opening": lambda: World(CLEAN.scaled("KO", 0.1, slice(-20, None))),
    "split": lambda: World(CLEAN.as_returns(changed_at("KO", slice(100, 101), -0.9))),
    "jump": lambda: World(CLEAN.as_returns(changed_at("KO", slice(100, 101), 5.5))),
    "still": lambda: World(CLEAN.as_returns(changed_at("ADAUSDT", slice(100, 115), 0.0))),
    "idle": lambda: World(CLEAN.filled("ADAUSDT", 0.0, ["volume"], slice(100, 115))),
    "evening": lambda: World(bars_changed(lambda bars: bars.assign(date=bars["date"] + pd.Timedelta(hours=21)))),
    "hourly": lambda: World(
        bars_changed(
            lambda bars: pd.concat([bars.assign(date=bars["date"] + pd.Timedelta(hours=6 * at)) for at in range(4)])
        )
    ),
    "unfinished": lambda: World(bars_changed(of_last_bars)),
    "far": lambda: World(CLEAN.added(asset_bars("KO", pd.DatetimeIndex(["2031-01-01"])))),
    "two ends": lambda: World(
        replace(CLEAN.as_returns(), bars=CLEAN.bars), {"bars": CLEAN.bars[CLEAN.bars["date"] < "2026-06-25"]}
    ),
    "five days later": lambda: World(CLEAN, {"as_of": "2026-07-05"}),
    "old scan": lambda: scan("2026-06-10"),
    "prefixed": lambda: World(with_records("KO", symbol="NYSE:KO")),
    "suffixed": lambda: World(with_records("ADAUSDT", symbol="ADAUSDT.X")),
    "without sizes": lambda: World(with_records("KO", tick_size=None, lot_size=None, price_precision=None)),
    "euros": lambda: World(with_records("KO", currency="EUR", value_traded=3e7)),
    "strange statistics": lambda: World(
        CLEAN, {"statistics": pd.DataFrame({"Regime_Survival_Score": [0.5]}, index=["QQQQ"])}
    ),
    "adjusted": lambda: World(
        bars_changed(
            lambda bars: bars.assign(adj_close=bars["close"] * np.where(bars["date"] < "2026-05-01", 0.5, 1.0))
        )
    ),
    "shorts": lambda: World(with_records("KO", "CAT", "ADAUSDT", "AAPL", direction="SHORT")),
    "benchmarks": lambda: World(with_records(*STOCKS, *COINS, is_benchmark=True)),
    "unproposed": lambda: World(
        replace(CLEAN, records=tuple(each for each in CLEAN.records if each["symbol"] != "KO"))
    ),
    "twins": lambda: World(
        replace(
            CLEAN.added(CLEAN.bars[CLEAN.bars["symbol"] == "KO"].assign(symbol="PEP")),
            records=(*CLEAN.records, {**CLEAN.records[3], "symbol": "PEP", "identity": "PEP"}),
        )
    ),
}


@dataclass(frozen=True)
class Knob:
    """A change of one setting, where, and beside which others."""

    change: Any
    world: str = "clean"
    base: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    """The setting in a table of the user's own names."""


def check(name: str, world: str, **numbers: Any) -> dict[str, Knob]:
    """A check that is off, and its numbers."""
    return {
        f"checks.{name}.severity": Knob("off", world),
        **{
            f"checks.{name}.{key}": value if isinstance(value, Knob) else Knob(value, world)
            for key, value in numbers.items()
        },
    }


LADDER = {"ladder": [STRICT, {"name": "relaxed", "scale": {"efficiency": 0.9}}], "recruitment.floor": 100}
RELAXED = {"name": "relaxed", "scale": {"efficiency": 0.9}}
KNOBS: Mapping[str, Knob] = {
    "profile": Knob("other"),
    "calibrated": Knob({"adx": "me"}),
    "universe": Knob("returns", "unproposed"),
    "benchmarks": Knob(["KO"]),
    "scoring_universe": Knob("eligible"),
    "unattainable": Knob("allow", base={"gates.efficiency.threshold": 0}),
    "data.sessions": Knob("timestamps", "evening"),
    "data.resample": Knob("1d", "hourly"),
    "data.unfinished": Knob("keep", "unfinished"),
    "data.far_dates": Knob("keep", "far"),
    "data.common_end": Knob(False, "two ends"),
    "data.max_age_days": Knob(3, "five days later"),
    "data.max_scan_age_days": Knob(10, "old scan"),
    "data.strict_pit": Knob(True),
    "data.lookback": Knob(100),
    "data.min_days": Knob(500),
    "data.symbol_join": Knob("exact", "prefixed"),
    "data.strip_suffixes": Knob([".X"], "suffixed"),
    "data.defaults": Knob({"tick_size": 0.01, "lot_size": 1.0, "price_precision": 2.0}, "without sizes"),
    "data.include": Knob({"KO": "the only one"}),
    "data.exclude": Knob({"KO": "not this one"}),
    "data.unknown_names": Knob("report", base={"data.exclude": {"NOPE": "there is none"}}),
    "data.fields": Knob("believed"),
    "data.currency": Knob("believed", "euros"),
    "data.rates": Knob({"EUR": 1.1}, "euros"),
    "data.strangers": Knob("allow", "strange statistics"),
    "data.strict": Knob(True, "print"),
    **check("prints", "print", factor=200, sigmas=100_000, bars=1, most=1),
    **check("volume_unit", "volume", factor=50_000),
    **check("units", "percent", median=100),
    **check("closures", "closed"),
    **check("gaps", "gap"),
    **check("shifted", "late", correlation=0.999, excess=0.999),
    **check("frozen", "frozen"),
    **check("holes", "hole", days=300),
    **check("openings", "opening", sigmas=1e6),
    **check("splits", "split", ratios=[1.5], sigmas=1e6),
    **check(
        "jumps",
        "jump",
        factor=Knob(15, "jump"),
        sigmas=Knob(1e6, "jump"),
        certain=Knob(5, "jump", {"checks.jumps.sigmas": 1e6}),
    ),
    **check("stale", "still", days=40),
    **check("idle", "idle", days=40),
    "features.modules": Knob(["no_such_module"]),
    "features.parameters": Knob({"unread": 1}),
    "features.annualisation": Knob({"CRYPTO": 300}),
    "features.compounding": Knob("simple"),
    "features.full_history": Knob(500),
    "features.entropy_order": Knob(4),
    "features.entropy_window": Knob(60),
    "features.entropy_min_patterns": Knob(119),
    "features.efficiency_window": Knob(60),
    "features.efficiency_min_observations": Knob(500),
    "features.hurst_min_days": Knob(500),
    "features.hurst_correction": Knob("anis_lloyd"),
    "features.adx_source": Knob("scanner"),
    "features.adx_prices": Knob("raw", "adjusted"),
    "features.adx_length": Knob(20),
    "features.liquidity_baseline": Knob({"default": 1e10}),
    "features.momentum_window": Knob(30),
    "features.order_size": Knob(2e6),
    "features.impact_volatility": Knob("annual"),
    "features.random_walk_band": Knob([0.3, 0.7]),
    "features.liveness_window": Knob(120, "hole"),
    "weights": Knob({"momentum": 5}),
    "probabilities": Knob({"momentum": "cdf"}),
    "scorers.NAME.kind": Knob("log_mps", name="rank_average"),
    "scorers.NAME.role": Knob("champion", name="rank_average"),
    "scorers.NAME.parameters": Knob({"unheard_of": 1}, name="rank_average"),
    "scorers.NAME.weights": Knob({"momentum": 5}, name="rank_average"),
    "scorers.NAME.enabled": Knob(False, name="rank_average"),
    "clusters.bucketizer": Knob("agglomerative", base={"clusters.threshold": 0.97}),
    "clusters.parameters": Knob({"unheard_of": 1}),
    "clusters.lookbacks": Knob([30]),
    "clusters.min_common": Knob(300),
    "clusters.shrinkage": Knob(0.9),
    "clusters.threshold": Knob(1.0),
    "clusters.max_clusters": Knob(2),
    "clusters.directed": Knob(False, "shorts"),
    "clusters.inertia": Knob(0.9, base={"clusters.held": [["KO LONG", "CAT LONG"]]}),
    "clusters.held": Knob([["KO LONG", "CAT LONG"]], base={"clusters.inertia": 0.9}),
    "gates.NAME.feature": Knob("adx", name="efficiency"),
    "gates.NAME.op": Knob("<", name="exclusion"),
    "gates.NAME.threshold": Knob(0.2, name="efficiency"),
    "gates.NAME.kind": Knob("hard", name="momentum"),
    "gates.NAME.unknown": Knob("pass", "returns", {"gates.adx.unavailable": "fail"}, name="adx"),
    "gates.NAME.unavailable": Knob("fail", "returns", name="adx"),
    "gates.NAME.exempt_benchmarks": Knob(True, "benchmarks", name="efficiency"),
    "gates.NAME.enabled": Knob(False, name="efficiency"),
    "recruitment.floor": Knob(30),
    "recruitment.top_n": Knob(1, base=ONE_CLUSTER),
    "recruitment.duplicate_correlation": Knob(1, "twins", LAX),
    "recruitment.max_winners": Knob(2, base={**LAX, "recruitment.floor": 1}),
    "recruitment.stay": Knob(1.0, base={**ONE_CLUSTER, "recruitment.held": ["JPM LONG", "NKE LONG", "DOTUSDT LONG"]}),
    "recruitment.held": Knob(["JPM LONG", "NKE LONG", "DOTUSDT LONG"], base={**ONE_CLUSTER, "recruitment.stay": 1.0}),
    "ladder.NAME.name": Knob([STRICT, {**RELAXED, "name": "other"}], base=LADDER),
    "ladder.NAME.scale": Knob([STRICT, {**RELAXED, "scale": {"efficiency": 0.5}}], base=LADDER),
    "ladder.NAME.cap": Knob([STRICT, {**RELAXED, "cap": {"efficiency": 0.095}}], base=LADDER),
    "ladder.NAME.set": Knob([STRICT, {**RELAXED, "set": {"efficiency": 0.01}}], base=LADDER),
    "ladder.NAME.recruit": Knob([STRICT, {**RELAXED, "recruit": "fill"}], base=LADDER),
    "synthesis.timescale": Knob("4h"),
    "compat.winner_direction": Knob("momentum"),
    "compat.kappa_max": Knob(1.01, base={"compat.condition_number": True}),
    "compat.initial_shrinkage": Knob(0.5, base={"compat.condition_number": True}),
    "compat.crowded_seats": Knob(
        True, "late", {**ONE_CLUSTER, "recruitment.top_n": 3, "recruitment.duplicate_correlation": 1}
    ),
    "compat.unchecked": Knob({"recruitment.floor": 0}),
}

ODDITIES = "drivers/migration/test_oddities.py"
SCAN = "drivers/scanning/test_scan_project.py"
PAGES = "drivers/scanning/test_paged_scan.py"
SCREENER = "drivers/scanning/test_screener.py"
ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        [
            f"compat.{name}"
            for name in (
                *(
                    "missing_identity",
                    "candidate_lookup",
                    "adv_names",
                    "arithmetic",
                    "trading_calendar",
                    "thin_volatility",
                ),
                *("entropy_gaps", "entropy_ties", "unknown_entropy", "thin_hurst", "unknown_hurst", "missing_adx"),
                *(
                    "missing_value_traded",
                    "missing_adv",
                    "exempting_hurdle",
                    "direction_aware",
                    "metadata_rule",
                    "summation",
                ),
                *(
                    "correlation_method",
                    "condition_number",
                    "benchmark_waiver",
                    "min_seats",
                    "identity_scope",
                    "min_momentum",
                ),
                *("substitute_rule", "benchmark_rule", "score_ties", "winner_order"),
            )
        ],
        ODDITIES,
    ),
    "data.max_scan_shrink": "drivers/lakehouse/test_scan_contract.py",
    "data.vanished_fields": "drivers/lakehouse/test_scan_contract.py",
    "data.membership": "dataflow/ingestion/test_membership.py",
    "data.max_gigabytes": "dataflow/ingestion/test_input_size.py",
    "data.max_records": "dataflow/ingestion/test_input_size.py",
    "gates.NAME.reason": "drivers/review/test_explain.py",
    "data.provider": "drivers/execution/test_component_lookup.py",
    "data.parameters": "drivers/execution/test_component_lookup.py",
    **dict.fromkeys(["scanning.base_url", "scanning.page_rows", "scanning.backoff_seconds"], SCAN),
    **dict.fromkeys(["scanning.attempts", "scanning.timeout_seconds", "scanning.total_seconds"], PAGES),
    **{f"scanners.NAME.{name}": SCAN for name in ("markets", "columns", "limit", "meta")},
    **{f"scanners.NAME.{name}": SCREENER for name in ("sort_by", "sort_order")},
    **{f"scanners.NAME.filters.NAME.{name}": SCREENER for name in ("left", "operation", "right")},
    "scanners.NAME.min_rows": PAGES,
}


def change_of(setting: str) -> dict[str, Any]:
    knob = KNOBS[setting]
    return {setting.replace("NAME", knob.name) if knob.name else setting.partition(".NAME.")[0]: knob.change}


def selected(world: str, settings: Mapping[str, Any]) -> Mapping[str, str]:
    """What a selection answers, or why it is refused."""
    found = made(world)
    try:
        return answer(found.market.selected(dict(settings), **found.arguments))
    except SelectionError as error:
        return {"error": str(error)}


@cache
def made(world: str) -> World:
    return WORLDS[world]()


@pytest.fixture(scope="module")
def befores() -> dict[tuple[str, str], Mapping[str, str]]:
    """World and settings to what is answered before a change: many changes have one."""
    return {}


@pytest.mark.parametrize("setting", KNOBS)
def test_a_setting_moves_something(setting: str, befores: dict[tuple[str, str], Mapping[str, str]]) -> None:
    knob = KNOBS[setting]
    key = (knob.world, repr(knob.base))
    before = befores.get(key) or befores.setdefault(key, selected(knob.world, knob.base))
    assert ("error" in before) == (setting in REFUSED)
    assert selected(knob.world, {**knob.base, **change_of(setting)}) != before


REFUSED = (
    *("unattainable", "data.unknown_names", "data.strangers", "data.resample"),
    *("checks.units.severity", "checks.units.median"),
)
"""Where the input is refused before the change."""
FOLDER = ("bars", "closes", "returns", "candidates", "scans", "instruments", "statistics")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that has everything."""
    place = tmp_path_factory.mktemp("everything")
    few = CLEAN.bars[CLEAN.bars["symbol"].isin(STOCKS[:2])]
    wide = few.pivot_table(index="date", columns="symbol", values="close")
    few.to_parquet(place / "bars.parquet")
    wide.to_parquet(place / "closes.parquet")
    wide.pct_change().to_parquet(place / "returns.parquet")
    rows = pd.DataFrame({"symbol": STOCKS[:2], "tick_size": 0.01, "Regime_Survival_Score": 0.9})
    rows.to_parquet(place / "instruments.parquet")
    rows.set_index("symbol").to_parquet(place / "statistics.parquet")
    (place / "candidates.json").write_text(json.dumps(CLEAN.records[:2]))
    (place / "scans").mkdir()
    (place / "scans" / "own_2026-06-29.json").write_text(json.dumps({"meta": {}, "data": CLEAN.records[:2]}))
    return place


@pytest.mark.parametrize("kind", FOLDER)
def test_a_name_of_a_file_says_what_is_read(kind: str, folder: Path) -> None:
    base = {"data.bars": ["none.parquet"]} if kind == "closes" else {}
    before, after = (
        {source.name for source in folder_contents(folder, resolved_settings(settings=changes).settings.data).sources}
        for changes in (base, {**base, f"data.{kind}": ["none.parquet"]})
    )
    assert before - after


def test_every_setting_is_here() -> None:
    names = [name for name in setting_names() if name.removeprefix("data.") not in FOLDER]
    assert len(names) > 170
    assert sorted(set(names) - KNOBS.keys() - ELSEWHERE.keys()) == []
    assert sorted(KNOBS.keys() - set(names)) == sorted(ELSEWHERE.keys() - set(names)) == []
    assert KNOBS.keys().isdisjoint(ELSEWHERE)


@pytest.mark.parametrize("setting", ELSEWHERE)
def test_what_no_selection_reads_is_held_elsewhere(setting: str) -> None:
    assert setting.rpartition(".")[2] in (ROOT / "tests" / ELSEWHERE[setting]).read_text("utf-8")
