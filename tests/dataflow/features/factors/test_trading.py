"""Liquidity, cost, edge, life signs, metadata: by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.features.factors import trading

NAN = math.nan


def series(*values: object) -> pd.Series:
    return pd.Series(list(values), index=[f"A{number}" for number in range(len(values))])


@pytest.mark.parametrize("missing", [NAN, 0.0])
def test_liquidity_by_hand(missing: float) -> None:
    found = trading.liquidity(
        series(5e6, 2e7, 5e6, NAN),
        series("CRYPTO", "CRYPTO", "AMERICA", "CRYPTO"),
        {"CRYPTO": 1e7, "default": 5e8},
        missing,
    )
    np.testing.assert_allclose(found, [0.5, 1.0, 0.01, missing])


@pytest.mark.parametrize(("missing", "expected"), [(NAN, NAN), (1e8, 0.05)])
def test_impact_cost_by_hand(missing: float, expected: float) -> None:
    adv, year = series(4e6, NAN, 0.0, -1.0, 4e6), series(256.0, 256.0, 400.0, 400.0, 256.0)
    annual = series(0.5, 0.5, 0.5, 0.5, NAN)
    found = trading.impact_cost(annual, year, adv, 1e6, "annual", missing)
    np.testing.assert_allclose(found, [0.25, expected, expected, expected, NAN])
    daily = trading.impact_cost(annual, year, adv, 1e6, "daily", missing)
    np.testing.assert_allclose(daily, [0.25 / 16, expected / 16, expected / 20, expected / 20, NAN])


def test_net_edge_is_momentum_less_cost() -> None:
    found = trading.net_edge(series(0.3, -0.3, 0.3), series(0.1, 0.1, NAN), NAN)
    np.testing.assert_allclose(found, [0.2, -0.4, NAN])


def test_a_negative_hurdle_exempts_high_momentum() -> None:
    found = trading.net_edge(series(1.5, 1.5, 0.9, NAN), series(1.61, 1.63, 1.01, 0.1), -0.1)
    np.testing.assert_allclose(found, [-0.1, -0.13, -0.11, NAN])


def test_active_share_by_hand() -> None:
    index = pd.date_range("2026-01-01", periods=4)
    crypto = pd.DataFrame({"B": [0.1, 0.0, np.nan, 0.2], "D": [0.1] * 4}, index=index)
    stocks = pd.DataFrame({"A": [np.nan] * 4, "C": [0.0] * 4}, index=index)
    pool = pd.DataFrame(index=list("ABCD"))
    markets = {"AMERICA": stocks, "CRYPTO": crypto}
    age = pd.Series(0.0, index=pool.index)
    assert trading.active_share(markets, age, pool, 4, 7).tolist() == [0.0, 0.5, 0.0, 1.0]
    assert trading.active_share(markets, age, pool, 2, 7).tolist() == [0.0, 0.5, 0.0, 1.0]
    assert trading.active_share(markets, age, pool, 1, 7).tolist() == [0.0, 1.0, 0.0, 1.0]
    empty = {"AMERICA": stocks.iloc[:0], "CRYPTO": crypto}
    assert trading.active_share(empty, age, pool, 4, 7).tolist() == [0.0, 0.5, 0.0, 1.0]
    age["D"] = 8.0
    assert trading.active_share(markets, age, pool, 4, 7).tolist() == [0.0, 0.5, 0.0, 0.0]


def test_age_of_the_last_bar_by_hand() -> None:
    pool = pd.DataFrame(index=list("BA"))
    assert trading.last_bar_age(pd.Series({"A": 3.0, "B": 66.0, "C": 0.0}), pool).tolist() == [66.0, 3.0]


def test_the_simulated_delisted_and_stale_are_not_alive() -> None:
    share, frame = upstream("active_share", "returns")
    gone = frame.columns[frame.iloc[-30:].isna().all()]
    assert len(gone) >= 2
    assert (share[gone] == 0).all()


def test_quarantined_share_by_hand() -> None:
    found = trading.quarantined_share(series(1.0, 0.0, 0.0, 3.0), series(99.0, 10.0, 0.0, 0.0))
    assert found.tolist() == [0.01, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("tick", "lot", "precision", "keys", "positive", "stated"),
    [
        (0.01, 1.0, 2.0, 3.0, 1.0, 1.0),
        (0.01, 1.0, 0.0, 3.0, 1.0, 1.0),
        (0.0, 1.0, 2.0, 3.0, 0.0, 1.0),
        (0.01, 0.0, 2.0, 3.0, 0.0, 1.0),
        (0.01, 1.0, -1.0, 3.0, 0.0, 1.0),
        (-0.01, 1.0, 2.0, 3.0, 0.0, 1.0),
        (NAN, 1.0, 2.0, 3.0, 0.0, 1.0),
        (0.01, NAN, 2.0, 2.0, 0.0, 0.0),
        (0.01, 1.0, NAN, 2.0, 0.0, 0.0),
    ],
)
def test_tradable(tick: float, lot: float, precision: float, keys: float, positive: float, stated: float) -> None:
    columns = [pd.Series([value]) for value in (tick, lot, precision, keys)]
    assert trading.tradable(*columns, "positive").tolist() == [positive]
    assert trading.tradable(*columns, "keys").tolist() == [stated]


def test_excluded() -> None:
    found = trading.excluded(series(True, False))
    assert found.tolist() == [1.0, 0.0]
    assert found.dtype == np.float64
