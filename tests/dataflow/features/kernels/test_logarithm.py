"""Portable logarithms against decimal arithmetic of 40 digits, and against a digest of their bits."""

import hashlib
import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import (
    BLOCK,
    LN2_HIGH,
    LN2_LOW,
    ln,
    ln1p,
    log_growth,
)


def ulps(found: np.ndarray, true: list[Decimal]) -> float:
    """The largest distance from the true values, in units of their last places."""
    with localcontext(prec=40):
        return max(
            float(abs(Decimal(value) - exact) / Decimal(math.ulp(float(exact))))
            for value, exact in zip(found.tolist(), true, strict=True)
        )


def steps(scale: float) -> np.ndarray:
    return np.clip(np.random.default_rng(7).normal(size=500) * scale, -0.9999, None)


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 0.02, 0.4, 1e3])
def test_within_two_ulp(scale: float) -> None:
    values = steps(scale)
    with localcontext(prec=40):
        true = [(1 + Decimal(value)).ln() for value in values.tolist()]
        assert ulps(ln1p(values), true) < 2
        assert ulps(ln(1.0 + values), [Decimal(value).ln() for value in (1.0 + values).tolist()]) < 2


def test_exact_values() -> None:
    assert ln(np.array([1.0, 2.0, 0.5])).tolist() == [0.0, math.log(2), -math.log(2)]
    assert ln1p(np.array([0.0, 1.0, -0.5])).tolist() == [0.0, math.log(2), -math.log(2)]
    assert np.isnan(ln1p(np.array([np.nan]))).all()
    with localcontext(prec=40):
        assert abs(Decimal(LN2_HIGH) + Decimal(LN2_LOW) - Decimal(2).ln()) < Decimal("1e-25")


def test_the_shape_is_kept_and_blocks_do_not_show() -> None:
    values = np.abs(np.random.default_rng(1).normal(size=(3, BLOCK // 2))) + 0.1
    found = ln(values)
    assert found.shape == values.shape
    np.testing.assert_array_equal(found.ravel(), [ln(values.ravel()[at : at + 7])[0] for at in range(values.size)])
    assert ln(np.empty((0, 4))).shape == (0, 4)


def test_growth_is_the_sum_of_the_logarithms() -> None:
    rows = np.vstack([steps(0.02), np.full(500, -0.9999), np.full(500, 1e6), np.full(500, np.nan)])
    rows[0, ::7] = np.nan
    expected = [math.fsum(map(math.log1p, row[~np.isnan(row)])) for row in rows]
    np.testing.assert_allclose(log_growth(rows), expected, rtol=1e-13, atol=1e-14)
    assert log_growth(np.empty((2, 0))).tolist() == [0.0, 0.0]


def test_the_bits_are_these_on_every_processor() -> None:
    # Made by whole numbers alone, so that the input hangs on no generator and no function either.
    values = (np.arange(1, 20001) * 7919 % 20011) / 10007
    digest = hashlib.sha256(ln(values).astype("<f8").tobytes() + ln1p(values).astype("<f8").tobytes()).hexdigest()
    assert digest == "7dbd140e5e189a4c7e847c7d320e0e0f74db630b5df29bf2376e5be8ec15a809"
