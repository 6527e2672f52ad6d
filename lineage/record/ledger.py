"""The audit ledger: JSON lines that only ever grow, each chained to the one before.

A line is canonical JSON with `seq` (its line number, from 1) and `prev` (the SHA-256 of the previous line's raw bytes
without the newline; 64 zeros in the first), so `sed -n 7p audit.jsonl | tr -d '\\n' | sha256sum` checks line 8 by hand.

`append`, in this order: encode the event, lock the file, move a torn last line aside, chain, write once, fsync.
`read` gives the lines; `verify` checks each line and the chain, and against a `Head` kept elsewhere (a receipt, a
signature) also what no chain can show: a tail cut off, a file written anew. Tamper-evident given a saved head, not
tamper-proof. Locks are `flock`: processes and threads of one machine; on a network file system as good as its locks.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tradingview_scraper.pipelines.selection.lineage.record.files import (
    last_line,
    locked,
    storing,
    sync_folder,
    write_atomically,
    write_or_take_back,
)
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical, parse, plain
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, VerificationError

SCHEMA = "urn:tvselect:schema:audit:v1"
"""Names the format of a line; the `$id` of `schemas/audit.schema.json`. Within v1 fields are only ever added."""

GENESIS = "0" * 64
"""`prev` of the first line, and the hash of an empty ledger."""

REQUIRED = ("schema", "seq", "prev", "event", "run_id", "ts")
_OURS = ("schema", "seq", "prev", "ts", "torn")


class Head(NamedTuple):
    """Where a ledger ended: its number of lines and the SHA-256 of the last one. Pins all that came before."""

    size: int
    hash: str


class Problem(NamedTuple):
    """What `verify` found wrong at a line (counted from 1).

    `kind` is one of: missing, not-json, not-canonical, fields, sequence, chain, torn, truncated, rewritten.
    """

    line: int
    kind: str
    message: str


@dataclass(frozen=True)
class Verification:
    """The outcome of `verify`: `head` is where the file ends now, `ok` that nothing was found."""

    lines: int
    head: Head
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether every line is as it was appended, as far as chain and head can tell."""
        return not self.problems


def append(path: Path, event: Mapping[str, object]) -> Head:
    """Adds one line and returns the new head once the line is on disk. Creates the file, not its folder.

    `event` names its `event` and `run_id`; `schema`, `seq`, `prev` and `ts` (now) are the ledger's own to add. What a
    killed writer left of a line is moved to `<file>.torn.<seq>.<hash>`: logged, and noted in the new line's `torn`. A
    line that could not be written whole is taken back.

    Raises:
        DataContractError: `event` lacks a field or brings one of ours.
        TypeError, ValueError: `event` holds what JSON can't; the file is untouched.
        VerificationError: the last line is no ledger line, so nothing can follow it.
        StorageError: the folder is missing, or the disk is full or failed.
    """
    _check_event(event)
    fields = plain(event)  # before the file exists: what can't be written must leave nothing behind
    with storing(path), locked(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, fcntl.LOCK_EX) as descriptor:
        end = os.fstat(descriptor).st_size
        if end == 0:
            sync_folder(path.parent)
        last, torn = last_line(descriptor, end)
        start = _head_of(path, last)
        additions: dict[str, object] = {
            "schema": SCHEMA,
            "seq": start.size + 1,
            "prev": start.hash,
            "ts": datetime.now(UTC),
        }
        if torn:
            additions["torn"] = _set_aside(path, start.size + 1, torn)
            end -= len(torn)
            os.ftruncate(descriptor, end)
        line = canonical({**fields, **additions})
        write_or_take_back(descriptor, line + b"\n", end)
    return Head(start.size + 1, sha256(line).hexdigest())


def head(path: Path) -> Head:
    """Where the ledger ends, from its last line alone; a torn tail does not count.

    Raises:
        FileNotFoundError: there is no such ledger.
        VerificationError: the last line is no ledger line.
    """
    with locked(path, os.O_RDONLY, fcntl.LOCK_SH) as descriptor:
        last, _ = last_line(descriptor, os.fstat(descriptor).st_size)
    return _head_of(path, last)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The events in order, without checking the chain; a torn tail is left out.

    Raises:
        FileNotFoundError: there is no such ledger.
        VerificationError: a line is not a JSON object; names it.
    """
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            yield _object(path, number, line)


def verify(path: Path, head: Head | None = None, trusted: int = 0) -> Verification:
    """Checks every line and the chain, and that the ledger still begins with what `head` pinned (it may have grown).

    Finds edited, deleted, inserted and reordered lines, lines rewritten in another spelling, and a torn tail; with
    `head` also lines cut off the end and a chain computed anew. The first `trusted` lines are known to be what was
    appended (a checkpoint from outside has their Merkle root): they aren't looked into. Never raises for what the file is
    or holds.
    """
    problems: list[Problem] = []
    ends = Head(0, GENESIS)
    pinned = head is None or head == ends
    try:
        with locked(path, os.O_RDONLY, fcntl.LOCK_SH) as descriptor, open(descriptor, "rb", closefd=False) as file:
            for state, found in _checked(file, trusted if head is None else min(trusted, head.size)):
                problems += found
                ends = state
                pinned = pinned or ends == head
    except FileNotFoundError:
        problems.append(Problem(0, "missing", f"there is no ledger {path.name}"))
    except OSError as error:
        problems.append(Problem(0, "missing", f"the ledger {path.name} can't be read: {error.strerror}"))
    if head is not None and not pinned:
        problems.append(_unpinned(ends, head))
    return Verification(ends.size, ends, tuple(problems))


def _checked(file: BinaryIO, trusted: int) -> Iterator[tuple[Head, list[Problem]]]:
    """The head after each line from the last trusted one on, with what is wrong with that line."""
    state, seq = Head(0, GENESIS), 0
    for number, raw in enumerate(file, 1):
        if number < trusted:
            continue
        line = raw.removesuffix(b"\n")
        if number == trusted:
            state, seq = Head(number, sha256(line).hexdigest()), number
            yield state, []
            continue
        if line == raw:
            yield state, [Problem(number, "torn", f"{len(raw)} bytes without an end of line: a writer was killed")]
            return
        try:
            value, spelled = parse(line)
        except ValueError as error:
            problems, seq = [Problem(number, "not-json", str(error))], seq + 1
        else:
            problems = _line_problems(number, value, spelled, Head(seq, state.hash))
            # Go on from what the line says, or one missing line would make every later one wrong.
            seq = _seq(value, seq + 1)
        state = Head(number, sha256(line).hexdigest())
        yield state, problems


def _line_problems(number: int, value: Any, spelled: bool, before: Head) -> list[Problem]:
    if not isinstance(value, dict):
        return [Problem(number, "fields", "not an object")]
    found = [] if spelled else [("not-canonical", "not spelled as RFC 8785 has it: written by hand or another tool")]
    missing = [name for name in REQUIRED if name not in value]
    if missing:
        found.append(("fields", f"lacks {', '.join(missing)}"))
    elif value["schema"] != SCHEMA:
        found.append(("fields", f"its schema is {value['schema']!r}, not {SCHEMA!r}"))
    if _seq(value, 0) != before.size + 1:
        found.append(("sequence", f"its seq is {value.get('seq')!r} where {before.size + 1} follows"))
    if value.get("prev") != before.hash:
        other = f"line {number - 1}" if number > 1 else "an empty ledger"
        found.append(("chain", f"does not follow {other}: lines were changed, moved, added or removed"))
    return [Problem(number, kind, message) for kind, message in found]


def _unpinned(ends: Head, head: Head) -> Problem:
    if ends.size < head.size:
        return Problem(ends.size, "truncated", f"ends after {ends.size} lines; the head was taken at {head.size}")
    return Problem(head.size, "rewritten", f"line {head.size} is not the one whose hash the head kept")


def _check_event(event: Mapping[str, object]) -> None:
    missing = [name for name in ("event", "run_id") if name not in event]
    if missing:
        raise DataContractError(f"a ledger event must have {', '.join(missing)}; it has {', '.join(map(str, event))}")
    taken = [name for name in _OURS if name in event]
    if taken:
        raise DataContractError(f"{', '.join(taken)}: the ledger sets these itself; leave them out of the event")


def _head_of(path: Path, last: bytes | None) -> Head:
    if last is None:
        return Head(0, GENESIS)
    seq = _seq(_object(path, None, last), 0)
    if seq < 1:
        raise VerificationError(f"{path.name}: the last line has no seq; run `verify` before anything is added")
    return Head(seq, sha256(last).hexdigest())


def _seq(value: Any, default: int) -> int:
    seq = value.get("seq") if isinstance(value, dict) else None
    return seq if isinstance(seq, int) and not isinstance(seq, bool) else default


def _object(path: Path, number: int | None, line: bytes) -> dict[str, Any]:
    which = "the last line" if number is None else f"line {number}"
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise VerificationError(f"{path.name}: {which} is not JSON ({error}); run `verify`") from error
    if not isinstance(value, dict):
        raise VerificationError(f"{path.name}: {which} is not an object; run `verify`")
    return value


def _set_aside(path: Path, seq: int, torn: bytes) -> dict[str, object]:
    """Keeps a torn line in a file of its own, named by its content: a second try after a crash writes the same one."""
    import logging

    digest = sha256(torn).hexdigest()
    beside = path.with_name(f"{path.name}.torn.{seq}.{digest[:8]}")
    write_atomically(beside, torn)
    logging.getLogger(__name__).warning(
        "%s: a torn line of %d bytes was moved to %s", path.name, len(torn), beside.name
    )
    return {"file": beside.name, "bytes": len(torn), "digest": f"sha256:{digest}"}
