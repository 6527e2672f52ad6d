"""A version is made in one step, in the format that lies there; who comes second starts anew."""

import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from deltalake import DeltaTable

from support.command_line import tvselect
from support.lakes import NOW, bars, data_settings, market_folder, market_lake, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.delta_log import commit_place
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DELTA,
    PARQUET,
    latest_manifest,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import place_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse import table_writer
from tradingview_scraper.pipelines.selection.drivers.lakehouse.commits import (
    committed,
    new_format,
    put,
    writable_format,
)
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import ingest, known_from
from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import orphans, problems
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter, parquet_bytes
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import reproduced
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, StageError

FIRST, SECOND = pd.Timestamp("2024-02-01"), pd.Timestamp("2024-02-02")
OLD, NEW = [1.0, 2, 3, 4, 5, 6], [10.0, 20, 30, 40, 50, 60]


def closes(lake: Path) -> list[float]:
    return [float(value) for value in table(lake).read().frame.sort_values(["symbol", "date"])["close"]]


def test_a_new_table_is_as_its_neighbours_are(tmp_path: Path, bucket: str) -> None:
    assert new_format(tmp_path, None) == PARQUET
    assert new_format(tmp_path, DELTA) == DELTA
    assert new_format(place_of(f"s3://{bucket}/nothing"), None) == DELTA
    TableWriter(tmp_path, BARS, DELTA).upsert(bars(), FIRST)
    assert new_format(tmp_path, None) == DELTA
    assert writable_format(tmp_path / "bars", None) == DELTA


def test_a_table_stays_in_its_format(tmp_path: Path) -> None:
    TableWriter(tmp_path, BARS, DELTA).upsert(bars(), FIRST)
    with pytest.raises(ConfigurationError, match="is a table in the format delta: leave --format out"):
        TableWriter(tmp_path, BARS, PARQUET).upsert(bars(scale=2), SECOND)


def test_a_missing_extra_is_named_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TableWriter(tmp_path / "lake", BARS, DELTA).upsert(bars(), FIRST)
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(ConfigurationError, match=r"Delta tables need deltalake .*: pip install 'tvselect\[delta\]'"):
        TableWriter(tmp_path / "other", BARS, DELTA).upsert(bars(), FIRST)
    assert not (tmp_path / "other").exists()
    assert closes(tmp_path / "lake") == OLD  # what is there is read without it


def test_delta_is_told_the_rows_of_each_file(tmp_path: Path) -> None:
    TableWriter(tmp_path, BARS, DELTA).upsert(bars(), FIRST)
    add = json.loads(commit_place(tmp_path / "bars", 1).read_text("utf-8").splitlines()[1])["add"]
    assert (json.loads(add["stats"]), add["size"]) == (
        {"numRecords": 6},
        (tmp_path / "bars" / add["path"]).stat().st_size,
    )


def test_other_tools_read_every_statement(tmp_path: Path) -> None:
    for known_at, scale in (("2024-02-01", 1.0), ("2024-02-02", 10.0)):
        TableWriter(tmp_path, BARS, DELTA).upsert(bars(known_at=known_at, scale=scale), pd.Timestamp(known_at))
    place, day = str(tmp_path / "bars"), pd.Timestamp("2024-01-03")
    assert sorted(DeltaTable(place).to_pyarrow_table()["close"].to_pylist()) == sorted([*OLD, *NEW])
    assert sorted(DeltaTable(place, version=1).to_pyarrow_table()["close"].to_pylist()) == OLD
    assert sorted(pl.scan_delta(place).filter(pl.col("date") >= day).collect()["close"]) == [3, 6, 30, 60]
    rows = DeltaTable(place).to_pyarrow_dataset()  # DuckDB looks it up by its name
    assert rows is not None
    assert duckdb.sql("select sum(close) from rows where date >= '2024-01-03'").fetchall() == [(99.0,)]


def test_files_that_a_version_leaves_out_leave_the_log_of_delta_too(tmp_path: Path) -> None:
    """A version of the same rows in one file: other tools read that file, and the earlier version as it was."""
    for known_at, symbols in (("2024-02-01", "A"), ("2024-02-02", "B")):
        TableWriter(tmp_path, BARS, DELTA).upsert(bars(symbols=symbols, known_at=known_at), pd.Timestamp(known_at))
    before, folder = latest_manifest(tmp_path / "bars"), tmp_path / "bars"
    assert before is not None
    data = parquet_bytes(pd.concat([bars(symbols="A"), bars(symbols="B", known_at="2024-02-02")]), BARS)
    joined = before.files[0].model_copy(
        update={"name": "data/2024-1.parquet", "digest": bytes_digest(data), "bytes": len(data), "rows": 6}
    )
    put(folder / joined.name, data)
    update = {"version": 3, "previous": json_digest(before.model_dump()), "new": 0, "files": [joined]}
    committed(folder, before, before.model_copy(update=update), DELTA)
    assert len(DeltaTable(folder).file_uris()) == 1
    assert len(DeltaTable(folder, version=2).file_uris()) == 2
    assert DeltaTable(folder).to_pyarrow_table().num_rows == 6
    assert problems(tmp_path) == []


class Killed(BaseException):
    """What a kill is to the writer."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["create", "create_write_transaction"])
def test_a_writer_that_is_killed_at_a_commit_leaves_a_whole_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, when: str
) -> None:
    whole = getattr(DeltaTable, call)

    def killed(*arguments: Any, **named: Any) -> None:
        if when == "after":
            whole(*arguments, **named)
        raise Killed

    if call == "create_write_transaction":
        TableWriter(tmp_path, BARS, DELTA).upsert(bars(), FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(DeltaTable, call, killed)
        with pytest.raises(Killed):
            TableWriter(tmp_path, BARS, DELTA).upsert(bars(known_at="2024-02-02", scale=10), SECOND)
    if call == "create":
        assert version_numbers(tmp_path / "bars") == []
    else:
        assert closes(tmp_path) == (NEW if when == "after" else OLD)
    assert problems(tmp_path) == []
    TableWriter(tmp_path, BARS, DELTA).upsert(bars(known_at="2024-02-02", scale=10), SECOND)
    assert closes(tmp_path) == NEW
    assert problems(tmp_path) == orphans(tmp_path) == []


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """While no file may grow beyond so many bytes, for native code too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("size", [0, 100, 700])
def test_a_commit_that_the_disk_refuses_leaves_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    TableWriter(tmp_path, BARS, DELTA).upsert(bars(), FIRST)
    whole: Callable[..., Any] = DeltaTable.create_write_transaction

    def refused(*arguments: Any, **named: Any) -> None:
        with full_disk(size):
            whole(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(DeltaTable, "create_write_transaction", refused)
        with suppress(OSError):
            TableWriter(tmp_path, BARS).upsert(bars(known_at="2024-02-02", scale=10), SECOND)
    assert closes(tmp_path) in (OLD, NEW)
    assert (closes(tmp_path) == OLD) == (size < 600)
    TableWriter(tmp_path, BARS).upsert(bars(known_at="2024-02-02", scale=10), SECOND)
    assert closes(tmp_path) == NEW
    assert problems(tmp_path) == []


def test_writers_without_a_lock_start_anew_when_another_was_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four at once, each a symbol, two days: nothing is lost, nothing twice."""
    TableWriter(tmp_path, BARS, DELTA).upsert(bars(symbols="A"), FIRST)
    monkeypatch.setattr(table_writer, "alone_with", lambda folder, chosen: nullcontext())

    def written(symbol: str) -> None:
        for days in (1, 2):
            TableWriter(tmp_path, BARS).upsert(bars(symbols=symbol, days=days), FIRST)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(written, "BCDE"))
    read = table(tmp_path).read()
    assert read.version.version == 9
    assert read.frame.groupby("symbol", observed=True).size().to_dict() == {"A": 3, "B": 2, "C": 2, "D": 2, "E": 2}
    assert problems(tmp_path) == []


def test_a_writer_that_is_never_first_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TableWriter(tmp_path, BARS, DELTA).upsert(bars(), FIRST)
    before = latest_manifest(tmp_path / "bars")
    TableWriter(tmp_path, BARS).upsert(bars(scale=10, known_at="2024-02-02"), SECOND)
    monkeypatch.setattr(table_writer, "latest_manifest", lambda folder: before)  # always looks too early
    with pytest.raises(StageError, match="other writers of bars were first 50 times"):
        TableWriter(tmp_path, BARS).upsert(bars(scale=2, known_at="2024-02-03"), pd.Timestamp("2024-02-03"))
    assert closes(tmp_path) == NEW


def test_writers_of_a_bucket_lose_nothing(bucket: str) -> None:
    lake = place_of(f"s3://{bucket}/many")

    def written(symbol: str) -> None:
        for days in (1, 2):
            TableWriter(lake, BARS).upsert(bars(symbols=symbol, days=days), FIRST)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(written, "ABCD"))
    read = table(lake).read()
    assert read.version.version == 8
    assert read.frame.groupby("symbol", observed=True).size().tolist() == [2] * 4
    assert problems(lake) == []


def test_plain_parquet_in_a_bucket_is_read_and_not_written(bucket: str) -> None:
    lake, folder = place_of(f"s3://{bucket}/plain"), market_lake()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != ".lock":
            put(lake / path.relative_to(folder).as_posix(), path.read_bytes())
    assert table(lake).read().version == table(folder).read().version
    with pytest.raises(ConfigurationError, match=r"nothing keeps two writers apart\. Use --format delta"):
        ingest(market_folder(), lake, data_settings(), known_from(None, NOW))


def test_a_run_from_a_bucket_comes_out_again(tmp_path: Path, bucket: str) -> None:
    lake = f"s3://{bucket}/whole"
    project = ("--project", str(tmp_path))
    brought = tvselect("ingest", str(market_folder()), "--lakehouse", lake, *project)
    assert brought.exit_code == 0, brought.stderr
    listed = tvselect("ls", "data", "--lakehouse", lake, *project)
    assert listed.stdout.splitlines()[1].split()[:3] == ["bars", "delta", "1"]
    shown = tvselect("show", "data", "bars", "--lakehouse", lake, *project)
    assert shown.stdout.startswith("bars version 1 (delta): ")
    common = ("--data", lake, "--set", "data.provider=lakehouse", "--market-defaults", "us-stocks", *project)
    ran = tvselect("run", *common, "--known-at", "now", "--json")
    assert ran.exit_code == 0, ran.stderr
    run_id = json.loads(ran.stdout)["run"]["run_id"]
    assert reproduced(tmp_path, run_id)["identical"]
    assert tvselect("doctor", *common).exit_code == 0
    texts = b"".join(path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file())
    assert lake.encode() in texts
    assert b"not-so-secret" not in texts
    assert b"127.0.0.1" not in texts
    plain = tvselect("run", "--data", lake, *project)
    assert (plain.exit_code, "in a bucket only a lakehouse is read" in plain.stderr) == (2, True)
