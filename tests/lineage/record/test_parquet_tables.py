"""A run's tables are read as Arrow's public reader reads them, also where only that is there."""

import io
import sys
from typing import Any

import pyarrow as pa
import pytest
from pyarrow._parquet import ParquetReader
from pyarrow.parquet import ParquetFile

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.record.parquet_tables import parquet_table


@pytest.fixture(scope="module")
def tables(sample_run: SampleRun) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(sample_run.folder.glob("*.parquet"))}


@pytest.mark.parametrize("hidden", [False, True])
def test_tables_are_those_of_the_public_reader(
    hidden: bool, tables: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    if hidden:
        monkeypatch.setitem(sys.modules, "pyarrow._parquet", None)
    assert len(tables) > 5
    for content in tables.values():
        public = ParquetFile(io.BytesIO(content)).read()
        assert parquet_table(content).equals(public, check_metadata=True)


def test_they_are_read_in_the_thread_that_asks_and_pages_are_checked(
    tables: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    class Spied(ParquetReader):
        def open(self, source: Any, **options: Any) -> None:
            asked.append(options)
            super().open(source, **options)

        def read_all(self, **options: Any) -> Any:
            asked.append(options)
            return super().read_all(**options)

    monkeypatch.setattr("pyarrow._parquet.ParquetReader", Spied)
    parquet_table(tables["standings.parquet"])
    assert asked[0]["page_checksum_verification"]
    assert not asked[0]["pre_buffer"]
    assert asked[1:] == [{"use_threads": False}]


def test_a_page_with_another_checksum_is_no_table(tables: dict[str, bytes]) -> None:
    content = bytearray(tables["features.parquet"])
    content[len(content) // 3] ^= 1
    with pytest.raises((OSError, ValueError)):
        parquet_table(bytes(content))
    with pytest.raises(pa.ArrowInvalid):
        parquet_table(b"no table")
