"""Compaction and vacuum change files, never a read."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.lakes import bars, market_lake, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse import parquet_table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import Manifest, latest_manifest
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS, LAYOUTS, MEMBERSHIP
from tradingview_scraper.pipelines.selection.drivers.lakehouse import commits, compaction
from tradingview_scraper.pipelines.selection.drivers.lakehouse.compaction import Compacted, compact, layouts, vacuum
from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import orphans, problems
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

START = pd.Timestamp("2024-02-01")


def at(number: int) -> pd.Timestamp:
    return START + pd.Timedelta(days=number)


def write_versions(lakehouse: Path, count: int = 12, stored_as: str = "parquet") -> None:
    """Versions with a new symbol, restatements, one more column, and dates of two years."""
    writer, random = TableWriter(lakehouse, BARS, stored_as), np.random.default_rng(5)
    for number in range(count):
        frame = bars("ABCD"[: 2 + number % 3], days=5, known_at=str(at(number)), scale=1.0 + random.integers(3))
        frame["date"] = frame["date"] - pd.Timedelta(days=int(random.integers(0, 6)))
        writer.upsert(frame if number < 6 else frame.assign(volume=float(number)), at(number))


def answers(lakehouse: Path) -> list[Any]:
    """The frames, row by row in their order, and digests of many questions."""
    held = table(lakehouse)
    reads = [held.read(as_of=pd.Timestamp("2024-01-03"), known_at=at(number)) for number in range(13)]
    reads += [held.read(version=number, since=pd.Timestamp("2023-12-30")) for number in range(1, 13)]
    reads.append(held.read(version=7, known_at=at(4), symbols=["A", "D"]))
    found = []
    for read in reads:
        version = read.version
        found.append((read.frame.to_csv(), version.digest, version.schema_digest, version.rows))
    return found


def test_every_read_is_the_same_after_compaction_and_vacuum(tmp_path: Path, stored_as: str) -> None:
    write_versions(tmp_path, stored_as=stored_as)
    before = answers(tmp_path)
    assert len({digest for _, digest, _, _ in before}) > 10
    done = compact(tmp_path, BARS)
    assert (done.version, done.left) == (13, 2)
    assert done.files == 20
    assert answers(tmp_path) == before
    assert problems(tmp_path) == []
    removed = vacuum(tmp_path, BARS, keep=1)
    assert len(removed.files) == done.files
    assert len(list((tmp_path / "bars" / "data").iterdir())) == 2
    assert answers(tmp_path) == before
    assert problems(tmp_path) == []
    assert orphans(tmp_path) == []
    writer = TableWriter(tmp_path, BARS)
    writer.upsert(bars(known_at=str(at(20)), scale=9), at(20))
    assert compact(tmp_path, BARS).left == 2
    vacuum(tmp_path, BARS, keep=1)
    assert answers(tmp_path) == before


def test_records_and_what_was_set_aside_compact_as_bars_do(tmp_path: Path) -> None:
    lakehouse = tmp_path / "lakehouse"
    shutil.copytree(market_lake(), lakehouse)
    for name in ("candidates", "instruments", "aside"):
        frame = table(lakehouse, name).read().frame
        changed = frame.assign(**{column: frame[column].astype(object) for column in frame if column == "symbol"})
        changed = changed.loc[changed.index[::2]].assign(known_at=pd.Timestamp("2027-01-01"))
        changed["raw" if name == "aside" else "record"] = '{"a": 1}'
        TableWriter(lakehouse, LAYOUTS[name]).upsert(changed, pd.Timestamp("2027-01-01"))
        day, then, now = (pd.Timestamp(text) for text in ("2026-06-20", "2026-12-31", "2027-01-02"))
        reads: list[dict[str, Any]] = [
            {"version": 1},
            {"as_of": day, "known_at": then},
            {"as_of": day, "known_at": now},
        ]
        before = [table(lakehouse, name).read(**read) for read in reads]
        assert before[1].version.digest != before[2].version.digest or name == "aside"
        compact(lakehouse, LAYOUTS[name])
        vacuum(lakehouse, LAYOUTS[name], keep=1)
        after = [table(lakehouse, name).read(**read) for read in reads]
        for one, other in zip(before, after, strict=True):
            pd.testing.assert_frame_equal(one.frame, other.frame)
            assert one.version.digest == other.version.digest
    assert problems(lakehouse) == []


def test_what_is_compact_stays_as_it_is(tmp_path: Path) -> None:
    assert compact(tmp_path, BARS) == Compacted("bars", None, 0, 0)
    assert vacuum(tmp_path, BARS).files == ()
    write_versions(tmp_path, 3)
    assert compact(tmp_path, BARS, beyond=99).version == 3
    assert compact(tmp_path, BARS).version == 4
    assert compact(tmp_path, BARS) == Compacted("bars", 4, 2, 2)
    listed = table(tmp_path).versions()[-1]
    assert (listed.rows, listed.new, listed.restated) == (0, 0, 0)


def test_large_files_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_versions(tmp_path, 6)
    whole = latest_manifest(tmp_path / "bars")
    assert whole is not None
    least = max(file.rows for file in whole.files)
    monkeypatch.setattr(compaction, "SMALL_ROWS", least)
    compact(tmp_path, BARS)
    after = latest_manifest(tmp_path / "bars")
    assert after is not None
    large = [file for file in whole.files if file.rows >= least]
    assert large
    assert [file for file in after.files if file in large] == large


def test_vacuum_leaves_the_files_of_the_latest_versions(tmp_path: Path) -> None:
    write_versions(tmp_path, 3)
    compact(tmp_path, BARS)
    stray = tmp_path / "bars" / "data" / ".left.tmp"
    stray.write_bytes(b"half")
    assert vacuum(tmp_path, BARS, keep=2, dry=True).files == (stray.name,)
    assert stray.exists()
    vacuum(tmp_path, BARS, keep=2)
    assert not stray.exists()
    assert len(list((tmp_path / "bars" / "data").iterdir())) > 2


def test_a_reader_whose_files_vacuum_removes_meanwhile_reads_the_same(
    tmp_path: Path, stored_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_versions(tmp_path, stored_as=stored_as)
    before = table(tmp_path).read()
    todo = [BARS]

    def then_swept(folder: Path) -> Manifest | None:
        found = latest_manifest(folder)
        while todo:
            layout = todo.pop()
            compact(tmp_path, layout)
            assert vacuum(tmp_path, layout, keep=1).files
        return found

    monkeypatch.setattr(parquet_table, "latest_manifest", then_swept)
    after = table(tmp_path).read()
    assert not todo
    pd.testing.assert_frame_equal(after.frame, before.frame)
    assert after.version == before.version


def test_vacuum_takes_what_a_killed_writer_left_beside_the_data(tmp_path: Path, stored_as: str) -> None:
    write_versions(tmp_path, stored_as=stored_as)
    before, folder = answers(tmp_path), tmp_path / "bars"
    places = {"parquet": ["versions/.4.json.tmp"], "delta": [f"_manifests/{'0' * 64}.json", "_delta_log/.4.json.tmp"]}
    for place in places[stored_as]:
        (folder / place).write_bytes(b"half")
    assert sorted(orphans(tmp_path)) == sorted(f"bars/{place}" for place in places[stored_as])
    vacuum(tmp_path, BARS)
    assert orphans(tmp_path) == problems(tmp_path) == []
    assert answers(tmp_path) == before


def test_a_file_that_the_latest_version_needs_is_missed(tmp_path: Path) -> None:
    write_versions(tmp_path, 3)
    compact(tmp_path, BARS)
    vacuum(tmp_path, BARS, keep=1)
    victim = next((tmp_path / "bars" / "data").iterdir())
    victim.rename(tmp_path / "elsewhere")
    assert [sentence for sentence in problems(tmp_path) if victim.name in sentence and "is gone" in sentence]
    with pytest.raises(DataContractError, match=victim.name):
        table(tmp_path).read(version=2)


def test_a_flipped_bit_is_not_compacted_away(tmp_path: Path) -> None:
    write_versions(tmp_path, 3)
    victim = sorted((tmp_path / "bars" / "data").iterdir())[0]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(bytes(data))
    with pytest.raises(DataContractError, match="isn't what was written"):
        compact(tmp_path, BARS)
    assert table(tmp_path).latest_version() == 3


def test_a_compaction_that_dies_changes_nothing(
    tmp_path: Path, stored_as: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_versions(tmp_path, stored_as=stored_as)
    before = answers(tmp_path)
    for place in range(3):  # two files, then the manifest
        calls = iter(range(99))
        write = commits.write_atomically

        def dying(path: Path, data: bytes, write: Any = write, calls: Any = calls, place: int = place) -> None:
            if next(calls) == place:
                raise OSError("no space left")
            write(path, data)

        with monkeypatch.context() as patched:
            patched.setattr(commits, "write_atomically", dying)
            with pytest.raises(OSError, match="no space left"):
                compact(tmp_path, BARS)
        assert table(tmp_path).latest_version() == 12
        assert answers(tmp_path) == before
    assert compact(tmp_path, BARS).version == 13
    assert answers(tmp_path) == before


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    write_versions(tmp_path, 1)
    assert layouts(tmp_path, None) == [BARS]
    with pytest.raises(ConfigurationError, match=r"there is no table membership in .*; there are bars"):
        layouts(tmp_path, MEMBERSHIP.name)
