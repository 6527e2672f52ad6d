"""The search begins with the weights there are, finds a planted optimum, and is the same for the same seed."""

import sys

import pytest

from tradingview_scraper.pipelines.selection.drivers.research.tuning.weight_search import (
    Weights,
    best,
    candidates,
    scaled,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

pytest.importorskip("optuna")
PRESENT = {"a": 3.0, "b": 1.0}


def value(weights: Weights) -> float:
    """Highest where c has all the weight."""
    return weights.get("c", 0.0) - weights.get("a", 0.0)


def test_the_present_weights_are_tried_first_and_all_have_their_sum() -> None:
    tried = candidates(("a", "b", "c"), PRESENT, value, trials=20, seed=1)
    assert (tried[0].weights, tried[0].value, len(tried)) == (PRESENT, -3.0, 20)
    assert all(sum(each.weights.values()) == pytest.approx(4.0, abs=2e-4) for each in tried)
    assert best(tried).value > 2.0
    assert best(tried).weights["c"] > 2.0


def test_the_same_seed_tries_the_same() -> None:
    first, again, other = (candidates(("a", "b"), PRESENT, value, trials=6, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_proportions_are_scaled_rounded_and_nothing_is_left_out() -> None:
    assert scaled({"a": 0.5, "b": 0.25, "c": 0.0}, 4.0) == {"a": 2.6667, "b": 1.3333}
    assert scaled({"a": 0.0, "b": 0.0}, 4.0) == {"a": 2.0, "b": 2.0}


def test_without_optuna_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'tvselect\[research\]'"):
        candidates(("a", "b"), PRESENT, value, trials=2, seed=1)
