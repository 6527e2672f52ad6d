"""Weights that are tried have the sum of those there are, and are rounded as they will be printed."""

import numpy as np
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold
from tradingview_scraper.pipelines.selection.drivers.research.tuning.weights import Weights, scaled

HALF = np.arange(10) < 5


def test_proportions_are_scaled_rounded_and_nothing_is_left_out() -> None:
    assert scaled({"a": 0.5, "b": 0.25, "c": 0.0}, 4.0) == {"a": 2.6667, "b": 1.3333}
    assert scaled({"a": 0.0, "b": 0.0}, 4.0) == {"a": 2.0, "b": 2.0}


def test_its_space_begins_at_the_present_weights() -> None:
    subject = Weights(walked(), 1, ("adx",))
    space = subject.space(HALF)
    assert space.start["adx"] == 0.0
    assert space.choice(space.start) == pytest.approx(subject.present, abs=1e-4)


def test_inside_and_outside_differ_by_their_dates_alone() -> None:
    subject = Weights(walked(), 1)
    whole = subject.inside(np.ones(10, dtype=bool))(subject.present)
    parts = subject.inside(HALF)(subject.present), subject.outside(subject.present, DateFold(HALF, ~HALF))
    assert [len(part) for part in parts] == [5, 5]
    assert np.concatenate(parts).tobytes() == whole.to_numpy().tobytes()
