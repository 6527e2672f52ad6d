"""Folds share no day of any target: by hand, and for every pair of rows."""

import numpy as np
import pytest

from tradingview_scraper.pipelines.selection.drivers.research.learning.purged_folds import purged_folds
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def test_rows_within_reach_of_the_block_are_in_neither() -> None:
    places = np.repeat(np.arange(0, 20, 2), 2)
    learned, held = purged_folds(places, 3, folds=5)[1]
    assert places[held].tolist() == [4, 4, 6, 6]
    assert sorted(set(places[learned].tolist())) == [0, 10, 12, 14, 16, 18]


def test_every_row_is_held_out_once_and_no_target_reaches_over() -> None:
    places, reach = np.sort(np.random.default_rng(0).integers(0, 300, 500)), 9
    folds = purged_folds(places, reach)
    assert np.sort(np.concatenate([held for _, held in folds])).tolist() == list(range(500))
    for learned, held in folds:
        assert np.abs(places[learned][:, None] - places[held][None, :]).min() > reach


def test_too_few_dates_are_refused_with_what_to_do() -> None:
    with pytest.raises(
        DataContractError, match=r"4 dates over 9 sessions are too few .* 8 sessions apart: .*parameters.train"
    ):
        purged_folds(np.array([0, 3, 6, 9]), 8)
