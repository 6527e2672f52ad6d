"""The simulated market that tests of the dataflow run on, and what the real upstream makes of it.

Everything is computed once a session and shared: who changes a frame takes a copy.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import latest_scans, scan_records
from tradingview_scraper.pipelines.selection.drivers.demo.market import SimulatedMarket, simulated_market
from tradingview_scraper.pipelines.selection.drivers.execution import plan as builder
from tradingview_scraper.pipelines.selection.drivers.execution.graph import built_driver
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.schemas.coded_frame import CodedFrame
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

SHARED = Path(__file__).resolve().parents[3] / "shared"
# Stocks are scanned without instrument data: the profile's defaults make them tradable.
SETTINGS: dict[str, Any] = {"data.defaults": {"tick_size": 0.01, "lot_size": 1, "price_precision": 2}}


@cache
def market() -> SimulatedMarket:
    """80 assets over 400 days, with all their peculiarities."""
    return simulated_market(assets=80, days=400)


def records() -> list[dict[str, Any]]:
    """The candidate records of each scanner's newest export."""
    return [record for scan in latest_scans(market().scans.values(), None) for record in scan_records(scan)]


def selected(settings: dict[str, Any] | None = None, **arguments: Any) -> Selection:
    """One selection from that market; settings come on top of those of the market."""
    given = {
        "returns": None,
        "candidates": records(),
        "statistics": market().statistics,
        "bars": market().bars,
        **arguments,
    }
    return select(**given, settings={**SETTINGS, **(settings or {})})


@cache
def selection() -> Selection:
    """The selection under the default profile."""
    return selected()


@cache
def longest() -> Selection:
    """A selection whose floor no rung reaches: all four rungs run."""
    return selected({"recruitment.floor": 70})


@cache
def settings(profile: str = "v4") -> SelectionSettings:
    """A profile's settings, resolved."""
    return resolved_settings(profile, settings=SETTINGS).settings


@cache
def _upstream(names: tuple[str, ...]) -> dict[str, Any]:
    plan = builder.plan(settings())
    provider = MemoryProvider(None, records(), market().statistics, market().bars)
    inputs = {
        **builder.inputs(plan, plan.settings.rungs()[0]),
        **builder.ingestion_inputs(provider, None),
    }
    values = built_driver(plan).execute(list(names), inputs=inputs)
    return {name: value.frame if isinstance(value, CodedFrame) else value for name, value in values.items()}


def upstream(*names: str) -> Any:
    """What the real nodes of these names give at the first rung; one value for one name, else a list."""
    values = _upstream(names)
    return values[names[0]] if len(names) == 1 else [values[name] for name in names]


@cache
def returns() -> pd.DataFrame:
    """The returns of the pool as ingestion leaves them."""
    return selection().context.returns


def candidates(assets: pd.Index | list[str], **fields: Any) -> list[dict[str, Any]]:
    """A tradable candidate for each of these assets."""
    sizes = {"tick_size": 0.01, "lot_size": 1.0, "price_precision": 2, "value_traded": 1e9, "market": "CRYPTO"}
    return [{"symbol": name, "identity": name, **sizes, **fields} for name in assets]
