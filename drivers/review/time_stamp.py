"""Time stamps of checkpoints (RFC 3161): an authority says when it saw one, so that nobody can claim an earlier one later.

`written_request` writes what an authority is asked, beside a checkpoint (`.tsq`); whoever asks it (`curl`, a desk's own service)
puts its answer there (`.tsr`). `time_stamp_problem` and `stamped_at` read that answer. All by `openssl ts`, nothing of our own.
"""

import re
from pathlib import Path

from tradingview_scraper.pipelines.selection.drivers.review.programs import answered
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

REQUEST, ANSWER = ".tsq", ".tsr"
TIME = re.compile(r"^Time stamp: (.+)$", re.M)


def request_of(path: Path) -> Path:
    """Where the request for a checkpoint lies."""
    return path.with_name(path.name + REQUEST)


def answer_of(path: Path) -> Path:
    """Where the authority's answer is looked for."""
    return path.with_name(path.name + ANSWER)


def written_request(path: Path) -> Path:
    """Write the request for a checkpoint's time stamp: its SHA-256, a nonce, and that the authority's certificate is wanted.

    Raises `ConfigurationError` where `openssl` is missing or refuses.
    """
    request = request_of(path)
    asked = ["openssl", "ts", "-query", "-data", str(path), "-sha256", "-cert", "-out", str(request)]
    answer, said = answered(asked)
    if answer is None:
        raise ConfigurationError(f"anchor: no time stamp can be asked for: {said}")
    return request


def time_stamp_problem(path: Path, authorities: Path) -> str | None:
    """What is wrong with the time stamp of a checkpoint; None where one of these authorities (PEM) gave it."""
    answer = answer_of(path)
    if not answer.exists():
        return f"there is no {answer.name}: the answer to {request_of(path).name} belongs there"
    checked = ["openssl", "ts", "-verify", "-data", str(path), "-in", str(answer), "-CAfile", str(authorities)]
    accepted, said = answered(checked)
    return (
        None if accepted is not None else f"{answer.name} is no time stamp of {path.name} by these authorities ({said})"
    )


def stamped_at(path: Path) -> str:
    """When the authority says that it saw a checkpoint; as `openssl` writes it."""
    told, _ = answered(["openssl", "ts", "-reply", "-in", str(answer_of(path)), "-text"])
    found = TIME.search(told or "")
    return found[1] if found else "an unknown time"
