"""The currency of a listing, and what it is in dollars."""

import math
from typing import Any

import pandas as pd
import pytest

from support.market import candidates, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.money import dollar_rate, listing_currency, money_notes
from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_checks import checked_record
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select


@pytest.mark.parametrize(
    ("symbol", "market_name", "stated", "currency"),
    [
        ("KRX:000660", "korea", "KRW", "KRW"),
        ("KRX:000660", "", None, "KRW"),
        ("000660", "korea", None, "KRW"),
        ("7203.T", "", None, "JPY"),
        ("TSE:7203", "japan", None, "JPY"),
        ("LSE:SHEL", "uk", None, "GBX"),
        ("LSE:SHEL", "uk", "GBp", "GBX"),
        ("LSE:CSPX", "uk", "USD", "USD"),
        ("NASDAQ:AAPL", "america", None, "USD"),
        ("NYSE:BRK.B", "", None, "USD"),
        ("BRK.B", "", None, ""),
        ("AAPL", "", None, ""),
        ("BINANCE:BTCUSDT.P", "CRYPTO", None, "USDT"),
        ("BINANCE:BTCFDUSD", "CRYPTO", None, "FDUSD"),
        ("BTCTRY", "CRYPTO", None, "TRY"),
        ("BTC/EUR:EUR", "CRYPTO", None, "EUR"),
        ("KRW-BTC", "CRYPTO", None, "KRW"),
        ("BTC-USD", "CRYPTO", None, "USD"),
        ("OANDA:EURJPY", "forex", None, "JPY"),
        # A coin by its own name is no pair.
        ("WBTC", "CRYPTO", None, ""),
        ("BINANCE:STETH", "CRYPTO", None, ""),
        ("BTC", "CRYPTO", None, ""),
        ("DERIBIT:BTC-PERPETUAL", "CRYPTO", None, ""),
        ("WBTCBTC", "CRYPTO", None, "BTC"),
        ("ADA_USDT", "CRYPTO", None, "USDT"),
    ],
)
def test_listings(symbol: str, market_name: str, stated: str | None, currency: str) -> None:
    assert listing_currency(symbol, market_name, stated) == currency


@pytest.mark.parametrize(
    ("currency", "rate"),
    [("USD", 1.0), ("FDUSD", 1.0), ("", 1.0), ("KRW", 7e-4), ("GBP", 1.25), ("GBX", 0.0125), ("JPY", None)],
)
def test_rates(currency: str, rate: float | None) -> None:
    found = dollar_rate(currency, {"KRW": 7e-4, "GBP": 1.25})
    assert math.isnan(found) if rate is None else found == pytest.approx(rate)


def chosen(**settings: Any) -> tuple[Selection, str]:
    bars = market().bars[market().bars["symbol"].isin(market().bars["symbol"].unique()[:20])]
    given = candidates(sorted(bars["symbol"].unique().tolist()), market="america")
    given[0] |= {"market": "korea", "currency": "KRW"}
    settings = {name.replace("__", "."): value for name, value in settings.items()}
    return select(None, given, bars=bars, settings=settings), given[0]["symbol"]


def test_won_without_a_rate_are_unknown_and_said_so() -> None:
    found, foreign = chosen()
    pool = found.context.raw_pool
    assert math.isnan(pool.at[foreign, "value_traded"])
    assert math.isnan(pool.at[foreign, "adv"])
    assert pool["value_traded"].drop(foreign).eq(1e9).all()
    assert [
        note
        for note in found.coverage["notes"]
        if f"KRW for 1: {foreign}: no rate" in note and "data.rates.KRW" in note
    ]


def test_a_rate_converts_and_v3_4_believes() -> None:
    found, foreign = chosen(data__rates={"KRW": 7e-4})
    assert found.context.raw_pool.at[foreign, "value_traded"] == pytest.approx(7e5)
    assert not [note for note in found.coverage["notes"] if "KRW" in note]
    believed, _ = chosen(data__currency="believed")
    assert pd.Series(believed.context.raw_pool["value_traded"]).eq(1e9).all()


@pytest.mark.parametrize("name", ["currency", "Currency", "currency_id", "currencyCode", "quote_currency"])
def test_the_currency_is_read_under_other_names(name: str) -> None:
    record, _ = checked_record({"symbol": "000660", name: "KRW"})
    assert record["currency"] == "KRW"


def test_what_is_taken_as_dollars_is_said() -> None:
    currencies, traded = pd.Series({"A": "", "B": "USD", "C": ""}), pd.Series({"A": 1e6, "B": 1e6, "C": float("nan")})
    taken, unknown = money_notes(currencies, traded, {}, "converted")
    assert taken.startswith("traded value is taken as in dollars (1: A): nothing says its currency")
    assert unknown.startswith("traded value is unknown (1: C)")
    assert money_notes(currencies, traded, {}, "believed") == []
