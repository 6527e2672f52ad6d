"""Frames in memory: cut at the date, and the caller's own stay as they are."""

import pandas as pd

from support.market import market, records, returns
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider


def test_nothing_after_the_date_is_given() -> None:
    date = pd.Timestamp("2026-05-29")
    found = MemoryProvider(returns(), records(), None, market().bars).tables(date)
    assert found.returns is not None
    assert found.bars is not None
    assert found.returns.index.max() == found.bars["date"].max() == date
    assert len(found.candidates) == len(records())


def export(**meta: object) -> dict[str, object]:
    return {"meta": {"scanner": "x", **meta}, "data": [{"symbol": "A", "direction": "LONG"}]}


def test_point_in_time_is_promised_only_where_it_holds() -> None:
    dated = MemoryProvider(returns(), export(asof="2026-05-01")).tables(None)
    assert (dated.point_in_time, dated.notes) == (True, ())
    undated = MemoryProvider(returns(), records()).tables(None)
    assert (undated.point_in_time, undated.notes) == (
        False,
        ("candidates without a date are taken as known on the as-of date (1: candidates)",),
    )
    scored = MemoryProvider(returns(), export(asof="2026-05-01"), market().statistics).tables(None)
    assert (scored.point_in_time, scored.notes) == (
        False,
        ("statistics carry no date: taken as known on the as-of date",),
    )


def test_it_needs_nothing() -> None:
    found = MemoryProvider(None, None).tables(None)
    assert (found.returns, found.bars, found.statistics) == (None, None, None)
    assert found.quarantine is not None
    assert found.quarantine.empty
    assert not found.candidates


def test_what_the_caller_does_later_is_not_seen() -> None:
    frame = returns().iloc[-30:, :5].copy()
    provider = MemoryProvider(frame, records())
    before = provider.tables(None).returns
    kept = None if before is None else before.copy()
    frame.iloc[:, :] = 0.0
    after = provider.tables(None).returns
    assert kept is not None
    assert after is not None
    pd.testing.assert_frame_equal(after, kept)
