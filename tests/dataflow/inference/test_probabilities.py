"""Probability maps by hand and against SciPy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.inference.probabilities import MAPS

NAN = np.nan


def mapped(how: str, values: list[float], reference: list[bool] | None = None) -> np.ndarray:
    chosen = np.ones(len(values), dtype=bool) if reference is None else np.array(reference)
    return MAPS[how](np.array(values, dtype=float), chosen)


@pytest.mark.parametrize(
    ("how", "values", "expected"),
    [
        ("rank", [3, 1, 2], [1.0, 0.01, 0.505]),
        ("rank", [1, 1, 2], [0.2575, 0.2575, 1.0]),
        ("rank", [5, NAN, 1], [1.0, 0.2575, 0.2575]),
        ("rank", [7], [0.01]),
        ("rank", [NAN, NAN], [NAN, NAN]),
        ("rank_desc", [3, 1, 2], [0.01, 1.0, 0.505]),
        ("rank_desc", [5, NAN, 1], [0.2575, 0.2575, 1.0]),
        ("cdf", [0, 0.25, 1, NAN], [0.001, 0.25, 1.0, NAN]),
        ("cdf", [NAN, NAN], [NAN, NAN]),
        ("cdf", [5, 5, 5], [0.5, 0.5, 0.5]),
        ("cdf", [-1, 0, 1], norm.cdf([-1, 0, 1])),
        ("cdf", [0, 2], norm.cdf([-(0.5**0.5), 0.5**0.5])),
        ("cdf", [0, 1, 2, NAN], [*norm.cdf([-1, 0, 1]), NAN]),
    ],
)
def test_by_hand(how: str, values: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(mapped(how, values), expected, rtol=1e-7)


def test_the_cdf_never_falls_below_a_thousandth() -> None:
    assert mapped("cdf", [-1e9, *range(100)]).min() == 0.001


def test_one_or_no_known_asset_to_place_against() -> None:
    np.testing.assert_array_equal(mapped("rank", [7, 9, 1], [True, False, False]), [0.01] * 3)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(mapped("cdf", [5.0]), [NAN])
    # Without a spread whoever is above stands at the top.
    np.testing.assert_array_equal(mapped("cdf", [5, 5, 6, 4], [True, True, False, False]), [0.5, 0.5, 1.0, 0.001])
    # Of whom nothing is known has the lowest place, also outside of the reference.
    np.testing.assert_array_equal(mapped("rank", [1, 2, NAN], [True, True, False]), [0.01, 1.0, 0.01])


def test_places_against_a_reference() -> None:
    found = mapped("rank", [1, 2, 3, 0, 2.5, 9], [True, True, True, False, False, False])
    np.testing.assert_allclose(found, [0.01, 0.505, 1.0, 0.01, 0.7525, 1.0])
    inside = mapped("cdf", [0.2, 0.9, 5.0, -1.0], [True, True, False, False])
    np.testing.assert_allclose(inside, [0.2, 0.9, 1.0, 0.001])


@pytest.mark.parametrize("name", ["momentum", "stability", "antifragility", "entropy", "hurst_clean"])
def test_ranks_of_real_factors_against_scipy(name: str) -> None:
    values = upstream("feature_store")[name]
    ranks = rankdata(values.fillna(values.min()))
    np.testing.assert_array_equal(mapped("rank", values.tolist()), 0.01 + (0.99 * (ranks - 1.0)) / (len(values) - 1))


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.one_of(st.just(NAN), st.floats(-1e6, 1e6)), min_size=1, max_size=12),
    how=st.sampled_from(sorted(MAPS)),
    seed=st.integers(0, 99),
)
def test_probabilities_lie_in_0_to_1_and_keep_the_order(values: list[float], how: str, seed: int) -> None:
    found = mapped(how, values)
    known = pd.DataFrame({"value": values, "p": found}).dropna().sort_values("value")
    assert known["p"].between(0.001, 1.0).all()
    steps = known["p"].diff().dropna()
    assert (steps <= 1e-12).all() if how == "rank_desc" else (steps >= -1e-12).all()
    order = np.random.default_rng(seed).permutation(len(values))
    np.testing.assert_allclose(mapped(how, [values[at] for at in order]), found[order], rtol=1e-9)


def test_against_nobody_everybody_has_the_lowest_rank() -> None:
    found = MAPS["rank"](np.array([1.0, 2.0, np.nan]), np.zeros(3, dtype=bool))
    np.testing.assert_array_equal(found, [0.01, 0.01, np.nan])
