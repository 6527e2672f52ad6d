"""Scanner fields, markets, dates."""

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import canonical, stated_keys
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (
    is_crypto,
    latest_scans,
    scan_records,
)


@pytest.mark.parametrize(
    ("market", "symbol", "crypto"), [("CRYPTO", "X", True), ("", "okx:X", True), ("AMERICA", "US:X", False)]
)
def test_is_crypto(market: str, symbol: str, crypto: bool) -> None:
    assert is_crypto(market, symbol) is crypto


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"Value.Traded": 5.0, "ADX": 20.0}, {"value_traded": 5.0, "scanner_adx": 20.0}),
        ({"Value.Traded": 5.0, "value_traded": 7.0}, {"value_traded": 7.0}),
        ({"Value.Traded": 5.0, "value_traded": 0}, {"value_traded": 5.0}),
        ({"value_traded": 0}, {"value_traded": 0}),
        ({"step_size": 0.1}, {"lot_size": 0.1}),
        ({"ADX": None, "RSI": float("nan"), "note": "x"}, {"note": "x"}),
    ],
)
def test_canonical_names(record: dict[str, object], expected: dict[str, object]) -> None:
    assert canonical(record) == expected


def test_stated_keys_count_whatever_they_hold() -> None:
    assert stated_keys({"step_size": None, "tick_size": 0, "x": 1}) == {"lot_size", "tick_size", "x"}


def scan(name: str, asof: str | None, **meta: str) -> dict[str, object]:
    return {
        "meta": {"scanner": name, "asof": asof, **meta},
        "data": [{"symbol": "A"}, {"symbol": "B", "direction": "LONG"}],
    }


def test_what_a_scan_says_holds_for_its_records_that_do_not_say_otherwise() -> None:
    first, second = scan_records(scan("s", None, direction="SHORT", logic="trend", data_category="universe"))
    assert (first["direction"], second["direction"]) == ("SHORT", "LONG")
    assert first["logic"] == "trend"
    assert first["universe_only"] is True
    assert scan_records(scan("s", None))[0]["universe_only"] is False


@pytest.mark.parametrize(
    ("as_of", "dates"),
    [(None, ["2026-03-03"]), ("2026-03-02", ["2026-03-02"]), ("2026-02-28", []), ("2026-04-01", ["2026-03-03"])],
)
def test_the_newest_scan_that_was_known(as_of: str | None, dates: list[str]) -> None:
    documents = [scan("s", f"2026-03-0{day}") for day in (2, 3, 1)]
    found = latest_scans(documents, None if as_of is None else pd.Timestamp(as_of))
    assert [document["meta"]["asof"] for document in found] == dates


def test_scans_without_a_date_are_kept() -> None:
    assert len(latest_scans([scan("s", None), scan("t", "2026-03-01")], pd.Timestamp("2026-02-01"))) == 1
