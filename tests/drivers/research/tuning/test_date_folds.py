"""No date that a fold is searched on shares a day with one that it holds out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import date_folds
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def test_by_hand() -> None:
    folds = date_folds(np.arange(0, 60, 5), reach=6, embargo=5, folds=3)
    assert [np.flatnonzero(fold.held_out).tolist() for fold in folds] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    # The block of sessions 20 to 35: whoever is less than 11 sessions away shares a day, or comes too soon after one.
    assert np.flatnonzero(folds[1].searched).tolist() == [0, 1, 10, 11]


@given(
    step=st.integers(1, 7),
    count=st.integers(30, 80),
    reach=st.integers(1, 12),
    embargo=st.integers(0, 10),
    folds=st.integers(2, 5),
)
def test_targets_of_searched_and_held_out_dates_share_no_day(
    step: int, count: int, reach: int, embargo: int, folds: int
) -> None:
    places = np.arange(count) * step
    try:
        found = date_folds(places, reach=reach, embargo=embargo, folds=folds)
    except DataContractError:
        return
    assert (np.sum([fold.held_out for fold in found], axis=0) == 1).all()
    for fold in found:
        distance = np.abs(places[fold.searched][:, None] - places[fold.held_out])
        assert distance.min() >= reach + embargo
        between = ~fold.searched & ~fold.held_out
        assert all(np.abs(place - places[fold.held_out]).min() < reach + embargo for place in places[between])


def test_too_few_dates_are_refused() -> None:
    with pytest.raises(
        DataContractError, match="6 dates leave nothing to search on beside one of 3 folds, 11 sessions apart"
    ):
        date_folds(np.arange(6), reach=6, embargo=5, folds=3)
    with pytest.raises(DataContractError, match="2 dates leave nothing"):
        date_folds(np.array([0, 100]), reach=1, embargo=0, folds=5)
