"""What was kept of a ledger where who can write to the runs can't change it, held against the ledger as it is.

A chain shows what was changed inside it, not that its end was cut off or that all of it was written anew. `Trees` computes
each ledger's Merkle tree once. `check_checkpoint`, `check_head`, `check_notes` and `check_signatures` hold against it what
was kept; what was asked for and agrees goes to `Checked.against`, and the lines that a checkpoint pins to `trusted`.
`tree_problems` is about the project's own tree, `anchor_problems` about checkpoints that should be there and aren't.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tradingview_scraper.pipelines.selection.drivers.review import anchor, time_stamp
from tradingview_scraper.pipelines.selection.drivers.review.run_check import DO_LEDGER, Checked, Events, Problem
from tradingview_scraper.pipelines.selection.lineage.record import ledger, merkle
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint, leaf_hashes, read_checkpoint
from tradingview_scraper.pipelines.selection.lineage.record.files import locked
from tradingview_scraper.pipelines.selection.lineage.record.log_tiles import tile_files, tree_head
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, LOG, RUNS

DO_ANCHOR = "restore both files from a copy; without them a ledger written anew would pass"
DO_TREE = f"if the ledger is right, delete {RUNS}/{LOG}: the next line of the ledger makes it anew"


@dataclass
class Trees:
    """The Merkle trees over the ledgers of a project, each computed when it is first asked for."""

    project: Path
    trusted: dict[Path, int] = field(default_factory=dict)
    """Folder to how many lines of its ledger a checkpoint from outside pins."""
    _trees: dict[Path, tuple[int, merkle.Node]] = field(default_factory=dict)

    def of(self, folder: Path, at_least: int = 0) -> tuple[int, merkle.Node]:
        """Number of lines of the ledger in a folder, and its tree; read again where it had fewer lines than `at_least`."""
        if folder not in self._trees or self._trees[folder][0] < at_least:
            leaves = leaf_hashes(folder / LEDGER)
            self._trees[folder] = len(leaves), merkle.nodes(leaves)
        return self._trees[folder]

    def contradiction(self, folder: Path, kept: Checkpoint, who: str) -> Problem | None:
        """What a checkpoint says otherwise than the ledger; None where it agrees."""
        size, node = self.of(folder, kept.size)
        name = anchor.named(self.project, folder)
        if size < kept.size:
            message = f"ends after {size} lines; {who} was taken at {kept.size}"
            return Problem(name, "truncated", message, DO_LEDGER, size or None)
        if merkle.root(node, kept.size) != kept.root:
            message = f"its first {kept.size} lines are not those of {who}"
            return Problem(name, "rewritten", message, DO_LEDGER)
        return None

    def check(self, folder: Path, kept: Checkpoint, who: str, checked: Checked) -> None:
        """A checkpoint from outside: what contradicts it, or how far it reaches."""
        problem = self.contradiction(folder, kept, who)
        if problem is not None:
            checked.problems.append(problem)
            return
        self.trusted[folder] = max(kept.size, self.trusted.get(folder, 0))
        checked.against.append(f"{who}: {anchor.named(self.project, folder)} up to line {kept.size}")


def check_checkpoint(
    path: Path,
    places: Sequence[Path],
    allowed_signers: Path | None,
    authorities: Path | None,
    trees: Trees,
    checked: Checked,
) -> None:
    """A checkpoint in a file of one's own; given who may sign, its signature; given who may stamp, its time stamp.

    Raises `ConfigurationError` where it can't be read, or is of a ledger that isn't looked at.
    """
    try:
        kept = read_checkpoint(path.read_bytes())
    except (OSError, VerificationError) as error:
        raise ConfigurationError(f"--checkpoint {path}: {error}") from None
    meant = next((place for place in places if anchor.named(trees.project, place) == kept.ledger), None)
    if meant is None:
        raise ConfigurationError(f"--checkpoint {path}: it is of {kept.ledger}, which isn't looked at; name its run")
    wrong = None if allowed_signers is None else anchor.signature_problem(path, allowed_signers)
    if wrong is not None:
        checked.problems.append(Problem(path.name, "signature", wrong, "give the checkpoint that they signed"))
        return
    wrong = None if authorities is None else time_stamp.time_stamp_problem(path, authorities)
    if wrong is not None:
        checked.problems.append(
            Problem(path.name, "time stamp", wrong, "give the authority's answer to this checkpoint")
        )
        return
    who = f"the checkpoint {path.name}" if allowed_signers is None else f"the signed checkpoint {path.name}"
    who += "" if authorities is None else f", seen by a time-stamp authority on {time_stamp.stamped_at(path)}"
    trees.check(meant, kept, who, checked)


def check_head(folder: Path, head: ledger.Head, who: str, trees: Trees, checked: Checked) -> None:
    """A head from outside. It is of one line, and the chain pins those before it."""
    name = anchor.named(trees.project, folder)
    wrong = [
        problem
        for problem in ledger.verify(folder / LEDGER, head).problems
        if problem.kind in ("truncated", "rewritten")
    ]
    for problem in wrong:
        message = f"{problem.message} ({who}: {anchor.written_head(head)})"
        checked.problems.append(Problem(name, problem.kind, message, DO_LEDGER, problem.line))
    if not wrong:
        checked.against.append(f"{who}: {name} up to line {head.size}")


def check_notes(places: Sequence[Path], trees: Trees, checked: Checked) -> None:
    """The heads in git notes. Raises `GitError` where there is no repository."""
    for place in places:
        for head in anchor.noted_heads(trees.project, place):
            check_head(place, head, "a git note", trees, checked)


def check_signatures(places: Sequence[Path], allowed_signers: Path | None, trees: Trees, checked: Checked) -> int:
    """The checkpoints beside ledgers, and, given who may sign, their signatures; how many there are.

    One whose signature nobody checked lies in the same folder as its ledger: it may contradict, but proves nothing.
    """
    found = 0
    for place in places:
        name = (place / anchor.STATEMENT).relative_to(trees.project).as_posix()
        try:
            kept = anchor.statement(trees.project, place)
        except VerificationError as error:
            found += 1
            checked.problems.append(Problem(name, "signature", str(error), "restore the file, or anchor again"))
            continue
        if kept is None:
            continue
        found += 1
        wrong = None if allowed_signers is None else anchor.signature_problem(place / anchor.STATEMENT, allowed_signers)
        if wrong is not None:
            checked.problems.append(Problem(name, "signature", wrong, "restore both files, or anchor again"))
        elif allowed_signers is not None:
            trees.check(place, kept, f"the signed {name}", checked)
        elif (problem := trees.contradiction(place, kept, name)) is not None:
            checked.problems.append(problem)
    return found


def tree_problems(trees: Trees) -> list[Problem]:
    """Where the tree on disk isn't the one over the project's ledger; it may be some lines behind, or not there."""
    try:
        # A run that ends meanwhile would replace tiles under our eyes.
        with locked(trees.project / RUNS / LEDGER, os.O_RDONLY, fcntl.LOCK_SH):
            return list(_tree_problems(trees, trees.project / RUNS))
    except OSError:
        return []  # without a ledger there is no tree to hold against it, and that it is gone has been said


def _tree_problems(trees: Trees, runs: Path) -> Iterator[Problem]:
    kept = tree_head(runs)
    problem = trees.contradiction(runs, kept, f"{RUNS}/{LOG}")
    if problem is not None:
        yield problem
        return
    for path, content in tile_files(trees.of(runs)[1], kept.size):
        place = runs / LOG / path
        if not place.is_file() or place.read_bytes() != content:
            yield Problem(f"{RUNS}/{LOG}/{path}", "changed", "it isn't the tree over the ledger's lines", DO_TREE)


def anchor_problems(project: Path, places: Sequence[Path], events: Events) -> Iterator[Problem]:
    """Signed checkpoints that the project's ledger says lie beside a ledger, and that are gone or are older ones."""
    for place in places:
        where = (place / anchor.STATEMENT).relative_to(project).as_posix()
        sizes = {number: _anchored(event).get(where, 0) for number, event in events.items()}
        line = max((number for number, size in sizes.items() if size), default=None)
        if line is None:
            continue
        said = f"line {line} of {RUNS}/{LEDGER}"
        missing = [name for name in (anchor.STATEMENT, anchor.SIGNATURE) if not (place / name).is_file()]
        if missing:
            message = f"{said} says that a checkpoint was signed, but there is no {' and no '.join(missing)}"
            yield Problem(where, "anchor", message, DO_ANCHOR)
        elif (kept := tree_head_of(project, place)) is not None and kept.size < sizes[line]:
            message = f"it is of {kept.size} lines; {said} speaks of a later one, of {sizes[line]}"
            yield Problem(where, "anchor", message, DO_ANCHOR)


def tree_head_of(project: Path, place: Path) -> Checkpoint | None:
    """The checkpoint beside a ledger, if it is one."""
    try:
        return anchor.statement(project, place)
    except VerificationError:
        return None  # said already


def kept_elsewhere(events: Events) -> Iterator[str]:
    """Where the project's ledger says that something was kept, for who asked for nothing."""
    places = {method: place for event in events.values() for method, place in [_method_and_place(event)]}
    if anchor.IN_GIT in places:
        yield f"{RUNS}/{LEDGER} says that a head is in a git note: --git-notes checks it"
    kept = [
        place for method, place in places.items() if method in (anchor.SIGNED, anchor.UNSIGNED) and "/" not in place
    ]
    for place in kept:
        yield f"{RUNS}/{LEDGER} says that a checkpoint was kept as {place}: --checkpoint checks it"


def against_lines(against: Sequence[str]) -> list[str]:
    """Against what a record was checked, for people: without anything from outside much can't be seen."""
    if against:
        return [f"checked against {what}" for what in against]
    return ["checked against nothing from outside: a record rewritten whole, or cut at its end, would pass"]


def _method_and_place(event: object) -> tuple[str, str]:
    tags = event.get("tags") if isinstance(event, dict) and event.get("event") == "ledger.anchored" else None
    return (str(tags.get("method")), str(tags.get("place"))) if isinstance(tags, dict) else ("", "")


def _anchored(event: object) -> dict[str, int]:
    """Place to the size of the checkpoint that was signed there."""
    method, place = _method_and_place(event)
    head = event.get("head") if isinstance(event, dict) and method == anchor.SIGNED else None
    size = head.get("size") if isinstance(head, dict) else None
    return {place: size} if isinstance(size, int) else {}
