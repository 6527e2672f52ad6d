"""Volatility and what the statistics give."""

import math

import numpy as np
import pandas as pd
import pytest

from support.market import returns, upstream
from tradingview_scraper.pipelines.selection.dataflow.features.factors import risk

SMALL = pd.DataFrame(
    {"A": [0.1, 0.3, np.nan], "ONE": [0.1, np.nan, np.nan], "FLAT": [0.2, 0.2, 0.2], "NONE": [np.nan] * 3}
)
YEAR = pd.Series({"A": 4.0, "ONE": 4.0, "FLAT": 4.0, "NONE": 4.0})


@pytest.mark.parametrize("thin", [math.nan, 0.0])
def test_volatility_by_hand(thin: float) -> None:
    found = risk.volatility(SMALL, YEAR, thin)
    np.testing.assert_allclose(found, [math.sqrt(0.02) * 2, thin, 0.0, thin], atol=1e-15)
    assert found.index.tolist() == ["A", "ONE", "FLAT", "NONE"]


def test_volatility_has_the_bits_of_each_series_alone() -> None:
    frame, year = upstream("returns", "periods_per_year")
    alone = [frame[name].dropna().std() * np.sqrt(year[name]) for name in frame.columns]
    np.testing.assert_array_equal(risk.volatility(frame, year, math.nan), alone)


def test_stability_by_hand() -> None:
    found = risk.stability(pd.Series([0.5, 0.0, np.nan]))
    np.testing.assert_allclose(found, [2.0, 1e9, np.nan], rtol=1e-8)


def test_observations_count_the_assets_own_days() -> None:
    assert risk.observations(SMALL).tolist() == [2.0, 1.0, 3.0, 0.0]
    assert risk.observations(returns()).dtype == np.float64


def test_antifragility_grows_with_history_up_to_a_year() -> None:
    statistics = pd.DataFrame({"Antifragility_Score": [0.8, 0.8, np.nan]})
    found = risk.antifragility(statistics, pd.Series([126.0, 504.0, 504.0]), 252)
    np.testing.assert_array_equal(found, [0.4, 0.8, np.nan])


def test_statistics_come_as_given() -> None:
    statistics = pd.DataFrame({"Regime_Survival_Score": [0.05, np.nan], "Fragility_Score": [0.7, 0.0]})
    np.testing.assert_array_equal(risk.survival(statistics), [0.05, np.nan])
    np.testing.assert_array_equal(risk.fragility(statistics), [0.7, 0.0])
