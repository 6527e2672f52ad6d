"""Without an advantage wealth doesn't grow, however often one looks; nothing of a date is known before it."""

import numpy as np
import pytest

from tradingview_scraper.pipelines.selection.drivers.research.verdict.betting import (
    FRACTIONS,
    crossing,
    e_values,
    shares,
    stream_count,
)


def test_wealth_by_hand() -> None:
    found = e_values(np.array([0.5, np.nan, -0.25]))
    expected = np.mean((1 + 0.5 * FRACTIONS) * (1 - 0.25 * FRACTIONS))
    assert found == pytest.approx([np.mean(1 + 0.5 * FRACTIONS), np.mean(1 + 0.5 * FRACTIONS), expected])


def test_streams_are_averaged_and_open_bets_count_at_their_worst() -> None:
    even, odd, later = 1 + 0.5 * FRACTIONS, 1 + 0.2 * FRACTIONS, 1 - 0.1 * FRACTIONS
    found = e_values(np.array([0.5, 0.2, -0.1]), 2)
    lost = 1 - FRACTIONS
    assert found[0] == pytest.approx((even.mean() + lost.mean()) / 2)
    assert found[1] == pytest.approx((odd.mean() + (even * lost).mean()) / 2)
    assert found[2] == pytest.approx(((even * later).mean() + (odd * lost).mean()) / 2)
    assert (stream_count(5, 5), stream_count(5, 1), stream_count(6, 5)) == (1, 5, 2)


@pytest.mark.parametrize("streams", [1, 3])
def test_looked_at_every_day_it_seldom_deceives_and_it_sees_an_advantage(streams: int) -> None:
    rng = np.random.default_rng(4)
    days, worlds = 600, 800
    shocks = rng.standard_t(4, (days + streams - 1, worlds)) * 0.1
    overlapping = np.stack([shocks[lag : lag + days] for lag in range(streams)]).sum(axis=0)
    usual = np.full(overlapping.shape, 0.15)
    idle = e_values(shares(overlapping, usual, streams), streams)
    assert 0.0 < (idle.max(axis=0) >= 20).mean() <= 0.05
    assert idle[20].mean() == pytest.approx(1, abs=0.1) if streams == 1 else idle[20].mean() < 1
    helped = e_values(shares(overlapping + 0.25 * overlapping.std(), usual, streams), streams)
    assert (helped.max(axis=0) >= 20).mean() > 0.75


def test_a_bet_knows_nothing_that_comes_later() -> None:
    rng = np.random.default_rng(0)
    apart = rng.normal(0, 0.1, 50)
    changed = apart.copy()
    changed[30] = 0.9
    for streams in (1, 5):
        before, after = (shares(each, np.full(50, 0.1), streams) for each in (apart, changed))
        np.testing.assert_array_equal(before[:30], after[:30])
        # Nor of an outcome that is still open: the next stream's bets are already made.
        np.testing.assert_array_equal(before[31 : 30 + streams], after[31 : 30 + streams])
        assert before[30 + streams] != after[30 + streams]


def test_scores_that_rank_alike_win_nothing() -> None:
    found = shares(np.array([0.0, np.nan, 0.0]), np.zeros(3))
    np.testing.assert_array_equal(found, [0.0, np.nan, 0.0])
    assert e_values(found).tolist() == [1.0, 1.0, 1.0]


def test_the_first_crossing_counts() -> None:
    values = np.array([1.0, 25.0, 3.0, 30.0])
    assert crossing(values, 20) == 1
    assert crossing(values, 40) is None
