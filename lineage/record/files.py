"""What a record needs of the file system: files that are there whole or not at all, and lines that are.

`write_atomically`: a temporary file in the same folder, fsync, rename over the final name, fsync of the folder.
`made_folder` and `named`: folders, likewise. What fails of these is a `StorageError` that names the place.
A growing file: `locked` opens and locks it, `last_line` reads it from behind, `write_or_take_back` adds to it.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tradingview_scraper.pipelines.selection.schemas.errors import StorageError

_BLOCK = 65536


def write_atomically(path: Path, data: bytes) -> None:
    """Puts `data` at `path` so that a reader, or a crash, finds the old content or the new, never a part.

    Whatever fails, the old content stays and no temporary file is left (only a kill leaves one, `.NAME.*.tmp`).

    Raises:
        StorageError: the folder does not exist, is not writable, or is full.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    with storing(path):
        try:
            _write_new(temporary, data)
            os.replace(temporary, path)
        finally:
            with suppress(OSError):  # where it can't go, what stopped the writing is the error
                os.unlink(temporary)
        sync_folder(path.parent)


def write_output(path: Path, data: bytes) -> Path:
    """A file that somebody asked for by its place, there whole or not at all, in a folder that is made if it isn't there.

    Raises `StorageError` where it can't be.
    """
    made_folder(path.parent, exist_ok=True)
    write_atomically(path, data)
    return path


@contextmanager
def storing(place: Path) -> Iterator[None]:
    """An `OSError` of the block as a `StorageError` that names the place and says what to do."""
    try:
        yield
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{place.parent.name}/{place.name}", error) from error


def made_folder(folder: Path, *, exist_ok: bool = False) -> Path:
    """The folder, and those above it, made. Raises `StorageError` where it can't be."""
    with storing(folder):
        os.makedirs(folder, exist_ok=exist_ok)
    return folder


def named(folder: Path, final: Path) -> None:
    """Give a finished folder its name, so that a power cut keeps it. Raises `StorageError` where it can't be."""
    with storing(final):
        os.rename(folder, final)
        sync_folder(final.parent)


def sync_folder(folder: Path) -> None:
    """Makes a new or renamed file's name survive a power cut.

    Raises:
        OSError: the folder does not exist or the disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, flags: int, lock: int) -> Iterator[int]:
    """The descriptor of `path`, opened with `os.open` flags and held under `flock` until the block ends.

    Raises:
        OSError: the file can't be opened so, or its file system has no locks.
    """
    descriptor = os.open(path, flags, 0o666)
    try:
        fcntl.flock(descriptor, lock)  # a killed process gives it up too
        yield descriptor
    finally:
        # Closing is not enough where another thread has forked meanwhile: the child holds a copy.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def last_line(descriptor: int, end: int) -> tuple[bytes | None, bytes]:
    """The last complete line of the first `end` bytes, without its newline (None: there is none), and what follows it.

    Raises:
        OSError: the file can't be read.
    """
    tail, start = b"", end
    while start > 0 and tail.count(b"\n") < 2:
        size = min(_BLOCK, start)
        start -= size
        tail = os.pread(descriptor, size, start) + tail
    lines, newline, rest = tail.rpartition(b"\n")
    return (lines.rpartition(b"\n")[2], rest) if newline else (None, tail)


def write_or_take_back(descriptor: int, data: bytes, end: int) -> None:
    """One write and one fsync of `data` behind `end`; where either fails the file is cut to `end` again.

    Raises:
        OSError: the disk is full or failed.
    """
    done = False
    try:
        if os.write(descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, "what was written in part has been taken back")
        os.fsync(descriptor)
        done = True
    finally:
        if not done:
            os.ftruncate(descriptor, end)


def _write_new(path: Path, data: bytes) -> None:
    # Not `tempfile`: it makes files that only their owner may read, and these stay.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
