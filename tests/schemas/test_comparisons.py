"""What each comparison says below, at and above a threshold."""

import numpy as np

from tradingview_scraper.pipelines.selection.schemas.comparisons import COMPARISONS


def test_below_at_and_above() -> None:
    values = np.array([0.9, 1.0, 1.1, np.nan])
    assert {name: compare(values, 1.0).tolist() for name, compare in COMPARISONS.items()} == {
        ">=": [False, True, True, False],
        ">": [False, False, True, False],
        "<=": [True, True, False, False],
        "<": [True, False, False, False],
    }
