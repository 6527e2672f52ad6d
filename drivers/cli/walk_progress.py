"""How far a walk is, on stderr: a line that moves on a terminal, else one every half minute."""

import time
from collections.abc import Callable
from typing import TextIO

PAUSE = 30.0
"""Seconds between lines where they stay."""


class WalkProgress:
    """Told after each date how many of how many are done; says it with the time left, as the dates since the first one went."""

    def __init__(
        self, stream: TextIO, what: str = "dates", *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._what, self._quiet, self._clock = stream, what, quiet, clock
        self._moves = stream.isatty()
        self._said = clock()
        self._done = 0
        self._first = (0.0, 0)
        """When the first of this round was done, and the how-manieth it was: what came before, such as training, is no pace."""

    def __call__(self, done: int, total: int) -> None:
        """One more date is done; a number that isn't higher begins a new round, such as that of the next scorer."""
        now = self._clock()
        if self._done == 0 or done <= self._done:
            self._first = (now, done)
        self._done = done
        if self._quiet or not (self._moves or now - self._said >= PAUSE):
            return
        self._said = now
        began, at = self._first
        left = f", {span((now - began) / (done - at) * (total - done))} left" if done > at else ""
        text = f"tvselect: {done} of {total} {self._what}{left}"
        self._stream.write(f"\r\x1b[K{text}" if self._moves else f"{text}\n")
        if self._moves and done == total:
            self._stream.write("\r\x1b[K")
        self._stream.flush()


def span(seconds: float) -> str:
    """A time in words: 40 s, 3 min, 2 h 5 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
