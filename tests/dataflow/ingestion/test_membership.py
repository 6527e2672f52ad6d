"""A pool of those who belonged to the universe on the day, as it was known."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.lakes import NOW, data_settings, market_lake
from support.market import SETTINGS
from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import MEMBERSHIP
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import Matcher
from tradingview_scraper.pipelines.selection.dataflow.ingestion.membership import in_universe, members, without_place
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.lakehouse import LakehouseProvider
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, selected
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

FIELDS = ("sector", "subtype")
DAY = pd.Timestamp("2026-06-25")
SETTING = {**SETTINGS, "data.provider": "lakehouse", "data.parameters": {"known_at": "2026-07-02"}}


def table(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["symbol", "valid_from", "valid_to", "sector"])
    return frame.astype({"valid_from": "datetime64[us]", "valid_to": "datetime64[us]"})


def found(*rows: tuple[str, str, str | None, str | None], day: str = "2024-01-10", **changed: str) -> object:
    data = data_settings(**changed)
    given = Tables((), membership=table(*rows), last_session=pd.Timestamp(day))
    return members(given, Matcher(["AA", "BB", "SPY"], [], data), data)


def test_a_row_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    rows = [
        ("US:AA", "2024-01-01", "2024-01-10", "old"),
        ("AA", "2024-01-11", None, "new"),
        ("BB", "2024-01-10", None, None),
    ]
    assert found(*rows, day="2024-01-09") == {"AA": "old"}
    assert found(*rows, day="2024-01-10") == {"BB": ""}
    assert found(*rows, day="2024-01-11") == {"AA": "new", "BB": ""}
    assert found(*rows, membership="ignore") is None
    with pytest.raises(DataContractError, match="leaves nobody on 2023-12-31: no row holds"):
        found(*rows, day="2023-12-31")
    with pytest.raises(DataContractError, match=r"none of its members \(1: ZZ\) has returns"):
        found(("ZZ", "2024-01-01", None, None))


def test_a_benchmark_needs_no_place() -> None:
    matcher = Matcher(["AA", "BB", "SPY"], [], data_settings())
    assert in_universe(["AA", "BB", "SPY"], {"AA": ""}, ["AMEX:SPY", "QQQ"], matcher) == ["AA", "SPY"]
    assert in_universe(["AA", "BB", "SPY"], None, ["SPY"], matcher) == ["AA", "BB", "SPY"]
    assert without_place(["BB", "AA"], pd.Index(["AA"])) == ["BB"]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The market's lakehouse."""
    shutil.copytree(market_lake(), tmp_path / "lakehouse")
    return tmp_path / "lakehouse"


def write(lake: Path, names: list[str], moment: pd.Timestamp, until: pd.Timestamp | None = None) -> None:
    frame = pd.DataFrame(
        {"symbol": names, "valid_from": pd.Timestamp("2020-01-01"), "valid_to": until, "sector": "Tools"}
    )
    typed = frame.astype({"valid_from": "datetime64[us]", "valid_to": "datetime64[us]"}).assign(known_at=moment)
    TableWriter(lake, MEMBERSHIP).upsert(typed, moment)


def selection(lake: Path, **changed: object) -> Selection:
    settings = resolved_settings(settings=SETTING | changed).settings
    provider = LakehouseProvider(lake, settings.data, str(settings.data.parameters["known_at"]))
    return selected(provider, plan(settings), DAY)


def test_the_pool_is_of_members_as_they_were_known(lake: Path) -> None:
    everybody = selection(lake).context.raw_pool
    assert selection(lake).coverage["not_members"] == []
    rng = np.random.default_rng(3)
    names = sorted(rng.choice(everybody.index.to_numpy(dtype=object), 40, replace=False))
    write(lake, names, NOW)
    some = selection(lake)
    benchmarks = set(everybody.index[everybody.index.str.contains("SPY")])
    assert set(some.context.raw_pool.index) == {*names} | benchmarks
    assert some.coverage["not_members"] == sorted({*everybody.index} - {*names} - benchmarks)
    stated = everybody.loc[names, "sector"]
    pd.testing.assert_series_equal(some.context.raw_pool.loc[names, "sector"], stated)
    assert selection(lake, **{"data.membership": "ignore"}).context.raw_pool.equals(everybody)
    # It becomes known later that five of them had left: known then, they hadn't.
    later = NOW + pd.Timedelta(days=5)
    write(lake, names[:5], later, until=DAY)
    assert set(selection(lake).context.raw_pool.index) == {*names} | benchmarks
    informed = selection(lake, **{"data.parameters": {"known_at": "now"}}).context.raw_pool
    assert set(informed.index) == {*names[5:]} | (benchmarks - {*names[:5]} | benchmarks)


class Sectorless(DiscoveryProvider):
    """The lakehouse, without what its tables say of sectors."""

    def __init__(self, provider: DiscoveryProvider) -> None:
        self._provider = provider

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        whole = self._provider.tables(as_of)
        assert whole.instruments is not None
        records = [{key: value for key, value in each.items() if key not in FIELDS} for each in whole.candidates]
        kept = [name for name in whole.instruments.columns if name not in FIELDS]
        return replace(whole, candidates=records, instruments=whole.instruments[kept])


def test_a_sector_comes_from_there_where_no_other_table_has_it(lake: Path) -> None:
    write(lake, ["ZYNA", "ZYNB"], NOW)
    settings = resolved_settings(settings=SETTING).settings
    provider = Sectorless(LakehouseProvider(lake, settings.data, "now"))
    pool = selected(provider, plan(settings), DAY).context.raw_pool
    assert pool.loc[["ZYNA", "ZYNB"], "sector"].tolist() == ["Tools", "Tools"]


def test_members_that_were_not_known_yet_leave_everybody_in_and_are_named(lake: Path) -> None:
    write(lake, ["ZYNB"], pd.Timestamp("2026-07-09"))
    found = selection(lake)
    assert found.coverage["not_members"] == []
    assert "membership weren't known yet: not one row of them is read" in found.coverage["notes"]
