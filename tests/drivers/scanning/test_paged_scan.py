"""Each way in which a scanner misbehaves: once, then all rows are there; always, then the scan is refused by name."""

import re
import time
from email.utils import formatdate
from typing import Any

import pytest

from support.scanner import (
    Fault,
    Scanner,
    cut,
    cut_unstated,
    drop,
    hang,
    page_with,
    question,
    rows,
    says,
    scanning,
    trickle_body,
    trickle_headers,
    trickle_unstated,
)
from tradingview_scraper.pipelines.selection.drivers.scanning.paged_scan import Outcome, scanned_pages
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    DataContractError,
    SelectionError,
    StageError,
)
from tradingview_scraper.pipelines.selection.schemas.settings import ScanningSettings

NO_PAGE = "sent JSON that is no page, or an error: "
BUSY = {"error": "Too many requests, please slow down", "data": None}
NOT_WHOLE = "gave no whole answer within 0.4 s"
# What passes: the fault, and how the reason is worded.
PASSING: dict[str, tuple[Fault, str]] = {
    "a time-out": (hang, NOT_WHOLE),
    "headers that trickle": (trickle_headers, NOT_WHOLE),
    "a body that trickles": (trickle_body, NOT_WHOLE),
    "a body of unstated length that trickles": (trickle_unstated, NOT_WHOLE),
    "a connection that ends": (drop, "can't be reached or broke off"),
    "a body that is cut": (cut, "broke off after"),
    "a body of unstated length that is cut": (cut_unstated, "sent no JSON"),
    "429": (says({"error": "slow down"}, 429, Retry_After="0"), "answered by HTTP 429: .*slow down"),
    "429 until a date": (says(b"", 429, Retry_After=formatdate(0, usegmt=True)), "answered by HTTP 429"),
    "429 until nonsense": (says(b"", 429, Retry_After="soon"), "answered by HTTP 429"),
    "500": (says(b"oops", 500), "answered by HTTP 500: oops"),
    "503": (says(b"", 503), "answered by HTTP 503"),
    "200 with too many requests": (says(BUSY), "answered by HTTP 200: .*Too many requests"),
    "200 with too many requests in words": (says(b"Too Many Requests"), "sent no JSON .*: Too Many Requests"),
    "200 with too many requests beside a page": (
        says({"error": "Too many requests", "totalCount": 0, "data": []}),
        "answered by HTTP 200: .*Too many requests",
    ),
    "an empty body": (says(b""), "sent an empty body"),
    "a body of blanks": (says(b" \n"), "sent an empty body"),
    "204": (says(b"", 204), "sent an empty body"),
    "malformed JSON": (says(b'{"totalCount": 23, "data": ['), "sent no JSON"),
    "a key twice": (
        says(b'{"totalCount": 23, "totalCount": 0, "data": []}'),
        "sent no JSON .*the key 'totalCount' stands twice",
    ),
    "no Unicode": (says(b'{"totalCount": "\xff"}'), "sent no JSON"),
    "HTML": (says(b"<!doctype html><p>We'll be back"), "sent HTML instead of JSON: <!doctype html>"),
}
# Pages that don't fit together.
UNSTEADY: dict[str, tuple[Fault, str]] = {
    "a missing page": (page_with(lambda page: page["data"].clear()), "sent 0 of the 10 rows from 0 to 10 of 23"),
    "fewer rows than stated": (page_with(lambda page: page["data"].pop()), "sent 9 of the 10 rows"),
    "more rows than asked for": (page_with(lambda page: page["data"].extend(rows(30)[25:])), "sent 15 of the 10 rows"),
    "a row twice": (
        page_with(lambda page: page["data"].__setitem__(5, page["data"][2])),
        "has BINANCE:A002USDT twice, in rows 2 and 5",
    ),
}
# What lasts: asked once.
LASTING: dict[str, tuple[Fault, type[SelectionError], str]] = {
    "a redirect": (
        says(b"", 302, Location="https://elsewhere.example.com/"),
        ConfigurationError,
        r"redirects to https://elsewhere\.example\.com/ \(HTTP 302\), which isn't followed",
    ),
    "a redirect of a POST": (says(b"", 308, Location="/other"), ConfigurationError, "redirects to /other"),
    "an unknown column": (
        says({"error": 'Unknown field "clse"'}, 400),
        ConfigurationError,
        "HTTP 400: .*Unknown field .*Check the columns and filters",
    ),
    "no access": (says(b"", 403), ConfigurationError, "HTTP 403"),
    "another document": (says({"error": "maintenance"}), DataContractError, NO_PAGE),
    "an error beside a page": (
        says({"error": "no such filter", "totalCount": 0, "data": []}),
        DataContractError,
        "sent JSON that is no page, or an error: .*no such filter",
    ),
    "a list": (says([]), DataContractError, NO_PAGE),
    "no total": (says({"data": rows(10)}), DataContractError, NO_PAGE),
    "a total in words": (
        says({"data": [], "totalCount": "23"}),
        DataContractError,
        NO_PAGE,
    ),
    "no rows for a total": (
        says({"data": None, "totalCount": 23}),
        DataContractError,
        NO_PAGE,
    ),
    "a row that lacks a value": (
        page_with(lambda page: page["data"].__setitem__(3, {"s": "X:Y", "d": [1.0, "streaming"]})),
        DataContractError,
        "a row that isn't a symbol with 3 values",
    ),
    "a row without values": (
        page_with(lambda page: page["data"].__setitem__(3, {"s": "X:Y", "d": []})),
        DataContractError,
        "a row that isn't a symbol with 3 values",
    ),
    "a row without a symbol": (
        page_with(lambda page: page["data"].__setitem__(3, {"s": " ", "d": [1.0, "streaming", 2]})),
        DataContractError,
        "a row that isn't a symbol",
    ),
    "nothing matches": (says({"data": [], "totalCount": 0}), DataContractError, "has 0 rows, fewer than .*min_rows 1"),
}


def patient(reason: str) -> ScanningSettings:
    """Settings that lose little time on what never ends, and let a busy machine have it on what does."""
    return scanning(timeout_seconds=0.4) if reason == NOT_WHOLE else scanning()


def refused(outcome: Outcome, kind: type[SelectionError], message: str) -> None:
    assert type(outcome.failure) is kind
    with pytest.raises(kind, match=message):
        raise outcome.failure
    assert outcome.rows == []
    assert str(outcome.failure).startswith("scan: trend_crypto ")


def test_all_pages_are_asked_for_in_their_order(scanner: Scanner) -> None:
    outcome = scanned_pages(question(scanner), scanning())
    assert outcome.failure is None
    assert (outcome.rows, outcome.total, outcome.requests, outcome.troubles) == (rows(23), 23, 3, [])
    assert [body["range"] for _, body in scanner.requests] == [[0, 10], [10, 20], [20, 23]]


@pytest.mark.parametrize(
    ("limit", "ranges"),
    [(5, [[0, 5]]), (10, [[0, 10]]), (15, [[0, 10], [10, 15]]), (99, [[0, 10], [10, 20], [20, 23]])],
)
def test_a_limit_asks_for_no_more(scanner: Scanner, limit: int, ranges: list[list[int]]) -> None:
    outcome = scanned_pages(question(scanner, limit=limit), scanning())
    assert (outcome.rows, outcome.total, outcome.wanted) == (rows(23)[:limit], 23, min(limit, 23))
    assert [body["range"] for _, body in scanner.requests] == ranges


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_asked_for_again(scanner: Scanner, name: str, page: int) -> None:
    fault, reason = PASSING[name]
    scanner.faults = [*[lambda handler, body: handler.answer(handler.page(body))] * page, fault]
    outcome = scanned_pages(question(scanner), patient(reason))
    assert outcome.failure is None
    assert outcome.rows == rows(23)
    # A busy machine may lose an honest answer to the short time-out, too.
    assert outcome.requests == 3 + len(outcome.troubles) >= 4
    assert reason == NOT_WHOLE or len(outcome.troubles) == 1
    assert all(re.match(reason, trouble) for trouble in outcome.troubles)


@pytest.mark.parametrize("name", PASSING)
def test_what_doesn_t_pass_is_refused_after_the_attempts(scanner: Scanner, name: str) -> None:
    fault, reason = PASSING[name]
    scanner.always = fault
    start = time.monotonic()
    outcome = scanned_pages(question(scanner), patient(reason))
    refused(outcome, StageError, f"{reason}.*; rows 0 to 10 asked for 3 times")
    assert len(scanner.requests) == outcome.requests == 3
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("name", UNSTEADY)
def test_pages_that_don_t_fit_are_all_asked_for_anew(scanner: Scanner, name: str) -> None:
    fault, reason = UNSTEADY[name]
    scanner.faults = [fault]
    outcome = scanned_pages(question(scanner), scanning())
    assert outcome.failure is None
    assert (outcome.rows, outcome.requests) == (rows(23), 4)
    assert outcome.troubles[0].startswith(reason)
    scanner.always = fault
    outcome = scanned_pages(question(scanner), scanning())
    refused(outcome, DataContractError, f"{reason}.*; all pages asked for 3 times")


def test_a_row_that_moves_to_the_next_page_is_no_row_twice(scanner: Scanner) -> None:
    def moved(handler: Any, body: dict[str, Any]) -> None:
        held = scanner.held
        scanner.held = [held[-1], *held[:-1]]  # the last one rose to the top between two pages
        handler.answer(handler.page(body))
        scanner.held = held

    scanner.faults = [lambda handler, body: handler.answer(handler.page(body)), moved]
    outcome = scanned_pages(question(scanner), scanning())
    assert (outcome.rows, outcome.requests) == (rows(23), 5)
    assert outcome.troubles == ["has BINANCE:A009USDT twice, in rows 9 and 10"]


def test_a_total_that_changes_between_pages_asks_anew(scanner: Scanner) -> None:
    scanner.faults = [page_with(lambda page: page.update(totalCount=24))]
    outcome = scanned_pages(question(scanner), scanning())
    assert (outcome.rows, outcome.requests) == (rows(23), 5)
    assert outcome.troubles == ["states 24 rows, then 23"]


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_refused_at_once(scanner: Scanner, name: str) -> None:
    fault, kind, reason = LASTING[name]
    scanner.always = fault
    outcome = scanned_pages(question(scanner), scanning())
    refused(outcome, kind, reason)
    assert outcome.requests == 1
    assert len(outcome.answers) == 1


def test_no_rows_are_an_answer_where_the_profile_says_so(scanner: Scanner) -> None:
    scanner.held = []
    assert scanned_pages(question(scanner, min_rows=0), scanning()).failure is None
    scanner.always = says({"data": None, "totalCount": 0})
    assert scanned_pages(question(scanner, min_rows=0), scanning()).failure is None


def test_retry_after_is_kept_to_and_bounded(scanner: Scanner) -> None:
    waits: list[float] = []
    scanner.faults = [says(b"", 429, Retry_After="3"), says(b"", 503), says(b"", 429, Retry_After=formatdate(0))]
    outcome = scanned_pages(question(scanner), scanning(attempts=9), waits.append)
    assert outcome.failure is None
    assert waits == [3.0, 0.02, 0.04]
    scanner.always = says(b"", 429, Retry_After="3600")
    outcome = scanned_pages(question(scanner), scanning(), waits.append)
    refused(outcome, StageError, r"HTTP 429.*; the next attempt would wait 3600 s, and [\d.]+ s are left of 30")
    assert len(waits) == 3


def test_the_whole_scan_has_a_time(scanner: Scanner) -> None:
    scanner.always = hang
    start = time.monotonic()
    outcome = scanned_pages(question(scanner), scanning(attempts=99, timeout_seconds=60, total_seconds=0.4))
    assert time.monotonic() - start < 10
    refused(
        outcome,
        StageError,
        "gave no whole answer within 0.4 s; the next attempt would wait 0.01 s, and 0 s are left of 0.4",
    )


def test_nobody_there_is_refused_by_name(scanner: Scanner) -> None:
    asked = question(scanner)
    scanner.shutdown()
    scanner.server_close()
    outcome = scanned_pages(asked, scanning())
    refused(outcome, StageError, "can't be reached or broke off .Connection refused")
    assert outcome.answers == []
