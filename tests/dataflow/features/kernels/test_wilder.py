"""Wilder's lines against a plain loop, by hand, and against the scanner's ADX on real bars."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.market import SHARED, upstream
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.wilder import (
    directional_movement,
    wilder_average,
)

PERPS = SHARED / "data" / "crypto_perps"


def loop(high: list[float], low: list[float], close: list[float], length: int) -> tuple[float, float, float]:
    """Wilder's book, day by day: (ADX, DI+, DI-) of the last day."""
    sums, dx, adx, plus_di, minus_di = [0.0, 0.0, 0.0], [], np.nan, np.nan, np.nan
    for day in range(1, len(close)):
        up, down = high[day] - high[day - 1], low[day - 1] - low[day]
        moves = (
            max(high[day] - low[day], abs(high[day] - close[day - 1]), abs(low[day] - close[day - 1])),
            up if up > down and up > 0 else 0.0,
            down if down > up and down > 0 else 0.0,
        )
        for line, move in enumerate(moves):
            # Wilder's sum: the first `length` moves, then less a length-th of itself plus the new one.
            sums[line] = sums[line] + move if day <= length else sums[line] - sums[line] / length + move
        if day < length:
            continue
        plus_di, minus_di = 100 * sums[1] / sums[0], 100 * sums[2] / sums[0]
        total = plus_di + minus_di
        dx.append(100 * abs(plus_di - minus_di) / total if total else 0.0)
        if len(dx) == length:
            adx = sum(dx) / length
        elif len(dx) > length:
            adx = (adx * (length - 1) + dx[-1]) / length
    return adx, plus_di, minus_di


def frames(*columns: tuple[list[float], list[float], list[float]]) -> list[pd.DataFrame]:
    names = [f"A{number}" for number in range(len(columns))]
    return [pd.DataFrame(dict(zip(names, side, strict=True))) for side in zip(*columns, strict=True)]


def walk(seed: int, days: int) -> tuple[list[float], list[float], list[float]]:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, days)))
    high, low = close * (1 + rng.uniform(0, 0.02, days)), close * (1 - rng.uniform(0, 0.02, days))
    return list(high), list(low), list(close)


@pytest.mark.parametrize("length", [2, 3, 14])
@pytest.mark.parametrize("days", [30, 60, 200])
def test_against_the_book(length: int, days: int) -> None:
    columns = [walk(seed, days) for seed in range(3)]
    lines = directional_movement(*frames(*columns), length)
    for found, column in zip(lines.to_numpy(), columns, strict=True):
        np.testing.assert_allclose(found, loop(*column, length), rtol=1e-12)


def test_by_hand() -> None:
    # True ranges 1.5 and 3, upward moves 1 and 2, no downward ones: DI+ = 100 x 1.5 / 2.25.
    high, low, close = frames(([10, 11, 13, 13], [9, 9.5, 10.5, 12.0], [9.5, 10, 12, 12.5]))
    lines = directional_movement(high.iloc[:3], low.iloc[:3], close.iloc[:3], 2)
    assert lines.columns.tolist() == ["adx", "plus_di", "minus_di"]
    assert np.isnan(lines.loc["A0", "adx"])
    assert lines.loc["A0", "plus_di"] == pytest.approx(100 * 1.5 / 2.25)
    assert lines.loc["A0", "minus_di"] == 0
    # A day inside: no moves, true range 1.
    full = directional_movement(high, low, close, 2)
    assert full.loc["A0", "adx"] == pytest.approx(100)
    assert full.loc["A0", "plus_di"] == pytest.approx(100 * ((1.5 + 0) / 2) / ((2.25 + 1) / 2))


def test_wilder_average_by_hand() -> None:
    found = wilder_average(np.array([[1.0, 3.0, 5.0, 1.0]]), 2)
    np.testing.assert_allclose(found, [[2.0, 3.5, 2.25]])


def test_bars_needed() -> None:
    high, low, close = frames(walk(1, 60))
    for days, di, adx in [(14, False, False), (15, True, False), (27, True, False), (28, True, True)]:
        lines = directional_movement(high[:days], low[:days], close[:days], 14).loc["A0"]
        assert (not np.isnan(lines["plus_di"]), not np.isnan(lines["adx"])) == (di, adx)


def test_gaps_join_their_two_sides() -> None:
    high, low, close = frames(walk(1, 60))
    whole = directional_movement(high, low, close, 14)
    gaps = pd.Index([3, 17, 18, 59, 61])
    index = pd.RangeIndex(65)
    kept = index.difference(gaps)
    spread = [frame.set_axis(kept).reindex(index) for frame in (high, low, close)]
    pd.testing.assert_frame_equal(directional_movement(*spread, 14), whole, check_exact=True)


def test_a_bar_that_lacks_one_price_does_not_count() -> None:
    high, low, close = frames(walk(1, 61))
    high.iloc[30, 0] = np.nan
    without = [frame.drop(index=30) for frame in (high, low, close)]
    pd.testing.assert_frame_equal(directional_movement(high, low, close, 14), directional_movement(*without, 14))


def test_degenerate_bars() -> None:
    flat = [5.0] * 40
    lines = directional_movement(*frames((flat, flat, flat), ([np.nan] * 40,) * 3), 14)
    assert lines.isna().all().all()
    assert directional_movement(*[frame.iloc[:0] for frame in frames(walk(1, 5))], 14).isna().all().all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([1e-6, 0.5, 1e6]), days=st.integers(28, 90))
def test_lines_lie_in_0_to_100_and_do_not_know_the_currency(seed: int, scale: float, days: int) -> None:
    bars = frames(walk(seed, days))
    lines = directional_movement(*bars, 14)
    assert ((lines >= 0) & (lines <= 100)).all().all()
    assert lines.loc["A0", ["plus_di", "minus_di"]].sum() <= 100 + 1e-9
    np.testing.assert_allclose(directional_movement(*[frame * scale for frame in bars], 14), lines, rtol=1e-6)


def test_a_mirrored_market_swaps_the_directions() -> None:
    high, low, close = frames(walk(3, 100))
    lines = directional_movement(high, low, close, 14).loc["A0"]
    mirrored = directional_movement(200 - low, 200 - high, 200 - close, 14).loc["A0"]
    np.testing.assert_allclose(
        mirrored[["adx", "plus_di", "minus_di"]], lines[["adx", "minus_di", "plus_di"]], rtol=1e-9
    )


def test_chunks_of_assets_give_the_bits_of_the_whole() -> None:
    bars = upstream("high", "low", "close")
    whole = directional_movement(*bars, 14)
    parts = [
        directional_movement(*[frame.iloc[:, start : start + 7] for frame in bars], 14) for start in range(0, 74, 7)
    ]
    pd.testing.assert_frame_equal(pd.concat(parts), whole, check_exact=True)


@pytest.mark.parametrize("direction", [1, -1])
def test_limit_moves_stored_as_float32_stay_in_range(direction: int) -> None:
    # Bars of one price, whose close is stored a rounding beside high and low.
    high = 100.0 + direction * np.arange(60) * 0.5
    close = high * (1 + direction * 9e-7)
    lines = directional_movement(*frames((list(high), list(high), list(close))), 14)
    assert (lines.dropna() <= 100 + 1e-9).all().all()


@pytest.mark.skipif(not PERPS.is_dir(), reason="shared market data is absent")
def test_adx_agrees_with_the_scanner_on_real_bars() -> None:
    bars = pd.read_parquet(PERPS / "ohlcv.parquet", columns=["symbol", "date", "high", "low", "close"])
    bars = bars[bars["date"] <= pd.Timestamp("2026-03-18")]
    wide = [bars.pivot(index="date", columns="symbol", values=side).astype(float) for side in ("high", "low", "close")]
    lines = directional_movement(*wide, 14)
    scanner = pd.read_parquet(PERPS / "scanner.parquet").set_index("symbol")
    scanner.index = scanner.index.str.replace(r"^.*:", "", regex=True).str.removesuffix(".P")
    both = lines.join(scanner[["ADX", "ADX+DI", "ADX-DI", "n_obs"]], how="inner").dropna()
    # The scanner's averages start from the first value, ours as Wilder's from the mean of the first 14: with 300 bars
    # nothing is left of that.
    for ours, theirs in (("adx", "ADX"), ("plus_di", "ADX+DI"), ("minus_di", "ADX-DI")):
        apart = (both[ours] - both[theirs]).abs()
        old = both["n_obs"] >= 300
        assert old.sum() > 300
        assert apart[old].max() < 1e-6
        assert apart.median() < 1e-6
