"""Ways to falsify a record, chosen by a seed: of one run's folder with its line, and of a project's ledger.

Each takes the project, the run's folder and a generator, and leaves something other than what was written. `FORGED` ones
write anew whatever would contradict them (chain, receipt, the project's line, tree): nothing in the folder shows them.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record import ledger, log_tiles
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical

Tampering = Callable[[Path, Path, Random], object]
Event = dict[str, Any]


def chained(events: list[Event]) -> list[bytes]:
    """Lines whose chain holds."""
    previous, lines = ledger.GENESIS, []
    for number, event in enumerate(events, 1):
        lines.append(canonical({**event, "seq": number, "prev": previous}))
        previous = sha256(lines[-1]).hexdigest()
    return lines


def written_anew(path: Path, events: list[Event]) -> dict[str, Any]:
    """A ledger with a chain of its own; its head as a receipt has it."""
    lines = chained(events)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return {"size": len(lines), "hash": sha256(lines[-1]).hexdigest()}


def tree_anew(project: Path) -> None:
    """The tree over the project's ledger as it is now."""
    shutil.rmtree(project / "runs/log", ignore_errors=True)
    log_tiles.grown(project / "runs")


def _artifact(folder: Path, random: Random) -> Path:
    beside = ("audit.jsonl", "receipt.json")
    return random.choice(sorted(path for path in folder.iterdir() if path.name not in beside))


def _flipped(path: Path, random: Random) -> None:
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    path.write_bytes(content)


def _swapped(folder: Path, random: Random) -> None:
    one, other = _artifact(folder, random), folder / "settings.toml"
    other = other if one != other else folder / "gates.json"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def _lines(path: Path, random: Random, change: Callable[[list[bytes], int], list[bytes]]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines, random.randrange(len(lines)))))


LINES: Mapping[str, Callable[[list[bytes], int], list[bytes]]] = {
    "line deleted": lambda lines, at: lines[:at] + lines[at + 1 :],
    "line repeated": lambda lines, at: lines[: at + 1] + lines[at:],
    "lines swapped": lambda lines, at: (
        [*lines[: at - 1], lines[at], lines[at - 1], *lines[at + 1 :]] if at else lines[:-1]
    ),
    "tail cut": lambda lines, at: lines[:at],
    "line added": lambda lines, at: [*lines, lines[at]],
    "torn": lambda lines, at: [*lines, lines[at][:-1]],
    "line respelled": lambda lines, at: [*lines[:at], lines[at].replace(b":", b": ", 1), *lines[at + 1 :]],
    "line emptied": lambda lines, at: [*lines[:at], b"\n", *lines[at + 1 :]],
}


def _receipt(folder: Path, random: Random, change: Callable[[Event, str], object]) -> None:
    path = folder / "receipt.json"
    facts = json.loads(path.read_text("utf-8"))
    change(facts, random.choice(sorted(facts)))
    path.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


RECEIPTS: Mapping[str, Callable[[Event, str], object]] = {
    "fact changed": lambda facts, name: facts.update({name: "other"}),
    "fact removed": lambda facts, name: facts.pop(name),
    "fact renamed": lambda facts, name: facts.update({f"{name}_": facts.pop(name)}),
    "fact added": lambda facts, name: facts.update({f"{name}_": 1}),
    "failed": lambda facts, name: facts.update({"status": "FAILED"}),
}


def _forged(project: Path, folder: Path, random: Random, *, line: bool) -> None:
    """An artifact, its digest, the chain and the receipt; with `line` also the project's line and tree."""
    path = _artifact(folder, random)
    path.write_bytes(path.read_bytes() + b" ")
    events = list(ledger.read(folder / "audit.jsonl"))
    for artifact in events[-1]["artifacts"]:
        if artifact["path"] == path.name:
            artifact.update(
                digest=f"sha256:{sha256(path.read_bytes()).hexdigest()}",
                bytes=path.stat().st_size,
            )
    head = written_anew(folder / "audit.jsonl", events)
    receipt = json.loads((folder / "receipt.json").read_text("utf-8"))
    (folder / "receipt.json").write_text(json.dumps({**receipt, "head": head}), "utf-8")
    if line:
        kept = f"sha256:{sha256((folder / 'receipt.json').read_bytes()).hexdigest()}"
        lines = list(ledger.read(project / "runs/audit.jsonl"))
        anew = [
            {**event, "head": head, "receipt": kept} if event["run_id"] == folder.name else event for event in lines
        ]
        written_anew(project / "runs/audit.jsonl", anew)
        tree_anew(project)


FOLDERS: Mapping[str, Tampering] = {
    "bit flipped": lambda project, folder, random: _flipped(_artifact(folder, random), random),
    "artifact emptied": lambda project, folder, random: _artifact(folder, random).write_bytes(b""),
    "artifact deleted": lambda project, folder, random: _artifact(folder, random).unlink(),
    "artifact renamed": lambda project, folder, random: _artifact(folder, random).rename(folder / "other"),
    "artifacts swapped": lambda project, folder, random: _swapped(folder, random),
    "file added": lambda project, folder, random: (folder / f"{random.random()}").touch(),
    "torn file of nobody": lambda project, folder, random: (folder / "audit.jsonl.torn.3.abcdef01").touch(),
    "ledger deleted": lambda project, folder, random: (folder / "audit.jsonl").unlink(),
    "receipt deleted": lambda project, folder, random: (folder / "receipt.json").unlink(),
    "receipt no JSON": lambda project, folder, random: (folder / "receipt.json").write_bytes(b"[" * 9999),
    "ledger's bit flipped": lambda project, folder, random: _flipped(folder / "audit.jsonl", random),
    "receipt's bit flipped": lambda project, folder, random: _flipped(folder / "receipt.json", random),
    "log's bit flipped": lambda project, folder, random: _flipped(project / "runs/audit.jsonl", random),
    **{
        f"ledger: {name}": lambda project, folder, random, change=change: _lines(folder / "audit.jsonl", random, change)
        for name, change in LINES.items()
    },
    **{
        f"log: {name}": lambda project, folder, random, change=change: _lines(
            project / "runs/audit.jsonl", random, change
        )
        for name, change in LINES.items()
    },
    **{
        f"receipt: {name}": lambda project, folder, random, change=change: _receipt(folder, random, change)
        for name, change in RECEIPTS.items()
    },
    "forged but for the log": lambda project, folder, random: _forged(project, folder, random, line=False),
    "forged": lambda project, folder, random: _forged(project, folder, random, line=True),
}
"""Of a run's folder, its line among them."""


def falsified(events: list[Event], lines: list[bytes], random: Random) -> tuple[str, list[bytes]]:
    """A way to falsify a ledger of `lines` (with newlines), and what it makes of them; never the same lines."""
    at, mark = random.randrange(len(lines)), random.random()
    other = [*events[:at], {**events[at], "forged": mark}, *events[at + 1 :]]
    flipped = bytearray(lines[at])
    flipped[random.randrange(len(flipped) - 1)] ^= 1 << random.randrange(7)
    anew = {
        "fork": other,
        "fork, longer": [*other, other[-1]],
        "genesis rewritten": [{**events[0], "forged": mark}, *events[1:]],
        "cut and grown again": [*events[:at], *events[at + 1 :], *events],
        "shifted": events[1:],
    }
    touched = ("line deleted", "line repeated", "lines swapped", "tail cut", "line respelled", "line emptied")
    way = random.choice(sorted([*anew, *touched, "bit flipped"]))
    if way in anew:
        return way, [line + b"\n" for line in chained(anew[way])]
    return way, LINES[way](lines, at) if way in LINES else [*lines[:at], bytes(flipped), *lines[at + 1 :]]
