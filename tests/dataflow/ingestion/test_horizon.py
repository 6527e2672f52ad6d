"""Where tables end: dates that can't be, a common end, an unfinished session, ages; and nothing later is ever seen."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.zones import END, zoned_bars, zoned_candidates
from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.horizon import within_horizon
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import typed_bars, typed_returns
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.drivers.recording.artifacts import artifact_files
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

BARS = zoned_bars()
DATES = ["2026-04-30", "2026-04-29", "2026-04-27", "2026-04-24", "2026-04-06", "2026-03-31"]
DATES += ["2026-03-30", "2026-03-27", "2026-03-09", "2026-03-06"]


def tables(bars: pd.DataFrame | None = None, **others: Any) -> Tables:
    chosen = BARS if bars is None else bars
    return Tables(candidates=(), bars=typed_bars(chosen, "bars"), **others)


def seen(given: Tables, as_of: str | None = None, moment: str | None = None, **settings: Any) -> Tables:
    chosen = resolved_settings(settings={f"data.{name}": value for name, value in settings.items()}).settings.data
    dates = [None if when is None else pd.Timestamp(when) for when in (as_of, moment)]
    return within_horizon(given, dates[0], dates[1], None, chosen)


def chosen(bars: pd.DataFrame, as_of: str | None, **given: Any) -> Selection:
    settings = {"recruitment.floor": 2, "universe": "candidates"}
    return select(given.get("returns"), zoned_candidates(BARS), bars=bars, as_of=as_of, settings=settings)


def files(selection: Selection) -> dict[str, bytes]:
    return artifact_files(selection)


@pytest.mark.parametrize("date", DATES)
def test_a_run_as_of_a_date_is_one_on_data_that_end_there(date: str) -> None:
    """Every zone and summer time in one table; every artifact, byte for byte."""
    ends = BARS[BARS["session"] <= date]
    assert files(chosen(BARS, date)) == files(chosen(ends, None))


def test_bars_before_the_window_change_nothing() -> None:
    def selection(bars: pd.DataFrame) -> Selection:
        given = {"recruitment.floor": 2, "universe": "candidates", "data.lookback": 30, "unattainable": "allow"}
        return select(None, zoned_candidates(BARS), bars=bars, settings=given)

    first = pd.Timestamp(END) - pd.Timedelta(days=2 * 30 + 100)
    old = BARS["session"] < first
    assert old.sum() > 100
    poisoned = BARS.astype({"close": object})
    poisoned.loc[old, "close"] = "word"
    assert files(selection(poisoned)) == files(selection(BARS[~old])) == files(selection(BARS))
    day = BARS.astype({"close": object})
    day.loc[BARS["session"] == first, "close"] = "word"
    assert files(selection(day)) != files(selection(BARS))


def test_far_dates_are_told_by_who_traded_before_them() -> None:
    """What was delisted long ago is no reason to doubt a market that opens after a golden week."""
    days = pd.date_range("2025-01-01", "2026-04-30")
    gone = pd.DataFrame({"symbol": np.repeat([f"G{n}" for n in range(9)], 30), "date": np.tile(days[:30], 9)})
    alive = pd.DataFrame({"symbol": np.repeat(["A", "B"], 300), "date": np.tile(days[100:400], 2)})
    reopened = pd.DataFrame({"symbol": ["A", "B"], "date": days[415]})
    stray = pd.DataFrame({"symbol": ["A"], "date": days[450]})
    bars = pd.concat([gone, alive, reopened, stray]).assign(close=1.0)
    found = seen(tables(bars), lookback=500)
    assert found.bars is not None
    assert found.bars["date"].max() == days[450]  # one of two is half
    stray = pd.DataFrame({"symbol": ["G0"], "date": [days[450]]})
    three = pd.concat([gone, alive, alive.assign(symbol=alive["symbol"] + "2"), reopened, stray]).assign(close=1.0)
    found = seen(tables(three), lookback=500)
    assert found.bars is not None
    assert found.bars["date"].max() == days[415]


@pytest.mark.parametrize("date", ["2026-04-24", "2026-03-27"])
def test_poison_in_the_future_changes_nothing(date: str) -> None:
    poisoned = BARS.astype({"close": object, "volume": object})
    later = poisoned["session"] > date
    poisoned.loc[later, "close"] = "word"
    poisoned.loc[later & (poisoned.index % 3 == 0), "close"] = np.inf
    poisoned.loc[later & (poisoned.index % 3 == 1), "volume"] = -1e300
    huge = BARS.tail(3).assign(date=pd.Timestamp("2199-01-01", tz="UTC"))
    hours = BARS.tail(40).assign(date=pd.date_range("2026-05-10", periods=40, freq="h", tz="UTC"))
    assert files(chosen(pd.concat([poisoned, huge, hours]), date)) == files(chosen(BARS, date))


@pytest.mark.parametrize("date", ["2026-04-24", "2026-03-27"])
def test_words_in_later_returns_quarantine_nothing(date: str) -> None:
    bars = BARS.assign(date=BARS["session"])
    returns = bars.pivot(index="date", columns="symbol", values="close").pct_change(fill_method=None).iloc[1:]
    poisoned = returns.astype(object)
    poisoned.loc[poisoned.index > date] = "word"
    first, second = chosen(bars, date, returns=returns), chosen(bars, date, returns=poisoned)
    assert second.quarantine.empty
    assert files(first) == files(second)


def test_no_bar_of_tokyos_next_day_is_seen() -> None:
    found = typed_bars(BARS, "bars", as_of=pd.Timestamp("2026-04-28"))
    last = found.groupby("symbol", observed=True)["date"].max()
    assert set(last) == {pd.Timestamp("2026-04-28")}


@pytest.mark.parametrize("stray", ["2099-01-01", "2026-05-20"])
def test_one_bar_dated_long_after_all_others_is_not_the_last_day(stray: str) -> None:
    bars = pd.concat([BARS, BARS.tail(1).assign(date=pd.Timestamp(stray, tz="UTC"))])
    found = seen(tables(bars))
    assert found.last_session == pd.Timestamp(END)
    assert stray in found.beyond["far dates of bars"]
    assert seen(tables(bars), far_dates="keep").last_session == pd.Timestamp(stray)


def test_a_market_that_goes_on_alone_is_no_error_of_dates() -> None:
    stale = BARS[(BARS["session"] < "2026-03-01") | BARS["symbol"].str.startswith("UTC")]
    assert seen(tables(stale)).last_session == pd.Timestamp(END)


def test_a_date_after_today_is_set_aside() -> None:
    found = seen(tables(), moment="2026-04-28T20:30")
    assert found.last_session == pd.Timestamp("2026-04-28") - pd.Timedelta(days=1)
    assert set(found.beyond) == {"far dates of bars", "unfinished session"}


@pytest.mark.parametrize(
    ("kinds", "moment", "last"),
    [
        (("UTC",), "2026-04-30T23:59", "2026-04-29"),
        (("UTC",), "2026-05-01T00:00", "2026-04-30"),
        (("NEWYORK",), "2026-04-30T19:59", "2026-04-29"),
        (("NEWYORK",), "2026-04-30T20:00", "2026-04-30"),
        (("NEWYORK", "UTC"), "2026-04-30T21:00", "2026-04-29"),
    ],
)
def test_a_session_that_is_not_over_is_left_out(kinds: tuple[str, ...], moment: str, last: str) -> None:
    bars = zoned_bars(kinds)
    found = seen(tables(bars), moment=moment)
    assert found.last_session == pd.Timestamp(last)
    assert ("unfinished session" in found.beyond) == (last != END)
    assert seen(tables(bars), moment=moment, unfinished="keep").last_session == pd.Timestamp(END)


def test_an_exchange_ends_its_own_session() -> None:
    bars = zoned_bars(("TOKYO",)).replace({"symbol": {"TOKYO0": "TSE:7203", "TOKYO1": "6758.T"}})
    assert seen(tables(bars), moment="2026-04-30T06:29").last_session == pd.Timestamp("2026-04-29")
    assert seen(tables(bars), moment="2026-04-30T06:30").last_session == pd.Timestamp(END)


def test_a_half_day_ends_at_noon() -> None:
    dates = pd.bdate_range("2026-06-01", "2026-11-27").drop("2026-11-26")
    bars = pd.DataFrame({"symbol": "NYSE:KO", "date": dates, "close": 100.0 + np.arange(len(dates))})
    assert seen(tables(bars), moment="2026-11-27T17:59").last_session == pd.Timestamp("2026-11-25")
    assert seen(tables(bars), moment="2026-11-27T18:00").last_session == pd.Timestamp("2026-11-27")


@pytest.mark.parametrize("symbol", ["SSE:600519", "600519.SS"])
def test_holidays_make_no_data_old(symbol: str) -> None:
    dates = pd.bdate_range("2025-03-03", "2025-09-30")
    bars = pd.DataFrame({"symbol": symbol, "date": dates, "close": 100.0 + np.arange(len(dates))})
    found = seen(tables(bars), as_of="2025-10-09")
    assert (found.aged_at, found.notes) == (pd.Timestamp("2025-09-30"), ())
    with pytest.raises(DataContractError, match="the last bar is of 2025-09-30, 10 days before"):
        seen(tables(bars), as_of="2025-10-10")
    with pytest.raises(DataContractError, match="everything is stale"):
        seen(tables(bars.assign(symbol="NASDAQ:AAPL")), as_of="2025-10-09")


def test_an_as_of_with_a_time_of_day_takes_no_session_that_ends_later() -> None:
    assert seen(tables(), as_of="2026-04-30T12:00").last_session == pd.Timestamp("2026-04-29")


def test_a_session_with_hardly_any_volume_is_left_out() -> None:
    thin = BARS["volume"].where(BARS["session"] < END, BARS["volume"] / 10)
    found = seen(tables(BARS.assign(volume=thin)))
    assert found.last_session == pd.Timestamp("2026-04-29")
    assert "looks unfinished" in found.beyond["unfinished session"]
    half = BARS["volume"].where(BARS["session"] < END, BARS["volume"] / 3)
    assert seen(tables(BARS.assign(volume=half))).last_session == pd.Timestamp(END)


def both(returns_to: str, bars_to: str) -> Tables:
    plain = BARS.assign(date=BARS["session"])
    wide = plain.pivot(index="date", columns="symbol", values="close").pct_change(fill_method=None).iloc[1:]
    return tables(plain[plain["date"] <= bars_to], returns=typed_returns(wide[wide.index <= returns_to])[0])


@pytest.mark.parametrize(("returns_to", "bars_to"), [("2026-03-10", END), (END, "2026-04-27")])
def test_returns_and_bars_end_on_one_day(returns_to: str, bars_to: str) -> None:
    found = seen(both(returns_to, bars_to))
    assert found.bars is not None
    assert found.returns is not None
    last = pd.Timestamp(min(returns_to, bars_to))
    assert (found.bars["date"].max(), found.returns.index.max()) == (last, last)
    assert "so do both" in found.beyond["common end"]


def test_bars_that_ended_long_before_the_returns_are_refused() -> None:
    with pytest.raises(DataContractError, match="the bars end on 2026-03-10, the returns on 2026-04-30"):
        seen(both(END, "2026-03-10"))


def test_data_that_ended_long_before_the_date_is_refused_and_named_before() -> None:
    assert seen(tables(), as_of="2026-05-04").notes == ()
    assert seen(tables(), as_of="2026-05-06").notes == ("the last bar is of 2026-04-30, 6 days before the as-of date",)
    with pytest.raises(
        DataContractError, match="the last bar is of 2026-04-30, 8 days before the as-of date 2026-05-08"
    ):
        seen(tables(), as_of="2026-05-08")


def test_a_market_that_ended_long_ago_is_not_alive() -> None:
    stale = BARS[(BARS["session"] <= "2026-02-20") | ~BARS["symbol"].str.startswith("UTC")]
    found = chosen(stale, None)
    failed = found.decisions.query("verdict == 'fail'").groupby("gate")["symbol"].apply(set)
    assert failed["freshness"] == failed["liveness"] == {"UTC0", "UTC1"}
    assert not {"UTC0", "UTC1"} & set(found.winners.index)
    assert found.coverage["stale"]["CRYPTO"]["stale"] == 2


def scanned(age: int) -> Tables:
    records = ({"symbol": "UTC0", "scanner": "x"}, {"symbol": "UTC1", "scanner": "y"}, {"symbol": "EIGHT0"})
    old = pd.Timestamp(END) - pd.Timedelta(days=age)
    bars = typed_bars(BARS, "bars")
    return Tables(candidates=records, bars=bars, scans={"x": old, "y": pd.Timestamp(END)})


def test_an_old_scan_proposes_nothing() -> None:
    assert [record["symbol"] for record in seen(scanned(31)).candidates] == ["UTC1", "EIGHT0"]
    assert seen(scanned(31)).notes == (
        "scanner x was silent for 31 days: its candidates don't count (data.max_scan_age_days)",
    )
    assert len(seen(scanned(30)).candidates) == 3
    assert seen(scanned(30)).notes == ("scanner x was silent for 30 days",)


def test_input_without_dates_is_refused_where_it_must_be_dated() -> None:
    undated = tables(point_in_time=False, notes=("lists carry no date",))
    assert seen(undated).notes == ("lists carry no date",)
    with pytest.raises(DataContractError, match="lists carry no date"):
        seen(undated, strict_pit=True)


def test_data_that_ended_long_before_today_is_named_where_no_date_was_given() -> None:
    late = seen(tables(), moment="2026-05-20 08:00")
    assert late.beyond == {
        "old data": "the last bar is of 2026-04-30, more than 7 days before today: this is a selection of then"
    }
    assert late.notes == ()
    assert seen(tables(), moment="2026-05-05 08:00").beyond == {}
    assert seen(tables(), as_of="2026-04-30", moment="2026-05-20 08:00").beyond == {}


def test_a_scan_of_after_today_is_refused() -> None:
    given = tables(scans={"x": pd.Timestamp("2027-04-30"), "y": pd.Timestamp("2026-04-30")})
    with pytest.raises(DataContractError, match=r"1 scans are dated after today \(1: x of 2027-04-30\)"):
        seen(given, moment="2026-05-01 08:00")
    assert seen(given).scans == given.scans
