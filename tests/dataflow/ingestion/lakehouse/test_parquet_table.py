"""A table is read as it was known, and only what a question needs of it."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.lakes import bars, market_lake, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse import parquet_table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.delta_log import LOG
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table import ALL_KNOWN
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS, LAYOUTS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.compaction import compact, vacuum
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

FIRST = pd.Timestamp("2024-01-01")


def day(number: int) -> pd.Timestamp:
    return FIRST + pd.Timedelta(days=number)


# Each the day of the ingest, and symbol and day to a close.
ingests = st.lists(
    st.tuples(
        st.integers(5, 12),
        st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 5)), st.integers(1, 3), min_size=1),
    ),
    min_size=1,
    max_size=5,
)


@given(brought=ingests, as_of=st.integers(-1, 6), known=st.integers(4, 13))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_read_is_what_a_list_of_statements_says(
    tmp_path_factory: pytest.TempPathFactory, brought: list[Any], as_of: int, known: int
) -> None:
    lake = tmp_path_factory.mktemp("lake")
    said: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for moment, values in brought:
        frame = pd.DataFrame([("ABC"[s], day(d), float(v)) for (s, d), v in values.items()])
        frame = frame.set_axis(["symbol", "date", "close"], axis=1)
        # By the rules: what was known then is not said again, and what restates it must be known later than all that was said.
        before = {key: [value for when, value in said.get(key, []) if when <= moment][-1:] for key in values}
        restated = [key for key, value in values.items() if before[key] and before[key] != [value]]
        if any(said[key][-1][0] >= moment for key in restated):
            with pytest.raises(DataContractError, match="would be known otherwise"):
                TableWriter(lake, BARS).upsert(frame.assign(known_at=day(moment)), day(moment))
            continue
        TableWriter(lake, BARS).upsert(frame.assign(known_at=day(moment)), day(moment))
        for key, value in values.items():
            if before[key] != [value]:
                said[key] = sorted([*said.get(key, []), (moment, value)])
    expected = {
        ("ABC"[s], day(d)): float([value for when, value in statements if when <= known][-1])
        for (s, d), statements in said.items()
        if d <= as_of and statements[0][0] <= known
    }
    read = table(lake).read(as_of=day(as_of), known_at=day(known))
    frame = read.frame
    got = {(str(s), d): c for s, d, c in zip(frame["symbol"], frame["date"], frame["close"], strict=True)}
    assert got == expected
    assert read.version.rows == len(expected)


@pytest.fixture
def restated(tmp_path: Path, stored_as: str) -> Path:
    """In either format: two symbols over three days, known on 1 February; all restated on the 2nd."""
    writer = TableWriter(tmp_path, BARS, stored_as)
    for known_at, scale in (("2024-02-01", 1.0), ("2024-02-02", 10.0)):
        frame = bars(known_at=known_at, scale=scale)
        writer.upsert(frame, frame["known_at"].iloc[0])
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "closes"),
    [
        ({}, [10, 20, 30, 40, 50, 60]),
        ({"version": 1}, [1, 2, 3, 4, 5, 6]),
        ({"known_at": pd.Timestamp("2024-02-01")}, [1, 2, 3, 4, 5, 6]),
        ({"known_at": pd.Timestamp("2024-02-01 23:59:59")}, [1, 2, 3, 4, 5, 6]),
        ({"known_at": pd.Timestamp("2024-01-31")}, []),
        ({"as_of": pd.Timestamp("2024-01-02")}, []),
        ({"as_of": pd.Timestamp("2024-01-02"), "known_at": ALL_KNOWN}, [10, 20, 40, 50]),
        ({"as_of": pd.Timestamp("2024-02-01")}, [1, 2, 3, 4, 5, 6]),
        ({"since": pd.Timestamp("2024-01-03")}, [30, 60]),
        ({"symbols": ["B", "Z"], "since": pd.Timestamp("2024-01-02")}, [50, 60]),
    ],
)
def test_what_is_asked_for_is_read(restated: Path, asked: dict[str, Any], closes: list[float]) -> None:
    read = table(restated).read(**asked)
    assert read.frame.sort_values(["symbol", "date"])["close"].tolist() == closes
    assert read.version.rows == len(closes)
    assert read.version.version == asked.get("version", 2)


def test_the_end_of_a_day_is_its_last_microsecond(tmp_path: Path) -> None:
    """Rows of one file, of which one is known at the first moment of the next day."""
    rows = bars(symbols="A", days=2)
    midnight = pd.Timestamp("2024-02-02")
    rows["known_at"] = [midnight - pd.Timedelta(microseconds=1), midnight]
    TableWriter(tmp_path, BARS).upsert(rows, midnight)
    assert table(tmp_path).read(known_at=pd.Timestamp("2024-02-01")).frame["close"].tolist() == [1.0]
    assert table(tmp_path).read(known_at=midnight).frame["close"].tolist() == [1.0, 2.0]


def test_the_digest_is_of_what_was_read(restated: Path) -> None:
    bars_table = table(restated)
    then = bars_table.read(version=1).version
    again = bars_table.read(known_at=pd.Timestamp("2024-02-01")).version
    assert then.digest == again.digest
    assert then.digest != bars_table.read().version.digest
    assert (then.symbols, then.table_id) == (2, again.table_id)


def test_files_that_cannot_matter_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    taken = parquet_table.bytes_digest
    monkeypatch.setattr(parquet_table, "bytes_digest", lambda data: opened.append("x") or taken(data))
    bars_table = table(market_lake())
    whole = bars_table.read()
    years = whole.frame["date"].dt.year.nunique()
    assert len(opened) == years > 1
    opened.clear()
    last = whole.frame["date"].max()
    bars_table.read(since=last)
    assert len(opened) == 1
    opened.clear()
    bars_table.read(symbols=["~"])
    assert opened == []
    bars_table.read(known_at=pd.Timestamp("2020-01-01"))
    assert opened == []


def test_no_flipped_bit_is_read(tmp_path: Path, stored_as: str) -> None:
    """200 flips over all files of a lakehouse: each is an error that names the file, none a number.

    Of Delta's log a flip is an error or has no effect: all but the name of a manifest is there for other tools.
    """
    lake = tmp_path / "lake"
    shutil.copytree(market_lake(stored_as), lake)
    names = [name for name in LAYOUTS if (lake / name).is_dir()]
    clean = {name: table(lake, name).read().version.digest for name in names}
    files = sorted(path for path in lake.rglob("*") if path.suffix in (".parquet", ".json"))
    rng = np.random.default_rng(11)
    silent: list[str] = []
    for _ in range(200):
        path = files[rng.integers(len(files))]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        name, said, read = path.relative_to(lake).parts[0], "", ""
        try:
            read = table(lake, name).read().version.digest
        except DataContractError as error:
            said = str(error)
        path.write_bytes(whole)
        harmless = path.parent.name == LOG and read == clean[name]
        silent += [] if path.name in said or harmless else [path.name]
    assert silent == []
    assert {name: table(lake, name).read().version.digest for name in names} == clean


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    shutil.copytree(market_lake(), tmp_path / "lake")
    gone = min((tmp_path / "lake" / "bars" / "data").iterdir())
    gone.unlink()
    with pytest.raises(DataContractError, match=f"bars/data/{gone.name} can't be read: No such file"):
        table(tmp_path / "lake").read()


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataContractError, match="has no table bars"):
        table(tmp_path).read()
    assert table(tmp_path).versions() == []


def test_a_column_that_came_later_was_not_known_before(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, BARS)
    writer.upsert(bars("AB", known_at="2024-02-01"), pd.Timestamp("2024-02-01"))
    before = table(tmp_path).read(known_at=pd.Timestamp("2024-02-02"))
    wider = bars("C", known_at="2024-02-05").assign(quote_volume=5.0)
    assert writer.upsert(wider, pd.Timestamp("2024-02-05")).new_columns == ("quote_volume",)
    for vacuumed in (False, True):
        then = table(tmp_path).read(known_at=pd.Timestamp("2024-02-02"))
        pd.testing.assert_frame_equal(then.frame, before.frame)
        assert (then.version.digest, then.version.schema_digest) == (
            before.version.digest,
            before.version.schema_digest,
        )
        assert "quote_volume" in table(tmp_path).read(known_at=pd.Timestamp("2024-02-06")).frame
        if not vacuumed:
            compact(tmp_path, BARS)
            vacuum(tmp_path, BARS, keep=1)
