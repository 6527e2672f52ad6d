"""What a part takes beside a library may be compared, for both compute the same."""

import warnings

import numpy as np
import pytest

from benchmarks.markets import market
from benchmarks.parts import LIBRARIES, PARTS
from benchmarks.works import WORKS


@pytest.mark.parametrize("name", PARTS)
def test_ours_and_the_librarys_are_the_same(name: str) -> None:
    if name in LIBRARIES:
        pytest.importorskip(LIBRARIES[name])
    spent: dict[str, float] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first, second = PARTS[name](market(30, 400), spent).values()
    assert first.size >= 30
    # TA-Lib begins its averages another way, of which 400 days leave the twelfth digit.
    np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-6 if name == "correlations" else 1e-9)
    assert len(spent) == 2
    assert min(spent.values()) > 0
    assert name in WORKS
