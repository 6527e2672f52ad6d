"""What scanners say, in this project's words.

`scan_records` turns one scanner export (or plain list) into candidate records; `named_export` says which scanner's export
of when a file is; `latest_scans` keeps, of each scanner, the newest export that was known on a date. What the fields of
a record mean is `fields`' business.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import DIRECTION_KEYS, is_missing
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import DATE_KEYS, spelling
from tradingview_scraper.pipelines.selection.dataflow.ingestion.sessions import ISO
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
    """Of each scanner the newest export not after the date; exports without a date are all kept."""
    newest: dict[tuple[str, int], Mapping[str, Any]] = {}
    for place, document in enumerate(documents):
        name, when = str(document.get("meta", {}).get("scanner", "")), scan_date(document)
        if not is_known(document, as_of):
            continue
        if when is None:
            newest[name, place + 1] = document
            continue
        held = newest.get((name, 0))
        if held is None or (scan_date(held) or when) <= when:
            newest[name, 0] = document
    return [newest[key] for key in sorted(newest)]


def is_known(document: Mapping[str, Any], as_of: pd.Timestamp | None) -> bool:
    """Whether an export was there on the date; one without a date counts as known."""
    when = scan_date(document)
    return as_of is None or when is None or when < day_end(as_of)


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


def asked_text(document: Mapping[str, Any]) -> str:
    """Which live scanner an export was asked of, when, and what is to be known of it; empty where it doesn't say."""
    meta = document["meta"]
    asked = meta.get("asked")
    if not isinstance(asked, Mapping):
        return ""
    count, stated = len(document["data"]), meta.get("stated_total")
    said = [f"{count} rows" if stated in (None, count) else f"{count} of {stated} rows"]
    said += {True: ["some delayed"], False: []}.get(meta.get("delayed"), ["perhaps delayed"])
    empty = meta.get("empty_fields") or []
    said += [f"without a value of {', '.join(map(str, empty))}"] if empty else []
    return f"{meta['scanner']} of {asked.get('url', 'nowhere')} at {meta.get('asof')} ({', '.join(said)})"


# A date, perhaps with a time of day, or seconds (milliseconds) since 1970: what exporters put into a file's name.
FILE_DATE = re.compile(
    r"(?<!\d)(?:(20\d\d)([-/]?)(\d\d)\2(\d\d)(?:[T_ -]?(\d\d)[:-]?(\d\d)(?:[:-]?(\d\d))?Z?)?|(1\d{9})(?:\d{3})?)(?!\d)"
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
    dates = [value for key, value in stated.items() if spelling(key) in DATE_KEYS]
    if dates and "asof" not in stated:
        stated["asof"] = dates[0]
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


def market_of(stated: str, symbol: str) -> str:
    """An asset's market in capitals: what is stated, or CRYPTO where it is that."""
    return "CRYPTO" if is_crypto(stated, symbol) else stated.upper()


def is_crypto(market: str, symbol: str) -> bool:
    """The reference's rule (V3_4.md, section 2, liquidity): the market says so, or the symbol's exchange."""
    if market.upper() == "CRYPTO":
        return True
    spelled = symbol.upper()
    return any(exchange in spelled for exchange in EXCHANGES_OF_CRYPTO)
