"""`select`: pure, up to a date as people type it, with settings on top of a profile's."""

import copy

import pandas as pd
import pytest

from support.market import market, records, returns, selected, selection
from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution import selection as selection_module
from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

TODAY = pd.Timestamp("2026-03-19 10:30")


def test_the_callers_objects_stay_as_they_are() -> None:
    given = {"candidates": records(), "statistics": market().statistics, "bars": market().bars}
    before = copy.deepcopy(given)
    selected(**given)
    assert given["candidates"] == before["candidates"]
    pd.testing.assert_frame_equal(given["statistics"], before["statistics"])
    pd.testing.assert_frame_equal(given["bars"], before["bars"])


def test_nothing_after_the_date_is_seen() -> None:
    date = market().bars["date"].max() - pd.Timedelta(days=30)
    cut = market().bars[market().bars["date"] <= date]
    early = selected(as_of=date)
    assert early.context.returns.index.max() <= date
    pd.testing.assert_series_equal(early.conviction, selected(bars=cut).conviction)
    assert not early.conviction.equals(selection().conviction)


def test_settings_may_be_nested_or_dotted() -> None:
    nested, dotted = selected({"recruitment": {"top_n": 1}}), selected({"recruitment.top_n": 1})
    assert nested.settings.recruitment == dotted.settings.recruitment
    assert nested.settings.recruitment.top_n == 1
    pd.testing.assert_frame_equal(nested.winners, dotted.winners)
    assert not nested.winners.equals(selection().winners)


def test_given_returns_replace_those_of_the_bars() -> None:
    half = returns() / 2.0
    found = selected({"checks.holes.severity": "off"}, returns=half, bars=None)
    pd.testing.assert_frame_equal(found.context.returns, half, check_freq=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("2026-06-30", pd.Timestamp("2026-06-30")),
        ("2026-06-30T02:00+02:00", pd.Timestamp("2026-06-30")),
        (pd.Timestamp("2026-06-30 01:00", tz="UTC"), pd.Timestamp("2026-06-30 01:00")),
    ],
)
def test_dates_are_naive_utc(given: str | pd.Timestamp | None, expected: pd.Timestamp | None) -> None:
    assert timestamp(given) == expected
    with pytest.raises(ConfigurationError, match="the as-of date 'soon' is no date"):
        timestamp("soon")


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("2026-03-18", "2026-03-18"),
        ("2026-03-18T09:00", "2026-03-18 09:00"),
        ("2026-03-18 09:00:01Z", "2026-03-18 09:00:01"),
        ("2026-03-18T09:00+09:00", "2026-03-18 00:00"),
        ("today", "2026-03-19"),
        ("yesterday", "2026-03-18"),
        (pd.Timestamp("2026-03-18"), "2026-03-18"),
    ],
)
def test_an_iso_date_or_a_word(typed: str, date: str) -> None:
    assert timestamp(typed, TODAY) == pd.Timestamp(date)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "20260318",
            "03/18/2026",
            "18/03/2026",
            "2026-3-18",
            "2026-02-30",
            "2026",
            "now",
            "Today",
            "NaT",
            "1773532800",
        ),
        *("", " ", "\0", "2026-03-18\0", "9999-12-31", "0001-01-01", "2026-03-18T25:00", "tomorrow", pd.NaT),
    ],
)
def test_anything_else_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no date; write it as 2026-03-18") as raised:
        timestamp(typed, TODAY)
    assert "\n" not in str(raised.value)


def test_today_is_a_date_only_where_the_day_is_known() -> None:
    with pytest.raises(ConfigurationError, match=r"2026-03-18 or 2026-03-18T09:00:00Z$"):
        timestamp("today")
    with pytest.raises(ConfigurationError, match=r"2026-03-18T09:00:00Z, today or yesterday$"):
        timestamp("tomorrow", TODAY)


def test_pandas_sums_by_itself_whatever_is_installed_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("compute.use_bottleneck", "compute.use_numexpr")
    seen = []

    class Seeing(MemoryProvider):
        def tables(self, as_of: pd.Timestamp | None) -> Tables:
            seen.append([pd.get_option(name) for name in names])
            return super().tables(as_of)

    monkeypatch.setattr(selection_module, "MemoryProvider", Seeing)
    before = [pd.get_option(name) for name in names]
    selected()
    assert seen == [[False, False]]
    assert [pd.get_option(name) for name in names] == before
