"""`anchor`: a ledger's head, put where who can write to the run folders can't change it.

A chain shows what was changed inside it, not that its end was cut off or that all of it was written anew: for that
somebody must have kept the head. `signed` has `ssh-keygen` sign it (files `head` and `head.sig` beside the ledger),
`noted` adds it to a git note on the project's commit; both leave a `ledger.anchored` event in the project's ledger.
For `verify`: `statement` reads a signed head, `signature_problem` checks its signature, `noted_heads` reads the notes.
The namespace of signatures and the ref of notes is `tvselect-audit`.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.lineage.record.git import git_bytes, git_text, require_identity
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RUNS

NAMESPACE = "tvselect-audit"
STATEMENT = "head"
SIGNATURE = "head.sig"
VERSION = "tvselect-audit v1"


def anchored(
    project: Path, reference: str | None, *, key: Path | None = None, git_note: bool = False
) -> dict[str, Any]:
    """Anchor the project's ledger, or that of the run that is named; what was anchored and where.

    Raises `ConfigurationError` where it can't be signed or noted, `VerificationError` where the ledger is broken.
    """
    if (key is None) == (not git_note):
        raise ConfigurationError("anchor: say either --sign KEYFILE or --git-note")
    folder = project / RUNS if reference is None else run_folder(project, reference)
    head = sound_head(folder / LEDGER)
    method, place = noted(project, folder, head) if key is None else signed(project, folder, head, key)
    ledger.append(
        project / RUNS / LEDGER,
        {
            "event": "ledger.anchored",
            "run_id": None if reference is None else folder.name,
            "head": {"size": head.size, "hash": head.hash},
            "tags": {"method": method, "place": place},
        },
    )
    return {"ledger": named(project, folder), "head": written_head(head), "method": method, "place": place}


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


def signed(project: Path, folder: Path, head: ledger.Head, key: Path) -> tuple[str, str]:
    """Sign the head with an SSH key; the method, and the file of the signature.

    Raises `ConfigurationError` where `ssh-keygen` is missing or refuses the key.
    """
    text = statement_text(project, folder, head)
    with tempfile.TemporaryDirectory(prefix="anchor-") as scratch:
        path = Path(scratch, STATEMENT)
        path.write_bytes(text)
        answer, said = _run(["ssh-keygen", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(path)])
        if answer is None:
            raise ConfigurationError(f"ssh-keygen refuses the key {key.name}: {said}")
        signature = Path(scratch, SIGNATURE).read_bytes()
    write_atomically(folder / SIGNATURE, signature)
    write_atomically(folder / STATEMENT, text)
    return "ssh", f"{named(project, folder).rpartition('/')[0]}/{SIGNATURE}"


def noted(project: Path, folder: Path, head: ledger.Head) -> tuple[str, str]:
    """Add the head to the note on the commit that is checked out; the method, and the commit.

    Raises `GitError` where the project is in no git repository, has no commit, git doesn't know who commits, or refuses.
    """
    commit = git_text(project, "rev-parse", "--verify", "HEAD^{commit}")
    require_identity(project)
    line = f"{VERSION} {_in_repository(project, folder)} {written_head(head)}"
    git_bytes(project, "notes", f"--ref={NAMESPACE}", "append", "-m", line, commit)
    return "git note", commit


def noted_heads(project: Path, folder: Path) -> list[ledger.Head]:
    """The heads of this ledger in the notes of the project's repository, in no order that counts.

    Raises `GitError` where there is no repository.
    """
    place = _in_repository(project, folder)
    notes = git_text(project, "notes", f"--ref={NAMESPACE}", "list").split()[::2]
    lines = git_text(project, "show", *notes).splitlines() if notes else []
    found = [line.removeprefix(f"{VERSION} {place} ") for line in lines if line.startswith(f"{VERSION} {place} ")]
    return [read_head(text) for text in dict.fromkeys(found)]


def statement_text(project: Path, folder: Path, head: ledger.Head) -> bytes:
    """What is signed: the version, which ledger, its head."""
    return f"{VERSION}\n{named(project, folder)}\n{written_head(head)}\n".encode()


def statement(project: Path, folder: Path) -> ledger.Head | None:
    """The head that was signed beside a ledger; None where none was.

    Raises `VerificationError` where it is no statement on this ledger.
    """
    try:
        lines = (folder / STATEMENT).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise VerificationError(f"{STATEMENT} is no text: {error}") from None
    if len(lines) != 3 or lines[0] != VERSION or lines[1] != named(project, folder):
        raise VerificationError(f"{STATEMENT} doesn't speak of {named(project, folder)}; anchor it again")
    try:
        return read_head(lines[2])
    except ConfigurationError as error:
        raise VerificationError(f"{STATEMENT}: {error}") from None


def signature_problem(folder: Path, allowed_signers: Path) -> str | None:
    """What is wrong with the signature beside a ledger; None where one of the allowed signers made it."""
    missing = [name for name in (STATEMENT, SIGNATURE) if not (folder / name).exists()]
    if missing:
        return f"there is no {' and no '.join(missing)}"
    checked = ["ssh-keygen", "-Y", "find-principals", "-s", str(folder / SIGNATURE), "-f", str(allowed_signers)]
    principals, said = _run(checked)
    if not principals:
        return f"none of the allowed signers made {SIGNATURE} ({said or 'no principal'})"
    verifying = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-n",
        NAMESPACE,
        "-f",
        str(allowed_signers),
        "-s",
        str(folder / SIGNATURE),
    ]
    content = (folder / STATEMENT).read_bytes()
    accepted, said = _run([*verifying, "-I", principals.splitlines()[0]], content)
    return None if accepted else f"{SIGNATURE} doesn't belong to {STATEMENT} ({said})"


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


def _in_repository(project: Path, folder: Path) -> str:
    prefix = git_text(project, "rev-parse", "--show-prefix")
    return f"{prefix}{named(project, folder)}".replace(" ", "%20")


def _run(command: Sequence[str], content: bytes = b"") -> tuple[str | None, str]:
    """What a program answers (None: it failed, or there is no such program), and the last that it said on stderr."""
    try:
        done = subprocess.run(command, input=content, capture_output=True, check=False)
    except FileNotFoundError:
        return None, f"{command[0]} is not installed"
    said = done.stderr.decode(errors="replace").strip().splitlines()
    answer = done.stdout.decode(errors="replace")
    return (answer if done.returncode == 0 else None), (said[-1] if said else f"exit code {done.returncode}")
