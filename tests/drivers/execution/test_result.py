"""What a selection brings back, read off its parts."""

import pandas as pd

from support.market import longest, selection
from tradingview_scraper.pipelines.selection.drivers.execution.notebook import Plots


def test_its_parts_are_those_of_the_context() -> None:
    found = selection()
    pd.testing.assert_frame_equal(found.winners, found.context.winners)
    pd.testing.assert_frame_equal(found.decisions, found.context.decisions)
    assert found.settings is found.context.settings
    assert found.plan is found.graph.plan
    assert found.sources is found.tables.sources
    pd.testing.assert_series_equal(
        found.winners["alpha_score"], found.conviction[found.winners.index], check_names=False
    )
    assert [candidate["symbol"] for candidate in found.portfolio_candidates] == found.winners.index.tolist()


def test_the_last_rung_decided_and_a_missed_floor_says_what_to_do() -> None:
    for found in (selection(), longest()):
        floor, won = found.settings.recruitment.floor, len(found.winners)
        assert found.rungs[-1].winners == won
        assert found.reached_floor == (won >= floor)
        assert (found.shortfall is None) == found.reached_floor
    shortfall = longest().shortfall
    assert shortfall is not None
    assert shortfall.startswith(
        f"policy: only {len(longest().winners)} winners after the last rung, fewer than the floor of 70"
    )


def test_each_rung_is_one_looser_and_counts_what_it_decided() -> None:
    rungs = longest().rungs
    assert [rung.number for rung in rungs] == [1, 2, 3, 4]
    for rung in rungs:
        standings = rung.context.standings
        assert rung.eligible == standings["eligible"].sum()
        assert rung.winners == (standings["route"] != "").sum()
        assert rung.milliseconds > 0
        assert len(rung.executed) == len({*rung.executed})


def test_it_shows_itself_in_a_notebook() -> None:
    found = selection()
    assert isinstance(found.plot, Plots)
    html = found._repr_html_()
    assert html.startswith("<")
    assert str(found.winners.index[0]) in html
