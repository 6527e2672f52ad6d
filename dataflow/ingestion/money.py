"""Which currency an asset's traded value is in, and what it is worth in dollars.

`listing_currency` asks, in this order: the field `currency`, the quote of a pair (BTCTRY, OANDA:EURJPY), the exchange
(KRX:000660, 7203.T), the market (korea). `dollar_rate` is 1 for the dollar and the coins pegged to it, a rate that was
given, the fixed part of the major unit for pence and cents, and NaN where nothing is known.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbol_words import WHOLE_COINS
from tradingview_scraper.pipelines.selection.schemas.errors import offenders
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

DOLLARS: tuple[str, ...] = (
    *("USD", "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "PYUSD", "USDD", "USDE", "USDS", "USD1", "DAI", "GUSD"),
)
"""The dollar and what is pegged to it."""
MINOR_UNITS: Mapping[str, str] = {"GBX": "GBP", "ZAC": "ZAR", "ILA": "ILS"}
"""Currency that is a hundredth of another: pence, cents, agorot."""
_SPELLINGS: Mapping[str, str] = {"GBp": "GBX", "GBx": "GBX", "GBPENCE": "GBX", "ZAc": "ZAC", "RMB": "CNY", "CNH": "CNY"}

# Longest first: BTCFDUSD is no BTCFD in dollars.
_QUOTES: tuple[str, ...] = tuple(
    sorted(
        (
            *DOLLARS,
            *("EUR", "GBP", "JPY", "KRW", "TRY", "BRL", "AUD", "CAD", "CHF", "INR", "IDR", "THB", "MXN", "ZAR", "PLN"),
            *("RUB", "UAH", "NGN", "ARS", "COP", "CNH", "HKD", "SGD", "NZD", "SEK", "NOK", "DKK", "CZK", "HUF", "EURC"),
            *("BTC", "ETH", "BNB"),
        ),
        key=lambda quote: (-len(quote), quote),
    )
)
_PAIR_MARKETS = frozenset(("CRYPTO", "FOREX"))
_PAIR_EXCHANGES = frozenset(("FX", "FX_IDC", "OANDA", "FOREXCOM", "FXCM", "SAXO", "PEPPERSTONE"))

CURRENCIES: Mapping[str, str] = {
    exchange: currency
    for currency, exchanges in {
        "KRW": "KRX KOSPI KOSDAQ KONEX",
        "JPY": "TSE TYO JPX NAG SAPSE FSE_JP",
        "GBX": "LSE LON",
        "EUR": "XETR XETRA FWB EURONEXT MIL BME VIE OMXHEX TRADEGATE SWB GETTEX DUS BER MUN HAM ATHEX",
        "INR": "NSE BSE",
        "HKD": "HKEX",
        "CNY": "SSE SZSE",
        "TWD": "TWSE TPEX",
        "CAD": "TSX TSXV CSE NEO",
        "AUD": "ASX",
        "NZD": "NZX",
        "CHF": "SIX BX",
        "SEK": "OMXSTO NGM",
        "DKK": "OMXCOP",
        "NOK": "OSL EURONEXTOSE",
        "PLN": "GPW NEWCONNECT",
        "BRL": "BMFBOVESPA",
        "MXN": "BMV BIVA",
        "ZAC": "JSE",
        "ILA": "TASE",
        "TRY": "BIST",
        "SAR": "TADAWUL",
        "IDR": "IDX",
        "THB": "SET",
        "MYR": "MYX",
        "SGD": "SGX",
        "PHP": "PSE",
        "VND": "HOSE HNX UPCOM",
        "USD": "NASDAQ NYSE AMEX ARCA CBOE BATS OTC US",
    }.items()
    for exchange in exchanges.split()
}
"""Exchange of stocks, as TradingView names it, to the currency of its listings."""
_BY_SUFFIX: Mapping[str, str] = {
    suffix: currency
    for currency, suffixes in {
        "KRW": "KS KQ",
        "JPY": "T",
        "GBX": "L",
        "EUR": "DE F PA AS MI MC BR LS HE VI IR AT",
        "INR": "NS BO",
        "HKD": "HK",
        "CNY": "SS SZ",
        "TWD": "TW TWO",
        "CAD": "TO",
        "AUD": "AX",
        "CHF": "SW",
        "SEK": "ST",
        "DKK": "CO",
        "NOK": "OL",
        "PLN": "WA",
        "BRL": "SA",
        "MXN": "MX",
        "ZAC": "JO",
        "ILA": "TA",
        "SGD": "SI",
        "IDR": "JK",
    }.items()
    for suffix in suffixes.split()
}
"""Yahoo's suffixes of exchanges; a share class such as BRK.B is none of them."""
_BY_MARKET: Mapping[str, str] = {
    **dict.fromkeys(("AMERICA", "US", "USA"), "USD"),
    "KOREA": "KRW",
    "JAPAN": "JPY",
    "UK": "GBX",
    "GERMANY": "EUR",
    "FRANCE": "EUR",
    "ITALY": "EUR",
    "SPAIN": "EUR",
    "NETHERLANDS": "EUR",
    "INDIA": "INR",
    "HONGKONG": "HKD",
    "CHINA": "CNY",
    "TAIWAN": "TWD",
    "CANADA": "CAD",
    "AUSTRALIA": "AUD",
    "SWITZERLAND": "CHF",
    "SWEDEN": "SEK",
    "DENMARK": "DKK",
    "NORWAY": "NOK",
    "POLAND": "PLN",
    "BRAZIL": "BRL",
    "MEXICO": "MXN",
    "RSA": "ZAC",
    "ISRAEL": "ILA",
    "TURKEY": "TRY",
    "KSA": "SAR",
    "INDONESIA": "IDR",
    "THAILAND": "THB",
    "MALAYSIA": "MYR",
    "SINGAPORE": "SGD",
    "VIETNAM": "VND",
}


def listing_currency(symbol: str, market: str, stated: object = None) -> str:
    """The currency in which an asset trades, as ISO 4217 or a coin; empty where nothing says."""
    if isinstance(stated, str) and stated:
        return _SPELLINGS.get(stated, stated.upper())
    exchange, _, ticker = symbol.rpartition(":")
    if market.upper() in _PAIR_MARKETS or exchange.upper() in _PAIR_EXCHANGES:
        return _quote(symbol)
    if exchange:
        return CURRENCIES.get(exchange.upper(), _BY_MARKET.get(market.upper(), ""))
    return _BY_SUFFIX.get(ticker.rpartition(".")[2] if "." in ticker else "", _BY_MARKET.get(market.upper(), ""))


def _quote(symbol: str) -> str:
    """The quote of a pair: BINANCE:BTCUSDT.P, BTC/TRY:TRY, BTC-USD, EURJPY."""
    pair = symbol.upper()
    if "/" in pair:
        return pair.rpartition("/")[2].partition(":")[0]
    bare = (
        pair.rpartition(":")[2]
        .partition(".")[0]
        .removesuffix("-PERPETUAL")
        .removesuffix("PERP")
        .removesuffix("-SWAP")
        .rstrip("-_")
    )
    if bare in WHOLE_COINS or bare in _QUOTES:
        return ""  # a coin by its name, such as WBTC
    if "-" in bare or "_" in bare:
        first, _, last = bare.replace("_", "-").partition("-")
        # KRW-BTC is how Upbit writes BTC in won.
        return (
            last
            if last in _QUOTES and not (first in ("KRW", "IDR", "THB") and last in ("BTC", "ETH"))
            else (first if first in _QUOTES else "")
        )
    if not bare.endswith(_QUOTES):
        return ""
    return next((quote for quote in _QUOTES if bare.endswith(quote) and len(bare) > len(quote)), "")


def dollar_rate(currency: str, rates: Mapping[str, float]) -> float:
    """What one unit is worth in dollars, NaN where that isn't known. An asset of no known currency is taken as in dollars."""
    if not currency or currency in DOLLARS:
        return 1.0
    if currency in rates:
        return rates[currency]
    return rates.get(MINOR_UNITS[currency], math.nan) / 100 if currency in MINOR_UNITS else math.nan


def money_notes(currencies: pd.Series, traded: pd.Series, rates: Mapping[str, float], rule: str) -> list[str]:
    """What is unknown of traded values, by asset: a sentence per currency without a rate, and one for the rest."""
    if rule != "converted":
        return []
    rows = list(zip(currencies.index.tolist(), currencies.tolist(), traded.isna().tolist(), strict=True))
    without = sorted(name for name in dict.fromkeys(currencies.tolist()) if math.isnan(dollar_rate(name, rates)))
    notes = [
        f"traded value in {name} for {offenders(asset for asset, currency, _ in rows if currency == name)}: no rate; "
        f"data.rates.{MINOR_UNITS.get(name, name)} mends it"
        for name in without
    ]
    unsaid = [asset for asset, currency, unknown in rows if not currency and not unknown]
    if unsaid:
        notes.append(
            f"traded value is taken as in dollars ({offenders(unsaid)}): nothing says its currency; the candidates' fields "
            "currency, market or exchange do"
        )
    silent = [asset for asset, currency, unknown in rows if unknown and currency not in without]
    if silent:
        notes.append(f"traded value is unknown ({offenders(silent)}): neither scanner nor bars have it")
    return notes


def dollar_rates(currencies: pd.Series, data: DataSettings) -> pd.Series:
    """What a unit of each asset's currency is worth in dollars: 1 where the profile believes that all is in dollars."""
    if data.currency == "believed":
        return pd.Series(1.0, index=currencies.index)
    known = {currency: dollar_rate(currency, data.rates) for currency in currencies.unique()}
    return currencies.map(known).astype(np.float64)
