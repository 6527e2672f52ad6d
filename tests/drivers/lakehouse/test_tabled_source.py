"""What a source says becomes rows, and what can't be one is kept with its reason."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.lakes import NOW, data_settings
from support.market import market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import NamedScan
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import FolderContents
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAYOUTS
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import Scan
from tradingview_scraper.pipelines.selection.drivers.lakehouse.tabled_source import (
    KnownAt,
    TabledSource,
    tabled_source,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def tabled(known: KnownAt | None = None, membership: pd.DataFrame | None = None, **found: Any) -> TabledSource:
    return tabled_source(FolderContents(**found), membership, data_settings(), known or KnownAt(NOW))


def test_each_row_of_the_market_is_a_bar_or_aside() -> None:
    source = tabled(bars=market().bars)
    bars, aside = source.tables["bars"], source.tables["aside"]
    assert source.rows["bars"] == len(market().bars) == len(bars) + aside["copies"].sum()
    assert not bars.duplicated(["symbol", "date"]).any()
    assert set(aside["reason"]) >= {"missing close", "infinite close", "superseded by a later row"}
    assert {*bars.columns} <= {*LAYOUTS["bars"].columns, "known_at"}


def test_raw_rows_are_kept_as_they_came() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02", None, "2024-01-03"])
    raw = pd.DataFrame(
        {
            "symbol": ["A", "A", "A", "A", None],
            "date": days,
            "close": ["n/a", "2.0", "3.0", "4.0", "5.0"],
            "high": [9.0, 9.0, 9.0, 9.0, 9.0],
            "note": list("abcde"),
        }
    )
    source = tabled(bars=raw)
    aside = source.tables["aside"].set_index("reason")["raw"].map(json.loads)
    assert {reason: row["note"] for reason, row in aside.items()} == {
        "missing close": "a",
        "superseded by a later row": "b",
        "missing date": "d",
        "missing symbol": "e",
    }
    assert aside["missing close"]["close"] == "n/a"
    assert source.tables["bars"]["close"].tolist() == [3.0]
    assert source.unread == ["columns of bars that no run reads: note"]


def test_padding_stands_only_where_nothing_else_does() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-02"])
    raw = pd.DataFrame({"symbol": "A", "date": days, "close": [1.0, np.nan, np.nan]})
    source = tabled(bars=raw)
    assert source.tables["bars"]["close"].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
    assert source.tables["aside"]["reason"].tolist() == ["padding"]


def test_equal_rows_are_counted() -> None:
    raw = pd.DataFrame({"symbol": ["A"] * 4, "date": pd.to_datetime(["2024-01-01"] * 4), "close": [0.0, 0.0, 0.0, 1.0]})
    aside = tabled(bars=raw).tables["aside"]
    assert aside[["reason", "copies"]].to_numpy().tolist() == [["close not positive", 3]]


def test_bars_known_by_session_are_known_at_its_end() -> None:
    raw = pd.DataFrame(
        {"symbol": ["A", "A"], "date": pd.to_datetime(["2024-01-01", "2024-01-02"]), "close": [1.0, 0.0]}
    )
    source = tabled(KnownAt(NOW, by_session=True), bars=raw)
    assert str(source.tables["bars"]["known_at"].iloc[0]) == "2024-01-01 23:59:59.999999"
    assert str(source.tables["aside"]["known_at"].iloc[0]) == "2024-01-02 23:59:59.999999"


@pytest.mark.parametrize(("days", "zone", "told"), [(1, None, False), (1, "America/New_York", True), (40, None, True)])
def test_hours_on_too_few_days_are_refused(days: int, zone: str | None, told: bool) -> None:
    """A Monday's bar stamped at New York's open must not become Tuesday's because it came alone."""
    dates = pd.date_range("2024-01-08 14:30", periods=days, freq="B", tz="UTC").tz_convert(zone or "UTC")
    raw = pd.DataFrame({"symbol": "A", "date": dates, "close": 1.0})
    if not told:
        with pytest.raises(DataContractError, match="which session they belong to can't be told"):
            tabled(bars=raw)
        return
    assert tabled(bars=raw).tables["bars"]["date"].iloc[0] == pd.Timestamp("2024-01-08")


def scan(rows: list[dict[str, Any]], file: str = "x.json", **meta: Any) -> NamedScan:
    return NamedScan(Scan(rows, {"scanner": "x", **meta}), file, file.removesuffix(".json"))


def test_an_export_is_known_from_its_own_time_on() -> None:
    rows = tabled(scans=[scan([{"symbol": "A"}], asof="2024-01-05")]).tables["candidates"]
    assert rows["known_at"].unique().tolist() == [pd.Timestamp("2024-01-05")]
    stated = KnownAt(NOW, stated=True)
    assert (tabled(stated, scans=[scan([], asof="2024-01-05")]).tables["candidates"]["known_at"] == NOW).all()
    assert (tabled(scans=[scan([{"ticker": "A"}])]).tables["candidates"]["known_at"] == NOW).all()


def test_an_export_without_rows_is_an_export() -> None:
    rows = tabled(scans=[scan([], asof="2024-01-05")]).tables["candidates"]
    assert rows[["export", "row"]].to_numpy().tolist() == [["x 2024-01-05T00:00:00", -1]]


def test_of_two_exports_of_one_time_the_later_stands_and_the_other_is_kept() -> None:
    first, second = (scan([{"symbol": name}], f"{name}.json", asof="2024-01-05") for name in "AB")
    source = tabled(scans=[first, second])
    assert source.tables["candidates"]["symbol"].dropna().tolist() == ["B"]
    aside = source.tables["aside"]
    assert set(aside["reason"]) == {"superseded by a later export of that scanner and time"}
    assert any('"A' in text for text in aside["raw"])


def test_records_without_a_symbol_are_aside() -> None:
    source = tabled(instruments=pd.DataFrame({"symbol": ["A", None], "tick_size": [0.1, 0.2]}))
    assert source.tables["instruments"]["record"].map(json.loads).tolist() == [{"symbol": "A", "tick_size": 0.1}]
    assert source.tables["aside"][["table", "reason"]].to_numpy().tolist() == [["instruments", "missing symbol"]]


def test_members_have_a_first_day() -> None:
    members = pd.DataFrame({"Symbol": ["A", "B"], "from": ["2024-01-01", "2024-02-01"], "to": ["2024-03-01", None]})
    rows = tabled(membership=members).tables["membership"]
    assert rows["valid_to"].isna().tolist() == [False, True]
    with pytest.raises(DataContractError, match="columns symbol and valid_from"):
        tabled(membership=members.drop(columns="from"))
    with pytest.raises(DataContractError, match="from when each row holds"):
        tabled(membership=members.assign(**{"from": None}))


def test_returns_have_no_table_and_that_is_said() -> None:
    source = tabled(returns=pd.DataFrame({"A": [0.1]}))
    assert source.unread == ["returns have no table: give the bars or closes that they were made of"]
