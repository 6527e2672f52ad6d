"""Days drawn in blocks, and noise: what they change and what they never do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.market import returns
from tradingview_scraper.pipelines.selection.drivers.execution.redrawn_returns import drawn_days, jittered, on_days


def generator(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(deadline=None)
@given(days=st.integers(1, 300), block=st.floats(1, 500), seed=st.integers(0, 10_000))
def test_as_many_days_as_there_were_all_of_them_days_that_were(days: int, block: float, seed: int) -> None:
    rows = drawn_days(days, block, generator(seed))
    assert len(rows) == days
    assert rows.min() >= 0
    assert rows.max() < days


def test_every_day_is_drawn_as_often_the_first_and_last_too() -> None:
    counts = np.zeros(60)
    for draw in range(2000):
        counts += np.bincount(drawn_days(60, 10.0, generator(1, draw)), minlength=60)
    # The variance of a day's count in one draw is below 2.
    assert np.abs(counts / 2000 - 1.0).max() < 5 * np.sqrt(2 / 2000)


def test_blocks_are_as_long_as_told_and_in_the_order_of_time() -> None:
    follows = [float((np.diff(drawn_days(500, 20.0, generator(2, draw))) == 1).mean()) for draw in range(200)]
    # Of a block of 20 days 19 follow the one before; a drawn neighbour may follow by chance.
    assert np.mean(follows) == pytest.approx(0.95, abs=0.01)
    alone = drawn_days(500, 1.0, generator(3))
    assert (np.diff(alone) >= 0).all()


def test_whole_rows_move_and_the_dates_stay() -> None:
    frame = returns()
    rows = drawn_days(len(frame), 20.0, generator(4))
    found = on_days(frame, rows)
    assert found.index.equals(frame.index)
    np.testing.assert_array_equal(found.to_numpy(), frame.to_numpy()[rows])
    assert not found.equals(frame)
    pd.testing.assert_frame_equal(on_days(frame, np.arange(len(frame))), frame)


def test_noise_leaves_signs_zeros_and_gaps() -> None:
    frame = returns()
    found = jittered(frame, 0.5, generator(5))
    assert np.array_equal(np.sign(found.fillna(7.0)), np.sign(frame.fillna(7.0)))
    assert found.isna().equals(frame.isna())
    factors = np.log((found / frame).to_numpy())
    assert np.nanstd(factors) == pytest.approx(0.5, abs=0.01)
    assert np.nanmean(factors) == pytest.approx(0.0, abs=0.01)
    pd.testing.assert_frame_equal(jittered(frame, 0.0, generator(5)), frame, check_exact=True)


def test_no_return_falls_to_a_total_loss() -> None:
    frame = pd.DataFrame({"A": [-0.9, -0.99, 0.5, -0.999] * 20})
    found = jittered(frame, 1.0, generator(6))
    assert (found["A"] > -1.0).all()


def test_the_order_of_the_assets_decides_nothing() -> None:
    frame = returns()
    turned = frame[frame.columns[::-1]]
    pd.testing.assert_frame_equal(
        jittered(turned, 0.1, generator(7))[frame.columns], jittered(frame, 0.1, generator(7)), check_exact=True
    )
