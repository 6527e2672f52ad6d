"""Read-only buffers and copies to lend."""

import contextlib
import re
from collections.abc import Callable
from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from support.paths import ROOT
from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import Proposal
from tradingview_scraper.pipelines.selection.schemas.frozen import frozen, lent
from tradingview_scraper.pipelines.selection.schemas.read_only import read_only

FRAME = {
    "number": [1.0, 2.0],
    "whole": [1, 2],
    "flag": [True, False],
    "text": ["a", "b"],
    "date": pd.to_datetime(["2026-01-01", "2026-01-02"]),
    "kind": pd.Categorical(["x", "y"]),
    "maybe": pd.array([1, None], dtype="Int64"),
}
REPLACEMENTS = {
    "number": 9.0,
    "whole": 9,
    "flag": False,
    "text": "z",
    "date": pd.Timestamp("2030-01-01"),
    "kind": "y",
    "maybe": 9,
}


@pytest.mark.parametrize("name", FRAME)
def test_the_buffers_of_a_frozen_frame_are_read_only(name: str) -> None:
    frame = frozen(pd.DataFrame(FRAME))
    before = frame.copy()
    borrowed = lent(frame)
    with contextlib.suppress(ValueError):
        borrowed[name].array[0] = REPLACEMENTS[name]
    for part in ("_ndarray", "_data", "_mask"):  # as deep as pandas' own code goes
        inner = getattr(borrowed[name].array, part, None)
        if isinstance(inner, np.ndarray):
            assert not inner.flags.writeable
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", FRAME)
def test_a_borrower_may_write_into_his_copy(name: str) -> None:
    frame = frozen(pd.DataFrame(FRAME))
    before = frame.copy()
    borrowed = lent(frame)
    borrowed.loc[0, name] = REPLACEMENTS[name]
    assert borrowed.loc[0, name] == REPLACEMENTS[name]
    pd.testing.assert_frame_equal(frame, before)


def test_a_frozen_series_refuses_by_its_buffer_and_lends_copies() -> None:
    series = frozen(pd.Series([1.0, 2.0]))
    with pytest.raises(ValueError, match="read-only"):
        series.array[0] = 5.0
    borrowed = lent(series)
    borrowed[0] = 5.0
    assert series.tolist() == [1.0, 2.0]


def test_arrays_are_frozen_inside_containers() -> None:
    array = np.zeros(2)
    frozen({"a": [array, (array, pd.Series([1.0]))]})
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0


def test_a_lent_array_cannot_be_made_writeable() -> None:
    borrowed = lent(frozen(np.zeros(2)))
    with pytest.raises(ValueError, match="read-only"):
        borrowed[0] = 1.0


def test_containers_are_lent_as_copies() -> None:
    held = {"a": [1, {"b": 2}]}
    borrowed = lent(held)
    borrowed["a"][1]["b"] = 3
    borrowed["a"].append(4)
    borrowed["c"] = 5
    assert held == {"a": [1, {"b": 2}]}


@pytest.mark.parametrize(
    "held",
    [
        {"a": [1, 2], "b": []},
        {"a": {"x": 1}, "b": {"y": 2}},
        [{"x": 1}, {"y": 2}],
        [("a", [1]), ("b", [2])],
        {"a": [[1]], "b": [[2]]},
        {"a": [{"x": [1]}], "b": []},
    ],
    ids=str,
)
def test_whatever_is_inside_a_container_is_the_borrowers_own(held: object) -> None:
    def spoil(value: object) -> None:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        for each in list(inside):
            spoil(each)
        if isinstance(value, dict | list):
            value.clear()

    before = deepcopy(held)
    spoil(lent(frozen(held)))
    assert held == before


@pytest.mark.parametrize(
    "container", [lambda array: [array], lambda array: [("a", array)], lambda array: {"a": [array]}]
)
def test_arrays_are_frozen_and_lent_however_deep(container: Callable[[np.ndarray], object]) -> None:
    array = np.zeros(2)
    held = frozen(container(array))
    assert not array.flags.writeable
    deep = lent(held)
    while not isinstance(deep, np.ndarray):
        deep = next(reversed(deep.values() if isinstance(deep, dict) else deep))
    assert deep is not array


def test_records_of_immutable_types_are_lent_as_they_are() -> None:
    proposal = Proposal("A", "trend", "LONG", read_only({"x": 1}), read_only({"tags": ["own"]}))
    borrowed = lent(frozen({"A": [proposal]}))
    assert borrowed["A"][0] is proposal
    borrowed["A"].clear()


@pytest.mark.parametrize("container", [tuple, list])
def test_frames_in_a_sequence_are_lent_as_copies(container: type) -> None:
    frame = frozen(pd.DataFrame({"a": [1.0]}))
    lent(container([frame]))[0]["b"] = 1.0
    assert list(frame.columns) == ["a"]


def test_frames_inside_a_dataclass_are_lent_as_copies() -> None:
    held = frozen(Tables(candidates=(), bars=pd.DataFrame({"close": [1.0]})))
    borrowed = lent(held)
    borrowed.bars["close"] = 2.0
    borrowed.bars["stranger"] = 3.0
    pd.testing.assert_frame_equal(held.bars, pd.DataFrame({"close": [1.0]}))
    with pytest.raises(ValueError, match="read-only"):
        lent(held).bars["close"].array[0] = 5.0


@pytest.mark.parametrize(
    ("manager", "name"),
    [
        (SimpleNamespace(), "blocks"),
        (SimpleNamespace(blocks=[SimpleNamespace()]), "values"),
        (SimpleNamespace(blocks=[SimpleNamespace(values=SimpleNamespace(dtype=None))]), "SimpleNamespace._ndarray"),
    ],
)
def test_a_pandas_that_keeps_its_buffers_elsewhere_is_refused_by_name(manager: object, name: str) -> None:
    frame = pd.DataFrame({"a": [1.0]})
    frame._mgr = manager
    with pytest.raises(RuntimeError, match=f"no longer has {name}"):
        frozen(frame)


def test_no_other_module_reaches_into_pandas() -> None:
    private = re.compile(r"\._(mgr|ndarray|readonly|mask|codes)\b")
    files = [path for part in ("dataflow", "schemas", "drivers", "lineage") for path in (ROOT / part).rglob("*.py")]
    assert [path.name for path in files if private.search(path.read_text("utf-8"))] == ["frozen.py"]
