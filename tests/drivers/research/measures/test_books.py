import warnings

import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import (
    RANDOM,
    book_returns,
    drawdown,
    random_returns,
    replaced,
    sharpe,
    top_eligible,
    traded,
    without_best,
)

DATES = pd.to_datetime(["2026-01-05", "2026-01-12"])


@pytest.fixture
def small() -> pd.DataFrame:
    """Two dates of four assets; on the second, B is no winner any more and C has turned."""
    return pd.DataFrame(
        {
            "date": DATES.repeat(4),
            "symbol": [*"ABCD", *"ABCD"],
            "direction": ["LONG", "LONG", "SHORT", "LONG", "LONG", "LONG", "LONG", "LONG"],
            "cluster": [1, 1, 2, 2, 1, 1, 2, 2],
            "conviction": [0.4, 0.3, 0.2, 0.1, 0.1, 0.4, 0.3, 0.4],
            "eligible": [True, True, True, False, True, True, True, True],
            "winner": [True, True, True, False, True, False, True, False],
            "forward.5": [0.3, 0.0, 0.3, 0.1, np.nan, np.nan, np.nan, np.nan],
        }
    )


def test_a_books_return_by_hand(small: pd.DataFrame) -> None:
    found = book_returns(small, small["winner"], 5)
    assert found.iloc[0] == pytest.approx((0.3 + 0.0 - 0.3) / 3)
    assert np.isnan(found.iloc[1])
    nobody = book_returns(small, pd.Series(False, index=small.index), 5)
    assert nobody.iloc[0] == 0.0
    assert np.isnan(nobody.iloc[1])


def test_what_is_replaced_and_traded_by_hand(small: pd.DataFrame) -> None:
    assert replaced(small, small["winner"]).iloc[1] == 0.5  # A stays, C is another position now
    # Old weights 1/3, 1/3, -1/3 after moves of 1.3, 1, 1.3 in a book worth 1; new ones 1/2, 0, 1/2.
    expected = abs(0.5 - 1.3 / 3) + 1 / 3 + abs(0.5 + 1.3 / 3)
    assert traded(small, small["winner"], 5).iloc[1] == pytest.approx(expected)
    assert np.isnan(traded(small, small["winner"], 5).iloc[0])


def test_top_eligible_are_as_many_as_the_winners(small: pd.DataFrame) -> None:
    assert top_eligible(small).tolist() == [True, True, True, False, False, True, False, True]


def test_a_book_without_the_rows_that_earned_most_by_hand(small: pd.DataFrame) -> None:
    # A earned most, then B; C is a short that lost. The pool earned (0.3 + 0.0 - 0.3 + 0.1) / 4.
    assert without_best(small, small["winner"], 5, 0).iloc[0] == pytest.approx(-0.025)
    assert without_best(small, small["winner"], 5, 1).iloc[0] == pytest.approx((0.0 - 0.3) / 2 - 0.025)
    assert without_best(small, small["winner"], 5, 2).iloc[0] == pytest.approx(-0.3 - 0.025)


def test_turnover_is_that_of_alphalens() -> None:
    performance = pytest.importorskip("alphalens.performance")
    panel = walked().panel.assign(direction="LONG")
    flags = (
        panel["winner"]
        .astype(int)
        .set_axis(pd.MultiIndex.from_frame(panel[["date", "symbol"]], names=["date", "asset"]))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = performance.quantile_turnover(flags, 1)
    ours = replaced(panel, panel["winner"])
    assert ours.iloc[1:].tolist() == pytest.approx(theirs.iloc[1:].tolist(), abs=1e-9)


def test_random_picks_of_a_cluster_stay_in_it(small: pd.DataFrame) -> None:
    found = random_returns(small, [5], RANDOM[1], draws=50)[5].iloc[0].unique()
    # Both of cluster 1 and the only open one of cluster 2 won: there is no other pick.
    assert found.tolist() == pytest.approx([0.0])
    free = random_returns(small, [5], RANDOM[0], draws=50)[5].iloc[0].unique()
    assert len(free) == 4


def test_random_picks_are_those_of_their_date() -> None:
    panel = walked().panel
    whole = random_returns(panel, [6], RANDOM[1], draws=20)[6]
    last = panel[panel["date"] == panel["date"].iloc[-1]]
    pd.testing.assert_frame_equal(random_returns(last, [6], RANDOM[1], draws=20)[6], whole.iloc[[-1]])
    assert random_returns(panel, [6], RANDOM[0], draws=20)[6].nunique(axis=1).min() > 1


def test_random_picks_of_the_pool_earn_what_the_pool_earns() -> None:
    panel = walked().panel
    pool = book_returns(panel, pd.Series(True, index=panel.index), 6)
    drawn = random_returns(panel, [6], RANDOM[0], draws=3000)[6]
    error = drawn.std(axis=1) / np.sqrt(3000)
    assert ((drawn.mean(axis=1) - pool).abs() < 4 * error).all()


def test_sharpe_and_drawdown_by_hand() -> None:
    returns = pd.Series([0.1, -0.5, 0.2, np.nan])
    assert drawdown(returns) == pytest.approx(-0.5)
    assert sharpe(returns, 52) == pytest.approx(returns.mean() / returns.std() * np.sqrt(52))
    assert np.isnan(sharpe(pd.Series([0.1]), 52))
