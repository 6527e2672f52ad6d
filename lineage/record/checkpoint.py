"""A checkpoint: how long a ledger was, and the Merkle root over its lines, as a text that somebody else can keep.

Three lines, the first three of a C2SP checkpoint (c2sp.org/tlog-checkpoint): which ledger, its number of lines, the root in
base64. It pins every line up to there. What follows them, such as signatures of a note, is not read.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from tradingview_scraper.pipelines.selection.lineage.record.merkle import leaf_hash
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError

_ORIGIN = "tvselect/"


@dataclass(frozen=True)
class Checkpoint:
    """The first `size` lines of a ledger, pinned by their root."""

    ledger: str
    """The ledger's path in its project, such as `runs/audit.jsonl`."""
    size: int
    root: bytes

    def text(self) -> bytes:
        """The three lines."""
        return f"{_ORIGIN}{self.ledger}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


def read_checkpoint(text: bytes) -> Checkpoint:
    """The checkpoint in a text.

    Raises:
        VerificationError: it is none.
    """
    try:
        origin, size, encoded = text.decode().split("\n")[:3]
        root = b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise VerificationError(f"it is no checkpoint ({error})") from None
    known = origin.startswith(_ORIGIN) and size.isascii() and size.isdecimal() and len(size) < 16 and len(root) == 32
    if not known or size != str(int(size)):
        raise VerificationError("it is no checkpoint: its lines are tvselect/LEDGER, number of lines, root in base64")
    return Checkpoint(origin.removeprefix(_ORIGIN), int(size), root)


def leaf_hashes(path: Path) -> list[bytes]:
    """The leaf hash of each whole line of a ledger, without its newline; none where it can't be read."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return []
    return [leaf_hash(line) for line in lines[:-1]]
