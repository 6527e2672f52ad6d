import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.breadth import breadth

DATE = pd.Timestamp("2026-03-01")


def test_two_sides_of_one_bet_are_one_bet() -> None:
    noise = np.random.default_rng(1).standard_normal((2, 120))
    days = pd.date_range(end=DATE, periods=120)
    returns = pd.DataFrame({"A": noise[0], "B": -noise[0], "C": noise[1]}, index=days)
    panel = pd.DataFrame({"date": DATE, "symbol": ["A", "B", "C"], "direction": ["LONG", "SHORT", "LONG"]})
    held = pd.Series([True, True, False])
    found = breadth(panel, held, returns)
    assert found.loc[DATE, "correlation"] == pytest.approx(1.0)
    assert found.loc[DATE, "bets"] == pytest.approx(1.0)
    assert breadth(panel, pd.Series([True, False, True]), returns).loc[DATE, "bets"] > 1.9
    assert breadth(panel, pd.Series([True, False, False]), returns).isna().all(axis=None)


def test_it_doesnt_see_the_days_after_the_date() -> None:
    walk = walked()
    panel, returns = walk.panel, walk.returns.copy()
    date = panel["date"].iloc[0]
    first = panel[panel["date"] == date]
    before = breadth(first, first["winner"], returns)
    returns[returns.index > date] = 9.0
    pd.testing.assert_frame_equal(breadth(first, first["winner"], returns), before)
    assert 1 < before["bets"].iloc[0] <= first["winner"].sum()
