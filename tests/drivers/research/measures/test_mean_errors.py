import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import (
    Mean,
    bootstrap_interval,
    bootstrap_means,
    hac,
    hac_error,
    lags_of,
)


def _windows(count: int, horizon: int, seed: int) -> np.ndarray:
    """Sums of overlapping windows of noise."""
    noise = np.random.default_rng(seed).standard_normal(count + horizon)
    return np.convolve(noise, np.ones(horizon), "valid")[:count]


def test_the_error_by_hand() -> None:
    values = np.array([1.0, 2.0, 4.0, 1.0])
    # Deviations -1, 0, 2, -1: g0 = 6/4, g1 = (0 + 0 - 2)/4, with Bartlett's weight 1/2.
    assert hac_error(values, 1) == pytest.approx(math.sqrt((6 / 4 + 2 * 0.5 * (-2 / 4)) / 3))
    assert hac_error(values, 0) == pytest.approx(values.std(ddof=1) / 2)


@settings(deadline=None, max_examples=40)
@given(st.integers(5, 200), st.integers(0, 12), st.integers(0, 1000))
def test_the_error_is_that_of_statsmodels(count: int, lags: int, seed: int) -> None:
    api = pytest.importorskip("statsmodels.api")
    lags = min(lags, count - 1)
    values = _windows(count, 5, seed)
    fitted = api.OLS(values, np.ones(count)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    assert hac_error(values, lags) == pytest.approx(float(fitted.bse[0]), rel=1e-9)


def test_lags_cover_the_overlap() -> None:
    assert lags_of(200, 21, 5) == 4
    assert lags_of(200, 21, 1) == 20
    assert lags_of(100, 5, 5) == 4
    assert lags_of(3, 21, 1) == 2


def test_overlapping_windows_widen_the_error() -> None:
    windows = pd.Series(_windows(400, 21, 1))
    naive = windows.std() / math.sqrt(len(windows))
    assert hac(windows, 21, 1).error > 2.5 * naive


def test_dates_without_a_value_dont_count() -> None:
    found = hac(pd.Series([1.0, np.nan, *range(2, 11)]), 1, 1)
    assert (found.mean, found.dates) == (5.5, 10)
    assert found.t == pytest.approx(5.5 / found.error)
    few = hac(pd.Series([1.0, np.nan]), 1, 1)
    assert few.mean == 1.0
    assert math.isnan(few.error)
    assert math.isnan(Mean(1.0, 0.0, 5).t)


def test_the_bootstraps_spread_is_that_of_arch() -> None:
    arch = pytest.importorskip("arch.bootstrap")
    values = _windows(300, 5, 2)
    ours = bootstrap_means(values, 8, 4000, seed=1).std()
    theirs = arch.StationaryBootstrap(8, values, seed=1).apply(np.mean, 4000).std()
    assert ours == pytest.approx(theirs, rel=0.05)
    naive = values.std() / math.sqrt(len(values))
    assert ours > 1.5 * naive


def test_the_interval_holds_the_mean_and_repeats_itself() -> None:
    windows = pd.Series(_windows(300, 5, 4) + 1.0)
    low, high = bootstrap_interval(windows, 5, 1)
    assert low < windows.mean() < high
    assert (low, high) == bootstrap_interval(windows, 5, 1)
    assert math.isnan(bootstrap_interval(windows[:9], 5, 1)[0])
