"""Permutation entropy and Hurst exponent against plain loops of their definitions (V3_4.md, section 2)."""

import itertools
import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.features.factors import complexity
from tradingview_scraper.pipelines.selection.dataflow.features.kernels import rescaled_range
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.entropy import (
    NETWORK,
    highest_entropy,
    pattern_entropy,
    stable_patterns,
)
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.rescaled_range import (
    LAGS,
    SHORT_LAGS,
    expected_rescaled_range,
    hurst_exponent,
    rescaled_ranges,
    rescaled_ranges_over_time,
)

NAN = math.nan


def entropy_loop(
    values: list[float], order: int, *, join: bool = False, network: bool = False, least: int = 1
) -> float:
    values = [value for value in values if value == value] if join else values
    windows = [values[start : start + order] for start in range(len(values) - order + 1)]
    windows = [window for window in windows if not any(map(math.isnan, window))]
    if len(windows) < least or not windows:
        return NAN
    counts = Counter(tuple(ordered(window, network)) for window in windows)
    shares = [count / len(windows) for count in counts.values()]
    return -sum(share * math.log(share) for share in shares) / math.log(math.factorial(order))


def ordered(window: list[float], network: bool) -> list[int]:
    if not network:
        return sorted(range(len(window)), key=lambda place: window[place])
    keys, places = list(window), list(range(5))
    for a, b in NETWORK:
        if keys[a] > keys[b]:
            keys[a], keys[b] = keys[b], keys[a]
            places[a], places[b] = places[b], places[a]
    return places


def hurst_loop(values: list[float]) -> float:
    days = len(values)
    lags = [lag for lag in (8, 16, 32, 64, 128, 256, 512) if lag <= days // 2]
    if len(lags) < 2:
        lags = [lag for lag in (10, 15, 20, 25) if lag <= days // 2]
    points: list[tuple[float, float]] = []
    for lag in lags:
        rescaled = []
        for block in range(days // lag):
            part = np.array(values[block * lag : (block + 1) * lag])
            path = np.cumsum(part - part.mean())
            if np.std(part) > 1e-12:
                rescaled.append((path.max() - path.min()) / np.std(part))
        rescaled = [value for value in rescaled if value > 0]
        if rescaled:
            points.append((math.log(lag), math.log(np.mean(rescaled))))
    if len(points) < 2:
        return 0.5
    slope = linregress(*zip(*points, strict=True)).slope
    return min(max(slope, 0.0), 1.0)


def entropy_of(rows: object, order: int = 5, **options: object) -> np.ndarray:
    chosen = {"min_patterns": 1, "join_gaps": False, "network_ties": False, "portable": True, **options}
    return pattern_entropy(np.array(rows, dtype=float), order=order, **chosen)


# -- permutation entropy


def test_entropy_by_hand() -> None:
    # 4 7 9 10 6 11 3 (Bandt and Pompe): order 3 has patterns 012 twice, 120 twice, 201 once.
    shares = (2 / 5, 2 / 5, 1 / 5)
    expected = -sum(share * math.log(share) for share in shares) / math.log(6)
    assert entropy_of([[4, 7, 9, 10, 6, 11, 3]], 3)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("row", [range(30), range(30, 0, -1), [0.0] * 30], ids=["rising", "falling", "constant"])
def test_one_pattern_has_no_entropy(row: object) -> None:
    assert entropy_of([list(row)])[0] == 0.0


def test_all_patterns_alike_have_entropy_one() -> None:
    row = [value for order in itertools.permutations((1.0, 2.0, 3.0)) for value in (*order, NAN)]
    assert entropy_of([row], 3)[0] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("join", [False, True])
@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize("portable", [False, True])
def test_entropy_of_real_returns_against_the_loop(join: bool, network: bool, portable: bool) -> None:
    rows = asset_rows(upstream("market_returns")["CRYPTO"].iloc[-120:])
    rows = np.round(rows, 2)  # ties
    found = entropy_of(rows, join_gaps=join, network_ties=network, portable=portable)
    expected = [entropy_loop(row.tolist(), 5, join=join, network=network) for row in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    assert not join or not np.allclose(found, entropy_of(rows), equal_nan=True)


def test_the_network_orders_ties_otherwise_than_time() -> None:
    rows = np.round(asset_rows(upstream("market_returns")["CRYPTO"].iloc[-120:]), 2)
    assert not np.allclose(entropy_of(rows), entropy_of(rows, network_ties=True), equal_nan=True)


def test_a_window_over_a_gap_counts_only_where_gaps_join() -> None:
    row = [1.0, 2.0, NAN, 3.0, 1.5, 0.5]
    assert entropy_of([row], 3)[0] == 0.0
    assert entropy_of([row], 3, join_gaps=True)[0] == pytest.approx(entropy_loop(row, 3, join=True))
    assert entropy_of([row], 3, join_gaps=True)[0] > 0


@pytest.mark.parametrize(("least", "known"), [(26, True), (27, False)])
def test_too_few_windows_are_unknown(least: int, known: bool) -> None:
    row = np.random.default_rng(1).normal(size=(1, 30))
    assert (not np.isnan(entropy_of(row, min_patterns=least)[0])) == known


@pytest.mark.parametrize("shape", [(0, 30), (3, 0), (3, 1), (3, 4)])
def test_too_few_days_or_no_assets(shape: tuple[int, int]) -> None:
    found = entropy_of(np.ones(shape))
    assert found.shape == (shape[0],)
    assert np.isnan(found).all()


def test_all_unknown_is_unknown() -> None:
    assert np.isnan(entropy_of([[NAN] * 30, *np.random.default_rng(1).normal(size=(1, 30))])).tolist() == [True, False]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.integers(3, 6), days=st.integers(3, 80), shape=st.sampled_from([0.5, 7.0]))
def test_entropy_is_bounded_and_sees_only_the_order(seed: int, order: int, days: int, shape: float) -> None:
    rows = np.random.default_rng(seed).normal(size=(4, days))
    rows[np.random.default_rng(seed + 1).random(rows.shape) < 0.05] = NAN
    found = entropy_of(rows, order)
    known = found[~np.isnan(found)]
    assert (known >= 0).all()
    assert (known <= highest_entropy(order, max(days, order)) + 1e-12).all()
    np.testing.assert_array_equal(entropy_of(rows * shape + 3.0 * shape, order), found)
    np.testing.assert_allclose(found, [entropy_loop(row.tolist(), order) for row in rows], rtol=1e-9, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.integers(3, 6), digits=st.sampled_from([1, 8]))
def test_patterns_are_numbered_as_a_stable_sort_orders_them(seed: int, order: int, digits: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(3, 40)).round(digits)
    orders = np.argsort(np.lib.stride_tricks.sliding_window_view(rows, order, axis=1), axis=-1, kind="stable")
    numbers = {pattern: number for number, pattern in enumerate(itertools.permutations(range(order)))}
    expected = [[numbers[tuple(pattern)] for pattern in row] for row in orders.tolist()]
    assert stable_patterns(rows, order).tolist() == expected


def test_chunks_and_permutations_of_assets_give_the_bits_of_the_whole() -> None:
    rows = asset_rows(upstream("market_returns")["CRYPTO"])
    order = np.random.default_rng(3).permutation(len(rows))
    for function in (
        lambda part: entropy_of(part, min_patterns=30),
        lambda part: hurst_exponent(part, min_days=32, thin=0.5),
    ):
        whole = function(rows)
        np.testing.assert_array_equal(
            np.concatenate([function(rows[at : at + 5]) for at in range(0, len(rows), 5)]), whole
        )
        np.testing.assert_array_equal(function(rows[order]), whole[order])


@pytest.mark.parametrize(
    ("order", "window", "highest"), [(5, 120, 0.9929), (5, 10**4, 1.0), (3, 4, math.log(2) / math.log(6))]
)
def test_highest_entropy(order: int, window: int, highest: float) -> None:
    assert highest_entropy(order, window) == pytest.approx(highest, abs=1e-4)


def test_the_factor_takes_the_last_rows_of_each_market() -> None:
    markets, pool = upstream("market_returns", "raw_pool")
    found = complexity.permutation_entropy(markets, pool, 5, 120, 30, "break", "stable", "portable")
    assert found.index.equals(pool.index)
    for frame in markets.values():
        for name in frame.columns[:6]:
            expected = entropy_loop(frame[name].tolist()[-120:], 5, least=30)
            assert found[name] == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


# -- Hurst


@pytest.mark.parametrize("days", [32, 33, 64, 100, 399])
@pytest.mark.parametrize("portable", [False, True])
def test_hurst_of_real_returns_against_the_loop(days: int, portable: bool) -> None:
    rows = asset_rows(upstream("market_returns")["CRYPTO"].iloc[-days:])
    found = hurst_exponent(rows, min_days=32, thin=0.5, portable=portable)
    expected = [hurst_loop(row.tolist()) for row in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert len(set(np.round(found, 6))) > 10


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    lag=st.sampled_from([*LAGS, *SHORT_LAGS, 129, 300]),
    blocks=st.integers(1, 3),
    holes=st.sampled_from([0.0, 0.01]),
    digits=st.sampled_from([0, 2, 8]),
)
def test_a_day_of_all_at_a_time_gives_the_bits_of_rows(
    seed: int, lag: int, blocks: int, holes: float, digits: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_t(3, size=(5, lag * blocks + int(rng.integers(0, lag)))).round(digits)
    rows[rng.random(rows.shape) < holes] = NAN
    found = rescaled_ranges_over_time(np.ascontiguousarray(rows.T), lag).T
    np.testing.assert_array_equal(found, rescaled_ranges(rows, lag))


def test_hurst_is_the_same_bits_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = asset_rows(upstream("market_returns")["CRYPTO"])
    whole = hurst_exponent(rows, min_days=32, own_days=True)
    monkeypatch.setattr(rescaled_range, "CHUNK", 7)
    np.testing.assert_array_equal(hurst_exponent(rows, min_days=32, own_days=True), whole)


def test_hurst_needs_its_days() -> None:
    rows = np.random.default_rng(1).normal(size=(2, 31))
    assert np.isnan(hurst_exponent(rows, min_days=32, thin=0.5)).all()
    assert hurst_exponent(rows, min_days=20, thin=0.5) == pytest.approx([hurst_loop(row.tolist()) for row in rows])


def test_persistence_raises_hurst_and_reversion_lowers_it() -> None:
    noise = np.random.default_rng(5).normal(size=(20, 1024))
    persistent, reverting = noise.copy(), noise.copy()
    for day in range(1, 1024):
        persistent[:, day] += 0.6 * persistent[:, day - 1]
        reverting[:, day] -= 0.6 * reverting[:, day - 1]
    low, middle, high = (hurst_exponent(rows, min_days=32, thin=0.5).mean() for rows in (reverting, noise, persistent))
    assert low < middle - 0.05 < middle + 0.05 < high


@pytest.mark.parametrize(
    ("lag", "expected"),
    [(2, 1.0), (3, 2 / math.pi * (2**0.5 + 0.5**0.5)), (4, 0.5 * (3**0.5 + 1 + 3**-0.5))],
)
def test_the_expected_range_of_short_noise_is_what_one_computes_by_hand(lag: int, expected: float) -> None:
    assert expected_rescaled_range(lag) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("lag", [*LAGS, *SHORT_LAGS])
def test_the_expected_range_is_that_of_the_gamma_function(lag: int) -> None:
    ratio = math.exp(math.lgamma((lag - 1) / 2) - math.lgamma(lag / 2)) / math.sqrt(math.pi)
    assert expected_rescaled_range(lag) == pytest.approx(
        ratio * sum(math.sqrt((lag - i) / i) for i in range(1, lag)), rel=1e-12
    )


def test_the_expected_range_is_the_mean_of_simulated_noise() -> None:
    noise = np.random.default_rng(3).normal(size=(40_000, 16))
    path = np.cumsum(noise - noise.mean(axis=1, keepdims=True), axis=1)
    ranges = np.ptp(path, axis=1) / noise.std(axis=1)
    assert ranges.mean() == pytest.approx(expected_rescaled_range(16), abs=4 * ranges.std() / 200)


@pytest.mark.parametrize(("days", "plain"), [(120, 0.60), (500, 0.56)])
def test_corrected_white_noise_has_half(days: int, plain: float) -> None:
    noise = np.random.default_rng(4).normal(size=(3000, days))
    assert hurst_exponent(noise, min_days=32).mean() == pytest.approx(plain, abs=0.03)
    corrected = hurst_exponent(noise, min_days=32, corrected=True)
    assert corrected.mean() == pytest.approx(0.5, abs=0.01)


def test_the_correction_shifts_every_exponent_alike() -> None:
    rows = np.random.default_rng(5).standard_t(4, size=(50, 300))
    shift = hurst_exponent(rows, min_days=32) - hurst_exponent(rows, min_days=32, corrected=True)
    np.testing.assert_allclose(shift, shift[0], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), days=st.integers(32, 140), scale=st.sampled_from([1e-3, 1.0, 1e3]))
def test_hurst_is_bounded_and_does_not_know_the_scale(seed: int, days: int, scale: float) -> None:
    rows = np.random.default_rng(seed).standard_t(3, size=(3, days))
    found = hurst_exponent(rows, min_days=32, thin=0.5)
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_allclose(hurst_exponent(rows * scale, min_days=32, thin=0.5), found, atol=1e-9)


# -- what is derived from them


@pytest.mark.parametrize(("unknown", "expected"), [(NAN, [0.2, 1.0, NAN]), (1.0, [0.2, 1.0, 0.0])])
def test_entropy_metric(unknown: float, expected: list[float]) -> None:
    np.testing.assert_allclose(complexity.entropy(pd.Series([0.8, 0.0, NAN]), unknown), expected)


@pytest.mark.parametrize(("unknown", "expected"), [(NAN, [1.0, 0.6, 0.0, NAN]), (0.5, [1.0, 0.6, 0.0, 1.0])])
def test_hurst_clean(unknown: float, expected: list[float]) -> None:
    np.testing.assert_allclose(complexity.hurst_clean(pd.Series([0.5, 0.7, 1.0, NAN]), unknown), expected)


def test_random_walk_distance() -> None:
    found = complexity.random_walk_distance(pd.Series([0.5, 0.45, 0.55, 0.3, 0.9, NAN]), (0.45, 0.55))
    np.testing.assert_allclose(found, [-0.05, 0.0, 0.0, 0.15, 0.35, NAN], atol=1e-15)


def test_persistence_is_toxic_only_against_the_candidate() -> None:
    momentum, hurst = pd.Series([0.1, -0.1, 0.0, NAN, -0.1]), pd.Series([0.7, 0.7, 0.7, 0.7, NAN])
    np.testing.assert_array_equal(complexity.toxic_hurst(hurst, momentum), [0.0, 0.7, 0.0, NAN, NAN])


def test_an_asset_without_usable_blocks_has_no_hurst_under_v4() -> None:
    rows = np.full((1, 400), NAN)
    rows[0, ::5] = 0.01 * np.arange(80)
    frame = pd.DataFrame(rows.T, columns=["GAPS"])
    hurst = complexity.hurst({"": frame}, pd.DataFrame(index=["GAPS"]), 32, np.nan, "market", "portable", "none")
    assert complexity.hurst_clean(hurst, NAN).isna().all()


@pytest.mark.parametrize(("before", "after"), [(30, 0), (0, 25), (17, 40)])
def test_the_hurst_exponent_doesnt_see_days_before_the_listing_or_after_the_end(before: int, after: int) -> None:
    own = np.random.default_rng(4).normal(0.0, 0.02, 200)
    rows = np.r_[[NAN] * before, own, [NAN] * after]
    pool = pd.DataFrame(index=["A"])
    frames = [pd.DataFrame({"A": values}) for values in (own, rows)]
    alone, among = (complexity.hurst({"": frame}, pool, 32, NAN, "market", "portable", "none")["A"] for frame in frames)
    assert among == alone
