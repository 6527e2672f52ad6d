"""Versions are there whole or not at all, whoever writes at once, wherever a writer dies."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.lakes import bars, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    latest_manifest,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import (
    BARS,
    CANDIDATES,
    INSTRUMENTS,
)
from tradingview_scraper.pipelines.selection.drivers.lakehouse import table_writer
from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import orphans, problems
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import (
    TableWriter,
    Upserted,
    parquet_bytes,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

pytestmark = pytest.mark.usefixtures("stored_as")
FIRST, SECOND, THIRD = (pd.Timestamp(f"2024-02-0{day}") for day in (1, 2, 3))
SYSTEM_CALLS = ("open", "replace", "fsync", "mkdir")


def closes(lake: Path) -> list[float]:
    return [float(value) for value in table(lake).read().frame.sort_values(["symbol", "date"])["close"]]


def test_the_same_rows_twice_write_nothing(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    assert writer.upsert(bars(), FIRST) == Upserted(new=6, version=1)
    before = sorted(tmp_path.rglob("*"))
    assert writer.upsert(bars(known_at="2024-02-02").sample(frac=1, random_state=1), SECOND) == Upserted(
        same=6, version=1
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_a_cell_that_is_missing_twice_is_the_same(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    rows = bars().assign(volume=[np.nan, 1.0] * 3)
    writer.upsert(rows, FIRST)
    assert writer.upsert(rows, SECOND).same == 6
    assert writer.upsert(rows.assign(volume=[np.nan, 1.0, 2.0] * 2), THIRD).restated == 4


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    writer.upsert(bars(), FIRST)
    longer = bars(symbols="ABC", known_at="2024-02-02")
    longer.loc[1, "close"] = np.nan
    assert writer.upsert(longer, SECOND) == Upserted(new=3, restated=1, same=5, version=2)
    assert closes(tmp_path) == pytest.approx([1, np.nan, 3, 4, 5, 6, 7, 8, 9], nan_ok=True)
    assert table(tmp_path).read(known_at=FIRST).frame["close"].tolist() == [1, 2, 3, 4, 5, 6]
    manifest = latest_manifest(tmp_path / "bars")
    assert manifest is not None
    assert sum(file.rows for file in manifest.files) == 10


def test_a_restatement_is_known_from_the_ingest_on_whatever_it_says(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    writer.upsert(bars(known_at="2024-01-05"), FIRST)
    writer.upsert(bars(known_at="2024-01-05", scale=10), SECOND)
    assert table(tmp_path).read(known_at=FIRST).frame["close"].tolist() == [1, 2, 3, 4, 5, 6]
    assert closes(tmp_path) == [10, 20, 30, 40, 50, 60]


def test_what_is_said_to_be_known_earlier_stands_earlier(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    writer.upsert(bars(known_at="2024-02-03"), THIRD)
    assert writer.upsert(bars(scale=10), FIRST).new == 6
    assert table(tmp_path).read(known_at=SECOND).frame["close"].tolist() == [10, 20, 30, 40, 50, 60]
    assert closes(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_a_statement_of_several_rows_is_replaced_as_a_whole(tmp_path: Path) -> None:
    def export(symbols: str, key: str = "scan 1") -> pd.DataFrame:
        rows = pd.DataFrame({"export": key, "row": range(len(symbols)), "symbol": list(symbols), "record": "{}"})
        return rows.assign(date=FIRST, scanner="scan", meta=None, file="a.json", known_at=FIRST)

    writer = TableWriter(tmp_path, CANDIDATES)
    assert writer.upsert(export("ABC"), FIRST).new == 1
    assert writer.upsert(export("ABC").assign(file="b.json"), SECOND).same == 1
    assert writer.upsert(export("AC"), SECOND).restated == 1
    assert writer.upsert(export("CA"), THIRD).restated == 1  # the order of records counts
    read = table(tmp_path, "candidates").read().frame
    assert read["symbol"].tolist() == ["C", "A"]


def test_the_place_of_a_record_in_its_file_is_not_what_it_says(tmp_path: Path) -> None:
    rows = pd.DataFrame({"symbol": ["A", "B"], "row": [0, 1], "record": ["{}", "{}"], "known_at": FIRST})
    writer = TableWriter(tmp_path, INSTRUMENTS)
    writer.upsert(rows, FIRST)
    assert writer.upsert(rows.assign(row=[7, 8]), SECOND).same == 2


def test_two_rows_of_a_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataContractError, match=r"bars has more than one row of a key \(symbol, date\)"):
        TableWriter(tmp_path, BARS).upsert(pd.concat([bars(), bars(scale=2)]), FIRST)
    assert version_numbers(tmp_path / "bars") == []


def test_a_new_column_is_there_for_new_rows(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    writer.upsert(bars(days=2), FIRST)
    writer.upsert(bars(days=3, known_at="2024-02-02").iloc[[2, 5]].assign(volume=5.0), SECOND)
    read = table(tmp_path).read().frame
    assert read.sort_values(["symbol", "date"])["volume"].isna().tolist() == [True, True, False] * 2
    assert "volume" not in table(tmp_path).read(version=1).frame


def test_a_column_that_no_version_had_is_named(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    assert writer.upsert(bars(), FIRST).new_columns == ()
    assert writer.upsert(bars(known_at="2024-02-02").assign(volume=1.0), SECOND).new_columns == ("volume",)
    assert writer.upsert(bars(known_at="2024-02-03").assign(volume=2.0), THIRD).new_columns == ()


def test_files_are_the_same_bytes_for_the_same_rows() -> None:
    assert parquet_bytes(bars(), BARS) == parquet_bytes(bars(), BARS)
    categorical = bars().assign(symbol=bars()["symbol"].astype("category"))
    assert parquet_bytes(categorical, BARS) == parquet_bytes(bars(), BARS)


def test_big_tables_are_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_writer, "MOST_ROWS", 4)
    TableWriter(tmp_path, BARS).upsert(bars(symbols="ABCD"), FIRST)
    manifest = latest_manifest(tmp_path / "bars")
    assert manifest is not None
    assert [(file.rows, file.first_symbol, file.last_symbol) for file in manifest.files] == [
        (4, "A", "B"),
        (4, "B", "C"),
        (4, "C", "D"),
    ]
    assert closes(tmp_path) == [float(number) for number in range(1, 13)]


class Killed(BaseException):
    """What a kill is to the writer: nothing of it runs any more that isn't in a `finally`."""


def failing_at(number: int, error: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the `number`-th call that changes the disk fail; the calls so far."""
    calls: list[str] = []

    def failing(name: str) -> Callable[..., object]:
        whole = getattr(os, name)

        def call(*arguments: object, **named: object) -> object:
            writes = name != "open" or bool(int(str(arguments[1])) & (os.O_WRONLY | os.O_RDWR))
            if writes:
                calls.append(name)
                if len(calls) == number:
                    raise error()
            return whole(*arguments, **named)

        return call

    for name in SYSTEM_CALLS:
        monkeypatch.setattr(os, name, failing(name))
    return calls


@pytest.mark.parametrize("error", [Killed, lambda: OSError(errno.ENOSPC, "full"), lambda: OSError(errno.EIO, "broken")])
def test_a_writer_that_fails_anywhere_leaves_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]
) -> None:
    """Every write, rename and sync of an ingest is failed once; the table says the old or the new, never between."""
    old, new = [1.0, 2, 3, 4, 5, 6], [10.0, 20, 30, 40, 50, 60]
    number, seen = 0, set()
    while True:
        number += 1
        lake = tmp_path / str(number)
        TableWriter(lake, BARS).upsert(bars(), FIRST)
        with monkeypatch.context() as patch:
            calls = failing_at(number, error, patch)
            with suppress(Killed, OSError):
                TableWriter(lake, BARS).upsert(bars(known_at="2024-02-02", scale=10), SECOND)
        found = closes(lake)
        assert found in (old, new)
        assert problems(lake) == []
        seen.add(tuple(found))
        again = TableWriter(lake, BARS).upsert(bars(known_at="2024-02-02", scale=10), SECOND)
        assert again.version == 2
        assert closes(lake) == new
        assert orphans(lake) == []
        if len(calls) < number:
            break
    assert number > 10
    assert seen == {tuple(old), tuple(new)}


def test_a_first_ingest_that_is_killed_leaves_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 8):
        lake = tmp_path / str(number)
        with monkeypatch.context() as patch:
            failing_at(number, Killed, patch)
            with pytest.raises(Killed):
                TableWriter(lake, BARS).upsert(bars(), FIRST)
        if version_numbers(lake / "bars"):
            assert closes(lake) == [1, 2, 3, 4, 5, 6]
        else:
            with pytest.raises(DataContractError, match="has no table"):
                table(lake).read()


WRITER = """
import sys
from pathlib import Path
import pandas as pd
from support.lakes import bars
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
lake, stored_as, name, rounds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
for number in range(rounds):
    rows = bars(symbols=name, days=number + 1).iloc[-1:]
    TableWriter(lake, BARS, stored_as).upsert(rows, pd.Timestamp("2024-02-01"))
"""


def test_eight_writers_and_a_reader_at_once(tmp_path: Path, stored_as: str) -> None:
    """Each adds a day of its own symbol per round; the reader sees whole versions, and in the end all is there."""
    rounds = 8
    tests = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-c", WRITER, str(tmp_path), stored_as]
    writers = [
        subprocess.Popen([*command, name, str(rounds)], env={**os.environ, "PYTHONPATH": tests}) for name in "ABCDEFGH"
    ]
    last = 0
    while any(writer.poll() is None for writer in writers):
        if version_numbers(tmp_path / "bars"):
            read = table(tmp_path).read()
            assert read.version.rows == read.version.version >= last
            last = read.version.version
    assert [writer.wait() for writer in writers] == [0] * 8
    read = table(tmp_path).read()
    assert read.version.rows == read.version.version == 8 * rounds
    assert read.frame.groupby("symbol", observed=True).size().tolist() == [rounds] * 8
    assert problems(tmp_path) == orphans(tmp_path) == []
