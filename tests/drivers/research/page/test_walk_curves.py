import numpy as np
import pandas as pd
import pytest

from support.walks import measured
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import drawdown
from tradingview_scraper.pipelines.selection.drivers.research.page.walk_curves import WITHIN, wealth_of


def test_wealth_by_hand() -> None:
    found = wealth_of(pd.Series([0.1, -0.5, np.nan]))
    assert found["wealth"] == [1.1, 0.55, None]
    assert found["drawdown"] == [0, -0.5, None]


def test_curves_end_where_the_document_says() -> None:
    curves, document = measured()["curves"], measured()["document"]
    assert len(curves["days"]) == 10
    assert min(curves["books"]["winners"]["drawdown"]) == pytest.approx(
        document["books"]["winners"]["drawdown"], abs=1e-4
    )
    champion = document["champion"]
    ic = document["information"][champion]["6"]["ic"]
    assert curves["information"]["lines"][champion][-1] == pytest.approx(10 * ic["mean"], abs=1e-4)
    assert curves["information"]["width"][-1] == pytest.approx(WITHIN * 10 * ic["error"], rel=1e-3)
    known = [value for value in curves["stability"]["partition (adjusted Rand index)"] if value is not None]
    assert np.mean(known) == pytest.approx(document["partition"]["mean"], abs=1e-4)


def test_random_books_lie_around_the_median() -> None:
    band = measured()["curves"]["random"]
    assert all(low <= high for low, high in zip(band["low"], band["high"], strict=True))
    assert drawdown(pd.Series(band["low"])) <= 0
