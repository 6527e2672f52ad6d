"""Input that would take too much is refused before it is read, and nothing else is."""

import json
from pathlib import Path

import pandas as pd
import pytest

from support.faulty import clean_market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import folder_contents
from tradingview_scraper.pipelines.selection.dataflow.ingestion.input_size import (
    file_memory,
    refuse_large_files,
    refuse_large_matrices,
    refuse_many_records,
)
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

DATA = resolved_settings("v4").settings.data


def lonely(rows: int) -> pd.DataFrame:
    """A bar per symbol, each on a day of its own."""
    dates = pd.date_range("1971-01-01", periods=rows)
    return pd.DataFrame({"symbol": pd.Categorical([f"S{row}" for row in range(rows)]), "date": dates, "close": 1.0})


def test_a_small_file_that_asks_for_large_matrices_is_refused() -> None:
    with pytest.raises(
        DataContractError, match=r"20,000 symbols on 20,000 days \(20,000 rows\) would take about 9.6 GB"
    ):
        refuse_large_matrices(lonely(20_000), DATA)
    refuse_large_matrices(lonely(10_000), DATA)
    refuse_large_matrices(None, DATA)
    refuse_large_matrices(lonely(0), DATA)
    exact = DATA.model_copy(update={"max_gigabytes": 3 * 8 * 1e6 / 1e9})
    refuse_large_matrices(lonely(1000), exact)
    with pytest.raises(DataContractError, match="1,001 symbols"):
        refuse_large_matrices(lonely(1001), exact)


def test_days_count_and_not_the_years_between_them() -> None:
    few = lonely(1000).assign(date=lambda frame: frame["date"].where(frame.index % 2 == 0, pd.Timestamp("1971-01-01")))
    refuse_large_matrices(few, DATA.model_copy(update={"max_gigabytes": 3 * 8 * 501_000 / 1e9}))


@pytest.mark.parametrize("kind", ["parquet", "feather", "csv", "json"])
def test_a_table_is_sized_without_being_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"bars.{kind}"
    frame = pd.DataFrame({"a": [1.0] * 100_000, "b": [2.0] * 100_000})
    getattr(frame, "to_json" if kind == "json" else f"to_{kind}")(path, **({"index": False} if kind == "csv" else {}))
    assert 1.6e6 <= file_memory(path) <= {"csv": 5e6, "json": 1e8}.get(kind, 1.7e6)
    path.write_bytes(b"PAR1 and nothing")
    assert file_memory(path) < 1e3
    assert file_memory(tmp_path / "nowhere.csv") == 0.0


def test_files_are_summed_and_the_largest_named(tmp_path: Path) -> None:
    for name, size in (("a.csv", 1000), ("b.csv", 3000), ("c.csv", 2000)):
        (tmp_path / name).write_bytes(b"x" * size)
    files = [(path.name, path) for path in sorted(tmp_path.iterdir())]
    refuse_large_files(files, DATA.model_copy(update={"max_gigabytes": 18_000 / 1e9}))
    with pytest.raises(DataContractError, match=r"3 files would take about 0\.0 GB \(3: b\.csv, c\.csv, a\.csv\)"):
        refuse_large_files(files, DATA.model_copy(update={"max_gigabytes": 17_999 / 1e9}))


def test_a_folder_is_looked_over_before_it_is_read(tmp_path: Path) -> None:
    market = clean_market()
    (tmp_path / "bars").mkdir()
    for symbol, bars in market.bars.groupby("symbol"):
        bars.to_parquet(tmp_path / "bars" / f"{symbol}.parquet")
    (tmp_path / "candidates.json").write_text(json.dumps(market.records))
    assert folder_contents(tmp_path, DATA).bars is not None
    with pytest.raises(DataContractError, match=r"13 files would take .* more than data.max_gigabytes \(1e-05\)"):
        folder_contents(tmp_path, DATA.model_copy(update={"max_gigabytes": 1e-5}))
    with pytest.raises(
        DataContractError, match=r"candidates\.json holds about 12 records, more than data\.max_records"
    ):
        folder_contents(tmp_path, DATA.model_copy(update={"max_records": 11}))


def test_records_are_counted_by_their_braces() -> None:
    refuse_many_records("a", b'[{"symbol": "A"}, {"symbol": "B"}]', DATA.model_copy(update={"max_records": 2}))
    with pytest.raises(DataContractError, match="a holds about 2 records"):
        refuse_many_records("a", b'[{"symbol": "A"}, {"symbol": "B"}]', DATA.model_copy(update={"max_records": 1}))
