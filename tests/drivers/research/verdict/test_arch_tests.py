"""What arch says of a challenger that knows and of those that don't."""

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.research.verdict import arch_tests
from tradingview_scraper.pipelines.selection.drivers.research.verdict.arch_tests import second_opinions


def ics(dates: int = 80) -> tuple[pd.Series, pd.DataFrame]:
    rng = np.random.default_rng(0)
    champion = pd.Series(rng.normal(0, 0.1, dates))
    return champion, pd.DataFrame({"good": rng.normal(0.1, 0.1, dates), "idle": rng.normal(0, 0.1, dates)})


def test_the_knowing_one_is_named() -> None:
    found = second_opinions(*ics(), 4, 0.05)
    assert found is not None
    assert found["spa"]["lower"] <= found["spa"]["consistent"] <= found["spa"]["upper"] < 0.05
    assert found["stepm"] == found["confidence_set"] == ["good"]
    assert found["dates"] == 80


def test_the_champion_may_be_a_model_among_others() -> None:
    champion, challengers = ics()
    found = second_opinions(challengers["good"], pd.DataFrame({"idle": champion}), 4, 0.05)
    assert found is not None
    assert (found["stepm"], found["confidence_set"]) == ([], ["champion"])


def test_without_the_extra_or_with_few_dates_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert second_opinions(*ics(9), 4, 0.05) is None
    monkeypatch.setattr(arch_tests, "find_spec", lambda name: None)
    assert second_opinions(*ics(), 4, 0.05) is None
