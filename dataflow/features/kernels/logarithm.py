"""Natural logarithms with the same bits on every processor.

NumPy's and the C library's have other last bits with AVX-512, with and without fused multiplication, on another system. These
are made of what IEEE 754 fixes to the bit (sums, products, quotients), so that momentum, efficiency, entropy and Hurst are
the same wherever they are computed. Within 2 ulp of the true value.
"""

from collections.abc import Callable

import numpy as np

# ln 2 in two parts; the first has so few digits that its product with any exponent is exact.
LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
# 2 atanh(s) = 2 s (1 + z / 3 + z^2 / 5 + ...) with z = s^2 <= 0.0295: the next term is below a tenth of an ulp.
SERIES = tuple(1.0 / odd for odd in range(21, 1, -2))
SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")
BLOCK = 8192
"""Values at a time, so that all steps find them in the processor's cache."""


def ln1p(values: np.ndarray) -> np.ndarray:
    """ln(1 + x) of each value > -1; NaN stays NaN."""
    return _by_blocks(_ln1p, values)


def ln(values: np.ndarray) -> np.ndarray:
    """ln(x) of each value > 0; NaN stays NaN."""
    return _by_blocks(_ln, values)


def log_growth(returns: np.ndarray) -> np.ndarray:
    """Sum of ln(1 + r) over each row, (rows, days) to (rows,); an unknown return adds nothing.

    Sixteen days at a time are multiplied before the logarithm is taken: no return that is let in makes that overflow.
    """
    growth = np.where(np.isnan(returns), 1.0, 1.0 + returns)
    return ln(np.multiply.reduceat(growth, np.arange(0, growth.shape[1], 16), axis=1)).sum(axis=1)


def _by_blocks(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    flat = np.ascontiguousarray(values, dtype=np.float64).reshape(-1)
    result = np.empty_like(flat)
    for start in range(0, len(flat), BLOCK):
        result[start : start + BLOCK] = function(flat[start : start + BLOCK])
    return result.reshape(np.shape(values))


def _ln1p(x: np.ndarray) -> np.ndarray:
    grown = 1.0 + x
    return _ln(grown) + (x - (grown - 1.0)) / grown  # what rounding took from 1 + x, to first order


def _ln(x: np.ndarray) -> np.ndarray:
    mantissa, exponent = np.frexp(x)
    low = mantissa < SQRT_HALF
    mantissa, exponent = np.where(low, 2.0 * mantissa, mantissa), exponent - low
    f = mantissa - 1.0
    s = f / (f + 2.0)
    z = s * s
    series = np.full_like(z, SERIES[0])
    for factor in SERIES[1:]:
        series *= z
        series += factor
    # 2 s = f - s f: the large part of the result, f, is exact.
    return exponent * LN2_HIGH - ((s * (f - 2.0 * z * series) - exponent * LN2_LOW) - f)
