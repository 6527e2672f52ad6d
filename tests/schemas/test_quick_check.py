"""The quick check and Pandera agree, of what the pipeline makes and of what is broken in it at random."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.market import longest, selection
from tradingview_scraper.pipelines.selection.schemas.context import CONTRACTS
from tradingview_scraper.pipelines.selection.schemas.frames import Challengers
from tradingview_scraper.pipelines.selection.schemas.quick_check import surely_fulfils

FRAMES = tuple(CONTRACTS)
ODD_VALUES = (np.nan, np.inf, -1.0, 0.0, 0.5, 2.0, "", "LONG", "UP", "ranked", "winner", "pass", None, True)
ODD_TYPES = ("float64", "float32", "int64", "object", "str", "category", "bool", "Float64")


@cache
def small(name: str) -> pd.DataFrame:
    """Some rows of a frame as the pipeline makes it."""
    return getattr(longest().context, name).iloc[-6:, :14].copy()


def schema_of(name: str) -> pa.DataFrameSchema:
    return CONTRACTS[name][1].to_schema()


def is_accepted(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> bool:
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors:
        return False
    return True


@pytest.mark.parametrize("name", FRAMES)
def test_what_the_pipeline_makes_needs_no_pandera(name: str) -> None:
    for run in (selection(), longest()):
        assert surely_fulfils(getattr(run.context, name), schema_of(name))


def changed(frame: pd.DataFrame, draw: Callable[..., object]) -> pd.DataFrame:
    """A frame with something else in a cell, a column or the index."""
    frame = frame.copy()
    column = draw(st.integers(0, frame.shape[1] - 1))
    name = frame.columns[column]
    match draw(
        st.sampled_from(["cell", "type", "drop", "twice", "rows", "index name", "index type", "order", "strange"])
    ):
        case "cell":
            values = frame[name].astype(object)
            values.iloc[draw(st.integers(0, len(frame) - 1))] = draw(st.sampled_from(ODD_VALUES))
            frame[name] = values
            if draw(st.booleans()):
                frame[name] = values.infer_objects()
        case "type":
            try:
                frame[name] = frame[name].astype(draw(st.sampled_from(ODD_TYPES)))
            except (TypeError, ValueError):
                frame[name] = 1
        case "drop":
            frame = frame.drop(columns=name)
        case "twice":
            frame = pd.concat([frame, frame[[name]]], axis=1)
        case "rows":
            frame = pd.concat([frame, frame.iloc[:1]])
        case "index name":
            frame = frame.rename_axis(index=None)
        case "index type":
            frame.index = pd.Index(range(len(frame)), name=frame.index.name)
        case "order":
            frame = frame.iloc[::-1]
        case "strange":
            frame["strange"] = draw(st.sampled_from(ODD_VALUES))
    return frame


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(FRAMES), data=st.data())
def test_both_agree_on_frames_in_which_something_is_changed(name: str, data: st.DataObject) -> None:
    frame = changed(small(name), data.draw)
    sure, accepted = surely_fulfils(frame, schema_of(name)), is_accepted(frame, schema_of(name))
    assert accepted or not sure
    # Left to Pandera, which lets some of it pass: text as objects, nullable numbers, two columns of a name.
    made = small(name).dtypes
    if frame.columns.is_unique and all(made.get(column, kind) == kind for column, kind in frame.dtypes.items()):
        assert sure == accepted


@pytest.mark.parametrize(
    "kind", ["datetime64[ns]", "datetime64[us]", "datetime64[s]", "datetime64[us, UTC]", "object", "int64"]
)
def test_dates_are_of_any_unit_as_pandera_has_it(kind: str) -> None:
    schema = pa.DataFrameSchema({"date": pa.Column(pd.Timestamp)})
    frame = pd.DataFrame({"date": pd.Series([pd.Timestamp("2026-03-02", tz="UTC" if "UTC" in kind else None)])})
    frame = frame.astype(kind)
    assert surely_fulfils(frame, schema) == is_accepted(frame, schema)


def test_a_schema_that_asks_for_more_is_left_to_pandera() -> None:
    frame = pd.DataFrame({"a": [1.0]})
    assert surely_fulfils(frame, pa.DataFrameSchema({"a": pa.Column(float)}))
    for schema in (
        pa.DataFrameSchema({"a": pa.Column(float)}, strict=True),
        pa.DataFrameSchema({"a": pa.Column(float, coerce=True)}),
        pa.DataFrameSchema({"a": pa.Column(float, pa.Check.lt(3))}),
        pa.DataFrameSchema({"a": pa.Column(float)}, index=pa.MultiIndex([pa.Index(int)])),
        pa.DataFrameSchema({"a": pa.Column()}),
        pa.DataFrameSchema({"b": pa.Column(float, required=False)}),
    ):
        assert not surely_fulfils(frame, schema)


def test_what_breaks_the_challengers_table_is_seen() -> None:
    table = pd.DataFrame(
        {
            "challenger": pd.array(["a", "a"], dtype="str"),
            "symbol": pd.array(["A", "B"], dtype="str"),
            "score": [0.1, np.nan],
            "rank": [1, 2],
            "champion_rank": [1, 2],
            "eligible": [True, False],
            "outcome": pd.array(["winner", "vetoed"], dtype="str"),
            "route": pd.array(["ranked", ""], dtype="str"),
            "winner": [True, False],
            "champion_winner": [True, False],
        }
    )
    assert surely_fulfils(table, Challengers.to_schema())
    assert not surely_fulfils(table.assign(winner=True), Challengers.to_schema())
    assert not surely_fulfils(pd.concat([table, table]), Challengers.to_schema())
