import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import sessions_of, step_of, walked_dates
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

DAYS = pd.date_range("2026-01-01", periods=10, freq="D")


def test_a_step_is_a_number_of_sessions() -> None:
    assert step_of("5d") == 5
    assert step_of("21d") == 21


@pytest.mark.parametrize("every", ["", "5", "0d", "-1d", "1w", "5d ", "1.5d"])
def test_another_step_is_refused(every: str) -> None:
    with pytest.raises(ConfigurationError, match="write a number of sessions such as 5d"):
        step_of(every)


def test_one_assets_saturday_is_no_session() -> None:
    returns = pd.DataFrame(0.01, index=DAYS, columns=[f"A{n}" for n in range(20)])
    returns.iloc[3, 1:] = np.nan
    returns.iloc[5, 2:] = np.nan
    assert list(sessions_of(returns)) == [day for n, day in enumerate(DAYS) if n != 3]


def test_dates_are_every_so_many_sessions_from_the_first() -> None:
    sessions = DAYS.delete([1, 2])
    found = walked_dates(sessions, pd.Timestamp("2026-01-02"), pd.Timestamp("2026-01-09"), 2)
    assert [date.day for date in found] == [4, 6, 8]


def test_a_span_without_sessions_is_refused() -> None:
    with pytest.raises(DataContractError, match=r"no session from 2027.*has sessions from 2026-01-01 to 2026-01-10"):
        walked_dates(DAYS, pd.Timestamp("2027-01-01"), pd.Timestamp("2027-02-01"), 1)
    with pytest.raises(ConfigurationError, match="before it begins"):
        walked_dates(DAYS, pd.Timestamp("2026-01-03"), pd.Timestamp("2026-01-02"), 1)
