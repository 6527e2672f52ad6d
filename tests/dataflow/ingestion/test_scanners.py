"""Scanner fields, markets, dates."""

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import canonical, states
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (
    is_crypto,
    latest_scans,
    named_export,
    scan_date,
    scan_records,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


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
    record = {"step_size": None, "tick_size": 0, "x": 1}
    assert [states(record, name) for name in ("lot_size", "tick_size", "price_precision")] == [True, True, False]


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


@pytest.mark.parametrize(
    ("stem", "name", "when"),
    [
        ("crypto_long_2026-03-01", "crypto_long", "2026-03-01"),
        ("crypto-long-20260302T0900", "crypto_long", "2026-03-02 09:00"),
        ("2026-03-01 Crypto Long", "crypto_long", "2026-03-01"),
        ("crypto_20260301-120000", "crypto", "2026-03-01 12:00"),
        ("scan_1712345678", "scan", "2024-04-05 19:34:38"),
        ("scan_1712345678123", "scan", "2024-04-05 19:34:38"),
        ("2026-03-01", "scan", "2026-03-01"),
        ("crypto_long", "crypto_long", None),
        ("top_100", "top_100", None),
        ("crypto_01-03-2026", "crypto_01_03_2026", None),
        ("crypto_20261301", "crypto_20261301", None),
    ],
)
def test_a_file_names_its_scanner_and_its_day(stem: str, name: str, when: str | None) -> None:
    meta = named_export({}, stem)
    assert meta["scanner"] == name
    assert scan_date({"meta": meta}) == (None if when is None else pd.Timestamp(when))


def test_what_an_export_says_of_itself_comes_before_its_files_name() -> None:
    meta = named_export({"scanner": "x", "asof": "2026-03-05"}, "y_2026-03-01")
    assert meta == {"scanner": "x", "asof": "2026-03-05"}
    assert named_export({"scanner": None, "asof": None}, "y_2026-03-01")["scanner"] == "y"


@pytest.mark.parametrize(
    "stated", [1773532800, 1773532800.0, True, "", "1773532800", "03/15/2026", "soon", ["2026"], {}]
)
def test_a_scan_dated_by_no_iso_date_is_refused(stated: object) -> None:
    with pytest.raises(DataContractError, match=r"x\.json is dated .* which is no date"):
        scan_date({"meta": {"asof": stated}}, "x.json")


def test_scans_without_a_date_are_kept() -> None:
    assert len(latest_scans([scan("s", None), scan("t", "2026-03-01")], pd.Timestamp("2026-02-01"))) == 1
