"""The Merkle tree of a project's ledger on disk, in tiles of 256 hashes (the layout of c2sp.org/tlog-tiles).

`runs/log/tile/0/000` holds the hashes of the first 256 lines, `tile/1/000` those of the first 256 full tiles of row 0, and
so on; `000.p/7` is a tile that has only 7 so far, and only the newest of these is kept. `runs/log/checkpoint` is the
tree's head. Lines themselves are not there: the ledger has them. The files can be served as they are, and `tile_node` is
all that a proof needs.

All of it follows from the ledger. `grown` adds what the ledger has and the tiles haven't; `tile_files` says what must be there.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from tradingview_scraper.pipelines.selection.lineage.record import merkle
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint, read_checkpoint
from tradingview_scraper.pipelines.selection.lineage.record.files import locked, write_atomically
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CHECKPOINT, LEDGER, LOG, RUNS

HEIGHT = 8
WIDTH = 1 << HEIGHT
BYTES = 32
_BLOCK = 1 << 16


def grown(runs: Path) -> Checkpoint:
    """The tree's head once it has every line of the project's ledger.

    A tree that is longer than its ledger stays as it is: that lines are missing is for `verify` to say.

    Raises:
        OSError: it can't be written; the next line tries again.
    """
    folder = runs / LOG
    with locked(runs / LEDGER, os.O_RDONLY, fcntl.LOCK_EX) as descriptor:
        size = tree_head(runs).size
        leaves = [merkle.leaf_hash(line) for line in _lines_after(descriptor, size)]
        superseded = list(_added(folder, size, leaves))
        total = size + len(leaves)
        head = Checkpoint(f"{RUNS}/{LEDGER}", total, merkle.root(tile_node(folder, total), total))
        if leaves:
            write_atomically(folder / CHECKPOINT, head.text())
        for path in superseded:
            path.unlink(missing_ok=True)
    return head


def tree_head(runs: Path) -> Checkpoint:
    """The head of the tree on disk: of no lines where there is none that can be read."""
    try:
        return read_checkpoint((runs / LOG / CHECKPOINT).read_bytes())
    except (OSError, VerificationError):
        return Checkpoint(f"{RUNS}/{LEDGER}", 0, merkle.EMPTY)


def tile_node(folder: Path, size: int) -> merkle.Node:
    """Subtrees of a tree of `size` leaves, from its tiles. Raises `OSError` where a tile is missing."""

    @cache
    def tile(row: int, number: int) -> bytes:
        return (folder / tile_path(row, number, min(WIDTH, (size >> HEIGHT * row) - number * WIDTH))).read_bytes()

    def node(level: int, index: int) -> bytes:
        row, inside = divmod(level, HEIGHT)
        number, place = divmod(index << inside, WIDTH)
        content = tile(row, number)
        hashes = [content[at * BYTES : (at + 1) * BYTES] for at in range(place, place + (1 << inside))]
        return merkle.root(merkle.nodes(hashes), len(hashes))

    return node


def tile_files(node: merkle.Node, size: int) -> Iterator[tuple[str, bytes]]:
    """Path and content of every tile of a tree of `size` leaves."""
    row, count = 0, size
    while count:
        for number in range((count + WIDTH - 1) // WIDTH):
            places = range(number * WIDTH, min(count, (number + 1) * WIDTH))
            yield (
                tile_path(row, number, len(places)),
                b"".join(node(row * HEIGHT, place) for place in places),
            )
        row, count = row + 1, count >> HEIGHT


def tile_path(row: int, number: int, width: int = WIDTH) -> str:
    """Where a tile lies: numbers in groups of three digits, all but the last behind an x."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    path = f"tile/{row}/{'/'.join(groups)}"
    return path if width == WIDTH else f"{path}.p/{width}"


def _added(folder: Path, size: int, leaves: Sequence[bytes]) -> Iterator[Path]:
    """Writes the tiles that new leaves fill or begin, row by row; gives the partial ones that they replace."""
    row, start, new = 0, size, list(leaves)
    while new:
        number, have = divmod(start, WIDTH)
        if have:
            old = folder / tile_path(row, number, have)
            content = old.read_bytes()
            new = [*(content[at : at + BYTES] for at in range(0, len(content), BYTES)), *new]
            yield old
        parents = []
        for first in range(0, len(new), WIDTH):
            tile = new[first : first + WIDTH]
            path = folder / tile_path(row, number + first // WIDTH, len(tile))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, b"".join(tile))
            if len(tile) == WIDTH:
                parents.append(merkle.root(merkle.nodes(tile), WIDTH))
        row, start, new = row + 1, start >> HEIGHT, parents


def _lines_after(descriptor: int, size: int) -> list[bytes]:
    """The whole lines of a ledger after the first `size`, read from behind: there are few, and many before them."""
    start, tail, lines = os.fstat(descriptor).st_size, b"", list[bytes]()
    while start:
        block = min(max(_BLOCK, len(tail)), start)
        start -= block
        tail = os.pread(descriptor, block, start) + tail
        lines = tail.split(b"\n")[bool(start) : -1]  # what a block begins with may be a part of a line
        if start and lines and (count := _sequence(lines[-1]) - size) <= len(lines):
            return lines[len(lines) - max(count, 0) :]
    return lines[size:]


def _sequence(line: bytes) -> int:
    """The number that a line of the ledger gives itself."""
    return int(json.loads(line)["seq"])
