"""What may go wrong while a scanner answers: what passes, so that it is asked again, and what lasts.

Neither leaves the room: `paged_scan` makes an error of ours of what is left in the end. A reason is a predicate or a clause,
such as `HTTP 429`; the scan's name comes before it.
"""

from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

QUOTED = 120


class ScanError(Exception):
    """An answer that isn't the page that was asked for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PassingError(ScanError):
    """May be over in a while; `wait` is how many seconds the scanner asks for."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class LastingError(ScanError):
    """Asking again changes nothing; `kind` is the error that it is."""

    def __init__(self, reason: str, kind: type[SelectionError]) -> None:
        super().__init__(reason)
        self.kind = kind


class UnsteadyError(ScanError):
    """Pages that don't fit together: rows moved between them. All are asked for anew."""


def quoted(data: bytes) -> str:
    """The beginning of a body, in one printable line."""
    text = " ".join(data[: 4 * QUOTED].decode("utf-8", "replace").split())
    clean = "".join(letter if letter.isprintable() else "?" for letter in text)
    return clean if len(clean) <= QUOTED else f"{clean[:QUOTED]}..."
