"""Each gate of the default profile stops some assets and lets others past: on real data, and on the simulated market."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd
import pytest

from support.faulty import asset_bars
from support.market import candidates, market, records, selected
from support.paths import SHARED
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select

# The two that are off by default are on; nothing in a folder of data excludes an asset, so somebody does.
ALL_ON = {"gates.random_walk.enabled": True, "gates.random_walk.threshold": 1e-6, "gates.toxicity.enabled": True}
GATES = list(resolved_settings(settings=ALL_ON).settings.active_gates)
DATA = SHARED / "data"
PEGGED = ("BIL", "SHV", "SHY", "AAPL", "KO", "XOM")
"""Funds of short Treasury bills among shares."""


def verdicts(runs: Iterable[Selection]) -> dict[str, set[bool]]:
    """Gate to what its own comparisons said: passed, failed; an unknown value says nothing."""
    found: dict[str, set[bool]] = {gate: set() for gate in GATES}
    for run in runs:
        known = run.decisions[run.decisions["verdict"] != "unknown"]
        for gate, passed in zip(known["gate"].astype(str), known["verdict"] == "pass", strict=True):
            found[gate].add(bool(passed))
    return found


@cache
def simulated() -> dict[str, set[bool]]:
    days = pd.DatetimeIndex(sorted(market().bars["date"].unique()))
    pegged = asset_bars("USDCUSDT", days, volatility=0.0002)
    proposed = [*records(), *candidates(["USDCUSDT"])]
    bars = pd.concat([market().bars, pegged], ignore_index=True)
    settings = {**ALL_ON, "data.exclude": {"USDCUSDT": "not this one"}, "recruitment.floor": 1}
    return verdicts([selected(settings, bars=bars, candidates=proposed)])


@pytest.mark.parametrize("gate", GATES)
def test_on_the_simulated_market(gate: str) -> None:
    assert simulated()[gate] == {True, False}


def of_year(dataset: str, symbols: Iterable[str] = ()) -> pd.DataFrame:
    """The last 330 days of a data set's bars."""
    chosen = [("symbol", "in", list(symbols))] if symbols else None
    bars = pd.read_parquet(DATA / dataset / "ohlcv.parquet", filters=chosen)
    return bars[bars["date"] > bars["date"].max() - pd.Timedelta(days=330)]


def real(dataset: str, **arguments: Any) -> Selection:
    """A selection from a data set's bars and scans."""
    scans = [json.loads(path.read_text("utf-8")) for path in sorted((DATA / dataset / "scans").glob("*.json"))]
    bars = of_year(dataset)
    settings = {**ALL_ON, "universe": "returns", "recruitment.floor": 1, "data.max_scan_age_days": 4000}
    names = sorted(bars["symbol"].unique())
    # Neither statistics nor a list of exclusions are among the data.
    statistics = pd.DataFrame({"Regime_Survival_Score": [0.05, 0.9]}, index=names[:2])
    return select(
        None,
        scans,
        statistics,
        bars=bars,
        settings={**settings, "data.exclude": {names[2]: "not this one"}},
        **arguments,
    )


@cache
def on_real_data() -> dict[str, set[bool]]:
    bills = of_year("us_wide", PEGGED)
    lax = {**ALL_ON, "universe": "returns", "recruitment.floor": 1}
    return verdicts(
        [real("crypto_perps"), real("us_equities"), select(None, candidates(PEGGED), bars=bills, settings=lax)]
    )


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real market data is not here: {DATA}")
@pytest.mark.parametrize("gate", GATES)
def test_on_real_data(gate: str) -> None:
    assert on_real_data()[gate] == {True, False}
