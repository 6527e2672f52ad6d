"""What the page says of a challenger's agreement with the champion."""

import math

import numpy as np

from tradingview_scraper.pipelines.selection.drivers.recording.page.scorer_table import agreement_data

SYMBOLS = np.array([f"s{number:02}" for number in range(30)])


def test_overlap_is_counted_for_sizes_up_to_the_pool_and_for_as_many_as_won() -> None:
    champion = -np.arange(30.0)
    challenger = -np.roll(np.arange(30.0), 5)  # its best ten are s05 to s14, its best three s05 to s07
    found = agreement_data(champion, challenger, SYMBOLS, 3)
    assert found["overlap"] == [[3, 0], [10, 5], [25, 20]]
    assert found["rank_correlation"] == round(1 - 6 * (25 * 5**2 + 5 * 25**2) / (30 * (30**2 - 1)), 9)


def test_a_challenger_that_knows_nothing_has_no_correlation() -> None:
    unknown = np.full(30, math.nan)
    found = agreement_data(-np.arange(30.0), unknown, SYMBOLS, 0)
    assert found == {"rank_correlation": None, "overlap": [[10, 0], [25, 0]]}
