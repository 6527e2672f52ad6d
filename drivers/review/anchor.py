"""`anchor`: what a ledger was like, put where who can write to the run folders can't change it.

A chain shows what was changed inside it, not that its end was cut off or that all of it was written anew: for that
somebody must have kept a checkpoint: how many lines, and the Merkle root over them. `stored` writes it, beside the ledger
(`checkpoint`) or to a file of one's own; with a key `ssh-keygen` signs it (`.sig` behind its name), and an authority may be
asked for the time (`time_stamp`). `noted` adds the head to
a git note on the project's commit. Each leaves a `ledger.anchored` event in the project's ledger.
For `verify`: `statement` reads a checkpoint, `signature_problem` checks its signature, `noted_heads` reads the notes.
The namespace of signatures and the ref of notes is `tvselect-audit`.
"""

import tempfile
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.programs import answered
from tradingview_scraper.pipelines.selection.drivers.review.time_stamp import written_request
from tradingview_scraper.pipelines.selection.lineage.record import ledger, merkle, project_ledger
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint, leaf_hashes, read_checkpoint
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.lineage.record.git import git_bytes, git_text, require_identity
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CHECKPOINT, LEDGER, RUNS

NAMESPACE = "tvselect-audit"
STATEMENT = CHECKPOINT
SIGNATURE = f"{CHECKPOINT}.sig"
VERSION = "tvselect-audit v1"
"""Of a line in a git note."""
IN_GIT, SIGNED, UNSIGNED = "git note", "ssh", "file"
"""How a ledger was anchored, as its event says."""


def anchored(
    project: Path,
    reference: str | None,
    *,
    key: Path | None = None,
    git_note: bool = False,
    output: Path | None = None,
    time_stamp: bool = False,
) -> dict[str, Any]:
    """Anchor the project's ledger, or that of the run that is named; what was anchored and where.

    With `time_stamp` the request for one lies beside the checkpoint at `output`.

    Raises `ConfigurationError` where it can't be signed or noted, `VerificationError` where the ledger is broken.
    """
    if git_note == (key is not None or output is not None):
        raise ConfigurationError("anchor: say either --git-note, or --sign KEYFILE, --output FILE or both")
    if time_stamp and output is None:
        raise ConfigurationError("anchor: --time-stamp needs --output FILE: a checkpoint that nobody changes any more")
    folder = project / RUNS if reference is None else run_folder(project, reference)
    head = sound_head(folder / LEDGER)
    checkpoint = checkpoint_now(project, folder, head.size)
    method, place = noted(project, folder, head) if git_note else stored(project, folder, checkpoint, key, output)
    request = written_request(output) if time_stamp and output is not None else None
    project_ledger.append(
        project,
        {
            "event": "ledger.anchored",
            "run_id": None if reference is None else folder.name,
            "head": {"size": head.size, "hash": head.hash},
            "tags": {"method": method, "place": place},
        },
    )
    done = {"ledger": named(project, folder), "head": written_head(head), "method": method, "place": place}
    return {**done, **({} if request is None else {"request": request.name})}


def checkpoint_now(project: Path, folder: Path, size: int) -> Checkpoint:
    """The checkpoint of a ledger's first `size` lines, of all where it has fewer."""
    leaves = leaf_hashes(folder / LEDGER)[:size]
    return Checkpoint(named(project, folder), len(leaves), merkle.root(merkle.nodes(leaves), len(leaves)))


def sound_head(path: Path) -> ledger.Head:
    """The head of a ledger that has nothing wrong with it: what is broken isn't worth a signature.

    Raises `VerificationError`.
    """
    found = ledger.verify(path)
    if not found.ok:
        first = found.problems[0]
        raise VerificationError(
            f"{path.name}: {len(found.problems)} problems, the first at line {first.line} ({first.message}); a broken "
            "ledger isn't anchored: `tvselect verify` says what to do"
        )
    return found.head


def stored(
    project: Path, folder: Path, checkpoint: Checkpoint, key: Path | None, output: Path | None
) -> tuple[str, str]:
    """Write a checkpoint, signed if there is a key; the method, and the file: by its path in the project, else by its name.

    Raises `ConfigurationError` where `ssh-keygen` is missing or refuses the key; `StorageError` where the file can't be written,
    `VerificationError` where it would replace a checkpoint that the ledger contradicts.
    """
    path = folder / STATEMENT if output is None else output
    _continued(path, project, folder)
    signature = None if key is None else _signature(checkpoint.text(), key)
    if signature is not None:
        write_atomically(signature_of(path), signature)
    write_atomically(path, checkpoint.text())
    place = path.name if output is not None else path.relative_to(project).as_posix()
    return UNSIGNED if key is None else SIGNED, place


def _continued(path: Path, project: Path, folder: Path) -> None:
    """Refuses to replace a checkpoint that the ledger doesn't continue: that file is what shows it."""
    try:
        before = read_checkpoint(path.read_bytes())
    except (OSError, VerificationError):
        return
    if before.ledger == named(project, folder) and checkpoint_now(project, folder, before.size) != before:
        raise VerificationError(
            f"anchor: {path.name} has {before.size} lines of {before.ledger} that are not those of the ledger now; keep it, "
            "and see `tvselect verify --checkpoint`"
        )


def signature_of(path: Path) -> Path:
    """Where the signature of a checkpoint lies."""
    return path.with_name(f"{path.name}.sig")


def noted(project: Path, folder: Path, head: ledger.Head) -> tuple[str, str]:
    """Add the head to the note on the commit that is checked out; the method, and the commit.

    Raises `GitError` where the project is in no git repository, has no commit, git doesn't know who commits, or refuses.
    """
    commit = git_text(project, "rev-parse", "--verify", "HEAD^{commit}")
    require_identity(project)
    line = f"{VERSION} {_in_repository(project, folder)} {written_head(head)}"
    git_bytes(project, "notes", f"--ref={NAMESPACE}", "append", "-m", line, commit)
    return IN_GIT, commit


def noted_heads(project: Path, folder: Path) -> list[ledger.Head]:
    """The heads of this ledger in the notes of the project's repository, in no order that counts.

    Raises `GitError` where there is no repository.
    """
    place = _in_repository(project, folder)
    notes = git_text(project, "notes", f"--ref={NAMESPACE}", "list").split()[::2]
    lines = git_text(project, "show", *notes).splitlines() if notes else []
    found = [line.removeprefix(f"{VERSION} {place} ") for line in lines if line.startswith(f"{VERSION} {place} ")]
    return [read_head(text) for text in dict.fromkeys(found)]


def statement(project: Path, folder: Path) -> Checkpoint | None:
    """The checkpoint that was signed beside a ledger; None where none was.

    Raises `VerificationError` where it is none of this ledger.
    """
    try:
        found = read_checkpoint((folder / STATEMENT).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VerificationError(f"{STATEMENT} can't be read: {error.strerror}") from None
    if found.ledger != named(project, folder):
        raise VerificationError(f"{STATEMENT} speaks of {found.ledger}, not of {named(project, folder)}")
    return found


def signature_problem(path: Path, allowed_signers: Path) -> str | None:
    """What is wrong with the signature of a checkpoint; None where one of the allowed signers made it."""
    signature = signature_of(path)
    missing = [file.name for file in (path, signature) if not file.exists()]
    if missing:
        return f"there is no {' and no '.join(missing)}"
    signers = ["-s", str(signature), "-f", str(allowed_signers)]
    principals, said = answered(["ssh-keygen", "-Y", "find-principals", *signers])
    if not principals:
        return f"none of the allowed signers made {signature.name} ({said or 'no principal'})"
    verifying = ["ssh-keygen", "-Y", "verify", "-n", NAMESPACE, *signers, "-I", principals.splitlines()[0]]
    accepted, said = answered(verifying, path.read_bytes())
    return None if accepted else f"{signature.name} doesn't belong to {path.name} ({said})"


def read_head(text: str) -> ledger.Head:
    """A head from `SIZE:HASH`.

    Raises `ConfigurationError` where it is none.
    """
    size, _, hashed = text.partition(":")
    if not size.isdecimal() or len(hashed) != 64 or set(hashed) - set("0123456789abcdef"):
        raise ConfigurationError(f"{text[:80]!r} is no head: write SIZE:HASH as `tvselect run` printed it")
    return ledger.Head(int(size), hashed)


def written_head(head: ledger.Head) -> str:
    """`SIZE:HASH`."""
    return f"{head.size}:{head.hash}"


def named(project: Path, folder: Path) -> str:
    """A ledger's path in its project."""
    return (folder / LEDGER).relative_to(project).as_posix()


def _signature(text: bytes, key: Path) -> bytes:
    with tempfile.TemporaryDirectory(prefix="anchor-") as scratch:
        path = Path(scratch, STATEMENT)
        path.write_bytes(text)
        answer, said = answered(["ssh-keygen", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(path)])
        if answer is None:
            raise ConfigurationError(f"ssh-keygen refuses the key {key.name}: {said}")
        return signature_of(path).read_bytes()


def _in_repository(project: Path, folder: Path) -> str:
    prefix = git_text(project, "rev-parse", "--show-prefix")
    return f"{prefix}{named(project, folder)}".replace(" ", "%20")
