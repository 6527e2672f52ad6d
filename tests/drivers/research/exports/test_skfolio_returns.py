from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.exports.skfolio_returns import (
    last_date,
    winners_outcomes,
    winners_returns,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import book_returns
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def test_returns_of_the_winners_end_at_the_date_and_are_turned() -> None:
    walk = walked()
    date = last_date(walk)
    found = winners_returns(walk, date, 100)
    rows = walk.panel[(walk.panel["date"] == date) & walk.panel["winner"]].set_index("symbol")
    assert len(found) == 100
    assert found.index[-1] <= date
    assert not found.isna().any().any()
    assert 10 < found.shape[1] <= len(rows)
    for name in found.columns:
        short = name.startswith("-")
        symbol = name.removeprefix("-")
        assert rows["direction"][symbol] == ("SHORT" if short else "LONG")
        own = walk.returns[symbol][found.index].fillna(0.0)
        np.testing.assert_array_equal(found[name], -own if short else own)
    assert {name.startswith("-") for name in found.columns} == {True, False}


def test_what_came_has_the_same_names_and_the_books_mean() -> None:
    walk = walked()
    date = walk.panel["date"].iloc[0]
    came = winners_outcomes(walk, date, 6)
    assert set(winners_returns(walk, date, 100).columns) <= set(came.index)
    assert came.mean() == pytest.approx(book_returns(walk.panel, walk.panel["winner"], 6)[date])


def test_a_winner_that_was_not_there_yet_is_left_out() -> None:
    walk = walked()
    date = last_date(walk)
    name = winners_returns(walk, date, 100).columns[0].removeprefix("-")
    returns = walk.returns.copy()
    returns.loc[: date - pd.Timedelta(days=20), name] = np.nan
    changed = replace(walk)
    changed.__dict__.update(panel=walk.panel, returns=returns)
    assert name not in {each.removeprefix("-") for each in winners_returns(changed, date, 100).columns}


def test_a_date_without_winners_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no winners on 2020-01-01; the last date that has is 2026-04-25"):
        winners_returns(walked(), pd.Timestamp("2020-01-01"))
    nobody = replace(walked())
    nobody.__dict__["panel"] = walked().panel.assign(winner=False)
    with pytest.raises(ConfigurationError, match="nobody won on any date"):
        last_date(nobody)
