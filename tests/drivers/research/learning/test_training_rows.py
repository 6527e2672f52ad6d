"""What may be learned from at a date: by hand, at the edges of window, purge and embargo."""

import numpy as np
import pandas as pd
import pytest

from support.worlds import ASSETS, SESSIONS, STEP, rows, settings, world
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import (
    grades,
    target_of,
    training_rows,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError


def test_rows_begin_with_the_window_and_end_before_purge_and_embargo() -> None:
    found = rows()
    last = SESSIONS - 1
    inside = [place for place in range(0, SESSIONS, STEP) if last - 140 <= place <= last - (1 + 2 + 2)]
    assert sorted(set(found.places.tolist())) == inside
    assert len(found.target) == len(inside) * ASSETS
    # 174 = 179 - 5 is the last that may be, and is a date of the panel.
    assert found.places.max() == last - found.reach == 174


def test_what_comes_after_the_fit_isnt_read() -> None:
    panel, outcomes = world()
    cut = outcomes.returns.iloc[:150]
    known = training_rows(panel, Outcomes(cut), settings(), 1)
    # With hindsight the same dates have the same targets; later ones are not looked at, as of the earlier fit.
    assert known.dates.max() == outcomes.sessions[144]
    poisoned = outcomes.returns.copy()
    poisoned.iloc[150:] = 9.0
    again = training_rows(panel, Outcomes(poisoned.iloc[:150]), settings(), 1)
    np.testing.assert_array_equal(known.target, again.target)


def test_the_target_is_the_directed_excess_of_the_days_after_entry() -> None:
    panel, outcomes = world()
    found = training_rows(panel, outcomes, settings(target="excess"), 1)
    place = int(found.places[0])
    days = outcomes.returns.to_numpy()[place + 2 : place + 4]
    forward = (1 + days).prod(axis=0) - 1
    signs = np.where(np.arange(ASSETS) % 3 == 0, -1.0, 1.0)
    np.testing.assert_allclose(found.target[:ASSETS], (forward - forward.mean()) * signs, rtol=1e-12)


def test_targets_are_ranks_or_signs_of_it() -> None:
    excess, dates = pd.Series([0.3, -0.1, 0.0, 0.2]), pd.Series([1, 1, 1, 1])
    np.testing.assert_array_equal(target_of(excess, dates, "rank"), [3 / 8, -3 / 8, -1 / 8, 1 / 8])
    np.testing.assert_array_equal(target_of(excess, dates, "sign"), [1.0, 0.0, 0.0, 1.0])
    assert grades(np.arange(20.0), pd.Series(np.zeros(20))).tolist() == [min((n + 1) * 10 // 20, 9) for n in range(20)]


def test_features_that_dont_vary_are_left_out_and_named() -> None:
    found = rows()
    assert found.features == ("gappy", "noise", "signal")
    assert found.constant == ("still",)
    assert rows(features="signal,still").features == ("signal",)


def test_a_feature_that_there_isnt_is_named() -> None:
    with pytest.raises(ConfigurationError, match="names what is no feature: 1: signla"):
        rows(features="signla,noise")
    with pytest.raises(DataContractError, match="not one of 1 features varies"):
        rows(features="still")


def test_too_few_dates_are_refused() -> None:
    panel, outcomes = world()
    with pytest.raises(DataContractError, match=r"there are 9 dates to learn from before 2024-09-06, of 10 at least"):
        training_rows(panel, outcomes, settings(train=31), 1)
