"""One answer of a scanner as a page of rows, or what is wrong with it.

The protocol: POST /MARKET/scan with `{"columns", "filter", "options", "range": [from, to], "sort"}` is answered by
`{"totalCount", "data": [{"s": symbol, "d": [a value per column]}]}`. A scanner that has enough of us says so by status 429, or
by 200 and a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.json_files import json_value
from tradingview_scraper.pipelines.selection.drivers.scanning.http_post import Reply
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_troubles import LastingError, PassingError, quoted
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

BUSY = (408, 425, 429)
"""With every status from 500 on: asked again."""
ENOUGH = ("too many requests", "rate limit")
"""What a scanner answers with status 200 where it means 429."""


@dataclass(frozen=True)
class Page:
    """The rows of one answer, as they came."""

    total: int
    rows: list[dict[str, Any]]


def page_of(reply: Reply, columns: int) -> Page:
    """The page in an answer whose rows have a value per column.

    Raises `PassingError` for what may be over in a while, `LastingError` for what isn't.
    """
    _refuse_status(reply)
    if not reply.data.strip():
        raise PassingError("sent an empty body", retry_after(reply))
    try:
        answer = json_value(Content("the answer", reply.data, ""))
    except DataContractError as error:
        html = reply.data.lstrip()[:1] == b"<"
        kind = "HTML instead of JSON" if html else f"no JSON ({str(error).removeprefix('ingestion: ')})"
        raise PassingError(f"sent {kind}: {quoted(reply.data)}", retry_after(reply)) from None
    found = _page(answer if isinstance(answer, Mapping) else {})
    if found is None:
        if any(word in quoted(reply.data).casefold() for word in ENOUGH):
            raise PassingError(_answered(reply), retry_after(reply))
        raise LastingError(f"sent JSON that is no page, or an error: {quoted(reply.data)}", DataContractError)
    _refuse_odd_rows(found.rows, columns)
    return found


def retry_after(reply: Reply) -> float:
    """The seconds that the scanner asks to wait, 0 where it doesn't say."""
    stated = str(reply.headers.get("Retry-After", "")).strip()
    if stated.isdecimal():
        return float(stated[:9])
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return 0.0
    return max((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def _refuse_status(reply: Reply) -> None:
    if reply.status in BUSY or reply.status >= 500:
        raise PassingError(_answered(reply), retry_after(reply))
    if reply.status // 100 == 3:
        place = quoted(str(reply.headers.get("Location", "nowhere")).encode())
        raise LastingError(
            f"redirects to {place} (HTTP {reply.status}), which isn't followed: scanning.base_url says where to ask",
            ConfigurationError,
        )
    if reply.status // 100 != 2:
        raise LastingError(f"{_answered(reply)}. Check the columns and filters", ConfigurationError)


def _answered(reply: Reply) -> str:
    text = quoted(reply.data)
    return f"answered by HTTP {reply.status}" + (f": {text}" if text else "")


def _page(answer: Mapping[str, Any]) -> Page | None:
    """The rows and their stated number; None where either is missing, or the scanner says that it failed."""
    rows, total = answer.get("data"), answer.get("totalCount")
    # An answer to nothing has no rows, or null for them.
    rows = [] if rows is None and total == 0 else rows
    counted = isinstance(total, int) and not isinstance(total, bool) and total >= 0
    if answer.get("error") or not isinstance(rows, list) or not counted:
        return None
    return Page(int(total or 0), rows)


def _refuse_odd_rows(rows: Sequence[Any], columns: int) -> None:
    for row in rows:
        values = row.get("d") if isinstance(row, Mapping) else None
        named = isinstance(row, Mapping) and isinstance(row.get("s"), str) and row["s"].strip()
        if not named or not isinstance(values, list) or len(values) != columns:
            raise LastingError(
                f"sent a row that isn't a symbol with {columns} values, one per column: {quoted(repr(row).encode())}",
                DataContractError,
            )
