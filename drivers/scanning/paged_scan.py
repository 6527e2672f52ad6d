"""One scan, all of its pages, or why it is refused: nothing in between.

A page is asked for until it comes whole, with growing waits. Pages must fit together: each has as many rows as were asked for,
all state one total, no symbol comes twice. Where they don't, for the market moves while it is listed, all are asked for
anew. Attempts and time are bounded; every answer is kept for whoever has to look at a refusal.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from tradingview_scraper.pipelines.selection.drivers.scanning.http_post import Reply, posted
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_page import Page, page_of
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_troubles import (
    LastingError,
    PassingError,
    ScanError,
    UnsteadyError,
)
from tradingview_scraper.pipelines.selection.drivers.scanning.screener import Question
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, SelectionError, StageError
from tradingview_scraper.pipelines.selection.schemas.settings import ScanningSettings

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came back for a range of rows."""

    first: int
    last: int
    reply: Reply


@dataclass
class Outcome:
    """A scan: its rows, or why it is refused."""

    question: Question
    rows: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    """What the scanner states: how many rows there are, whether asked for or not."""
    moment: datetime = datetime.min
    """When the last answer was there."""
    requests: int = 0
    answers: list[Answer] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """What was wrong on the way."""
    failure: SelectionError | None = None

    @property
    def wanted(self) -> int:
        """How many rows the scan must have."""
        return min(self.question.scanner.limit or self.total, self.total)


def scanned_pages(
    question: Question, scanning: ScanningSettings, wait: Callable[[float], None] = time.sleep
) -> Outcome:
    """The outcome of one scan; it raises nothing that the scanner is to blame for."""
    asking = _Asking(question, scanning, wait)
    outcome = asking.outcome
    try:
        outcome.rows, outcome.total = asking.steady_rows()
        least = question.scanner.min_rows
        if len(outcome.rows) < least:
            raise LastingError(
                f"has {len(outcome.rows)} rows, fewer than scanners.*.min_rows {least}", DataContractError
            )
    except LastingError as trouble:
        outcome.failure = trouble.kind(f"scan: {question.name} {trouble.reason}")
    except UnsteadyError as trouble:
        outcome.failure = DataContractError(f"scan: {question.name} {trouble.reason}")
    except PassingError as trouble:
        outcome.failure = StageError(f"scan: {question.name} {trouble.reason}")
    outcome.moment = datetime.now(UTC)
    return outcome


class _Asking:
    """One scan while it is asked for: what is left of its time, what has come."""

    def __init__(self, question: Question, scanning: ScanningSettings, wait: Callable[[float], None]) -> None:
        self._scanning, self._wait = scanning, wait
        self._deadline = time.monotonic() + scanning.total_seconds
        self.outcome = Outcome(question)

    def steady_rows(self) -> tuple[list[dict[str, Any]], int]:
        """All rows and the stated total, of pages that fit together. Raises `UnsteadyError` where they never do."""
        return self._tried(self._rows, UnsteadyError, "all pages")

    def _rows(self) -> tuple[list[dict[str, Any]], int]:
        limit, rows = self.outcome.question.scanner.limit, list[dict[str, Any]]()
        stated: int | None = None
        while stated is None or len(rows) < min(limit or stated, stated):
            first = len(rows)
            end = first + self._scanning.page_rows
            last = min(bound for bound in (end, limit, stated) if bound)
            page = self._tried(partial(self._page, first, last), PassingError, f"rows {first} to {last}")
            rows += _fitting_rows(page, rows, last, stated)
            stated = page.total
        return rows, stated

    def _page(self, first: int, last: int) -> Page:
        """One page. Raises a `ScanError` where it doesn't come."""
        question = self.outcome.question
        if self._left() <= 0:
            raise LastingError(
                f"isn't done after {self._scanning.total_seconds:g} s (scanning.total_seconds)", StageError
            )
        body = json.dumps(question.body(first, last), ensure_ascii=False).encode()
        self.outcome.requests += 1
        seconds = min(self._scanning.timeout_seconds, self._left())
        reply = posted(question.url, question.headers, body, seconds)
        self.outcome.answers.append(Answer(first, last, reply))
        return page_of(reply, len(question.scanner.columns))

    def _tried(self, ask: Callable[[], T], kind: type[ScanError], what: str) -> T:
        """The answer, asked for until it comes; raises the last trouble of this kind where it doesn't."""
        attempts, pause = self._scanning.attempts, self._scanning.backoff_seconds
        for attempt in range(1, attempts + 1):
            try:
                return ask()
            except kind as trouble:
                reason, left = trouble.reason, self._left()
                asked = max(pause, getattr(trouble, "wait", 0.0))
            self.outcome.troubles.append(reason)
            if attempt == attempts:
                raise kind(f"{reason}; {what} asked for {attempts} times (scanning.attempts)")
            if asked >= left:
                raise kind(
                    f"{reason}; the next attempt would wait {asked:g} s, and {max(left, 0):.3g} s are left of "
                    f"{self._scanning.total_seconds:g} (scanning.total_seconds)"
                )
            self._wait(asked)
            pause *= 2
        raise AssertionError("there is at least one attempt")

    def _left(self) -> float:
        return self._deadline - time.monotonic()


def _fitting_rows(page: Page, before: list[dict[str, Any]], last: int, stated: int | None) -> list[dict[str, Any]]:
    """The rows of a page that follow those `before` it, up to `last`. Raises `UnsteadyError` where they don't fit to them."""
    if stated is not None and page.total != stated:
        raise UnsteadyError(f"states {stated} rows, then {page.total}")
    first, end = len(before), min(last, page.total)
    if len(page.rows) != end - first:
        raise UnsteadyError(f"sent {len(page.rows)} of the {end - first} rows from {first} to {end} of {page.total}")
    places = {row["s"]: place for place, row in enumerate(before)}
    for place, row in enumerate(page.rows, first):
        if row["s"] in places:
            raise UnsteadyError(f"has {row['s']} twice, in rows {places[row['s']]} and {place}")
        places[row["s"]] = place
    return page.rows
