import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.book_measures import (
    Trading,
    book_table,
    controls,
    list_table,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import book_returns, traded

TRADING = Trading(step=6, cost=10.0, dates_per_year=42.0)


def test_what_is_net_is_less_by_what_was_traded() -> None:
    panel = walked().panel
    gross, net = book_returns(panel, panel["winner"], 6), TRADING.net(panel, panel["winner"])
    np.testing.assert_allclose((gross - net)[1:], 0.001 * traded(panel, panel["winner"], 6)[1:], rtol=0, atol=1e-15)
    assert gross.iloc[0] == net.iloc[0]


def test_the_table_of_books() -> None:
    walk = walked()
    held = {"winners": walk.panel["winner"], "pool": pd.Series(True, index=walk.panel.index)}
    found = book_table(walk.panel, held, walk.returns, TRADING)
    assert found["winners"]["bets"] > 1
    assert found["pool"]["bets"] is None
    assert found["pool"]["kept"] > found["winners"]["kept"]
    assert found["winners"]["net_return"].mean < found["winners"]["return"].mean


def test_a_list_beside_the_pool_with_and_without_its_best() -> None:
    walk = walked()
    found = list_table(walk.panel, {"winners": walk.panel["winner"]}, walk.returns, TRADING)["winners"]
    assert found["beyond_pool"].mean == pytest.approx(controls(walk.panel, (6,), 6)["pool"][6]["mean"].mean)
    assert found["without_best"].mean < found["beyond_pool"].mean
