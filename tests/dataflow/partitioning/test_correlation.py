"""Correlation by products against pandas and against SciPy pair by pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from support.market import returns
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import (
    STEPS,
    pairwise_correlation,
    rounded_units,
)


def loop(rows: np.ndarray, least: int) -> np.ndarray:
    result = np.zeros((len(rows), len(rows)))
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            both = ~np.isnan(one) & ~np.isnan(other) & (one != 0) & (other != 0)
            if both.sum() >= max(least, 2) and np.ptp(one[both]) > 0 and np.ptp(other[both]) > 0:
                result[i, j] = pearsonr(one[both], other[both]).statistic
    return result


@pytest.mark.parametrize("method", ["products", "pandas"])
@pytest.mark.parametrize("lookback", [19, 20, 60, 200])
def test_on_real_returns_against_the_loop(method: str, lookback: int) -> None:
    rows = asset_rows(returns())[:25, -lookback:]
    assert np.isnan(rows).any()
    np.testing.assert_allclose(pairwise_correlation(rows, 20, method), loop(rows, 20), atol=6e-8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), holes=st.sampled_from([0.0, 0.3, 0.9]), shift=st.sampled_from([0.0, 1e3]))
def test_products_and_pandas_agree_whatever_is_missing(seed: int, holes: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(6, 50)) + shift
    rows[rng.random(rows.shape) < holes] = np.nan
    found = pairwise_correlation(rows, 20, "products")
    np.testing.assert_allclose(found, pairwise_correlation(rows, 20, "pandas"), atol=1e-7)
    np.testing.assert_array_equal(found, found.T)
    assert (np.abs(found) <= 1 + 1e-9).all()


@pytest.mark.parametrize("method", ["products", "pandas"])
def test_undefined_entries_are_zero_on_the_diagonal_too(method: str) -> None:
    walk = np.random.default_rng(1).normal(size=30)
    sparse = np.where(np.arange(30) < 19, walk, np.nan)
    rows = np.vstack([walk, sparse, np.zeros(30), np.full(30, np.nan)])
    found = pairwise_correlation(rows, 20, method)
    np.testing.assert_allclose(found, np.diag([1.0, 0, 0, 0]), atol=1e-12)


@pytest.mark.parametrize("gap", [False, True])
def test_constant_series_correlate_with_nothing(gap: bool) -> None:
    rows = np.vstack([np.random.default_rng(1).normal(size=30), np.full(30, 0.1), np.full(30, 0.3)])
    if gap:
        rows[0, 3] = np.nan
    np.testing.assert_allclose(pairwise_correlation(rows, 20, "products"), np.diag([1.0, 0.0, 0.0]), atol=1e-12)


def test_opposite_and_equal_series() -> None:
    walk = np.random.default_rng(1).normal(size=30)
    found = pairwise_correlation(np.vstack([walk, walk * 7, -walk]), 20, "products")
    np.testing.assert_allclose(found, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]], atol=6e-8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), days=st.integers(20, 400), jump=st.sampled_from([1.0, 1e3]))
def test_every_sum_is_exact_whatever_its_order(seed: int, days: int, jump: float) -> None:
    values = np.random.default_rng(seed).standard_t(3, size=(5, days))
    values[:, 3] *= jump
    rows = rounded_units(values)
    whole = [[int(step) for step in row] for row in rows * STEPS]
    exact = [[sum(a * b for a, b in zip(one, other, strict=True)) for other in whole] for one in whole]
    assert max(abs(product) for row in exact for product in row) < 2**53
    for order in (slice(None), slice(None, None, -1), np.random.default_rng(seed).permutation(days)):
        assert ((rows[:, order] @ rows[:, order].T) * STEPS**2).tolist() == exact
    np.testing.assert_allclose((rows**2).sum(axis=1), 1.0, atol=6e-8)
