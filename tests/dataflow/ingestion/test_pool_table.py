"""The raw pool: a row per asset, whatever its candidate says; numbers where they can be read as such."""

from typing import Any

import numpy as np
import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import proposals, resolved
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool_table import pool_frame
from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbols import vocabulary
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings

SETTINGS = resolved_settings("v4").settings


def pool(records: list[dict[str, Any]], instruments: dict[str, dict[str, Any]] | None = None) -> Any:
    """The pool of these candidates and of an asset without one."""
    found, _ = resolved(proposals([(record["symbol"], record) for record in records]), {})
    assets = ["NONE", *found]
    return pool_frame(assets, found, instruments or {}, {}, vocabulary(assets), SETTINGS.data, SETTINGS.compat)


@pytest.mark.parametrize(("given", "expected"), [("1.5", 1.5), (2, 2.0), (True, 1.0)])
def test_numbers(given: object, expected: float) -> None:
    assert pool([{"symbol": "A", "perf_1w": given}])["perf_1w"]["A"] == expected


@pytest.mark.parametrize("given", [None, "much", [], {}, float("nan")])
def test_what_is_no_number_is_unknown(given: object) -> None:
    assert np.isnan(pool([{"symbol": "A", "perf_1w": given}])["perf_1w"]["A"])


def test_a_row_is_what_candidate_then_instruments_then_nobody_say() -> None:
    records = [
        {"symbol": "A", "market": "crypto", "logic": "trend", "tick_size": 0.5, "step_size": None, "ADX": 30.0},
        {"symbol": "A", "market": "crypto", "logic": "breakout", "direction": "LONG", "step_size": None},
    ]
    found = pool(records, {"A": {"tick_size": 0.1, "price_precision": 2}, "NONE": {"sector": "Tech"}})
    assert found.index.tolist() == ["NONE", "A"]
    assert found["logics"].tolist() == ["trend", "breakout,trend"]
    assert found["market"].tolist() == ["", "CRYPTO"]
    assert found["sector"].tolist() == ["Tech", ""]
    assert found["has_candidate"].tolist() == [False, True]
    # breakout, the first by name, speaks for A: it states no tick size, so the instruments' counts; its empty step size
    # counts as stated.
    assert (found["tick_size"]["A"], found["price_precision"]["A"], found["metadata_keys"]["A"]) == (0.1, 2.0, 3.0)
    assert found["scanner_adx"].isna().all()
