"""Checks the record of one run without tvselect; Python 3.9 and its standard library are enough.

    python verify.py [FOLDER] [--log FILE] [--checkpoint FILE]

FOLDER is the run's (the one of this file, if none is named), the log the project's ledger (`audit.jsonl` beside the folder),
a checkpoint what `tvselect anchor` wrote and what lay elsewhere since. In this order: the ledger is a chain of hashes; the
receipt holds its end; the files are those that its last line lists, with their digests; the log has one line on the run, which
agrees; a ledger begins with the lines that the checkpoint pins. Exit code 0 if all of it holds, else 4.

Take this file from elsewhere: who changed the folder may have changed it, too. Without a checkpoint a record that was
rewritten whole passes. `tvselect verify` looks at more: schemas, spelling, models, signatures, the log's tiles.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

LEDGER, RECEIPT = "audit.jsonl", "receipt.json"
BESIDE = {LEDGER, RECEIPT, "checkpoint", "checkpoint.sig"}
ENDS = {"run.completed": "FINISHED", "run.failed": "FAILED"}
FACTS = ("profile", "as_of", "data", "pool", "winners", "rung", "reached_floor", "head")
Problems = list[tuple[str, str]]
"""File, and what is wrong with it."""


def folder_problems(folder: Path, log: bytes | None, checkpoint: bytes | None) -> Problems:
    """All that isn't as the run left it."""
    name = folder.resolve().name
    problems = [(path.name, "a link") for path in (folder, folder / LEDGER, folder / RECEIPT) if path.is_symlink()]
    own, content = ((folder / part).read_bytes() if (folder / part).is_file() else b"" for part in (LEDGER, RECEIPT))
    events, hashes, found = chain(LEDGER, own)
    problems += found
    if any(event.get("run_id") != name for event in events):
        problems.append((LEDGER, "lines of another run"))
    receipt = parsed(content)
    last = events[-1] if events else {}
    if receipt.get("run_id") != name or receipt.get("status") != ENDS.get(str(last.get("event")), "none"):
        problems.append((RECEIPT, "not the receipt of this run as it ended"))
    if not events or receipt.get("head") != {"size": len(events), "hash": hashes[-1]}:
        problems.append((LEDGER, "doesn't end where the receipt says"))
    problems += artifact_problems(folder, events)
    if log is not None:
        problems += log_problems(name, receipt, content, log)
    if checkpoint is not None:
        problems += checkpoint_problems({f"runs/{name}/{LEDGER}": own, f"runs/{LEDGER}": log or b""}, checkpoint)
    return problems


def chain(name: str, content: bytes) -> tuple[list[dict[str, Any]], list[str], Problems]:
    """The events of a ledger, the hash of each line, and whether each line follows the one before."""
    *lines, rest = content.split(b"\n")
    events, hashes, problems = [], ["0" * 64], [(name, "torn: a line without its end")] if rest else []
    for number, line in enumerate(lines, 1):
        events.append(parsed(line))
        if events[-1].get("seq") != number or events[-1].get("prev") != hashes[-1]:
            problems.append((name, f"line {number} doesn't follow the one before"))
        hashes.append(hashlib.sha256(line).hexdigest())
    return events, hashes[1:], problems


def artifact_problems(folder: Path, events: list[dict[str, Any]]) -> Problems:
    """Files that are missing, links, changed, or that no line speaks of."""
    artifacts = events[-1].get("artifacts") if events else None
    entries = [each for each in artifacts if isinstance(each, dict)] if isinstance(artifacts, list) else []
    listed = {str(each.get("path")): each.get("digest") for each in entries}
    torn = [event["torn"] for event in events if isinstance(event.get("torn"), dict)]
    listed.update({str(note.get("file")): note.get("digest") for note in torn})
    problems = []
    for name, digest in listed.items():
        path = folder / name
        if not os.path.isfile(path):  # a name that is too long is none
            problems.append((name, "missing"))
        elif path.resolve() != folder.resolve() / name:
            problems.append((name, "a link"))
        elif digest_of(path.read_bytes()) != digest:
            problems.append((name, "changed"))
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name not in listed and name not in BESIDE:
            problems.append((name, "extra: the run didn't write it"))
    return problems


def log_problems(name: str, receipt: dict[str, Any], content: bytes, log: bytes) -> Problems:
    """Whether the log is a chain and has one line on the run, which agrees with the receipt."""
    events, _, problems = chain(f"../{LEDGER}", log)
    lines = [event for event in events if str(event.get("event")) in ENDS and event.get("run_id") == name]
    if len(lines) != 1:
        return [*problems, (f"../{LEDGER}", f"{len(lines)} lines on the run instead of 1")]
    line, status = lines[0], ENDS[lines[0]["event"]]
    facts = FACTS if status == "FINISHED" else ("profile", "head")
    differing = [fact for fact in facts if fact in line and (fact not in receipt or receipt[fact] != line[fact])]
    if differing or receipt.get("status") != status or line.get("receipt", digest_of(content)) != digest_of(content):
        problems.append((RECEIPT, "not what the project's ledger says it was"))
    return problems


def checkpoint_problems(ledgers: dict[str, bytes], checkpoint: bytes) -> Problems:
    """Whether a ledger begins with the lines that a checkpoint pins."""
    try:
        origin, size, encoded = checkpoint.decode().split("\n")[:3]
        count, expected = int(size) if size.isdigit() else None, b64decode(encoded, validate=True)
        lines = ledgers[origin[len("tvselect/") :]].split(b"\n")[:-1]
    except (ValueError, KeyError):
        return [("checkpoint", "is none of this run's ledger or of its project's")]
    agrees = count is not None and len(lines) >= count and root(lines[:count]) == expected
    return [] if agrees else [(origin, "cut or rewritten: it doesn't begin with the lines that the checkpoint pins")]


def root(lines: list[bytes]) -> bytes:
    """The Merkle root of RFC 6962."""
    level = [hashlib.sha256(b"\0" + line).digest() for line in lines] or [hashlib.sha256().digest()]
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\1" + b"".join(level[at : at + 2])).digest() for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def parsed(text: bytes) -> dict[str, Any]:
    """A JSON object, empty where the text is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def digest_of(content: bytes) -> str:
    """As ledgers write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def main() -> int:
    """Says what is wrong, and against what was checked."""
    parser = argparse.ArgumentParser(description="Checks the record of one run.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--log", type=Path, help="the project's ledger")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint that lay elsewhere")
    asked = parser.parse_args()
    log = asked.log or asked.folder.resolve().parent / LEDGER
    known = log.read_bytes() if log.is_file() else None
    problems = folder_problems(asked.folder, known, asked.checkpoint.read_bytes() if asked.checkpoint else None)
    said = [f"{name}: {what}" for name, what in problems] or ["all as the run left it"]
    said += [] if known is not None else ["not checked against the project's ledger: --log FILE"]
    said += [] if asked.checkpoint else ["checked against nothing from outside: a record rewritten whole would pass"]
    sys.stdout.write("\n".join(said) + "\n")
    return 4 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
