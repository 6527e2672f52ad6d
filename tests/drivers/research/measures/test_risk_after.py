import math

import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import directed
from tradingview_scraper.pipelines.selection.drivers.research.measures.risk_after import (
    deepest_falls,
    realised_volatility,
    risk_after,
    sessions_per_year,
)


def test_volatility_and_falls_by_hand() -> None:
    daily = np.array([[0.1, np.nan, np.nan], [-0.2, 0.3, np.nan], [0.1, np.nan, np.nan]])
    found = realised_volatility(daily, 250.0)
    assert found[0] == pytest.approx(math.sqrt(250 * (0.01 + 0.04 + 0.01) / 3))
    assert found[1] == pytest.approx(math.sqrt(250 * 0.09))
    assert math.isnan(found[2])
    falls = deepest_falls(daily)
    assert falls[0] == pytest.approx(-0.2)
    assert falls[1] == 0.0
    assert math.isnan(falls[2])


def test_an_asset_that_loses_more_than_all_stays_at_nothing() -> None:
    assert deepest_falls(np.array([[-1.5], [0.5]])).tolist() == [-1.0]


def test_sessions_per_year_are_counted() -> None:
    assert sessions_per_year(pd.bdate_range("2020-01-01", "2023-12-31")) == pytest.approx(261, abs=1)


def test_the_window_is_that_of_the_forward_return() -> None:
    walk = walked()
    one = risk_after(walk.panel, walk.returns, 1, 1)
    moved = walk.panel["forward.1"].where(one["volatility"].notna())
    per_year = sessions_per_year(walk.returns.index)
    known = moved.notna()
    np.testing.assert_allclose(
        one["volatility"][known], (moved.abs() * math.sqrt(per_year))[known], rtol=0.02, atol=1e-12
    )
    fell = directed(walk.panel, 1).clip(upper=0.0)
    np.testing.assert_allclose(one["drawdown"][known], fell[known], rtol=0, atol=1e-12)
    six = risk_after(walk.panel, walk.returns, 6, 1)
    both = six["drawdown"].notna() & (walk.panel["direction"] == "LONG")
    assert (six["drawdown"] <= walk.panel["forward.6"].clip(upper=0.0) + 1e-12)[both].all()


def test_what_is_not_over_yet_is_unknown() -> None:
    walk = walked()
    cut = walk.returns[walk.returns.index <= walk.panel["date"].max()]
    found = risk_after(walk.panel, cut, 6, 1)
    assert found[walk.panel["date"] == walk.panel["date"].max()].isna().all().all()
    assert found[walk.panel["date"] == walk.panel["date"].min()].notna().any().all()
