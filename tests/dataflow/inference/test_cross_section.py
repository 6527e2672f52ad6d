"""Features against their own date: by hand, and nothing of another date."""

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.inference.cross_section import (
    cross_section,
    normalised,
    pool_ranks,
)

DATES = pd.Series([1, 1, 1, 1, 2, 2])
FEATURES = pd.DataFrame({"a": [10.0, 30.0, 20.0, np.nan, 7.0, 7.0], "b": [1.0, 2.0, 3.0, 4.0, 5.0, 9.0]})


def test_ranks_are_centred_over_the_known_of_the_date() -> None:
    found = normalised(FEATURES, DATES, "rank")
    np.testing.assert_array_equal(found["a"], [-1 / 3, 1 / 3, 0.0, np.nan, 0.0, 0.0])
    np.testing.assert_array_equal(found["b"], [-3 / 8, -1 / 8, 1 / 8, 3 / 8, -1 / 4, 1 / 4])


def test_z_scores_are_of_the_date_and_a_feature_that_doesnt_vary_is_zero() -> None:
    found = normalised(FEATURES, DATES, "zscore")
    np.testing.assert_allclose(found["a"], [-np.sqrt(1.5), np.sqrt(1.5), 0.0, np.nan, 0.0, 0.0], atol=1e-15)
    far = normalised(pd.DataFrame({"a": [*np.zeros(99), 1.0]}), pd.Series(np.zeros(100)), "zscore")
    assert far["a"].max() == 4.0


@pytest.mark.parametrize("how", ["rank", "zscore"])
def test_another_dates_values_change_nothing(how: str) -> None:
    other = FEATURES.copy()
    other.loc[4:, ["a", "b"]] = [[1e6, -3.0], [np.nan, 2.0]]
    mine = normalised(FEATURES, DATES, how).iloc[:4]  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(mine, normalised(other, DATES, how).iloc[:4], check_exact=True)  # type: ignore[arg-type]
    alone = normalised(FEATURES.iloc[:4], DATES.iloc[:4], how)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(mine, alone, check_exact=True)


def test_a_short_sees_blind_features_the_other_way_round() -> None:
    sides = pd.Series(["LONG", "SHORT", "LONG", "LONG", "LONG", "SHORT"])
    found = cross_section(FEATURES, sides, DATES, columns=("b", "a"), blind=("b",), how="rank")
    np.testing.assert_array_equal(found[:, 0], [-3 / 8, 1 / 8, 1 / 8, 3 / 8, -1 / 4, -1 / 4])
    np.testing.assert_array_equal(found[:, 1], normalised(FEATURES, DATES, "rank")["a"])


def test_the_rank_of_a_prediction_ignores_last_bits() -> None:
    np.testing.assert_array_equal(pool_ranks(np.array([0.3, 0.1 + 0.2, -5.0, 1e9])), [0.625, 0.625, 0.25, 1.0])
    np.testing.assert_array_equal(pool_ranks(np.array([0.3, 0.3 + 4e-13, 0.2])), [2.5 / 3, 2.5 / 3, 1 / 3])
    np.testing.assert_array_equal(pool_ranks(np.array([0.3, 0.3 + 2e-12, 0.2])), [2 / 3, 1.0, 1 / 3])
