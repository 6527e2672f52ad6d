"""The search begins with the choice there is, finds a planted optimum, and is the same for the same seed."""

import sys

import pytest

from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import (
    Axis,
    Choice,
    Space,
    best,
    candidates,
    rounded,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

pytest.importorskip("optuna")
AXES = {"a": Axis(0.0, 1.0), "b": Axis(0.01, 100.0, log=True), "c": Axis(2, 40, whole=True)}
SPACE = Space({"a": 0.25, "b": 500.0, "c": 2}, AXES, {"a": 0.25, "b": 500.0, "c": 2}, dict)


def value(choice: Choice) -> float:
    """Highest at a = 1, b = 1 and c = 30."""
    return choice["a"] - abs(choice["c"] - 30) / 40 - (0 if 0.1 < choice["b"] < 10 else 1)


def test_the_present_choice_is_tried_first_as_it_is_and_then_the_axes() -> None:
    tried = candidates(SPACE, value, trials=40, seed=1)
    assert (tried[0].choice, len(tried)) == (SPACE.present, 40)
    assert all(0 <= each.choice["a"] <= 1 and 0.01 <= each.choice["b"] <= 100 for each in tried[1:])
    assert all(isinstance(each.choice["c"], int) and 2 <= each.choice["c"] <= 40 for each in tried[1:])
    assert best(tried).value > 0.5 > tried[0].value


def test_the_same_seed_tries_the_same() -> None:
    first, again, other = (candidates(SPACE, value, trials=6, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_numbers_are_rounded_as_they_are_printed() -> None:
    assert [rounded(value) for value in (906.2125825670553, 0.0074594, -12.34567)] == [906.2, 0.007459, -12.35]
    assert isinstance(rounded(123456), int)
    assert rounded(123456) == 123456


def test_without_optuna_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'tvselect\[research\]'"):
        candidates(SPACE, value, trials=2, seed=1)
