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
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_troubles import Lasting, Passing, ScanError, Unsteady
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
            raise Lasting(f"has {len(outcome.rows)} rows, fewer than scanners.*.min_rows {least}", DataContractError)
    except Lasting as trouble:
        outcome.failure = trouble.kind(f"scan: {question.name} {trouble.reason}")
    except Unsteady as trouble:
        outcome.failure = DataContractError(f"scan: {question.name} {trouble.reason}")
    except Passing as trouble:
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
        """All rows and the stated total, of pages that fit together. Raises `Unsteady` where they never do."""
        return self._tried(self._rows, Unsteady, "all pages")

    def _rows(self) -> tuple[list[dict[str, Any]], int]:
        limit, rows = self.outcome.question.scanner.limit, list[dict[str, Any]]()
        stated: int | None = None
        seen: dict[str, int] = {}
        while stated is None or len(rows) < min(limit or stated, stated):
            first = len(rows)
            last = min(first + self._scanning.page_rows, limit or stated or first + self._scanning.page_rows)
            page = self._tried(partial(self._page, first, last), Passing, f"rows {first} to {last}")
            if stated is not None and page.total != stated:
                raise Unsteady(f"states {stated} rows, then {page.total}")
            stated = page.total
            whole = min(last, stated) - first
            if len(page.rows) != whole:
                raise Unsteady(
                    f"sent {len(page.rows)} of the {whole} rows from {first} to {min(last, stated)} of {stated}"
                )
            for row in page.rows:
                if row["s"] in seen:
                    raise Unsteady(f"has {row['s']} twice, in rows {seen[row['s']]} and {len(rows)}")
                seen[row["s"]] = len(rows)
                rows.append(row)
        return rows, stated

    def _page(self, first: int, last: int) -> Page:
        """One page. Raises a `ScanError` where it doesn't come."""
        question = self.outcome.question
        if self._left() <= 0:
            raise Lasting(f"isn't done after {self._scanning.total_seconds:g} s (scanning.total_seconds)", StageError)
        body = json.dumps(question.body(first, last), ensure_ascii=False, allow_nan=False).encode()
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
                    f"{reason}; the next attempt is in {asked:.0f} s, and {max(left, 0):.0f} s are left of "
                    f"{self._scanning.total_seconds:g} (scanning.total_seconds)"
                )
            self._wait(asked)
            pause *= 2
        raise AssertionError("there is at least one attempt")

    def _left(self) -> float:
        return self._deadline - time.monotonic()
