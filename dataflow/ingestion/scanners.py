"""What scanners say, in this project's words.

`scan_records` turns one scanner export (or plain list) into candidate records; `latest_scans` keeps, of each scanner, the
newest export that was known on a date. What the fields of a record mean is `fields`' business.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import DIRECTION_KEYS, is_missing
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

SHARED_FIELDS: tuple[str, ...] = ("direction", "side", "logic", "market", "exchange", "currency")
EXCHANGES_OF_CRYPTO: tuple[str, ...] = ("BINANCE", "OKX", "BYBIT", "BITGET")


def scan_records(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidate records of one export; what its `meta` says holds for each record that doesn't say otherwise.

    A record of a scan of category `universe` is marked `universe_only`: it gives metadata, and makes a candidate only
    where no other scan names the asset.
    """
    meta = document.get("meta", {})
    shared = {key: meta[key] for key in SHARED_FIELDS if not is_missing(meta.get(key))}
    marks = {"universe_only": meta.get("data_category") == "universe", "scanner": meta.get("scanner", "")}
    return [{**_unsaid(shared, record), **record, **marks} for record in _said(document["data"], shared)]


def _said(records: Iterable[Mapping[str, Any]], shared: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The records without the shared fields that they have but leave empty."""
    for record in records:
        yield {key: value for key, value in record.items() if key not in shared or not is_missing(value)}


def _unsaid(shared: Mapping[str, Any], record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the export says beyond the record; a record's `side` is a direction of its own."""
    sided = any(not is_missing(record.get(key)) for key in DIRECTION_KEYS)
    return {key: value for key, value in shared.items() if not (sided and key in DIRECTION_KEYS)}


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

    Raises `DataContractError` where it says something that is no date.
    """
    stated = document.get("meta", {}).get("asof")
    if stated is None:
        return None
    try:
        moment = pd.Timestamp(stated)
    except (ValueError, TypeError):
        raise DataContractError(f"ingestion: the scan {file} is dated {stated!r}, which is no date") from None
    return moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)


def is_crypto(market: str, symbol: str) -> bool:
    """The reference's rule (V3_4.md, section 2, liquidity): the market says so, or the symbol's exchange."""
    return market.upper() == "CRYPTO" or any(exchange in symbol.upper() for exchange in EXCHANGES_OF_CRYPTO)
