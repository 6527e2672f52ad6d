"""Types of raw tables, and where a date cuts."""

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import (
    candidate_records,
    on_or_before,
    typed_bars,
    typed_dates,
    typed_returns,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

FRAME = pd.DataFrame(
    {"B": [1, 2, 3], 7: [0.5, np.nan, 1.5]}, index=pd.to_datetime(["2026-01-03", "2026-01-01", "2026-01-02"])
)


def test_returns_become_float64_sorted_text_and_column_contiguous() -> None:
    found, quarantine = typed_returns(FRAME)
    assert quarantine.empty
    assert found.columns.tolist() == ["B", "7"]
    assert found.index.day.tolist() == [1, 2, 3]
    assert found["B"].tolist() == [2.0, 3.0, 1.0]
    assert found.to_numpy().T.flags.c_contiguous
    assert (found.index.unit, found.index.tz, found.index.name) == ("us", None, "date")


@pytest.mark.parametrize(
    "given",
    [["2026-01-01T09:00+09:00"], pd.DatetimeIndex(["2026-01-01"], tz="UTC"), [np.datetime64("2026-01-01", "ns")]],
)
def test_dates_become_naive_utc(given: object) -> None:
    assert typed_dates(pd.Index(given), "x").tolist() == [pd.Timestamp("2026-01-01")]


@pytest.mark.parametrize(
    ("as_of", "kept"),
    [("2026-01-02", 2), ("2026-01-02 12:00", 2), ("2026-01-02 11:59", 1), ("2025-12-31", 0), (None, 3)],
)
def test_a_date_takes_its_whole_day_in(as_of: str | None, kept: int) -> None:
    frame = pd.DataFrame(
        {"x": 1.0}, index=pd.date_range("2026-01-01", periods=3) + pd.to_timedelta([0, 12, 0], unit="h")
    )
    moment = None if as_of is None else pd.Timestamp(as_of)
    assert len(on_or_before(frame, moment)) == kept
    assert len(on_or_before(frame.rename_axis("date").reset_index(), moment, "date")) == kept


def test_text_in_bars_is_read_where_its_meaning_is_certain() -> None:
    bars = pd.DataFrame({"symbol": "A", "date": pd.bdate_range("2026-01-01", periods=4)}).assign(
        close=["1,250.50", "12", "1,250", "x"], volume=["3.57M", "1,250,000", 7, "-"]
    )
    found = typed_bars(bars, "bars")
    np.testing.assert_array_equal(found["close"], [1250.5, 12.0, np.nan, np.nan])
    np.testing.assert_array_equal(found["volume"], [3.57e6, 1.25e6, 7.0, np.nan])
    believed = typed_bars(bars, "bars", sessions="timestamps")
    np.testing.assert_array_equal(believed["volume"], [np.nan, np.nan, 7.0, np.nan])
    with pytest.raises(DataContractError, match=r"not one close of bars is a number: 1: \$1\. Write plain numbers"):
        typed_bars(bars.assign(close="$1"), "bars")


def test_the_later_row_of_a_date_stands() -> None:
    frame = pd.DataFrame({"A": [0.1, 0.2, 0.3]}, index=pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-02"]))
    found, aside = typed_returns(frame)
    assert found["A"].tolist() == [0.1, 0.3]
    assert aside[["reason", "treatment"]].values.tolist() == [["superseded by a later row", "superseded"]]
    first, aside = typed_returns(frame, sessions="timestamps")
    assert first["A"].tolist() == [0.1, 0.2]
    assert aside["reason"].tolist() == ["duplicate date"]


def test_bars_keep_what_the_pipeline_reads() -> None:
    bars = pd.DataFrame(
        {
            "symbol": ["B", "A"],
            "date": ["2026-01-02", "2026-01-01"],
            "close": ["1.5", "2"],
            "volume": [1, None],
            "trades": [1, 2],
        }
    )
    found = typed_bars(bars, "bars")
    assert list(found) == ["symbol", "date", "close", "volume"]
    assert found["close"].tolist() == [1.5, 2.0]
    assert found["symbol"].tolist() == ["B", "A"]


def test_records_are_read_only_copies() -> None:
    given = [{"symbol": "A", "tags": ["x"]}]
    (record,), nameless = candidate_records(given, "candidates")
    assert nameless.empty
    given[0]["tags"].append("y")
    assert list(record["tags"]) == ["x"]
    with pytest.raises(TypeError):
        record["symbol"] = "B"


@pytest.mark.parametrize("order", ["C", "F"])
def test_typed_returns_share_no_memory_with_what_was_handed_in(order: str) -> None:
    values = np.array([[0.1, 0.2], [0.3, 0.4]], order=order)  # type: ignore[call-overload]
    given = pd.DataFrame(values, pd.date_range("2026-01-01", periods=2), ["A", "B"], copy=False)
    typed, _ = typed_returns(given)
    assert not np.shares_memory(typed.to_numpy(), values)
    np.testing.assert_array_equal(typed.to_numpy(), values)
