"""Spellings taken apart, and put together again."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.spellings import spellings
from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbol_words import COINS, QUOTES, WHOLE_COINS
from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbols import (
    Vocabulary,
    bare_symbol,
    derived_identity,
    parsed,
    same_place,
    venue,
    vocabulary,
)

POOL = vocabulary(["BINANCE:ADAUSDT.P", "ARUSDT", "WUSDT", "XY/USDT:USDT", "LONGUSDT"])


@pytest.mark.parametrize(
    ("symbol", "bare"),
    [
        ("BINANCE:BTCUSDT.P", "BTCUSDT"),
        ("BTCUSDT", "BTCUSDT"),
        ("NYSE:BRK.B", "BRK.B"),
        ("BTC/USDT:USDT", "BTC/USDT:USDT"),
        ("binance:BTC/USDT:USDT", "BTC/USDT:USDT"),
        (".P", ".P"),
        ("A:B:C.P", "C"),
    ],
)
def test_bare_symbols(symbol: str, bare: str) -> None:
    assert bare_symbol(symbol, [".P"]) == bare


@given(
    base=st.sampled_from(sorted(COINS - set(QUOTES))),
    quote=st.sampled_from(["USDT", "USDC", "USD", "EUR", "BTC"]),
    scale=st.sampled_from(
        [("", "", 1), ("1000", "", 1000), ("10000", "", 10_000), ("1M", "", 1_000_000), ("", "1000", 1000)]
    ),
    expiry=st.dates(date(2025, 1, 1), date(2029, 12, 31)),
)
def test_what_is_spelled_from_parts_gives_the_parts(
    base: str, quote: str, scale: tuple[str, str, int], expiry: date
) -> None:
    before, after, multiplier = scale
    assume(base != quote)
    for spelling in spellings(before + base + after, quote, expiry):
        found = parsed(spelling.text, spelling.market)
        expected = (base, quote, multiplier, spelling.contract)
        assert (found.base, found.quote, found.multiplier, found.contract) == expected, spelling
        assert found.expiry == (expiry.isoformat() if spelling.contract == "dated" else "")
        assert found.identity == base
        assert found.settle == (
            "" if found.contract == "spot" else base if quote == "USD" and ":USD" not in spelling.text else quote
        )


@given(
    ticker=st.from_regex(r"[A-Z]{1,5}", fullmatch=True),
    share=st.sampled_from(["", "A", "B", "C"]),
    exchange=st.sampled_from(["NASDAQ", "NYSE", "US", "XETR"]),
)
def test_a_stock_loses_no_letter_and_its_share_classes_stay_apart(ticker: str, share: str, exchange: str) -> None:
    whole = f"{ticker}.{share}" if share else ticker
    assert parsed(f"{exchange}:{whole}", "AMERICA", POOL).identity == whole
    assert parsed(whole, "AMERICA", POOL).identity == whole
    assert parsed(whole.replace(".", "-"), "AMERICA", POOL).identity == whole


@pytest.mark.parametrize(
    ("symbol", "market", "base", "identity"),
    [
        ("BINANCE:BTCUSDT.P", "", None, "BTC"),
        ("BTCUSDT", "crypto", None, "BTC"),
        ("BTCUSDTPERP", "", None, "BTC"),
        ("BTCUSDT_260327", "", None, "BTC"),
        ("BTCUSD_PERP", "CRYPTO", None, "BTC"),
        ("BTC-27MAR26", "CRYPTO", None, "BTC"),
        ("BINANCE:1000PEPEUSDT.P", "", None, "PEPE"),
        ("BINANCE:1MBABYDOGEUSDT", "", None, "BABYDOGE"),
        ("BINANCE:1INCHUSDT", "", None, "1INCH"),
        ("SHIB1000USDT", "CRYPTO", None, "SHIB"),
        ("10000SATSUSDT", "CRYPTO", None, "SATS"),
        ("kPEPE", "CRYPTO", None, "PEPE"),
        ("PERPUSDT", "CRYPTO", None, "PERP"),
        ("BINANCE:XBT", "CRYPTO", "BTC", "BTC"),
        ("NYSE:BRK.A", "AMERICA", None, "BRK.A"),
        ("BINANCE:USDT", "CRYPTO", None, "USDT"),
        ("FX:EURUSD", "forex", None, "EURUSD"),
        ("EURUSD=X", "", None, "EURUSD"),
        ("JPY=X", "", None, "USDJPY"),
        ("^GSPC", "", None, "^GSPC"),
        ("CME:ES1!", "america", None, "ES"),
        # A ticker is one company on one exchange only.
        ("005930.KS", "", None, "KRX:005930"),
        ("KRX:005930", "korea", None, "KRX:005930"),
        ("NYSE:GOLD", "america", None, "GOLD"),
        ("GOLD", "america", None, "GOLD"),
        ("TSX:GOLD", "canada", None, "TSX:GOLD"),
        ("GOLD.TO", "", None, "TSX:GOLD"),
        ("OTHER:GOLD", "", None, "GOLD"),  # an exchange that isn't known is no second company
        ("KOSDAQ:035720", "korea", None, "KRX:035720"),
        ("BTC_USDT", "", None, "BTC"),
        ("GATE:BTC_USDT", "CRYPTO", None, "BTC"),
        ("KRW-BTC", "CRYPTO", None, "BTC"),
        ("KRW-OP", "", None, "OP"),
        # A word of certain end is a pair only where nobody says that it is a stock.
        ("BTCUSDT", "AMERICA", None, "BTCUSDT"),
    ],
)
def test_identities(symbol: str, market: str, base: str | None, identity: str) -> None:
    assert derived_identity(symbol, market, base) == identity


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("ARBUSD", "ARB", "USD"),
        ("ARUSDT", "AR", "USDT"),
        ("BYBIT:ARBUSD.P", "ARB", "USD"),
        ("BTCBUSD", "BTC", "BUSD"),
        ("BYBIT:NEWBUSD", "NEWB", "USD"),
        ("XYBUSD", "XYB", "USD"),
        ("WBTC", "WBTC", ""),
        ("WETH", "WETH", ""),
        ("WBTCUSDT", "WBTC", "USDT"),
        ("WBTCBTC", "WBTC", "BTC"),
        ("ADABTC", "ADA", "BTC"),
        ("LONGETH", "LONG", "ETH"),
        ("QETH", "QETH", ""),
        ("FDUSD", "FDUSD", ""),
        ("STARS", "STARS", ""),
        ("BTC", "BTC", ""),
    ],
)
def test_a_word_is_read_with_the_pools_other_symbols(symbol: str, base: str, quote: str) -> None:
    found = parsed(symbol, "CRYPTO", POOL)
    assert (found.base, found.quote) == (base, quote)


def test_a_doubtful_quote_counts_where_the_pool_uses_it_more_than_once() -> None:
    pool = ["XYUSDT", "ZAPUSDT"]
    assert parsed("XYBUSD", "CRYPTO", vocabulary([*pool, "XYBUSD"])).base == "XYB"
    assert parsed("XYBUSD", "CRYPTO", vocabulary([*pool, "XYBUSD", "ZAPBUSD"])).base == "XY"
    assert parsed("XYBUSD", "CRYPTO", vocabulary([*pool, "XYBUSD", "ZAPBUSD", "XYBUSDT"])).base == "XYB"


def test_where_coins_go_by_their_names_nothing_is_cut_off() -> None:
    pool = vocabulary(["BTC", "ETH", "NEWUSD"])
    assert pool == Vocabulary()
    assert parsed("NEWUSD", "CRYPTO", pool).identity == "NEWUSD"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("NASDAQ", "NYSE", True), ("NASDAQ", "BMV", False), ("", "BMV", True), ("BINANCE", "BYBIT", False)],
)
def test_places(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same


def test_venues() -> None:
    assert [venue(symbol) for symbol in ("NASDAQ:X", "US:X", "BMV:X", "X", "X/USDT:USDT")] == [
        "US",
        "US",
        "BMV",
        "",
        "",
    ]


def test_no_whole_coin_is_a_known_coin_in_a_quote() -> None:
    assert [
        name for name in sorted(WHOLE_COINS) for quote in QUOTES if name.removesuffix(quote) in COINS - {name}
    ] == []
