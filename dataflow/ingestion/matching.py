"""Which asset a name means: one join for candidates, bars, instruments, statistics, exclusions, inclusions, benchmarks.

A `Matcher` knows the names of the assets (the columns of the returns) and finds the partner of any other spelling, in this
order, the first that finds one:

1. `exact`: the name itself;
2. `exchange`: the same name, one of them without its exchange (BINANCE:BTCUSDT.P and BTCUSDT.P);
3. `spelling`: the same instrument as another venue or library spells it (BTC/USDT:USDT and BTCUSDTPERP);
4. `suffix`: the same name without the profile's contract suffixes (BINANCE:BTCUSDT.P and BTCUSDT);
5. `contract`: spot and perpetual of one pair (BTC/USDT:USDT and BTCUSDT).

Two names that state different exchanges are never partners. `joined` joins records, `one_record_per_asset` settles on one
where several rows of a side table mean one asset, `assets_named` finds whom a list of the profile means.
"""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbols import (
    Symbol,
    Vocabulary,
    bare_symbol,
    parsed,
    same_place,
    split_exchange,
    venue,
    vocabulary,
)
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    DataContractError,
    offenders,
)
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

LOOSENESS = ("exact", "exchange", "spelling", "suffix", "contract")
# So many candidates or more, and one in so many of them: no pool has so few partners.
_MANY = 20
# What a name that tells its contract, or is spelled with separators, has in it.
_MARK = re.compile(r"[/_-]|PERP$|\.P$")
Record = Mapping[str, Any]
Pair = tuple[str, Record]
K = TypeVar("K")


@dataclass(frozen=True)
class Match:
    """The partner of a name."""

    asset: str
    looseness: str
    others: tuple[str, ...] = ()
    """Further assets that the name may as well mean; the first by name is taken."""


class Matcher:
    """Finds the asset that a name means, whatever the order of the assets."""

    def __init__(self, assets: Iterable[str], spellings: Iterable[str], settings: DataSettings) -> None:
        """`spellings` are further symbols of the pool (its candidates'), which help to read those in doubt."""
        self._assets = sorted(assets)
        self._known = set(self._assets)
        self._spellings = spellings
        self._suffixes = settings.strip_suffixes
        self._exact = settings.symbol_join == "exact"
        self._found: dict[tuple[str, str], Match | None] = {}

    @cached_property
    def words(self) -> Vocabulary:
        """What the pool's symbols say of each other."""
        return vocabulary([*self._assets, *self._spellings])

    def match(self, name: str, market: str = "") -> Match | None:
        """The asset that a name means, None where it means none; `market` is what the name's table says of it."""
        if (name, market) not in self._found:
            self._found[name, market] = self._match(name, market)
        return self._found[name, market]

    def asset(self, name: str, market: str = "") -> str | None:
        """The name of that asset: its own, as most are."""
        if name in self._known:
            return name
        found = self.match(name, market)
        return None if found is None else found.asset

    def _match(self, name: str, market: str) -> Match | None:
        if name in self._known:
            return Match(name, "exact")
        if self._exact:
            return None
        exchange, bare = split_exchange(name)
        found = self._among(self._by_name.get(bare, ()), exchange)
        if found:
            return Match(found[0], "exchange", tuple(found[1:]))
        suffixless = self._among(self._by_suffixless.get(bare_symbol(name, self._suffixes), ()), exchange)
        # The costly look at the parts is left out where nothing could be closer than what is found already.
        readings = self._readings(name, market) if self._marked or not suffixless else []
        for one in readings:
            if found := self._among(self._by_instrument.get(one.instrument, ()), one.exchange):
                return Match(found[0], "spelling", tuple(found[1:]))
        if suffixless:
            return Match(suffixless[0], "suffix", tuple(suffixless[1:]))
        for one in readings:
            found = self._among(self._by_underlying.get(one.underlying, ()), one.exchange)
            if found and one.pair and one.contract != "dated":
                return Match(found[0], "contract", tuple(found[1:]))
        return None

    def _among(self, assets: Sequence[str], exchange: str) -> list[str]:
        return [asset for asset in assets if same_place(exchange, self._exchange(asset))]

    def _exchange(self, asset: str) -> str:
        # Only Yahoo states an exchange elsewhere than in front: 005930.KS.
        return split_exchange(asset)[0] or (parsed(asset).exchange if "." in asset else "")

    def _readings(self, name: str, market: str = "") -> list[Symbol]:
        """What a name says; where its market isn't known, as a listing and as a coin."""
        markets = (market,) if market else ("", "CRYPTO")
        return list({one.instrument: one for one in (parsed(name, each, self.words) for each in markets)}.values())

    @cached_property
    def _marked(self) -> bool:
        """Whether any asset's name may tell its contract: then a candidate's contract can be told from another."""
        return any(_MARK.search(asset) for asset in self._assets)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _index((split_exchange(asset)[1], asset) for asset in self._assets)

    @cached_property
    def _by_suffixless(self) -> dict[str, list[str]]:
        return _index((bare_symbol(asset, self._suffixes), asset) for asset in self._assets)

    @cached_property
    def _by_instrument(self) -> dict[tuple[str, ...], list[str]]:
        return _index((one.instrument, asset) for asset in self._assets for one in self._readings(asset))

    @cached_property
    def _by_underlying(self) -> dict[tuple[str, ...], list[str]]:
        return _index(
            (one.underlying, asset)
            for asset in self._assets
            for one in self._readings(asset)
            if one.pair and one.contract != "dated"
        )


def _index(items: Iterable[tuple[K, str]]) -> dict[K, list[str]]:
    found: dict[K, list[str]] = {}
    for key, asset in items:
        names = found.setdefault(key, [])
        if asset not in names:
            names.append(asset)
    return found


def joined(records: Sequence[Record], matcher: Matcher) -> tuple[list[Pair], list[str]]:
    """(asset, record) for every record whose symbol names an asset, and the symbols that name none, sorted."""
    pairs: list[Pair] = []
    partnerless: list[str] = []
    for record in records:
        asset = matcher.asset(record["symbol"], str(record.get("market") or ""))
        if asset is None:
            partnerless.append(record["symbol"])
        else:
            pairs.append((asset, record))
    return pairs, sorted(dict.fromkeys(partnerless))


def of_one_exchange(pairs: Sequence[Pair]) -> tuple[list[Pair], list[str]]:
    """The pairs less those that give a listing's asset to a second exchange, and what was left out, sorted.

    Bars that name no exchange take the candidate of any. Where two exchanges claim one asset, the one that claims more of
    the pool has it (the first by name of two that claim as many). One coin is the same on all exchanges.
    """
    claims: dict[str, set[str]] = {}
    for asset, record in pairs:
        if exchange := venue(record["symbol"]):
            claims.setdefault(asset, set()).add(exchange)
    contested = {asset for asset, found in claims.items() if len(found) > 1}
    if not contested:
        return list(pairs), []
    sizes = Counter(exchange for found in claims.values() for exchange in found)
    kept: list[Pair] = []
    left_out: list[str] = []
    for asset, record in pairs:
        exchange = venue(record["symbol"])
        coin = parsed(record["symbol"], str(record.get("market") or "")).pair
        owner = min(claims[asset], key=lambda name: (-sizes[name], name)) if asset in contested else exchange
        if coin or not exchange or exchange == owner:
            kept.append((asset, record))
        else:
            left_out.append(f"{record['symbol']} ({asset} is taken as {owner}'s)")
    return kept, sorted(dict.fromkeys(left_out))


def one_record_per_asset(
    pairs: Sequence[Pair], matcher: Matcher, scanner_symbols: Mapping[str, str]
) -> tuple[dict[str, Record], list[str]]:
    """Asset to its row of a side table, and the symbols of the rows that another of the same asset was preferred to.

    Preferred is the asset's own name, then the symbol of its scanner, then the closer join, then the first by name; of two
    rows with one name the first by content. The order of the rows decides nothing.
    """
    rows: dict[str, list[Record]] = {}
    for asset, record in pairs:
        rows.setdefault(asset, []).append(record)

    def preference(asset: str, record: Record) -> tuple[bool, bool, int, str, str]:
        symbol = record["symbol"]
        found = matcher.match(symbol, str(record.get("market") or ""))
        closeness = LOOSENESS.index(found.looseness) if found else len(LOOSENESS)
        return (symbol != asset, symbol != scanner_symbols.get(asset), closeness, symbol, repr(record))

    passed_over: list[str] = []
    for asset, found in rows.items():
        if len(found) > 1:
            found.sort(key=lambda record: preference(asset, record))
            passed_over += [f"{record['symbol']} ({found[0]['symbol']} is {asset}'s)" for record in found[1:]]
    return {asset: found[0] for asset, found in rows.items()}, sorted(passed_over)


def refuse_lonely(pairs: Sequence[Pair], symbols: Collection[str], rule: str) -> None:
    """Raises `DataContractError` where at most one in twenty of 20 or more candidates has returns, unless the rule allows it.

    A table that ends after its first assets looks like this; what is left of it is no choice.
    """
    found = dict.fromkeys(str(record["symbol"]) for _, record in pairs)
    if rule == "refuse" and found and len(symbols) >= _MANY and len(found) <= len(symbols) / _MANY:
        raise DataContractError(
            f"ingestion: only {len(found)} of {len(symbols)} candidates has bars or returns ({', '.join(found)}), as if the "
            f"table were cut: they lack for {offenders(symbol for symbol in symbols if symbol not in found)}. Give them, or set "
            'data.strangers = "allow"'
        )


def counts_per_asset(symbols: Sequence[str], assets: Sequence[str], matcher: Matcher) -> list[int]:
    """How many of these symbols mean each of the assets."""
    counts: Counter[str] = Counter()
    for symbol, count in Counter(symbols).items():
        if (asset := matcher.asset(symbol)) is not None:
            counts[asset] += count
    return [counts[asset] for asset in assets]


def join_report(pairs: Sequence[Pair], matcher: Matcher) -> dict[str, Any]:
    """How the candidates found their assets: how many per looseness, the first few, and what is in doubt."""
    assets = {record["symbol"]: asset for asset, record in pairs}
    other = {record["symbol"]: record for asset, record in pairs if record["symbol"] != asset}
    found = {symbol: matcher.match(symbol, str(record.get("market") or "")) for symbol, record in other.items()}
    matches = [(symbol, match) for symbol, match in sorted(found.items()) if match is not None]
    loose = {
        looseness: [f"{symbol} -> {match.asset}" for symbol, match in matches if match.looseness == looseness]
        for looseness in LOOSENESS[1:]
    }
    exact = len(assets) - len(other)
    return {
        "joins": ({"exact": exact} if exact else {})
        | {looseness: len(names) for looseness, names in loose.items() if names},
        "loose_joins": {looseness: names[:5] for looseness, names in loose.items() if names},
        "joins_in_doubt": [
            f"{symbol} -> {match.asset}, or {', '.join(match.others)}" for symbol, match in matches if match.others
        ],
        "exchanges_assumed": _assumed(matches),
    }


def _assumed(matches: Sequence[tuple[str, Match]]) -> dict[str, list[str]]:
    """Exchange to the assets that it is believed of, though their bars name none: the candidates say so."""
    found: dict[str, list[str]] = {}
    for symbol, match in matches:
        if (exchange := split_exchange(symbol)[0]) and not split_exchange(match.asset)[0]:
            found.setdefault(exchange, []).append(match.asset)
    return {exchange: sorted(dict.fromkeys(found[exchange])) for exchange in sorted(found)}


@dataclass(frozen=True)
class Names:
    """All that a list of the profile may name: the assets, how their scanners spell them, what they are underneath."""

    spellings: Mapping[str, str]
    """Spelling to asset; an empty asset where a candidate has no bars."""
    identities: Mapping[str, Sequence[str]]
    """Identity to the assets of the pool."""


def _root(entry: str) -> str:
    """The part of a name that is in every spelling of it: BRK of NYSE:BRK.B, PEPE of 1000PEPEUSDT."""
    return re.split(r"[^A-Z0-9]", parsed(entry, "CRYPTO").base.upper().lstrip("^"))[0]


def assets_named(entries: Iterable[str], names: Names, settings: DataSettings) -> dict[str, list[str] | None]:
    """Entry to the assets that it names, as candidates join; None where it names nothing that there is.

    An entry may also be an identity (ADA), which names all of its assets.
    """
    found: dict[str, list[str] | None] = {}
    for entry in entries:
        # A list is short, and few names of the pool have anything in common with an entry: only these are taken apart.
        root = _root(entry)
        like = [spelling for spelling in names.spellings if spelling == entry or root in spelling.upper()]
        match = Matcher(like, names.spellings, settings).match(entry) if like else None
        if match is not None:
            assets = [names.spellings[spelling] for spelling in (match.asset, *match.others)]
            found[entry] = sorted({asset for asset in assets if asset})
        elif settings.symbol_join != "exact" and entry.upper() in names.identities:
            found[entry] = sorted(names.identities[entry.upper()])
        else:
            found[entry] = None
    return found


def refuse_unknown(setting: str, named: Mapping[str, object], names: Names) -> None:
    """Raises `ConfigurationError` where entries of a list name nothing, with what they may have meant."""
    unknown = [entry for entry, found in named.items() if found is None]
    if not unknown:
        return
    known = sorted({*names.spellings, *names.identities})
    near = list(dict.fromkeys(name for entry in unknown for name in difflib.get_close_matches(entry, known, n=2)))
    meant = f" Did you mean {', '.join(near[:5])}?" if near else ""
    raise ConfigurationError(
        f"{setting} names what is neither among the assets nor among the candidates ({offenders(unknown)}).{meant} Mend the "
        'entry, or set data.unknown_names = "report" for a standing list'
    )
