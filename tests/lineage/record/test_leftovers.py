"""What crashes leave, what of it goes, and what a run at work keeps."""

import os
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record.leftovers import (
    QUIET_SECONDS,
    left_over,
    partial_name,
    removed,
    unfinished,
)
from tradingview_scraper.pipelines.selection.schemas.errors import StorageError


def torn(path: Path, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def interrupted(folder: Path) -> None:
    with unfinished(folder):
        (folder / "file").write_bytes(b"half")
        raise KeyboardInterrupt


def test_only_what_nobody_holds_is_left_over(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    dead = runs / ".20260101-000000-aaaaaa.partial"
    inside = torn(dead / ".manifest.json.0123456789ab.tmp", 2 * QUIET_SECONDS)
    old = torn(runs / "20260101-000000-bbbbbb" / ".receipt.json.0123456789ab.tmp", 2 * QUIET_SECONDS)
    torn(runs / ".new.0123456789ab.tmp", 0)
    torn(runs / ".somebody-elses.tmp", 2 * QUIET_SECONDS)
    torn(runs / "audit.jsonl.torn.3.0123abcd", 2 * QUIET_SECONDS)
    with unfinished(runs / ".20260101-000000-cccccc.partial") as working:
        found = left_over(tmp_path).dead
        assert left_over(tmp_path) == ([dead, old], [], [working])
        for path in found:
            removed(path)
        assert left_over(tmp_path) == ([], [], [working])
    assert not inside.exists()
    assert not working.exists()
    assert len(list(runs.rglob(".*.tmp"))) == 2


def test_a_temporary_file_is_left_over_once_it_was_quiet_for_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside `runs/` only those of the project itself count; what merely has such a name is no file, or no run."""
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    ages = {"a": 59.5, "b": 60.0, "c": 60.5}
    for name, age in ages.items():
        for folder in (tmp_path, tmp_path / "runs" / "20260101-000000-aaaaaa", tmp_path / "other"):
            path = torn(folder / f".{name}.0123456789ab.tmp", 0)
            os.utime(path, (1_000_000.0 - age,) * 2)
    folder = tmp_path / "runs" / ".d.0123456789ab.tmp"
    folder.mkdir()
    os.utime(folder, (0, 0))
    (tmp_path / "runs" / ".file.partial").touch()
    (tmp_path / "runs" / "..partial").mkdir()
    assert left_over(tmp_path) == (
        [tmp_path / ".c.0123456789ab.tmp", tmp_path / "runs/20260101-000000-aaaaaa/.c.0123456789ab.tmp"],
        [],
        [],
    )


def test_a_folder_that_is_there_is_not_taken_for_a_new_run(tmp_path: Path) -> None:
    (tmp_path / ".a.partial").mkdir()
    with pytest.raises(StorageError, match="File exists"), unfinished(tmp_path / ".a.partial"):
        pass
    assert (tmp_path / ".a.partial").is_dir()
    with unfinished(tmp_path / partial_name("b")) as one:
        assert one.name == ".b.partial"
        assert left_over(tmp_path / "nowhere") == ([], [], [])


def test_an_unfinished_folder_goes_unless_it_got_a_name(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / ".a.partial")
    assert list(tmp_path.iterdir()) == []
    with unfinished(tmp_path / ".a.partial") as folder:
        (folder / "file").write_bytes(b"whole")
        folder.rename(tmp_path / "a")
    assert (tmp_path / "a" / "file").read_bytes() == b"whole"
