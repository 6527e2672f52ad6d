"""What a thing is, in one line: digests of bytes, files, JSON values and frames.

A digest is `sha256:<hex>` of a content, never of a place or a time. Frames follow the scheme `frame/v1`, which
`frame_v1` defines: a digest a column, then joined, so that a difference can be located. NumPy and pandas are imported
when the first frame is hashed, because commands that only read records must start at once.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tradingview_scraper.pipelines.selection.schemas.canonical import canonical

if TYPE_CHECKING:
    import pandas as pd

_PREFIX = "sha256:"


def bytes_digest(content: bytes) -> str:
    """The digest of `content`."""
    return _PREFIX + hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """The digest of a file's bytes, read in pieces.

    Raises:
        OSError: the file can't be read.
    """
    with open(path, "rb") as file:
        return _PREFIX + hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(obj: object) -> str:
    """The digest of a value's canonical JSON. Raises TypeError and ValueError as `canonical` does."""
    return bytes_digest(canonical(obj))


def frame_digest(frame: "pd.DataFrame") -> str:
    """The digest of a frame's content, `frame/v1`.

    Raises:
        DataContractError: two columns have one name, or a value has no canonical form.
    """
    return joined_digest(index_digest(frame.index), column_digests(frame))


def column_digests(frame: "pd.DataFrame") -> dict[str, str]:
    """Each column's digest by name, in the frame's order. Raises DataContractError as `frame_digest` does.

    A column's digest says nothing of the index, but for the order that it gives the rows: compare `index_digest` too.
    """
    from tradingview_scraper.pipelines.selection.schemas import frame_v1

    return {name: _PREFIX + digest.hex() for name, digest in frame_v1.column_digests(frame).items()}


def index_digest(index: "pd.Index") -> str:
    """The digest of an index, names and values. Raises DataContractError as `frame_digest` does."""
    from tradingview_scraper.pipelines.selection.schemas import frame_v1

    return _PREFIX + frame_v1.index_digest(index).hex()


def joined_digest(index: str, columns: Mapping[str, str]) -> str:
    """The `frame_digest` of a frame with these digests, for who has them already."""
    from tradingview_scraper.pipelines.selection.schemas import frame_v1

    return _PREFIX + frame_v1.frame_digest(_raw(index), {name: _raw(value) for name, value in columns.items()}).hex()


def changed_columns(a: Mapping[str, str], b: Mapping[str, str]) -> list[str]:
    """The names, sorted, that only one of two `column_digests` has or whose digests differ."""
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


def _raw(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix(_PREFIX))
