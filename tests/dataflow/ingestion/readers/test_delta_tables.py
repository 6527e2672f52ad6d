"""A Delta table that another tool wrote is read as it is now, and said not to be verified."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, WriterProperties, write_deltalake

from support.lakes import NOW, data_settings, market_folder, market_lake, table
from support.market import SETTINGS, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import folder_contents
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.table_files import table_file
from tradingview_scraper.pipelines.selection.drivers.execution.findings import table_lines
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import ingest, known_from
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import reproduced
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError
from tradingview_scraper.pipelines.selection.schemas.run_files import DECISIONS, INPUTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The market, its bars as a desk keeps them: overwritten once, so that files lie there that are no longer the table."""
    folder = tmp_path / "data"
    shutil.copytree(market_folder(), folder)
    (folder / "bars.parquet").unlink()
    rows = pa.Table.from_pandas(market().bars, preserve_index=False)
    write_deltalake(folder / "bars", pa.Table.from_pandas(market().bars.assign(close=1.0), preserve_index=False))
    write_deltalake(folder / "bars", rows, mode="overwrite")
    return folder


def test_it_selects_as_the_plain_file_does(tmp_path: Path, folder: Path) -> None:
    one = run(tmp_path, data=market_folder(), settings=SETTINGS)
    other = run(tmp_path, data=folder, settings=SETTINGS)
    assert (one.folder / DECISIONS).read_bytes() == (other.folder / DECISIONS).read_bytes()


def test_a_run_comes_out_again_after_the_table_went_on(tmp_path: Path, folder: Path) -> None:
    then = run(tmp_path, data=folder, settings=SETTINGS)
    write_deltalake(
        folder / "bars", pa.Table.from_pandas(market().bars.assign(close=2.0), preserve_index=False), mode="overwrite"
    )
    again = reproduced(tmp_path, then.run_id)
    assert again["identical"], again["differences"]
    version = json.loads((then.folder / INPUTS).read_text("utf-8"))["versions"]["bars"]
    assert (version["format"], version["version"]) == ("delta", 1)
    shutil.rmtree(folder / "bars")
    write_deltalake(folder / "bars", pa.Table.from_pandas(market().bars, preserve_index=False))
    write_deltalake(folder / "bars", pa.Table.from_pandas(market().bars, preserve_index=False), mode="append")
    assert "is another Delta table than the one that was read" in reproduced(tmp_path, then.run_id)["error"]


def test_the_first_lines_and_the_notes_say_that_nothing_verifies_it(folder: Path) -> None:
    tables = FolderProvider(folder, data_settings()).tables(None)
    assert table_lines(tables)[0].startswith("bars bars/ (Delta version 1, not verified): 24,331 rows")
    assert any("it has no digests to verify its 1 files by" in note for note in tables.notes)


def test_it_is_ingested_from_its_folder_and_by_itself(tmp_path: Path, folder: Path) -> None:
    for source, lake in ((folder, "one"), (folder / "bars", "other")):
        ingest(source, tmp_path / lake, data_settings(), known_from(None, NOW))
        assert table(tmp_path / lake).read().version.digest == table(market_lake()).read().version.digest


def test_partitions_and_files_without_a_column(tmp_path: Path) -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-02"])
    first = pd.DataFrame({"symbol": ["A/B", "C"], "date": days, "close": [1.0, 2.0]})
    write_deltalake(tmp_path / "bars", pa.Table.from_pandas(first), partition_by=["symbol"])
    more = pa.Table.from_pandas(first.assign(date=days + pd.Timedelta(days=5), volume=[3.0, 4.0]))
    write_deltalake(tmp_path / "bars", more, mode="append", schema_mode="merge")
    found = table_file(tmp_path, "bars").frame.sort_values(["date"])
    assert found["symbol"].tolist() == ["A/B", "C"] * 2
    assert found["close"].tolist() == [1.0, 2.0] * 2
    assert np.isnan(found["volume"].to_numpy()).tolist() == [True, True, False, False]


def test_a_flipped_bit_is_found_where_there_are_page_checksums(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"symbol": ["A"] * 1000, "date": pd.date_range("2020-01-01", periods=1000), "close": np.arange(1000.0)}
    )
    write_deltalake(
        tmp_path / "bars", pa.Table.from_pandas(rows), writer_properties=WriterProperties(compression="UNCOMPRESSED")
    )
    (file,) = (tmp_path / "bars").glob("*.parquet")
    pq.write_table(pq.read_table(file), file, compression="none", write_page_checksum=True)
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[whole.index(np.float64(500.0).tobytes())] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(DataContractError, match="can't be read as Parquet"):
        table_file(tmp_path, "bars")


@pytest.mark.parametrize("damage", ["{", "[]", ""])
def test_a_log_that_cannot_be_read_is_refused(folder: Path, damage: str) -> None:
    max((folder / "bars" / "_delta_log").iterdir()).write_text(damage, "utf-8")
    with pytest.raises(DataContractError, match="bars/"):
        folder_contents(folder, data_settings())


def test_deleted_rows_that_stay_in_their_file_are_refused(tmp_path: Path) -> None:
    rows = pa.table({"symbol": ["A", "B"], "close": [1.0, 2.0]})
    write_deltalake(tmp_path / "bars", rows, configuration={"delta.enableDeletionVectors": "true"})
    if not DeltaTable(tmp_path / "bars").protocol().reader_features:
        pytest.skip("this deltalake makes no table with deletion vectors")
    with pytest.raises(DataContractError, match=r"asks its readers for .*deletionVectors"):
        table_file(tmp_path, "bars")


def test_a_missing_extra_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(
        ConfigurationError, match=r"bars/ is a Delta table, which needs deltalake .*'tvselect\[delta\]'"
    ):
        folder_contents(folder, data_settings())


@pytest.mark.parametrize("stored_as", ["parquet", "delta"])
def test_a_lakehouse_is_no_data_folder(stored_as: str) -> None:
    with pytest.raises(
        DataContractError, match=r"bars/ is a table of a lakehouse: read that by --set data\.provider=lakehouse"
    ):
        folder_contents(market_lake(stored_as), data_settings())
