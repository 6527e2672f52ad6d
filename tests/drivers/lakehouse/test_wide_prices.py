"""A matrix from the cache is the matrix that the table gives now, or there is none."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.lakes import market_lake, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table import ALL_KNOWN
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.drivers.lakehouse.wide_prices import FOLDER, wide_prices
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

DAY = pd.Timestamp("2026-06-25")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lakehouse of bars."""
    shutil.copytree(market_lake() / "bars", tmp_path / "lakehouse" / "bars")
    return tmp_path / "lakehouse"


def pivoted(lake: Path, field: str, **asked: Any) -> pd.DataFrame:
    frame = table(lake).read(**asked).frame.astype({"symbol": "str"})
    return frame.pivot(index="date", columns="symbol", values=field)


def test_a_matrix_is_a_pivot_cold_and_from_the_cache(lake: Path) -> None:
    asked: dict[str, Any] = {"as_of": DAY, "known_at": ALL_KNOWN, "since": pd.Timestamp("2026-01-01")}
    for field in ("close", "volume"):
        cold, again = (wide_prices(lake, field, **asked) for _ in range(2))
        assert (cold.cached, again.cached) == (False, True)
        assert cold.version == again.version == table(lake).read(**asked).version
        expected = pivoted(lake, field, **asked)
        for found in (cold, again):
            pd.testing.assert_frame_equal(found.frame, expected, check_freq=False)
        assert _mapped(again.frame.to_numpy())
        assert not _mapped(cold.frame.to_numpy())
    few = [wide_prices(lake, symbols=["ZYNB", "ZYNA"]) for _ in range(2)]
    assert few[1].cached
    assert few[0].version == few[1].version
    assert list(few[1].frame.columns) == ["ZYNA", "ZYNB"]


def test_what_is_written_to_the_table_makes_old_entries_no_answer(lake: Path) -> None:
    before = wide_prices(lake)
    rows = table(lake).read().frame.head(1).assign(known_at=pd.Timestamp("2027-01-01"))
    rows["close"] *= 2
    TableWriter(lake, BARS).upsert(rows, pd.Timestamp("2027-01-01"))
    after = wide_prices(lake)
    assert not after.cached
    assert not after.frame.equals(before.frame)


@pytest.mark.parametrize("suffix", [".json", ".npy"])
def test_a_flipped_bit_in_the_cache_is_never_read(lake: Path, suffix: str) -> None:
    before = wide_prices(lake)
    victim = next((lake / FOLDER).glob(f"*{suffix}"))
    whole, random = victim.read_bytes(), np.random.default_rng(2)
    for place in random.integers(0, len(whole), 25):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(random.integers(8))
        victim.write_bytes(bytes(damaged))
        found = wide_prices(lake)
        assert not found.cached
        pd.testing.assert_frame_equal(found.frame, before.frame)
    assert wide_prices(lake).cached


def test_the_cache_is_bounded_and_safe_to_delete(lake: Path) -> None:
    size = sum(path.stat().st_size for path in _made(lake, "close"))
    for field in ("open", "high", "low"):
        wide_prices(lake, field, most_bytes=int(2.5 * size))
    assert len(list((lake / FOLDER).iterdir())) == 4
    assert wide_prices(lake, "low").cached
    assert wide_prices(lake, "high").cached
    wide_prices(lake, "volume", most_bytes=int(2.5 * size))
    assert not wide_prices(lake, "low", most_bytes=0).cached  # it was used before `high`
    assert wide_prices(lake, "high").cached
    shutil.rmtree(lake / FOLDER)
    assert not wide_prices(lake, most_bytes=0).cached
    assert not (lake / FOLDER).exists()


def _mapped(values: Any) -> bool:
    """Whether an array is a view of a file."""
    while values is not None and not isinstance(values, np.memmap):
        values = getattr(values, "base", None)
    return values is not None


def _made(lake: Path, field: str) -> list[Path]:
    wide_prices(lake, field)
    return list((lake / FOLDER).iterdir())


def test_a_disk_that_cannot_be_written_costs_time_only(lake: Path) -> None:
    (lake / FOLDER).write_text("in the way")
    assert not wide_prices(lake).cached
    assert not wide_prices(lake).cached


def test_what_is_not_there_is_named(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no field 'price' of the bars; there are open, high"):
        wide_prices(lake, "price")
    with pytest.raises(DataContractError, match="have no column quote_volume"):
        wide_prices(lake, "quote_volume")
    with pytest.raises(DataContractError, match="has no table bars"):
        wide_prices(tmp_path)
