"""Each kind of timestamp gives the session that it stands for, whatever else is in the table."""

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.zones import KINDS, sessions_of, stamps, zoned_bars
from tradingview_scraper.pipelines.selection.dataflow.ingestion.sessions import (
    refuse_sub_daily,
    session_dates,
    stated_moments,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import typed_bars, typed_returns
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def sessions(dates: pd.Index) -> list[pd.Timestamp]:
    """The sessions of one symbol's timestamps."""
    return list(pd.DatetimeIndex(session_dates(stated_moments(dates, "bars"), np.zeros(len(dates), dtype=np.int64))))


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("naive", [True, False])
def test_a_year_of_each_kind_across_summer_time(kind: str, naive: bool) -> None:
    expected = sessions_of(kind, 400)
    dates = stamps(kind, expected)
    found = sessions(dates.tz_localize(None) if naive else dates)
    # Crypto whose day begins at 15:00 is dated by its middle, which is Seoul's date.
    assert found == list(expected)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_clock_of_a_stated_zone_gives_the_date(kind: str) -> None:
    expected = sessions_of(kind, 100)
    assert sessions(stamps(kind, expected).tz_convert(KINDS[kind][0])) == list(expected)


def test_kinds_do_not_disturb_each_other_in_one_column() -> None:
    bars = zoned_bars()
    found = typed_bars(bars.sample(frac=1.0, random_state=3), "bars")
    expected = bars[["symbol", "session", "close"]].rename(columns={"session": "date"})
    keys = ["symbol", "date"]
    got = found[["symbol", "date", "close"]].astype({"symbol": "str"}).sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        got, expected.astype({"symbol": "str"}).sort_values(keys).reset_index(drop=True), check_dtype=False
    )


@given(st.sampled_from(sorted(KINDS)), st.integers(5, 219), st.integers(1, 80))
def test_what_comes_later_moves_no_session(kind: str, first: int, more: int) -> None:
    """The kind that a symbol seems to be of is no news from the future: earlier rows stay where they are."""
    dates = stamps(kind, sessions_of(kind, 300))
    assert sessions(dates[: first + more])[:first] == sessions(dates[:first])


def test_one_odd_stamp_moves_no_other_row() -> None:
    for kind in KINDS:
        expected = sessions_of(kind, 150)
        dates = stamps(kind, expected)
        for odd in ("2026-06-01T14:37Z", "2099-01-01T23:00Z", "2026-06-06T03:00Z"):
            assert sessions(dates.append(pd.DatetimeIndex([odd])))[:-1] == list(expected), (kind, odd)


def test_a_live_last_stamp_belongs_to_its_own_day() -> None:
    """Feeds stamp the running session with the time of the request."""
    for kind, live, day in [
        ("TOKYO", "2026-05-01T05:30Z", "2026-05-01"),
        ("BERLIN", "2026-05-01T14:37Z", "2026-05-01"),
        ("UTC", "2026-05-01T14:37Z", "2026-05-01"),
        ("NEWYORK", "2026-05-01T19:00Z", "2026-05-01"),
    ]:
        dates = stamps(kind, sessions_of(kind, 150)).append(pd.DatetimeIndex([live]))
        assert sessions(dates)[-1] == pd.Timestamp(day), kind


def test_a_close_at_the_end_of_the_day_ends_it() -> None:
    days = pd.date_range("2026-01-01", periods=30)
    assert sessions(days + pd.Timedelta("23:59:59.999")) == list(days)


def test_text_and_objects_keep_their_own_offsets() -> None:
    tokyo = timezone(timedelta(hours=9))
    mixed = ["2026-03-16T00:00:00+09:00", datetime(2026, 3, 16, tzinfo=tokyo), date(2026, 3, 16), "2026-03-16"]
    mixed += [
        pd.Timestamp("2026-03-16", tz="America/New_York"),
        pd.Timestamp("2026-03-15T23:00", tz="America/New_York"),
    ]
    expected = [pd.Timestamp("2026-03-16")] * 5 + [pd.Timestamp("2026-03-15")]
    assert sessions(pd.Index(mixed, dtype=object)) == expected


def test_equal_moments_of_two_zones_are_two_dates() -> None:
    moment = pd.Timestamp("2026-03-15T15:00Z")
    found = sessions(pd.Index([moment.tz_convert("Asia/Tokyo"), moment.tz_convert("America/New_York")], dtype=object))
    assert found == [pd.Timestamp("2026-03-16"), pd.Timestamp("2026-03-15")]


@pytest.mark.parametrize(
    "wrong",
    [
        "03/18/2026",
        "18/03/2026",
        "18.03.2026",
        "2026/03/18",
        "18 Mar 2026",
        "1773532800",
        "soon",
        "2026",
        "2026-03",
        "now",
    ],
)
def test_text_that_is_not_iso_is_refused_with_how_to_mend_it(wrong: str) -> None:
    with pytest.raises(DataContractError, match="Write them as ISO dates"):
        stated_moments(pd.Index(["2026-03-17", wrong]), "bars")


@pytest.mark.parametrize("wrong", [1773532800, 1.5, True, ("2026", 3)])
def test_objects_that_are_no_dates_are_refused(wrong: object) -> None:
    values = pd.Series([date(2026, 3, 17), None], dtype=object)
    values[1] = wrong
    with pytest.raises(DataContractError, match="can't be read as dates"):
        stated_moments(pd.Index(values), "bars")


def test_missing_dates_stay_missing() -> None:
    moments = stated_moments(pd.Index(["2026-03-17T15:00", "", None], dtype=object), "bars")
    assert np.isnat(moments.utc).tolist() == [False, True, True]
    assert np.isnat(session_dates(moments, np.zeros(3, dtype=np.int64))).tolist() == [False, True, True]


def spaced(hours: int, rows: int = 60) -> pd.DataFrame:
    dates = pd.date_range("2026-03-01", periods=rows, freq=f"{hours}h")
    values = np.arange(1.0, rows + 1)
    return pd.DataFrame(
        {"symbol": "A", "date": dates, "open": values, "high": values + 1, "low": values - 1, "close": values + 0.5}
    ).assign(volume=10.0)


@pytest.mark.parametrize("hours", [1, 4, 12])
def test_bars_of_hours_are_refused_by_name(hours: int) -> None:
    daily = zoned_bars(("UTC",), 1)[["symbol", "date", "close"]].assign(
        date=lambda bars: bars["date"].dt.tz_localize(None)
    )
    with pytest.raises(DataContractError, match=rf"bars of 1 symbols \(1: A\).*{hours} hours apart.*data.resample"):
        typed_bars(pd.concat([daily, spaced(hours)]), "bars")


def test_returns_of_hours_are_refused() -> None:
    frame = spaced(1).set_index("date")[["close"]] / 100
    with pytest.raises(DataContractError, match=r"returns of 1 symbols.*1 hours apart"):
        typed_returns(frame)


def test_days_of_a_day_or_more_are_no_hours() -> None:
    for hours in (24, 48, 168):
        moments = stated_moments(pd.Index(spaced(hours)["date"] + pd.Timedelta(hours=8)), "bars")
        refuse_sub_daily(moments, np.zeros(60, dtype=np.int64), ["A"], "bars")


@pytest.mark.parametrize(("step", "days"), [("W-FRI", 7), ("ME", 31), ("2W-MON", 14)])
def test_bars_of_weeks_and_months_are_refused_by_name(step: str, days: int) -> None:
    dates = pd.date_range("2020-01-01", periods=60, freq=step)
    weekly = spaced(1).assign(date=dates)
    with pytest.raises(DataContractError, match=rf"bars of 1 symbols \(1: A\) aren't daily.*{days} days apart"):
        typed_bars(weekly, "bars")
    with pytest.raises(DataContractError, match=rf"returns .*{days} days apart"):
        typed_returns(weekly.set_index("date")[["close"]] / 100)
    # v3.4 took every row for a day; one such asset among daily ones stops nobody.
    assert len(typed_bars(weekly, "bars", sessions="timestamps")) == 60
    daily = pd.concat([spaced(24).assign(symbol=name) for name in ("B", "C")])
    assert len(typed_bars(pd.concat([weekly, daily]), "bars")) == 180


def test_days_with_holes_are_no_weeks() -> None:
    dates = pd.bdate_range("2026-01-01", periods=300)
    rare = dates[np.random.default_rng(5).random(300) < 0.15][:60]
    assert len(typed_bars(spaced(1).iloc[: len(rare)].assign(date=rare), "bars")) == len(rare)


def test_hours_make_days_where_it_is_asked() -> None:
    found = typed_bars(spaced(12, 4), "bars", resample="1d")
    assert found["date"].tolist() == [pd.Timestamp("2026-03-01"), pd.Timestamp("2026-03-02")]
    expected = {"open": [1, 3], "high": [3, 5], "low": [0, 2], "close": [2.5, 4.5], "volume": [20, 20]}
    assert {name: found[name].tolist() for name in expected} == expected


def test_returns_of_three_exchanges_are_one_row_per_session() -> None:
    bars = zoned_bars(("TOKYO", "BERLIN", "NEWYORK"), 1, 60)
    wide = bars.pivot_table(index="date", columns="symbol", values="close")
    found, quarantine = typed_returns(wide)
    assert quarantine.empty
    assert list(found.index) == list(sessions_of("TOKYO", 60))
    assert found.notna().all().all()


def test_of_two_returns_in_one_session_the_later_stands_and_the_other_is_counted() -> None:
    dates = stamps("TOKYO", sessions_of("TOKYO", 40))
    frame = pd.DataFrame({"A": np.arange(float(len(dates)))}, index=dates)
    live = pd.DataFrame({"A": [99.0]}, index=[dates[-1] + pd.Timedelta(hours=5)])
    found, quarantine = typed_returns(pd.concat([frame, live]))
    assert found["A"].iloc[-1] == 99.0
    assert len(found) == len(frame)
    assert quarantine["reason"].tolist() == ["superseded in its session"]


def test_v3_4_takes_each_timestamp_for_a_row() -> None:
    bars = zoned_bars(("TOKYO",), 1, 60)
    assert (typed_bars(bars, "bars", sessions="timestamps")["date"].dt.hour == 15).all()
