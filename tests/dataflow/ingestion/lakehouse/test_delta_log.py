"""The log of a Delta table names a manifest per version, or says that it isn't ours."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from support.lakes import bars, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.delta_log import (
    commit_actions,
    commit_numbers,
    commit_place,
    named_manifest,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DELTA,
    encoded,
    format_of,
    latest_manifest,
    manifest_of,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import problems
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Delta table of two versions."""
    writer = TableWriter(tmp_path, BARS, DELTA)
    for known_at, scale in (("2024-02-01", 1.0), ("2024-02-02", 2.0)):
        frame = bars(known_at=known_at, scale=scale)
        writer.upsert(frame, frame["known_at"].iloc[0])
    return tmp_path / "bars"


def test_versions_are_those_of_delta(folder: Path) -> None:
    first, second = manifest_of(folder, 1), manifest_of(folder, 2)
    assert format_of(folder) == DELTA
    assert version_numbers(folder) == [1, 2]
    assert latest_manifest(folder) == second
    assert second.previous == json_digest(first.model_dump())
    assert DeltaTable(folder).version() == 2
    assert str(DeltaTable(folder).metadata().id) == first.table_id == second.table_id


def second_manifest(folder: Path) -> Path:
    named = named_manifest(commit_actions(folder, 2))
    assert named is not None
    return folder / "_manifests" / f"{named.removeprefix('sha256:')}.json"


def test_every_flipped_bit_of_a_commit_is_found_or_has_no_effect(folder: Path) -> None:
    path, clean = commit_place(folder, 2), manifest_of(folder, 2)
    whole = path.read_bytes()
    found = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            assert manifest_of(folder, 2) == clean
        except DataContractError:
            found += 1
    assert found > 64  # a digest has as many digits


def test_every_flipped_bit_of_a_manifest_is_found(folder: Path) -> None:
    path = second_manifest(folder)
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(DataContractError, match=f"{path.name} isn't what was written"):
            manifest_of(folder, 2)


def test_a_manifest_that_was_exchanged_is_found(folder: Path) -> None:
    forged = manifest_of(folder, 2).model_copy(update={"known_at": "2020-01-01"})
    second_manifest(folder).write_bytes(encoded(forged))
    with pytest.raises(DataContractError, match="isn't what was written"):
        manifest_of(folder, 2)


def test_what_is_gone_is_named(folder: Path) -> None:
    path = second_manifest(folder)
    path.unlink()
    with pytest.raises(
        DataContractError, match=rf"_manifests/{path.name}, which 0+2.json names, can't be read: No such"
    ):
        manifest_of(folder, 2)
    commit_place(folder, 1).unlink()
    with pytest.raises(DataContractError, match=r"bars has no version 1 \(there are 1: 2\)"):
        manifest_of(folder, 1)


def test_a_commit_of_another_tool_that_changes_nothing_is_the_version_before(folder: Path) -> None:
    before = table(folder.parent).read().version
    stray = folder / "data" / "2024-0.parquet"
    stray.touch()
    DeltaTable(folder).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    assert not stray.exists()
    assert commit_numbers(folder) == [1, 2, 3, 4]
    after = table(folder.parent).read().version
    assert (after.digest, after.version) == (before.digest, 4)
    assert [(each.version, each.new, each.rows) for each in table(folder.parent).versions()][2:] == [
        (3, 0, 0),
        (4, 0, 0),
    ]
    rows = bars(days=4, known_at="2024-02-03")
    assert TableWriter(folder.parent, BARS).upsert(rows, rows["known_at"].iloc[0]).version == 5
    assert problems(folder.parent) == []


def test_rows_of_another_tool_are_refused_by_name(folder: Path) -> None:
    write_deltalake(folder, pa.Table.from_pandas(bars(known_at="2024-03-01")), mode="append", schema_mode="merge")
    refused = r"bars/_delta_log/0+3\.json was not written by tvselect ingest \(WRITE"
    with pytest.raises(DataContractError, match=refused):
        table(folder.parent).read()
    with pytest.raises(DataContractError, match=refused):
        TableWriter(folder.parent, BARS).upsert(bars(), bars()["known_at"].iloc[0])
    assert table(folder.parent).read(version=2).version.rows == 6  # what is ours can still be read
    with pytest.raises(DataContractError, match="Move it away to go on from the version before"):
        table(folder.parent).read()
    commit_place(folder, 3).unlink()
    rows = bars(known_at="2024-03-01", scale=3.0)
    assert TableWriter(folder.parent, BARS).upsert(rows, rows["known_at"].iloc[0]).version == 3


def test_a_table_of_another_tool_is_refused_by_name(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "bars", pa.Table.from_pandas(bars()))
    with pytest.raises(DataContractError, match="was not written by tvselect ingest"):
        version_numbers(tmp_path / "bars")


def test_other_tools_can_take_nothing_away(folder: Path) -> None:
    with pytest.raises(Exception, match="append"):
        DeltaTable(folder).delete("symbol = 'A'")
    assert (
        json.loads(commit_place(folder, 0).read_text("utf-8").splitlines()[2])["metaData"]["configuration"][
            "delta.appendOnly"
        ]
        == "true"
    )


def test_both_formats_in_one_folder_are_refused(folder: Path) -> None:
    (folder / "versions").mkdir()
    with pytest.raises(DataContractError, match="has both versions/ and _delta_log/"):
        format_of(folder)
