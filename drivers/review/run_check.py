"""One run folder, checked: its receipt, its ledger, its artifacts, the models that it used.

`check_run` looks, in this order, for links in the place of what must be files; at the receipt; at the ledger's chain, its
end against the head in the receipt, each line against the published schema; at the artifacts that the closing event lists
(missing, changed, extra) and the torn lines that were set aside. `Problem` and `Checked` are what all of `verify` fills.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Not pathlib's: a name that a disk can't hold, or a NUL in it, is no file and no error.
from os.path import exists, isfile, islink
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.anchor import SIGNATURE, STATEMENT
from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.runs import receipt
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.json_schema import violation
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, MODEL, RECEIPT, RUNS

ENDS = {"run.completed": "FINISHED", "run.failed": "FAILED"}
BESIDE = (LEDGER, RECEIPT, STATEMENT, SIGNATURE)
SHOWN = 5
DO_MODEL = "restore the file from a copy: without it the run can't be made again"
DO_RUN = "restore the folder from a copy, or make the run again: `tvselect reproduce` tells what it gives now"
DO_LEDGER = "restore the file from a copy; lines before the first problem still hold"
DO_LINK = "put the file itself there: what a link leads to can change, and is not copied with the folder"
DO_EXTRA = "move it out of the run's folder"
_TORN = f"{LEDGER}.torn."
Events = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was left."""

    file: str
    kind: str
    message: str
    do: str
    line: int | None = None


@dataclass
class Checked:
    """What a verification looked at, what it found, and against what."""

    runs: int = 0
    lines: int = 0
    artifacts: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    """What was kept where who can write to the runs can't, as far as it was asked for and agrees."""


def check_run(project: Path, folder: Path, checked: Checked, trusted: int = 0) -> None:
    """One run: receipt, ledger (of which the first `trusted` lines are known to be sound), artifacts, models."""
    checked.runs += 1
    place = f"{RUNS}/{folder.name}"
    checked.problems += link_problems(project, (folder, folder / LEDGER, folder / RECEIPT))
    written: ledger.Head | None = None
    status = None
    try:
        found = receipt(folder)
        status = found.get("status")
        if found["run_id"] != folder.name:
            message = f"it is the receipt of {found['run_id']}"
            checked.problems.append(Problem(f"{place}/{RECEIPT}", "receipt", message, DO_RUN))
        written = _head(found)
    except VerificationError as error:
        checked.problems.append(Problem(f"{place}/{RECEIPT}", "receipt", str(error), DO_RUN))
    events = readable_events(folder / LEDGER)
    ends = check_ledger(folder / LEDGER, events, place, checked, written, DO_LEDGER, trusted)
    if written is not None and ends.size > written.size:
        added = f"{ends.size - written.size} lines were added after the run had ended"
        checked.problems.append(Problem(f"{place}/{LEDGER}", "grown", added, DO_LEDGER, written.size + 1))
    strangers = [number for number, event in events.items() if event.get("run_id") != folder.name]
    if strangers:
        message = f"{len(strangers)} lines are of another run"
        checked.problems.append(Problem(f"{place}/{LEDGER}", "fields", message, DO_LEDGER, strangers[0]))
    last = events[max(events)] if events else {}
    if ENDS.get(str(last.get("event"))) != status and events:
        message = f"ends with {last.get('event')!r}, but the receipt says {status!r}"
        checked.problems.append(Problem(f"{place}/{LEDGER}", "unfinished", message, DO_RUN, max(events)))
    artifacts = _entries(last, "artifacts")
    checked.artifacts += len(artifacts)
    checked.problems += artifact_problems(folder, place, artifacts, torn_files(events))
    checked.problems += torn_problems(folder, place, torn_files(events))
    checked.problems += model_problems(project, _entries(last, "inputs"))


def check_ledger(
    path: Path, events: Events, place: str, checked: Checked, head: ledger.Head | None, do: str, trusted: int = 0
) -> ledger.Head:
    """A ledger's chain, its beginning against a head, its lines against the schema; where it ends.

    Its first `trusted` lines are known to be what was appended.
    """
    found = ledger.verify(path, head, trusted)
    checked.lines += found.lines
    name = f"{place}/{LEDGER}"
    checked.problems += [
        Problem(name, problem.kind, problem.message, do, problem.line or None) for problem in found.problems
    ]
    wrong = {number: violation(event, "audit.schema.json") for number, event in events.items() if number > trusted}
    reported = {problem.line for problem in found.problems if problem.kind == "fields"}
    broken = {number: clause for number, clause in wrong.items() if clause and number not in reported}
    for number, clause in list(broken.items())[:SHOWN]:
        checked.problems.append(Problem(name, "schema", clause, do, number))
    if len(broken) > SHOWN:
        message = f"{len(broken) - SHOWN} more lines don't fit the schema"
        checked.problems.append(Problem(name, "schema", message, do))
    return found.head


def link_problems(project: Path, paths: Sequence[Path]) -> Iterator[Problem]:
    """Which of these are symbolic links."""
    for path in paths:
        if path.is_symlink():
            yield Problem(path.relative_to(project).as_posix(), "link", "it is a symbolic link", DO_LINK)


def artifact_problems(
    folder: Path, place: str, artifacts: Sequence[Mapping[str, Any]], torn: Mapping[str, str]
) -> Iterator[Problem]:
    """Artifacts that are missing, links or changed, and files that the ledger doesn't know."""
    for artifact in artifacts:
        name = str(artifact.get("path"))
        path = folder / name
        if not isfile(path):
            yield Problem(f"{place}/{name}", "missing", "the ledger lists it, but it isn't there", DO_RUN)
        elif path.resolve() != folder.resolve() / name:
            yield Problem(f"{place}/{name}", "link", "its bytes lie elsewhere", DO_LINK)
        elif file_digest(path) != artifact.get("digest"):
            sizes = f"{path.stat().st_size} bytes now, {artifact.get('bytes')} then"
            yield Problem(f"{place}/{name}", "changed", f"its content is not what the run wrote ({sizes})", DO_RUN)
    known = {*BESIDE, *torn, *(str(artifact.get("path")) for artifact in artifacts)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name not in known:
            who = "no line of the ledger speaks of it" if name.startswith(_TORN) else "the run didn't write it"
            yield Problem(f"{place}/{name}", "extra", who, DO_EXTRA)


def torn_files(events: Events) -> dict[str, str]:
    """File to digest of the torn lines that a ledger says were set aside."""
    notes = (event.get("torn") for event in events.values())
    return {
        str(note.get("file")): str(note.get("digest"))
        for note in notes
        if isinstance(note, dict) and str(note.get("file")).startswith(_TORN)
    }


def torn_problems(folder: Path, place: str, torn: Mapping[str, str]) -> Iterator[Problem]:
    """Torn lines that aren't kept as they were found."""
    for name, digest in torn.items():
        path = folder / name
        if islink(path) or not isfile(path) or file_digest(path) != digest:
            kind = "changed" if exists(path) else "missing"
            yield Problem(f"{place}/{name}", kind, "it isn't the torn line that the ledger set aside", DO_LEDGER)


def model_problems(project: Path, read: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Models that the run used and that are no longer there, or are others."""
    for source in read:
        if source.get("role") != MODEL:
            continue
        name = str(source.get("source"))
        path = project / name
        if not isfile(path) or not path.resolve().is_relative_to(project.resolve()):
            yield Problem(name, "missing", "the run used this model, but it isn't there", DO_MODEL)
        elif file_digest(path) != source.get("digest"):
            yield Problem(name, "changed", "it isn't the model that the run used", DO_MODEL)


def readable_events(path: Path, trusted: int = 0, words: Sequence[str] = ()) -> dict[int, dict[str, Any]]:
    """The readable lines by number; what isn't readable, the chain's verification has said.

    Of the first `trusted` lines only those that hold one of `words`, if there are any: to parse all of them takes longer
    than to verify them.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return {}
    wanted = re.compile("|".join(map(re.escape, words)).encode())
    events = {}
    for number, line in enumerate(lines, 1):
        if number <= trusted and not wanted.search(line):
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            events[number] = value
    return events


def _entries(event: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in an event; whatever else stands there, the schema has refused."""
    stated = event.get(name)
    return [entry for entry in stated if isinstance(entry, dict)] if isinstance(stated, list) else []


def _head(found: Mapping[str, Any]) -> ledger.Head:
    head = found.get("head")
    size, digest = (head.get("size"), head.get("hash")) if isinstance(head, dict) else (None, None)
    if type(size) is not int or not isinstance(digest, str):
        raise VerificationError(f"the {RECEIPT} of the run {found['run_id']} holds no head")
    return ledger.Head(size, digest)
