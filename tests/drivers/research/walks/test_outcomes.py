import numpy as np
import pandas as pd
import pytest

from support.walks import provider
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes, horizons_of

DAYS = pd.date_range("2026-01-01", periods=8, freq="D")
nan = np.nan
# On January 4 hardly anybody trades: it is no session, but the returns of it count.
LIVE = [0.1, 0.2, 0.1, 0.2, 0.5, 0.1, 0.0, 0.0]
DELISTED = [0.1, 0.1, 0.1, nan, -0.5, nan, nan, nan]
GAPPED = [0.1, nan, 0.1, 0.0, nan, 0.3, 0.0, 0.1]


@pytest.fixture
def outcomes() -> Outcomes:
    columns = {"LIVE": LIVE, "DELISTED": DELISTED, "GAPPED": GAPPED, "NEVER": [nan] * 8}
    others = {f"A{n:02}": [0.0 if day != 3 else nan for day in range(8)] for n in range(40)}
    return Outcomes(pd.DataFrame({**columns, **others}, index=DAYS))


ASSETS = pd.Index(["LIVE", "DELISTED", "GAPPED", "NEVER", "ABSENT"])


def test_forward_returns_by_hand(outcomes: Outcomes) -> None:
    assert len(outcomes.sessions) == 7
    found = outcomes.forward(DAYS[1], ASSETS, 2, entry_lag=1)
    # Entry at the close of January 3, exit at that of January 6, the second session after it.
    assert found.tolist()[:3] == pytest.approx([1.2 * 1.5 * 1.1 - 1, -0.5, 0.3])
    assert np.isnan(found[3:]).all()


def test_without_a_lag_the_return_begins_at_the_dates_own_close(outcomes: Outcomes) -> None:
    assert outcomes.forward(DAYS[1], ASSETS, 1, entry_lag=0)[:3].tolist() == pytest.approx([0.1, 0.1, 0.1])


def test_after_delisting_an_asset_keeps_its_last_price(outcomes: Outcomes) -> None:
    assert outcomes.forward(DAYS[4], ASSETS, 2, entry_lag=0)[1] == 0.0
    assert outcomes.forward(DAYS[2], ASSETS, 4, entry_lag=0)[1] == pytest.approx(-0.5)


def test_what_isnt_over_yet_is_unknown(outcomes: Outcomes) -> None:
    assert not np.isnan(outcomes.forward(DAYS[6], ASSETS, 1, entry_lag=0)[0])
    assert np.isnan(outcomes.forward(DAYS[6], ASSETS, 1, entry_lag=1)).all()
    assert np.isnan(outcomes.forward(DAYS[6], ASSETS, 2, entry_lag=0)).all()


def test_sessions_left_are_counted_for_who_ends_before_the_data(outcomes: Outcomes) -> None:
    found = outcomes.sessions_left(DAYS[1], ASSETS)
    assert found[1] == 2.0
    assert np.isnan(found[[0, 2, 3, 4]]).all()
    assert outcomes.sessions_left(DAYS[6], ASSETS)[1] == 0.0


def test_the_walks_own_step_is_a_horizon() -> None:
    assert horizons_of((21, 1, 5), 3) == (1, 3, 5, 21)
    assert horizons_of((1, 5), 5) == (1, 5)


def test_outcomes_of_the_market_reach_beyond_the_lookback() -> None:
    from support.market import market, settings
    from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
    from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
    from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import outcomes_of

    short = settings().model_copy(update={"data": settings().data.model_copy(update={"lookback": 100})})
    found, tables = outcomes_of(Graph(plan(short)), provider(), None)
    assert len(found.sessions) > 390
    assert found.masked > 0
    assert tables.last_session == market().bars["date"].max()
    assert found.returns.columns.is_monotonic_increasing
