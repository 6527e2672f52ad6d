"""Answers by hand: what is a page, and how long a scanner asks to wait. What misbehaves: `test_paged_scan.py`."""

from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime

import pytest

from tradingview_scraper.pipelines.selection.drivers.scanning.http_post import Reply
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_page import Page, page_of, retry_after
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_troubles import PassingError


def reply(data: bytes, status: int = 200, **headers: str) -> Reply:
    held = Message()
    for name, value in headers.items():
        held[name.replace("_", "-")] = value
    return Reply(status, held, data)


def test_rows_come_as_they_are() -> None:
    row = {"s": "OKX:BTCUSDT", "d": [0.1, 12345678901234567890, None, "x", ["a"]], "more": 1}
    data = b'{"totalCount": 7, "data": [{"s": "OKX:BTCUSDT", "d": [0.1, 12345678901234567890, null, "x", ["a"]], "more": 1}]}'
    assert page_of(reply(data), 5) == Page(7, [row])
    assert page_of(reply(b"\xef\xbb\xbf" + data), 5).total == 7


def test_a_row_that_speaks_of_too_many_requests_is_a_row() -> None:
    data = b'{"totalCount": 1, "data": [{"s": "A:B", "d": ["Too many requests Inc."]}]}'
    assert page_of(reply(data), 1).rows == [{"s": "A:B", "d": ["Too many requests Inc."]}]


@pytest.mark.parametrize(
    ("stated", "least", "most"),
    [
        ("120", 120, 120),
        (" 5 ", 5, 5),
        (None, 0, 0),
        ("-5", 0, 0),
        ("soon", 0, 0),
        ("in an hour", 3000, 3600),
        ("an hour ago", 0, 0),
        ("Wed, 25 Nov 2099 15:00:00 -0000", 1e9, 1e10),
    ],
)
def test_seconds_and_dates_are_understood(stated: str | None, least: float, most: float) -> None:
    hours = {"in an hour": 1, "an hour ago": -1}.get(stated or "")
    if hours:
        stated = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    headers = {} if stated is None else {"Retry_After": stated}
    assert least <= retry_after(reply(b"", 429, **headers)) <= most
    with pytest.raises(PassingError) as caught:
        page_of(reply(b"", 429, **headers), 1)
    assert least <= caught.value.wait <= most
