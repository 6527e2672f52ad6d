"""`verify`: is the record of a run as it was left?

In this order: what was kept elsewhere (`outside`): a checkpoint, signatures, a head given by hand, git notes; each run that
is meant (`run_check`); the project's ledger, its chain, lines and tree; checkpoints that should be there and aren't; the
line of each of these runs, against its receipt; with `everything` also whether a run that has a line is gone.
Imports nothing heavy. Problems are all found before any is reported; each names its file and what to do. The verdict says
against what it was checked: a chain alone can't show that all of it was written anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review import anchor
from tradingview_scraper.pipelines.selection.drivers.review.outside import (
    Trees,
    against_lines,
    anchor_problems,
    check_checkpoint,
    check_head,
    check_notes,
    check_signatures,
    kept_elsewhere,
    tree_problems,
)
from tradingview_scraper.pipelines.selection.drivers.review.run_check import (
    DO_RUN,
    ENDS,
    Checked,
    Events,
    Problem,
    check_ledger,
    check_run,
    link_problems,
    readable_events,
    torn_files,
    torn_problems,
)
from tradingview_scraper.pipelines.selection.lineage.record.runs import receipt, run_folder
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError, offenders
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, LOG, RECEIPT, RUNS

# In the receipt and in the project's line alike; of a failed run only some.
FACTS = ("profile", "as_of", "data", "pool", "winners", "rung", "reached_floor", "head")
FACTS_OF_A_FAILURE = ("profile", "head")
# Lines of the project's ledger that say something of its other lines.
_ALWAYS = ("ledger.anchored", '"torn":')
DO_PROJECT = "restore the file from a copy; the runs' own ledgers can still be verified one by one"


def verified(
    project: Path,
    reference: str | None = None,
    *,
    everything: bool = False,
    head: str | None = None,
    checkpoint: Path | None = None,
    allowed_signers: Path | None = None,
    authorities: Path | None = None,
    git_notes: bool = False,
) -> dict[str, Any]:
    """Verify a run (the latest, if none is named) or all, and the project's ledger.

    `head` (`SIZE:HASH`) is one of the named run's ledger, or of the project's where no run is named; `checkpoint` a file
    that `anchor` wrote and that lay elsewhere since, `authorities` the certificates of who may have stamped it.

    Raises `ConfigurationError` where the reference, the head, the
    checkpoint or the repository can't be used; what is found is not raised.
    """
    if authorities is not None and checkpoint is None:
        raise ConfigurationError("verify: --time-stamp-authority needs --checkpoint FILE, the one that was stamped")
    kept = None if head is None else anchor.read_head(head)
    folders = all_folders(project) if everything else [run_folder(project, reference or "@latest")]
    checked, trees = Checked(), Trees(project)
    places = [project / RUNS, *folders]
    if checkpoint is not None:
        check_checkpoint(checkpoint, places, allowed_signers, authorities, trees, checked)
    signed = check_signatures(places, allowed_signers, trees, checked)
    if allowed_signers is not None and not signed and checkpoint is None:
        do = "`tvselect anchor --sign KEYFILE` makes a signature"
        checked.problems.append(Problem(f"{RUNS}/{LEDGER}", "signature", "no checkpoint of it was ever signed", do))
    if kept is not None:
        check_head(folders[0] if reference else project / RUNS, kept, "the head that you gave", trees, checked)
    if git_notes:
        check_notes(places, trees, checked)
    for folder in folders:
        check_run(project, folder, checked, trees.trusted.get(folder, 0))
    events = check_project(project, checked, trees, () if everything else [folder.name for folder in folders])
    checked.problems += anchor_problems(project, places, events)
    lines = run_lines(events)
    for folder in folders:
        checked.problems += line_problems(folder, lines.get(folder.name, []))
    if everything:
        checked.problems += lost_runs(lines, {folder.name for folder in folders})
    if not checked.against:
        checked.notes += kept_elsewhere(events)
    return {
        "ok": not checked.problems,
        "run": None if everything else folders[0].name,
        "runs": checked.runs,
        "lines": checked.lines,
        "artifacts": checked.artifacts,
        "problems": [asdict(problem) for problem in checked.problems],
        "notes": checked.notes,
        "against": checked.against,
    }


def all_folders(project: Path) -> list[Path]:
    """Every run's folder, with a receipt or without one."""
    runs = project / RUNS
    if not runs.is_dir():
        return []
    return sorted(path for path in runs.iterdir() if path.is_dir() and path.name[0] != "." and path.name != LOG)


def check_project(project: Path, checked: Checked, trees: Trees, names: Sequence[str] = ()) -> Events:
    """The project's ledger and the tree over it; its readable lines.

    Where a checkpoint from outside pins lines, only those of the runs that are named are among them, if any are.
    """
    runs = project / RUNS
    trusted = trees.trusted.get(runs, 0)
    events = readable_events(runs / LEDGER, trusted, [*names, *_ALWAYS] if names else ())
    checked.problems += link_problems(project, [runs / LEDGER])
    check_ledger(runs / LEDGER, events, RUNS, checked, None, DO_PROJECT, trusted)
    checked.problems += tree_problems(trees)
    torn = torn_files(events)
    checked.problems += torn_problems(runs, RUNS, torn)
    for path in sorted(runs.glob(f"{LEDGER}.torn.*")):
        if path.name not in torn:
            message = "no line of the ledger speaks of it"
            checked.problems.append(Problem(f"{RUNS}/{path.name}", "extra", message, f"move it out of {RUNS}/"))
    return events


def run_lines(events: Events) -> dict[str, list[Mapping[str, Any]]]:
    """Run to its lines in the project's ledger."""
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for event in events.values():
        if str(event.get("event")) in ENDS:
            lines.setdefault(str(event.get("run_id")), []).append(event)
    return lines


def line_problems(folder: Path, lines: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Where the project's ledger and a run's receipt disagree."""
    place = f"{RUNS}/{LEDGER}"
    if len(lines) != 1:
        message = f"it has {len(lines) or 'no'} line{'s' if len(lines) > 1 else ''} on the run {folder.name}"
        do = "restore the file from a copy"
        yield Problem(place, "unlisted", message, do)
        return
    try:
        found = receipt(folder)
    except VerificationError:
        return  # said already
    line, status = lines[0], ENDS[str(lines[0]["event"])]
    facts = FACTS if status == "FINISHED" else FACTS_OF_A_FAILURE
    differing = [name for name in facts if name in line and (name not in found or line[name] != found[name])]
    differing += [] if found.get("head") else ["head"]
    differing += [] if found.get("status") == status else ["status"]
    if differing:
        message = f"says otherwise than {place} in {', '.join(dict.fromkeys(differing))}"
        yield Problem(f"{RUNS}/{folder.name}/{RECEIPT}", "receipt", message, DO_RUN)
    elif "receipt" in line and file_digest(folder / RECEIPT) != line["receipt"]:
        yield Problem(f"{RUNS}/{folder.name}/{RECEIPT}", "receipt", "it isn't what the run wrote", DO_RUN)


def lost_runs(lines: Mapping[str, Sequence[Mapping[str, Any]]], folders: set[str]) -> Iterator[Problem]:
    """Runs that the project's ledger knows and whose folders are gone."""
    gone = sorted(lines.keys() - folders)
    if gone:
        do = f"`tvselect clean` names one killed at its very end; restore others from a copy: {RUNS}/{LEDGER} keeps their heads"
        yield Problem(f"{RUNS}/{gone[0]}", "missing", f"runs whose folders are gone: {offenders(gone)}", do)


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
    return "\n".join([*lines, *found["notes"], f"{scope}: {verdict}", *against_lines(found["against"])])
