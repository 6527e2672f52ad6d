"""What scanners say, in this project's words.

`FIELDS` maps scanner fields to canonical names; `scan_records` turns one scanner export (or plain list) into candidate
records; `named_export` says which scanner's export of when a file is; `latest_scans` keeps, of each scanner, the newest
export that was known on a date.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.sessions import ISO
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

# Scanner field -> canonical name. A canonical name also stands for itself, and wins where both are given.
FIELDS: Mapping[str, str] = {
    "Value.Traded": "value_traded",
    "ADX": "scanner_adx",
    "adx": "scanner_adx",
    "ADX+DI": "scanner_plus_di",
    "ADX-DI": "scanner_minus_di",
    "Perf.W": "perf_1w",
    "Perf.1M": "perf_1m",
    "Perf.3M": "perf_3m",
    "Perf.6M": "perf_6m",
    "Perf.Y": "perf_1y",
    "Volatility.D": "volatility_1d",
    "Volatility.W": "volatility_1w",
    "Volatility.M": "volatility_1m",
    "Recommend.All": "recommendation",
    "ATR": "atr",
    "RSI": "rsi",
    "market_cap_basic": "market_cap",
    "change": "change_1d",
    "step_size": "lot_size",
    "base": "base",
    "subtype": "sector",
}
NUMERIC_FIELDS: tuple[str, ...] = (
    "value_traded",
    "scanner_adx",
    "scanner_plus_di",
    "scanner_minus_di",
    "perf_1w",
    "perf_1m",
    "perf_3m",
    "perf_6m",
    "perf_1y",
    "volatility_1d",
    "volatility_1w",
    "volatility_1m",
    "recommendation",
    "atr",
    "rsi",
    "market_cap",
    "change_1d",
    "tick_size",
    "lot_size",
    "price_precision",
)
# Canonical field -> the highest value it can have; none of these can be negative or infinite.
HIGHEST: Mapping[str, float] = {
    "value_traded": math.inf,
    "scanner_adx": 100.0,
    "scanner_plus_di": 100.0,
    "scanner_minus_di": 100.0,
    "tick_size": math.inf,
    "lot_size": math.inf,
    "price_precision": math.inf,
    "rsi": 100.0,
    "market_cap": math.inf,
}
METADATA_FIELDS: tuple[str, ...] = ("tick_size", "lot_size", "price_precision")
EXCHANGES_OF_CRYPTO: tuple[str, ...] = ("BINANCE", "OKX", "BYBIT", "BITGET")
QUOTES: tuple[str, ...] = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "EUR", "TRY", "BTC", "ETH")


def scan_records(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidate records of one export; what its `meta` says holds for each record that doesn't say otherwise.

    A record of a scan of category `universe` is marked `universe_only`: it gives metadata, and makes a candidate only
    where no other scan names the asset.
    """
    meta = document.get("meta", {})
    shared = {key: meta[key] for key in ("direction", "logic", "market", "exchange") if meta.get(key) is not None}
    marks = {"universe_only": meta.get("data_category") == "universe", "scanner": meta.get("scanner", "")}
    return [{**shared, **record, **marks} for record in document["data"]]


def latest_scans(documents: Iterable[Mapping[str, Any]], as_of: pd.Timestamp | None) -> list[Mapping[str, Any]]:
    """Of each scanner the newest export not after the date; exports without a date are kept."""
    newest: dict[str, Mapping[str, Any]] = {}
    for document in documents:
        meta = document.get("meta", {})
        name, when = str(meta.get("scanner", "")), scan_date(document)
        if as_of is not None and when is not None and when >= day_end(as_of):
            continue
        held = newest.get(name)
        if held is None or (scan_date(held) or pd.Timestamp.min) <= (when or pd.Timestamp.min):
            newest[name] = document
    return [newest[name] for name in sorted(newest)]


def day_end(as_of: pd.Timestamp) -> pd.Timestamp:
    """The first moment that is unknown as of a date: a date without a time of day takes that whole day in."""
    return as_of + (pd.Timedelta(days=1) if as_of == as_of.normalize() else pd.Timedelta(microseconds=1))


def scan_date(document: Mapping[str, Any], file: str = "") -> pd.Timestamp | None:
    """The date of an export as a naive UTC timestamp, None where it doesn't say.

    Raises `DataContractError` where it says something that is no ISO date.
    """
    stated = document.get("meta", {}).get("asof")
    if stated is None:
        return None
    try:
        if not isinstance(stated, str) or not ISO.fullmatch(stated):
            raise ValueError
        moment = pd.Timestamp(stated)
    except (ValueError, TypeError):
        raise DataContractError(
            f"ingestion: the scan {file} is dated {stated!r}, which is no date; write meta.asof as an ISO date, such as "
            '"2026-03-18" or "2026-03-18T09:00:00Z"'
        ) from None
    return moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)


# A date, perhaps with a time of day, or seconds (milliseconds) since 1970: what exporters put into a file's name.
FILE_DATE = re.compile(
    r"(?<!\d)(?:(20\d\d)(-?)(\d\d)\2(\d\d)(?:[T_ -]?(\d\d)[:-]?(\d\d)(?:[:-]?(\d\d))?Z?)?|(1\d{9})(?:\d{3})?)(?!\d)"
)


def named_export(meta: Mapping[str, Any], stem: str) -> dict[str, Any]:
    """The `meta` of an export with its scanner and date: as stated, else as its file's name says.

    Exports of different days are versions of one scanner: without a stated name it is the file's stem less its date.
    """
    found = FILE_DATE.search(stem)
    when = None if found is None else _file_date(found)
    rest = stem if found is None or when is None else stem[: found.start()] + " " + stem[found.end() :]
    name = re.sub(r"[\W_]+", "_", rest).strip("_").lower()
    stated = {key: value for key, value in meta.items() if value is not None}
    dated = {} if when is None else {"asof": when.isoformat()}
    return {**dated, **stated, "scanner": str(stated.get("scanner") or name or "scan")}


def _file_date(found: re.Match[str]) -> pd.Timestamp | None:
    year, _, month, day, hour, minute, second, epoch = found.groups()
    try:
        if epoch:
            return pd.Timestamp(int(epoch), unit="s")
        return pd.Timestamp(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None


def canonical(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record under canonical names, without missing (None, NaN) fields.

    Where a field is given under both names the canonical one wins, unless it is zero (scanners write 0 for unknown).
    """
    known = {key: value for key, value in record.items() if value is not None and value == value}
    aliased = {FIELDS[key]: value for key, value in known.items() if key in FIELDS}
    own = {key: value for key, value in known.items() if key not in FIELDS and (value != 0 or key not in aliased)}
    return {**aliased, **own}


def impossible_fields(record: Mapping[str, Any]) -> dict[str, float]:
    """The fields of a record (under the names given) that hold an impossible number."""
    found = {}
    for key, value in record.items():
        name = FIELDS.get(key, key)
        if name in NUMERIC_FIELDS and isinstance(value, int | float) and not math.isnan(value):
            below = name in HIGHEST and value < 0
            if math.isinf(value) or below or value > HIGHEST.get(name, math.inf):
                found[key] = float(value)
    return found


def stated_keys(record: Mapping[str, Any]) -> set[str]:
    """The canonical names of all keys of a record, whatever they hold."""
    return {FIELDS.get(key, key) for key in record}


def is_crypto(market: str, symbol: str) -> bool:
    """The reference's rule (V3_4.md, section 2, liquidity): the market says so, or the symbol's exchange."""
    return market.upper() == "CRYPTO" or any(exchange in symbol.upper() for exchange in EXCHANGES_OF_CRYPTO)


def bare_symbol(symbol: str, suffixes: Sequence[str]) -> str:
    """A scanner's symbol without exchange prefix and contract suffix: BINANCE:BTCUSDT.P is BTCUSDT."""
    bare = symbol.rpartition(":")[2]
    for suffix in suffixes:
        if bare.endswith(suffix) and len(bare) > len(suffix):
            return bare.removesuffix(suffix)
    return bare


def derived_identity(symbol: str, market: str, base: str | None, suffixes: Sequence[str]) -> str:
    """What an asset is underneath: BTC for BINANCE:BTCUSDT.P, PEPE for 1000PEPEUSDT, BRK.B for NYSE:BRK.B.

    Share classes stay apart: only crypto symbols lose a quote currency or a lot multiplier.
    """
    bare = bare_symbol(symbol, suffixes)
    if not is_crypto(market, symbol):
        return bare
    stem = base or next(
        (bare.removesuffix(quote) for quote in QUOTES if bare.endswith(quote) and len(bare) > len(quote)), bare
    )
    return re.sub(r"^(?:1000000|100000|10000|1000|1M)(?=[A-Z])", "", stem)
