"""What the driver hangs into Hamilton, on a graph of three nodes."""

import gc

import pandas as pd
import pytest
from hamilton import driver
from hamilton.ad_hoc_utils import create_temporary_module

from tradingview_scraper.pipelines.selection.drivers.execution.hooks import (
    Counting,
    Lending,
    quiet_hamilton,
    uncollected,
)
from tradingview_scraper.pipelines.selection.schemas.errors import FactorError


def first(given: pd.DataFrame) -> pd.DataFrame:
    """A node that changes what it was given."""
    given["more"] = 1.0
    return given


def second(first: pd.DataFrame, given: pd.DataFrame) -> int:
    """Sees what was given as it was."""
    return len(first.columns) - len(given.columns)


def broken(given: pd.DataFrame) -> float:
    """A user's factor with a mistake."""
    return float(given["nothing"].sum())


def executed(counting: Counting, *names: str, given: pd.DataFrame) -> dict[str, object]:
    module = create_temporary_module(first, second, broken)
    with quiet_hamilton():
        dr = driver.Builder().with_modules(module).with_adapters(Lending(), counting).build()
        return dict(dr.execute(list(names), inputs={"given": given}))


def test_a_node_may_change_its_arguments_and_nobody_sees_it() -> None:
    given = pd.DataFrame({"a": [1.0]})
    assert executed(Counting({}, {}), "second", given=given)["second"] == 1
    assert given.columns.tolist() == ["a"]


def test_each_node_is_counted_once_a_harvest_in_order() -> None:
    counting = Counting({}, {})
    executed(counting, "second", given=pd.DataFrame({"a": [1.0]}))
    seconds = counting.harvested()
    assert list(seconds) == ["first", "second"]
    assert all(0 <= spent < 10 for spent in seconds.values())
    assert counting.harvested() == {}


def test_the_users_factor_is_named_in_its_error() -> None:
    with pytest.raises(FactorError, match=r"own\.py:7 raised KeyError: 'nothing'"):
        executed(Counting({"broken": "own.py:7"}, {}), "broken", given=pd.DataFrame({"a": [1.0]}))
    with pytest.raises(KeyError):
        executed(Counting({}, {}), "broken", given=pd.DataFrame({"a": [1.0]}))


@uncollected()
def failing() -> None:
    assert not gc.isenabled()
    raise FactorError("features: broken")


def test_cycles_are_searched_for_again_whatever_happened() -> None:
    with pytest.raises(FactorError):
        failing()
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()  # as whoever asked had it
    finally:
        gc.enable()
