"""Files that are there whole or not at all, and locks that end when they should."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record.files import (
    last_line,
    locked,
    sync_folder,
    write_atomically,
    write_or_take_back,
)
from tradingview_scraper.pipelines.selection.schemas.errors import StorageError


def full_disk(*_: object) -> int:
    raise OSError(errno.ENOSPC, "full")


def test_a_lock_does_not_live_on_in_a_child(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with locked(path, os.O_RDONLY, fcntl.LOCK_EX) as descriptor:
        command = [sys.executable, "-c", "input()"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[descriptor])
    with locked(path, os.O_RDONLY, fcntl.LOCK_EX | fcntl.LOCK_NB):
        child.communicate(b"\n")


def test_content_then_name_are_on_disk_before_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode)))
    write_atomically(tmp_path / "receipt.json", b"new")
    assert synced == [False, True]


@pytest.mark.parametrize(
    "content", [b"", b"a", b"\n", b"a\n", b"a\nb", b"a\nbc\n", b"a\n\n", b"x" * 70_000 + b"\n", b"y" * 70_000]
)
@pytest.mark.parametrize("before", [b"", b"first\n", b"z" * 70_000 + b"\n"])
def test_last_line_is_found_from_behind(tmp_path: Path, before: bytes, content: bytes) -> None:
    path, whole = tmp_path / "file", before + content
    path.write_bytes(whole)
    *lines, rest = whole.split(b"\n")
    with locked(path, os.O_RDONLY, fcntl.LOCK_SH) as descriptor:
        assert last_line(descriptor, len(whole)) == (lines[-1] if lines else None, rest)


def test_write_atomically_leaves_old_or_new_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "receipt.json"
    write_atomically(path, b"old")
    for call in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full_disk)
            with pytest.raises(OSError, match="full"):
                write_atomically(path, b"new")
        assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])
    write_atomically(path, b"new")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"new", [path])
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    with pytest.raises(StorageError, match="No such file"):
        write_atomically(tmp_path / "missing" / "x", b"")


def test_a_new_ledger_may_be_read_as_the_umask_says_and_no_child_inherits_it(tmp_path: Path) -> None:
    with locked(tmp_path / "file", os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX) as descriptor:
        assert stat.S_IMODE(os.fstat(descriptor).st_mode) == 0o666 & ~_umask()
        assert not os.get_inheritable(descriptor)


@pytest.mark.parametrize("short", [0, 1, 3])
def test_what_was_written_in_part_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: int) -> None:
    path, write = tmp_path / "file", os.write
    path.write_bytes(b"first\n")
    with locked(path, os.O_RDWR | os.O_APPEND, fcntl.LOCK_EX) as descriptor:
        if short:
            monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:-short]))
            with pytest.raises(OSError, match=r"what was written in part has been taken back$"):
                write_or_take_back(descriptor, b"second\n", 6)
        else:
            write_or_take_back(descriptor, b"second\n", 6)
    assert path.read_bytes() == (b"first\n" if short else b"first\nsecond\n")


def test_only_a_folder_is_synced_as_one(tmp_path: Path) -> None:
    sync_folder(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")


def test_a_file_that_somebody_laid_in_its_way_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", lambda size: b"\0" * size)
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / f".receipt.json.{'00' * 6}.tmp").symlink_to(tmp_path / "theirs")
    with pytest.raises(StorageError, match="File exists"):
        write_atomically(tmp_path / "receipt.json", b"ours")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
    assert not (tmp_path / "receipt.json").exists()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
