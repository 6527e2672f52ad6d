"""A manifest says what was written, or says that it doesn't."""

from pathlib import Path

import pytest

from support.lakes import bars, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    Manifest,
    encoded,
    latest_manifest,
    manifest_of,
    manifest_path,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A table of two versions."""
    writer = TableWriter(tmp_path, BARS)
    for known_at, scale in (("2024-02-01", 1.0), ("2024-02-02", 2.0)):
        frame = bars(known_at=known_at, scale=scale)
        writer.upsert(frame, frame["known_at"].iloc[0])
    return tmp_path / "bars"


def test_versions_follow_each_other(folder: Path) -> None:
    first, second = manifest_of(folder, 1), manifest_of(folder, 2)
    assert version_numbers(folder) == [1, 2]
    assert latest_manifest(folder) == second
    assert second.previous == json_digest(first.model_dump())
    assert second.table_id == first.table_id
    assert list(second.files[: len(first.files)]) == list(first.files)


def test_no_table_has_no_versions(tmp_path: Path) -> None:
    assert latest_manifest(tmp_path / "bars") is None


def test_a_version_that_is_gone_is_named(folder: Path) -> None:
    manifest_path(folder, 1).unlink()
    with pytest.raises(DataContractError, match=r"bars has no version 1 \(there are 1: 2\)"):
        manifest_of(folder, 1)


def test_every_flipped_bit_is_found(folder: Path) -> None:
    path = manifest_path(folder, 2)
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(DataContractError, match=r"00000002\.json isn't what was written"):
            manifest_of(folder, 2)


def test_a_file_outside_of_the_table_is_refused(folder: Path) -> None:
    whole = manifest_of(folder, 2)
    stray = whole.files[0].model_copy(update={"name": "../../etc/passwd"})
    forged = Manifest.model_construct(**{**dict(whole), "files": [stray]})
    manifest_path(folder, 2).write_bytes(encoded(forged))
    with pytest.raises(DataContractError, match="isn't what was written"):
        manifest_of(folder, 2)


@pytest.mark.parametrize(
    "changed", [{"known_at": "soon"}, {"first": "yesterday"}, {"last": ""}, {"known_from": "2024-02-30"}]
)
def test_what_is_no_date_is_refused_though_the_digest_fits(folder: Path, changed: dict[str, str]) -> None:
    whole = manifest_of(folder, 2)
    of_files = {**changed} if "known_at" not in changed else {}
    files = [file.model_copy(update=of_files) for file in whole.files]
    forged = Manifest.model_construct(**{**dict(whole), **({} if of_files else changed), "files": files})
    manifest_path(folder, 2).write_bytes(encoded(forged))
    with pytest.raises(DataContractError, match="isn't what was written"):
        manifest_of(folder, 2)


@pytest.mark.parametrize("name", ["symbol", "date"])
def test_a_manifest_without_a_column_of_the_key_is_refused(folder: Path, name: str) -> None:
    whole = manifest_of(folder, 2)
    forged = whole.model_copy(update={"columns": tuple(each for each in whole.columns if each != name)})
    manifest_path(folder, 2).write_bytes(encoded(forged))
    with pytest.raises(DataContractError, match=f"version 2 of bars lists no {name}: restore its manifest"):
        table(folder.parent).read()
