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
