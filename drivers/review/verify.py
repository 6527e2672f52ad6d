"""`verify`: is the record of a run as it was left?

Of a run, in this order: its receipt; its ledger's chain, its end against the head in the receipt, each line against the
published schema; the artifacts that the closing event lists (missing, changed, extra). Of the project: its ledger's
chain and lines; the line of each run that is checked, against its receipt; with `everything` also whether a run that has
a line is gone. Then what was kept elsewhere: a head given by hand, signatures, git notes.
Imports nothing heavy. Problems are all found before any is reported; each names its file and what to do.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review import anchor
from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.runs import receipt, run_folder
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError, offenders
from tradingview_scraper.pipelines.selection.schemas.json_schema import violation
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, MODEL, RECEIPT, RUNS

ENDS = {"run.completed": "FINISHED", "run.failed": "FAILED"}
# In the receipt and in the project's line alike.
FACTS = ("profile", "as_of", "data", "pool", "winners", "rung", "reached_floor", "head")
BESIDE = (LEDGER, RECEIPT, anchor.STATEMENT, anchor.SIGNATURE)
SHOWN = 5
DO_MODEL = "restore the file from a copy: without it the run can't be made again"
DO_RUN = "restore the folder from a copy, or make the run again: `tvselect reproduce` tells what it gives now"
DO_LEDGER = "restore the file from a copy; lines before the first problem still hold"
DO_PROJECT = "restore the file from a copy; the runs' own ledgers can still be verified one by one"


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
    """What a verification looked at, and what it found."""

    runs: int = 0
    lines: int = 0
    artifacts: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verified(
    project: Path,
    reference: str | None = None,
    *,
    everything: bool = False,
    head: str | None = None,
    allowed_signers: Path | None = None,
    git_notes: bool = False,
) -> dict[str, Any]:
    """Verify a run (the latest, if none is named) or all, and the project's ledger.

    `head` (`SIZE:HASH`) is one of the named run's ledger, or of the project's where no run is named. Raises
    `ConfigurationError` where the reference, the head or the repository can't be used; what is found is not raised.
    """
    kept = None if head is None else anchor.read_head(head)
    folders = all_folders(project) if everything else [run_folder(project, reference or "@latest")]
    checked = Checked()
    for folder in folders:
        check_run(project, folder, checked, kept if reference else None)
    lines = check_project(project, checked, None if reference else kept)
    for folder in folders:
        checked.problems += line_problems(folder, lines.get(folder.name, []))
    if everything:
        checked.problems += lost_runs(lines, {folder.name for folder in folders})
    places = [project / RUNS, *folders]
    check_signatures(project, places, allowed_signers, checked)
    if git_notes:
        for place in places:
            for noted in anchor.noted_heads(project, place):
                checked.problems += pinned(project, place, noted, "a git note")
    return {
        "ok": not checked.problems,
        "run": None if everything else folders[0].name,
        "runs": checked.runs,
        "lines": checked.lines,
        "artifacts": checked.artifacts,
        "problems": [asdict(problem) for problem in checked.problems],
        "notes": checked.notes,
    }


def all_folders(project: Path) -> list[Path]:
    """Every run's folder, with a receipt or without one."""
    runs = project / RUNS
    return sorted(path for path in runs.iterdir() if path.is_dir() and path.name[0] != ".") if runs.is_dir() else []


def check_run(project: Path, folder: Path, checked: Checked, head: ledger.Head | None) -> None:
    """One run: receipt, ledger, artifacts."""
    checked.runs += 1
    written: ledger.Head | None = None
    place = f"{RUNS}/{folder.name}"
    status = None
    try:
        found = receipt(folder)
        written, status = _head(found), found.get("status")
        if found["run_id"] != folder.name:
            message = f"it is the receipt of {found['run_id']}"
            checked.problems.append(Problem(f"{place}/{RECEIPT}", "receipt", message, DO_RUN))
    except VerificationError as error:
        checked.problems.append(Problem(f"{place}/{RECEIPT}", "receipt", str(error), DO_RUN))
    ends = _check_ledger(folder / LEDGER, place, checked, written, DO_LEDGER)
    if written is not None and ends.size > written.size:
        added = f"{ends.size - written.size} lines were added after the run had ended"
        checked.problems.append(Problem(f"{place}/{LEDGER}", "grown", added, DO_LEDGER, written.size + 1))
    if head is not None:
        checked.problems += pinned(project, folder, head, "the head that you gave")
    events = _events(folder / LEDGER)
    strangers = [number for number, event in events.items() if event.get("run_id") != folder.name]
    if strangers:
        message = f"{len(strangers)} lines are of another run"
        checked.problems.append(Problem(f"{place}/{LEDGER}", "fields", message, DO_LEDGER, strangers[0]))
    last = events[max(events)] if events else {}
    if ENDS.get(str(last.get("event"))) != status and events:
        message = f"ends with {last.get('event')!r}, but the receipt says {status!r}"
        checked.problems.append(Problem(f"{place}/{LEDGER}", "unfinished", message, DO_RUN, max(events)))
    stated = last.get("artifacts", [])
    artifacts = [entry for entry in stated if isinstance(entry, dict)] if isinstance(stated, list) else []
    checked.artifacts += len(artifacts)
    checked.problems += artifact_problems(folder, place, artifacts)
    read = last.get("inputs", [])
    checked.problems += model_problems(
        project, [entry for entry in read if isinstance(entry, dict)] if isinstance(read, list) else []
    )


def artifact_problems(folder: Path, place: str, artifacts: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Artifacts that are missing or changed, and files that the ledger doesn't know."""
    for artifact in artifacts:
        name = str(artifact.get("path"))
        path = folder / name
        if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            yield Problem(f"{place}/{name}", "missing", "the ledger lists it, but it isn't there", DO_RUN)
        elif file_digest(path) != artifact.get("digest"):
            sizes = f"{path.stat().st_size} bytes now, {artifact.get('bytes')} then"
            yield Problem(f"{place}/{name}", "changed", f"its content is not what the run wrote ({sizes})", DO_RUN)
    known = {*BESIDE, *(str(artifact.get("path")) for artifact in artifacts)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and name not in known and not name.startswith(f"{LEDGER}.torn."):
            yield Problem(f"{place}/{name}", "extra", "the run didn't write it", "move it out of the run's folder")


def model_problems(project: Path, read: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Models that the run used and that are no longer there, or are others."""
    for source in read:
        if source.get("role") != MODEL:
            continue
        name = str(source.get("source"))
        path = project / name
        if not path.is_file() or not path.resolve().is_relative_to(project.resolve()):
            yield Problem(name, "missing", "the run used this model, but it isn't there", DO_MODEL)
        elif file_digest(path) != source.get("digest"):
            yield Problem(name, "changed", "it isn't the model that the run used", DO_MODEL)


def check_project(project: Path, checked: Checked, head: ledger.Head | None) -> dict[str, list[Mapping[str, Any]]]:
    """The project's ledger; its lines on runs by run id."""
    path = project / RUNS / LEDGER
    _check_ledger(path, RUNS, checked, None, DO_PROJECT)
    if head is not None:
        checked.problems += pinned(project, path.parent, head, "the head that you gave")
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for event in _events(path).values():
        if event.get("event") in ENDS:
            lines.setdefault(str(event.get("run_id")), []).append(event)
    return lines


def line_problems(folder: Path, lines: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Where the project's ledger and a run's receipt disagree."""
    place = f"{RUNS}/{LEDGER}"
    if len(lines) != 1:
        message = f"it has {len(lines) or 'no'} line{'s' if len(lines) > 1 else ''} on the run {folder.name}"
        do = "restore the file from a copy; only a run killed at its very end has none: make it again, delete this one"
        yield Problem(place, "unlisted", message, do)
        return
    try:
        found = receipt(folder)
    except VerificationError:
        return  # said already
    differing = [name for name in FACTS if name in lines[0] and lines[0][name] != found.get(name, lines[0][name])]
    differing += [] if found.get("head") else ["head"]
    if differing:
        message = f"says otherwise than {place} in {', '.join(dict.fromkeys(differing))}"
        yield Problem(f"{RUNS}/{folder.name}/{RECEIPT}", "receipt", message, DO_RUN)


def lost_runs(lines: Mapping[str, Sequence[Mapping[str, Any]]], folders: set[str]) -> Iterator[Problem]:
    """Runs that the project's ledger knows and whose folders are gone."""
    gone = sorted(lines.keys() - folders)
    if gone:
        do = f"restore them from a copy: which runs were made is part of the record ({RUNS}/{LEDGER} keeps their heads)"
        yield Problem(f"{RUNS}/{gone[0]}", "missing", f"runs whose folders are gone: {offenders(gone)}", do)


def check_signatures(project: Path, places: Sequence[Path], allowed_signers: Path | None, checked: Checked) -> None:
    """Every signed head against its ledger, and, given who may sign, its signature; then at least one must be there."""
    found = 0
    for place in places:
        name = f"{anchor.named(project, place).rpartition('/')[0]}/{anchor.STATEMENT}"
        try:
            head = anchor.statement(project, place)
        except VerificationError as error:
            checked.problems.append(Problem(name, "signature", str(error), "restore the file, or anchor again"))
            continue
        if head is None:
            continue
        found += 1
        checked.problems += pinned(project, place, head, anchor.STATEMENT)
        wrong = None if allowed_signers is None else anchor.signature_problem(place, allowed_signers)
        if wrong is not None:
            checked.problems.append(Problem(name, "signature", wrong, "restore both files, or anchor again"))
    if allowed_signers is not None and not found:
        do = "`tvselect anchor --sign KEYFILE` makes a signature"
        checked.problems.append(Problem(f"{RUNS}/{LEDGER}", "signature", "no head of it was ever signed", do))


def pinned(project: Path, folder: Path, head: ledger.Head, who: str) -> Iterator[Problem]:
    """What contradicts a head that was kept elsewhere."""
    for problem in ledger.verify(folder / LEDGER, head).problems:
        if problem.kind in ("truncated", "rewritten"):
            message = f"{problem.message} ({who}: {anchor.written_head(head)})"
            yield Problem(anchor.named(project, folder), problem.kind, message, DO_LEDGER, problem.line)


def verification_text(found: Mapping[str, Any]) -> str:
    """The verdict for a terminal."""
    what = found["run"] or f"{found['runs']} runs"
    scope = f"{what}: {found['lines']} ledger lines, {found['artifacts']} artifacts"
    lines = []
    for problem in found["problems"]:
        at = f" line {problem['line']}" if problem["line"] else ""
        lines += [f"{problem['file']}{at}: {problem['kind']}: {problem['message']}", f"  -> {problem['do']}"]
    count = len(found["problems"])
    verdict = "all as they were left" if found["ok"] else f"{count} problem{'s' if count > 1 else ''}"
    return "\n".join([*lines, *found["notes"], f"{scope}: {verdict}"])


def _check_ledger(path: Path, place: str, checked: Checked, head: ledger.Head | None, do: str) -> ledger.Head:
    found = ledger.verify(path, head)
    checked.lines += found.lines
    name = f"{place}/{LEDGER}"
    checked.problems += [
        Problem(name, problem.kind, problem.message, do, problem.line or None) for problem in found.problems
    ]
    wrong = {number: violation(event, "audit.schema.json") for number, event in _events(path).items()}
    reported = {problem.line for problem in found.problems if problem.kind == "fields"}
    broken = {number: clause for number, clause in wrong.items() if clause and number not in reported}
    for number, clause in list(broken.items())[:SHOWN]:
        checked.problems.append(Problem(name, "schema", clause, do, number))
    if len(broken) > SHOWN:
        message = f"{len(broken) - SHOWN} more lines don't fit the schema"
        checked.problems.append(Problem(name, "schema", message, do))
    return found.head


def _events(path: Path) -> dict[int, dict[str, Any]]:
    """The readable lines by number; what isn't readable, the chain's verification has said."""
    try:
        lines = path.read_bytes().split(b"\n")
    except (FileNotFoundError, IsADirectoryError):
        return {}
    events = {}
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            events[number] = value
    return events


def _head(found: Mapping[str, Any]) -> ledger.Head:
    head = found.get("head")
    try:
        return ledger.Head(int(head["size"]), str(head["hash"]))  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        raise VerificationError(f"the {RECEIPT} of the run {found['run_id']} holds no head") from None
