"""v3.4's reading, expression by expression: what Python and pandas make of odd values, worked out by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import candidates, selection
from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import (
    ROWS_NUMBERED,
    believed_fields,
    believed_number,
    believed_records,
    believed_returns,
    believed_statistics,
    copied_in_place,
    last_records,
    stated_direction,
    stated_identity,
    with_enough_returns,
)
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

DAYS = pd.date_range("2026-01-01", periods=3)
NEUTRAL = {"Antifragility_Score": 0.5, "Fragility_Score": 0.0}


def frame(values: Any, index: Any = DAYS, columns: tuple[str, ...] = ("A", "B")) -> pd.DataFrame:
    return pd.DataFrame(values, index=index, columns=list(columns))


SOUND = [[0.1, np.nan], [-2.0, np.inf], [0.0, 1e300]]


def test_returns_are_believed_whatever_they_are() -> None:
    found, notes = believed_returns(frame(SOUND), None)
    assert notes == []
    np.testing.assert_array_equal(found.to_numpy(), np.array(SOUND))
    assert found.index.equals(DAYS.as_unit("us").rename("date"))
    small, _ = believed_returns(frame(np.ones((3, 2), dtype=np.int8)), None)
    assert set(small.dtypes) == {np.dtype(np.int8)}


@pytest.mark.parametrize(
    "index",
    [
        [2, 1, 0],
        ["01/02/2026", "01/03/2026", "x"],
        [DAYS[0], DAYS[0], DAYS[1]],
        [DAYS[1], DAYS[0], DAYS[2]],
        [DAYS[0], pd.NaT, DAYS[2]],
    ],
    ids=["numbers", "text", "twice", "unsorted", "missing"],
)
def test_rows_that_no_calendar_orders_count_as_they_come(index: list[Any]) -> None:
    found, notes = believed_returns(frame(SOUND, index), None)
    assert notes == [ROWS_NUMBERED]
    np.testing.assert_array_equal(found.to_numpy(), np.array(SOUND))
    assert [str(day.date()) for day in found.index] == ["1970-01-01", "1970-01-02", "1970-01-03"]
    with pytest.raises(DataContractError, match="can't be cut at a date"):
        believed_returns(frame(SOUND, index), DAYS[1])


def test_an_as_of_date_cuts_a_calendar_in_any_zone() -> None:
    assert len(believed_returns(frame(SOUND), DAYS[1])[0]) == 2
    zoned = frame(SOUND, DAYS.tz_localize("America/New_York"))
    assert believed_returns(zoned, None)[0].index[0] == pd.Timestamp("2026-01-01 05:00")


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (frame([["a", 1], ["b", 2], ["c", 3]]), r"aren't numbers: .*A"),
        (frame(SOUND, columns=("A", "A")), r"there twice: .*A"),
        (frame(np.empty((0, 2)), []), "at least one of each"),
        ([[0.1]], "must be a DataFrame"),
    ],
    ids=["text", "twice", "empty", "no frame"],
)
def test_what_v3_4_fails_on_is_refused(returns: Any, message: str) -> None:
    with pytest.raises(DataContractError, match=message):
        believed_returns(returns, None)


def test_ten_returns_of_one_asset_are_enough() -> None:
    days = pd.date_range("2026-01-01", periods=130)
    values = np.full((130, 2), np.nan)
    values[:100, 0] = values[120:129, 1] = 0.1
    with pytest.raises(DataContractError, match="none of 2 assets has 10 returns in the last 120 rows"):
        with_enough_returns(frame(np.where(np.arange(130)[:, None] < 10, values, np.nan), days))
    values[129, 1] = 0.1
    enough = frame(values, days)
    assert with_enough_returns(enough) is enough
    assert with_enough_returns(enough.iloc[:, 1:]) is not None
    with pytest.raises(DataContractError):
        with_enough_returns(enough.iloc[:-1, 1:])


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_copy_keeps_the_order_of_memory(order: Any) -> None:
    values = np.asarray(np.arange(6.0).reshape(3, 2), order=order)
    copy = copied_in_place(pd.DataFrame(values, index=DAYS, columns=["A", "B"], copy=False))
    assert copy.to_numpy().flags["C_CONTIGUOUS"] == (order == "C")
    values[0, 0] = 9.0
    assert copy.iloc[0, 0] == 0.0


def test_the_last_of_several_records_speaks_for_a_symbol() -> None:
    records = [{"symbol": "A", "adx": 1}, {"symbol": "B"}, {"symbol": "A", "logic": "x"}]
    assert last_records(records) == [{"symbol": "A", "logic": "x"}, {"symbol": "B"}]


def test_only_a_list_of_records_is_believed() -> None:
    assert believed_records([{"symbol": "A"}, {"symbol": None}, {"symbol": 5}, {}]) == ({"symbol": "A"},)
    assert believed_records([{"meta": {}, "data": []}]) is None
    assert believed_records(pd.DataFrame({"symbol": ["A"]})) is None
    assert believed_records([{"symbol": "A"}, 5]) is None


@pytest.mark.parametrize(
    ("record", "said"),
    [({}, "LONG"), ({"direction": "long"}, "long"), ({"direction": None}, "None"), ({"direction": " SHORT"}, " SHORT")],
)
def test_a_direction_is_a_word(record: dict[str, Any], said: str) -> None:
    assert stated_direction(record) == said


def test_identities_are_equal_where_their_values_are() -> None:
    def same(one: Any, other: Any) -> bool:
        return stated_identity({"identity": one}) == stated_identity({"identity": other})

    assert stated_identity({}) is None
    assert stated_identity({"identity": "ID"}) == "ID"
    equal = ((None, None), (5, 5.0), (True, 1), (0.5, 0.5), (math.nan, math.nan))
    unequal = ((5, "5"), (None, "None"), (2**60, 2**60 + 1), (0.1 + 0.2, 0.3))
    assert all(same(*pair) for pair in equal)
    assert not any(same(*pair) for pair in unequal)
    with pytest.raises(DataContractError, match="fails on the identity of A"):
        stated_identity({"symbol": "A", "identity": ["x"]})


@pytest.mark.parametrize(
    ("record", "number"),
    [
        ({}, None),
        ({"a": None, "b": 0}, None),
        ({"a": "", "b": "5"}, 5.0),
        ({"a": 0, "b": -3}, -3.0),
        ({"a": "-inf", "b": 1}, -math.inf),
        ({"a": True}, 1.0),
        ({"a": "1e400"}, math.inf),
    ],
)
def test_a_number_is_the_first_that_is_not_falsy(record: dict[str, Any], number: float | None) -> None:
    assert believed_number(record, "a", "b") == number


@pytest.mark.parametrize("value", ["n/a", [1.0], {"x": 1}, 10**400, np.array([1.0, 2.0])], ids=str)
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(DataContractError, match=r"v3\.4 fails on adx of A: "):
        believed_number({"symbol": "A", "adx": value}, "adx")


def test_a_record_has_what_v3_4_reads_of_it() -> None:
    found = believed_fields({"symbol": "A", "ADX": 50, "adx": -5, "Value.Traded": 7, "value_traded": 0, "step_size": 1})
    assert found == {"symbol": "A", "adx": -5, "value_traded": 7.0, "scanner_adx": -5.0}
    assert believed_fields({"value_traded": math.nan})["value_traded"] == math.inf
    assert math.isnan(believed_fields({"adx": math.nan})["scanner_adx"])
    assert believed_fields({}) == {"value_traded": None, "scanner_adx": None}


def test_statistics_are_what_stands_there() -> None:
    given = frame([[-0.5, 1], [np.nan, 2], [np.inf, 3]], ["A", "B", "X"], ("Antifragility_Score", "Other"))
    found = believed_statistics(given, pd.Index(["C", "B", "A"]), NEUTRAL)
    np.testing.assert_array_equal(found["Antifragility_Score"], [0.5, np.nan, -0.5])
    assert found["Fragility_Score"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (frame([[1.0, 2.0]], ["A"], ("x", "y")), "there is no 'Antifragility_Score'"),
        (frame([[1.0, 0.0], [2.0, 0.0]], ["A", "A"], ("Antifragility_Score", "y")), "duplicate labels"),
        (frame([["0.9", 0.0]], ["A"], ("Antifragility_Score", "y")), "Invalid value"),
    ],
    ids=["absent", "twice", "text"],
)
def test_statistics_that_v3_4_fails_on_are_refused(given: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataContractError, match=message):
        believed_statistics(given, pd.Index(["A", "B"]), NEUTRAL)


# On the market: what v4 sets aside, the profile of v3.4 takes.


def reading(profile: str, **spoiled: Any) -> SelectionContext:
    """A selection of twenty assets by their returns, with something odd in each candidate."""
    returns = selection().context.returns.iloc[:, :20]
    return select(returns, candidates(returns.columns, **spoiled), profile=profile).context


@pytest.mark.parametrize("adx", [-5.0, 2000.0, math.inf, math.nan])
def test_an_impossible_trend_strength_is_masked_by_v4_and_believed_by_v3_4(adx: float) -> None:
    np.testing.assert_equal(reading("v3.4", adx=adx).feature_store["adx"].tolist(), [adx] * 20)
    assert reading("v4", adx=adx).feature_store["adx"].isna().all()


def test_a_word_that_is_no_direction_gets_no_seat_in_v3_4() -> None:
    assert reading("v3.4").standings["rank"].notna().any()
    assert reading("v3.4", direction="long").standings["rank"].isna().all()
    assert reading("v4", direction="long").raw_pool["direction"].eq("LONG").all()
