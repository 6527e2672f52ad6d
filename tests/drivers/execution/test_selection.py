"""`select`: pure, up to a date, with settings on top of a profile's."""

import copy

import pandas as pd
import pytest

from support.market import market, records, returns, selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


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
