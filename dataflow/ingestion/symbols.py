"""One parser of symbols, for the spellings of TradingView, ccxt, Binance, Bybit, OKX and Yahoo.

`parsed` takes a spelling apart in this order: exchange, contract, quote, multiplier. Separators decide where there are
any (`BTC/USDT:USDT`, `BTC-USDT-SWAP`); what is written in one word (`ARBUSD`) is read with the `Vocabulary` of its pool.
`Symbol.identity` is what an asset is underneath: BTC for all of BTC's contracts, BRK.B for a share class.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from tradingview_scraper.pipelines.selection.dataflow.ingestion.money import CURRENCIES
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import is_crypto
from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbol_words import (
    ALIASES,
    CERTAIN_QUOTES,
    COINS,
    CRYPTO_EXCHANGES,
    EXCHANGES_OF_BUSD,
    FIAT,
    FUTURES_EXCHANGES,
    FX_VENUES,
    QUOTES,
    QUOTES_IN_FRONT,
    VENUES,
    WHOLE_COINS,
    YAHOO_EXCHANGES,
)

Contract = Literal["spot", "perpetual", "dated"]

_EXPIRY = r"\d{6}|\d{1,2}[A-Z]{3}\d{2}"
_CCXT = re.compile(rf"(?P<base>[^/]+)/(?P<quote>[^/:]+?)(?::(?P<settle>[^:-]+)(?:-(?P<expiry>{_EXPIRY}))?)?")
_TAIL = re.compile(rf"(?P<stem>.+?)(?:\.P|[_-]?PERP|-PERPETUAL|-SWAP|[_-](?P<expiry>{_EXPIRY}))")
_MARKS = (".P", "PERP", "-PERPETUAL", "-SWAP")
"""Endings without a digit of what `_TAIL` takes off."""
_FUTURE = re.compile(r"(?P<base>[A-Z0-9]+?)(?:(?P<continuous>[1-9]!)|(?P<month>[FGHJKMNQUVXZ]20\d\d))")
_PARTED = re.compile(r"(?P<first>.+)[-_](?P<last>[^-_]+)")
_LEADING = re.compile(r"(?P<times>1000000|100000|10000|1000|1M|k)(?=[A-Z]+)(?P<base>.+)")
_TRAILING = re.compile(r"(?P<base>[A-Z]+)(?P<times>1000000|100000|10000|1000)")
_CLASS = re.compile(r"(?P<name>[A-Z]{1,5})[-/](?P<share>[A-Z]{1,2})")
# Where a word of two currencies is a pair of them.
CURRENCY_MARKETS = ("", "FOREX", "CFD", "CURRENCY")
# A base as short as a wrapper's prefix (W, ST) is no evidence that WBTC is a pair.
_SHORT = 2


class Symbol(NamedTuple):
    """What a spelling says; a part that it doesn't state is empty."""

    spelling: str
    exchange: str
    """As TradingView names it."""
    base: str
    """The coin without its multiplier, the currency, or a stock's whole ticker with its share class behind a dot."""
    quote: str = ""
    settle: str = ""
    contract: Contract = "spot"
    expiry: str = ""
    """ISO date, or a future's month code or number (`H2026`, `1!`)."""
    multiplier: int = 1
    pair: bool = False
    """Whether it is a coin or currency in another one; a stock isn't."""

    @property
    def identity(self) -> str:
        """What the asset is underneath: the base; of two currencies both."""
        return self.base + self.quote if self.base in FIAT and self.quote in FIAT else self.base

    @property
    def instrument(self) -> tuple[str, ...]:
        """Equal for two spellings of one instrument, on whatever exchange."""
        return (*self.underlying, self.contract, self.expiry)

    @property
    def underlying(self) -> tuple[str, ...]:
        """Equal for two contracts on one thing in one currency."""
        return (self.base, self.quote, str(self.multiplier))


@dataclass(frozen=True)
class Vocabulary:
    """What the symbols of a pool say of each other: it settles what a spelling alone leaves open."""

    bases: frozenset[str] = field(default=frozenset())
    """The coins that the pool spells out in pairs that leave no doubt."""
    quotes: frozenset[str] = field(default=frozenset())
    """Doubtful quotes that the pool uses: two or more such pairs have a base that it spells out."""
    pairs: bool = False
    """Whether the pool has pairs at all, and not coins by their names only."""


NO_WORDS = Vocabulary()


def vocabulary(spellings: Iterable[str]) -> Vocabulary:
    """What these symbols say of each other, in whatever order they come."""
    stems = sorted({_contract_off(split_exchange(spelling)[1])[0].upper() for spelling in set(spellings)})
    bases = {_unscaled(base)[0] for base, quote in map(_certain, stems) if quote}
    doubtful = Counter(
        quote
        for stem in stems
        for base, quote in _splits(stem)
        if quote not in CERTAIN_QUOTES and _unscaled(base)[0] in bases
    )
    return Vocabulary(frozenset(bases), frozenset(quote for quote in doubtful if doubtful[quote] > 1), bool(bases))


def split_exchange(spelling: str) -> tuple[str, str]:
    """Exchange and the rest: `BINANCE:BTCUSDT.P` has one, ccxt's `BTC/USDT:USDT` has none."""
    head, slash, tail = spelling.partition("/")
    exchange, _, name = head.rpartition(":")
    return exchange.upper(), name + slash + tail


def bare_symbol(symbol: str, suffixes: Iterable[str]) -> str:
    """A scanner's symbol without exchange prefix and contract suffix: BINANCE:BTCUSDT.P is BTCUSDT."""
    bare = split_exchange(symbol)[1]
    for suffix in suffixes:
        if bare.endswith(suffix) and len(bare) > len(suffix):
            return bare.removesuffix(suffix)
    return bare


def venue(spelling: str) -> str:
    """Where a ticker is one thing: the exchange, or for all of the United States `US`; empty where none is named."""
    exchange = split_exchange(spelling)[0] if ":" in spelling else ""
    return VENUES.get(exchange, exchange)


def same_place(one: str, other: str) -> bool:
    """Whether two exchanges may list the same thing under one ticker; an exchange that isn't named may be any."""
    return not one or not other or VENUES.get(one, one) == VENUES.get(other, other)


def parsed(spelling: str, market: str = "", words: Vocabulary = NO_WORDS) -> Symbol:
    """The parts of a spelling; `market` is what its scanner says (CRYPTO, AMERICA), empty where nothing does.

    What can't be taken apart with certainty stays whole: a stock never loses a letter, a coin's name no quote.
    """
    exchange, name = split_exchange(spelling)
    stated = market.upper()
    crypto = stated == "CRYPTO" or stated in CRYPTO_EXCHANGES or exchange in CRYPTO_EXCHANGES
    found = _separated(spelling, exchange, name)
    if found is None and not crypto and (stated in CURRENCY_MARKETS or exchange in FX_VENUES or name.endswith("=X")):
        found = _currencies(spelling, exchange, name)
    if found is not None:
        return found
    # A word that ends with a certain quote is a pair, whoever says nothing of its market.
    if crypto or (not stated and not exchange and _certain(_contract_off(name.upper())[0])[1]):
        return _coin(spelling, exchange, name, words)
    return _listing(spelling, exchange, name)


def derived_identity(symbol: str, market: str, base: str | None, words: Vocabulary = NO_WORDS) -> str:
    """What an asset is underneath: BTC for BINANCE:BTCUSDT.P, PEPE for 1000PEPEUSDT, BRK.B for NYSE:BRK.B.

    `base` is what the scanner says of a coin. Share classes stay apart, and so do listings outside of the United States:
    a ticker names one company on one exchange (NYSE:GOLD and TSX:GOLD are two). What is one company on two exchanges is
    left to the correlation of their returns. An exchange that isn't known tells nothing apart: a mistyped one is no second
    company.
    """
    if base and is_crypto(market, symbol):
        return _unscaled(base)[0]
    found = parsed(symbol, market, words)
    place = VENUES.get(found.exchange, found.exchange)
    listed = not found.pair and found.contract == "spot" and found.exchange in CURRENCIES and place != "US"
    return f"{place}:{found.identity}" if listed else found.identity


def _separated(spelling: str, exchange: str, name: str) -> Symbol | None:
    """A pair with a separator between base and quote, None where it has none."""
    upper = _keep_k(name)
    match = _CCXT.fullmatch(upper) if "/" in upper else None
    if match and (match["settle"] or match["quote"] in QUOTES):
        return _pair(spelling, exchange, match["base"], match["quote"], match["settle"] or "", match["expiry"] or "")
    stem, contract, expiry = _contract_off(upper)
    base, quote = _parted(stem)
    if quote and base not in FIAT:
        return _pair(spelling, exchange, base, quote, _settled(base, quote, contract), expiry, contract)
    return None


def _parted(stem: str) -> tuple[str, str]:
    """Base and quote around a dash or an underscore (BTC-USD, BTC_USDT, Upbit's KRW-BTC), no quote where there is none."""
    match = _PARTED.fullmatch(stem) if "-" in stem or "_" in stem else None
    if match is None:
        return stem, ""
    if match["first"] in QUOTES_IN_FRONT and match["last"] not in FIAT:
        return match["last"], match["first"]
    return (match["first"], match["last"]) if match["last"] in QUOTES else (stem, "")


def _currencies(spelling: str, exchange: str, name: str) -> Symbol | None:
    """A pair of state currencies: FX:EURUSD, EURUSD=X, Yahoo's JPY=X for dollars in yen."""
    word = name.upper().removesuffix("=X").replace("/", "").replace("-", "")
    if name.upper().endswith("=X") and word in FIAT:
        word = "USD" + word
    if len(word) == 6 and word[:3] in FIAT and word[3:] in FIAT:
        return Symbol(spelling, "" if exchange in FX_VENUES else exchange, word[:3], word[3:], pair=True)
    return None


def _coin(spelling: str, exchange: str, name: str, words: Vocabulary) -> Symbol:
    """A coin written in one word, with or without its quote."""
    stem, contract, expiry = _contract_off(_keep_k(name))
    base, quote = _split(stem, exchange, contract != "spot", words)
    if not quote and contract != "spot":
        quote = "USDC"  # Bybit's BTCPERP and BTC-27MAR26, the only ones without a quote
    return _pair(spelling, exchange, base, quote, _settled(base, quote, contract), expiry, contract)


def _listing(spelling: str, exchange: str, name: str) -> Symbol:
    """A stock, fund, index or future: the whole ticker, a share class behind a dot."""
    upper = name.upper()
    if exchange in FUTURES_EXCHANGES and (match := _FUTURE.fullmatch(upper)):
        return Symbol(spelling, exchange, match["base"], contract="dated", expiry=match["continuous"] or match["month"])
    if upper.endswith("=F"):
        return Symbol(spelling, exchange, upper.removesuffix("=F"), contract="dated", expiry="1!")
    ticker, dot, ending = upper.rpartition(".")
    if dot and not exchange and ending in YAHOO_EXCHANGES:
        return Symbol(spelling, YAHOO_EXCHANGES[ending], ticker)
    match = _CLASS.fullmatch(upper)
    return Symbol(spelling, exchange, f"{match['name']}.{match['share']}" if match else upper)


def _pair(
    spelling: str,
    exchange: str,
    base: str,
    quote: str,
    settle: str,
    expiry: str = "",
    contract: Contract | None = None,
) -> Symbol:
    if contract is None:
        contract = "dated" if expiry else "perpetual" if settle else "spot"
    coin, multiplier = _unscaled(base)
    return Symbol(spelling, exchange, coin, quote, settle, contract, _iso(expiry), multiplier, pair=True)


def _keep_k(name: str) -> str:
    """In capitals, but for the k of kPEPE, which means a thousand."""
    return "k" + name[1:].upper() if name.startswith("k") and re.match(r"k[A-Z]", name) else name.upper()


def _contract_off(name: str) -> tuple[str, Contract, str]:
    """What is left without the mark of a contract, which contract it is, and its expiry as it is spelled."""
    match = _TAIL.fullmatch(name) if name.endswith(_MARKS) or name[-1:].isdigit() else None
    if match is None:
        return name, "spot", ""
    return match["stem"], "dated" if match["expiry"] else "perpetual", match["expiry"] or ""


def _settled(base: str, quote: str, contract: Contract) -> str:
    """The currency of profit and loss where it isn't stated: contracts in dollars are settled in the coin."""
    if contract == "spot":
        return ""
    return _unscaled(base)[0] if quote == "USD" else quote


def _unscaled(base: str) -> tuple[str, int]:
    """The coin and how many of it one unit is: 1000PEPE, SHIB1000, 1MBABYDOGE, kPEPE."""
    scaled = base.startswith(("1", "k")) or base.endswith("000")
    match = (_LEADING.fullmatch(base) or _TRAILING.fullmatch(base)) if scaled else None
    if match is None:
        return ALIASES.get(base, base), 1
    return match["base"], {"1M": 1_000_000, "k": 1000}.get(match["times"]) or int(match["times"])


def _certain(stem: str) -> tuple[str, str]:
    """Base and quote where they leave no doubt, else the whole and no quote."""
    if "/" in stem and (match := _CCXT.fullmatch(stem)):
        return match["base"], match["quote"]
    base, quote = _parted(stem)
    if quote:
        return base, quote
    if not stem.endswith(CERTAIN_QUOTES):
        return stem, ""
    found = next((quote for quote in CERTAIN_QUOTES if stem.endswith(quote) and len(stem) > len(quote)), "")
    return (stem.removesuffix(found), found) if found else (stem, "")


def _splits(stem: str) -> list[tuple[str, str]]:
    """Every way to read a word as a pair, the longest quote first."""
    if not stem.endswith(QUOTES):
        return []
    return [(stem.removesuffix(quote), quote) for quote in QUOTES if stem.endswith(quote) and len(stem) > len(quote)]


def _split(stem: str, exchange: str, contract: bool, words: Vocabulary) -> tuple[str, str]:
    """Base and quote of a word, or the whole and no quote where it is a coin's own name.

    Of two readings (ARB in USD, AR in BUSD) the one holds whose base the pool spells out or everybody knows, the longer
    base first; a shorter one that only the pool knows needs a quote that the pool uses more than once.
    """
    base, quote = _certain(stem)
    if quote or stem in QUOTES or (stem in WHOLE_COINS and not contract):
        return base, quote
    readings = [
        (base, quote)
        for base, quote in reversed(_splits(stem))
        if exchange in EXCHANGES_OF_BUSD or quote not in ("BUSD", "TUSD", "FDUSD")
    ]
    for base, quote in readings:
        coin = _unscaled(base)[0]
        only = len(readings) == 1 and len(coin) > _SHORT
        if (
            coin in COINS
            or coin in WHOLE_COINS
            or (coin in words.bases and (quote in FIAT or quote in words.quotes or only))
        ):
            return base, quote
    # Nobody knows the base: money is cut off where the symbol is a pair, a coin (BTC, ETH) never is.
    for base, quote in readings:
        used = quote in words.quotes or (quote == "USD" and words.pairs)
        if quote in FIAT and len(base) > 1 and (exchange or contract or used):
            return base, quote
    return stem, ""


def _iso(expiry: str) -> str:
    """A date as ISO: 260327 and 27MAR26 are 2026-03-27; what is no date stays as it is spelled."""
    if not expiry:
        return ""
    try:
        return datetime.strptime(expiry.title(), "%y%m%d" if expiry.isdigit() else "%d%b%y").date().isoformat()
    except ValueError:
        return expiry
