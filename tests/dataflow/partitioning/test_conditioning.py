"""Shrinkage until the condition number will do, worked out for two assets."""

import pandas as pd
import pytest

from support.market import returns, settings
from tradingview_scraper.pipelines.selection.dataflow.partitioning.conditioning import conditioning, full_correlation


def pair(correlation: float) -> pd.DataFrame:
    return pd.DataFrame([[1.0, correlation], [correlation, 1.0]], ["A", "B"], ["A", "B"])


def shrunk_kappa(correlation: float, shrinkage: float) -> float:
    """The eigenvalues of two assets are 1 + c and 1 - c."""
    drawn = correlation * (1 - shrinkage)
    return (1 + drawn) / (1 - drawn)


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_it_goes_on_step_by_step_until_it_is_low_enough(steps: int) -> None:
    compat = settings("v3.4").compat
    start = compat.initial_shrinkage
    ceiling = shrunk_kappa(0.99, start + 0.01 * steps) * (1 + 1e-9)
    found = conditioning(pair(0.99), ceiling, start)
    assert found.shrinkage == pytest.approx(start + 0.01 * steps)
    assert found.kappa == pytest.approx(ceiling, rel=1e-8)


def test_where_it_never_is_the_last_step_is_reported() -> None:
    found = conditioning(pair(0.99), 1.0, settings("v3.4").compat.initial_shrinkage)
    assert found.shrinkage > 0.1
    assert found.kappa == pytest.approx(shrunk_kappa(0.99, found.shrinkage - 0.01))


def test_the_correlation_is_over_all_days_that_both_traded() -> None:
    frame = returns().iloc[:, :6]
    found = full_correlation(frame, settings("v3.4").clusters, "pandas")
    traded = frame.where(frame != 0.0)
    pd.testing.assert_frame_equal(found, traded.corr(min_periods=2), check_names=False, rtol=1e-9)
