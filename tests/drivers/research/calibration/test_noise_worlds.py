"""Noise is the pool's own days in another order, and nothing else changes."""

import numpy as np
import pandas as pd
import pytest

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.wilder import directional_movement
from tradingview_scraper.pipelines.selection.drivers.research.calibration.noise_worlds import (
    Paths,
    block_orders,
    reordered,
)


def pool() -> Paths:
    return Paths(*upstream("returns", "high", "low", "close"))


def known() -> np.ndarray:
    return ~np.isnan(asset_rows(pool().returns))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("block", [1, 7])
def test_each_asset_keeps_its_own_days_and_gaps(block: int, together: bool) -> None:
    there = known()
    sources = block_orders(there, block, np.random.default_rng(1), together=together)
    places = np.broadcast_to(np.arange(there.shape[1]), there.shape)
    assert (sources[~there] == places[~there]).all()
    for row, own in zip(sources, there, strict=True):
        assert sorted(row[own]) == np.flatnonzero(own).tolist()
    assert (sources[there] != places[there]).mean() > 0.8


@pytest.mark.parametrize("together", [True, False])
def test_days_of_a_block_stay_together(together: bool) -> None:
    sources = block_orders(np.ones((30, 200), dtype=bool), 10, np.random.default_rng(2), together=together)
    followed = (np.diff(sources, axis=1) == 1).mean()
    assert followed == pytest.approx(0.9, abs=0.02)
    alone = block_orders(np.ones((30, 200), dtype=bool), 1, np.random.default_rng(2), together=together)
    assert (np.diff(alone, axis=1) == 1).mean() < 0.02


def test_together_is_one_order_for_all_and_alone_is_not() -> None:
    full = np.ones((5, 100), dtype=bool)
    one = block_orders(full, 1, np.random.default_rng(3), together=True)
    assert (one == one[0]).all()
    own = block_orders(full, 1, np.random.default_rng(3), together=False)
    assert len({tuple(row) for row in own}) == 5


def test_every_order_is_as_likely() -> None:
    rng = np.random.default_rng(4)
    first = np.concatenate([block_orders(np.ones((200, 4), dtype=bool), 1, rng, together=False) for _ in range(20)])
    counts = np.unique(first @ (4 ** np.arange(4)), return_counts=True)[1]
    assert len(counts) == 24
    assert ((counts - 4000 / 24) ** 2 / (4000 / 24)).sum() < 49.7  # chi-square, 23 degrees, 0.1 %


def test_bars_follow_the_returns_and_keep_their_shape() -> None:
    days = pd.date_range("2026-01-01", periods=4)
    close = pd.DataFrame({"A": [100.0, 110.0, 99.0, 99.0]}, index=days)
    paths = Paths(close.pct_change().iloc[1:], close * np.array([[1.0], [1.01], [1.02], [1.03]]), close * 0.9, close)
    turned = reordered(paths, np.array([[1, 2, 0]]))
    np.testing.assert_allclose(turned.returns["A"], [-0.1, 0.0, 0.1])
    np.testing.assert_allclose(turned.close["A"], [100, 90, 90, 99])
    np.testing.assert_allclose(turned.high["A"] / turned.close["A"], [1.0, 1.02, 1.03, 1.01])
    np.testing.assert_allclose(turned.low["A"] / turned.close["A"], 0.9)


def test_a_total_loss_and_a_bar_without_a_return_end_no_path() -> None:
    days = pd.date_range("2026-01-01", periods=4)
    close = pd.DataFrame({"A": [100.0, 50.0, 60.0, 70.0]}, index=days)
    paths = Paths(pd.DataFrame({"A": [-1.0, np.nan, 0.5]}, index=days[1:]), close, close, close)
    turned = reordered(paths, np.array([[2, 1, 0]]))
    np.testing.assert_allclose(turned.close["A"], [100, 150, 150, 0.015])


def test_the_days_as_they_are_give_the_trend_strength_that_the_pool_has() -> None:
    paths = pool()
    same = reordered(paths, np.tile(np.arange(len(paths.returns)), (paths.returns.shape[1], 1)))
    pd.testing.assert_frame_equal(same.returns, paths.returns, check_freq=False)
    assert same.close.isna().equals(paths.close.isna())
    before = directional_movement(paths.high, paths.low, paths.close, 14)
    after = directional_movement(same.high, same.low, same.close, 14)
    assert after.isna().equals(before.isna())
    apart = (after - before).abs().max(axis=1).dropna()
    # Prices are multiples of a tick, so a day may go up and down by the same; another level rounds that to one side.
    assert (apart < 1e-6).mean() > 0.85
    assert (apart < 1.0).all()
