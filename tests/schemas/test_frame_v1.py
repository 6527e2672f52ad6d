"""Corners of `frame/v1`: gaps, levels, equal index values, names that are not text, and what has no digest."""

import hashlib
import struct

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.schemas.digests import column_digests, frame_digest, index_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def by_hand(name: str | None, tag: str, payload: bytes) -> bytes:
    text = b"" if name is None else name.encode()
    length = struct.pack("<q", -1 if name is None else len(text))
    return hashlib.sha256(length + text + struct.pack("<q", len(tag)) + tag.encode() + payload).digest()


def text(digest: bytes) -> str:
    return "sha256:" + digest.hex()


def test_gaps_in_integers_and_bools_are_marked() -> None:
    integers = pd.DataFrame({"n": pd.array([7, None], dtype="Int64")})
    assert column_digests(integers) == {"n": text(by_hand("n", "int64?", struct.pack("<2q", 7, 0) + bytes([0, 1])))}
    bools = by_hand("b", "bool?", bytes([1, 0, 0, 1]))
    # Parquet returns a bool column with gaps as objects.
    for values in (pd.array([True, None], dtype="boolean"), np.array([True, None], dtype=object)):
        assert column_digests(pd.DataFrame({"b": values})) == {"b": text(bools)}


def test_rows_of_equal_index_keep_their_order() -> None:
    frame = pd.DataFrame({"x": [1, 2, 3]}, index=["b", "a", "a"])
    assert frame_digest(frame) == frame_digest(frame.iloc[[1, 2, 0]])
    assert frame_digest(frame) != frame_digest(frame.iloc[[2, 1, 0]])


@pytest.mark.parametrize("dtype", [object, "str", "string", "category"])
@pytest.mark.parametrize("count", [0, 2])
def test_a_column_of_gaps_alone_is_text(dtype: str | type, count: int) -> None:
    digest = by_hand("t", "string", struct.pack("<q", -1) * count)
    assert column_digests(pd.DataFrame({"t": pd.Series([None] * count, dtype=dtype)})) == {"t": text(digest)}


def test_an_index_of_levels_by_hand() -> None:
    """Sorted by the first level, then by the second, whatever the categories' order."""
    symbols = pd.CategoricalIndex(["B", "A"], ["B", "A"])
    frame = pd.DataFrame({"x": [1, 2, 3, 4]}, pd.MultiIndex.from_product([symbols, [20, 10]], names=["symbol", None]))
    symbol = by_hand("symbol", "string", struct.pack("<4q", 1, 1, 1, 1) + b"AABB")
    number = by_hand(None, "int64", struct.pack("<4q", 10, 20, 10, 20))
    assert index_digest(frame.index) == text(hashlib.sha256(b"index\0" + symbol + number).digest())
    assert column_digests(frame) == {"x": text(by_hand("x", "int64", struct.pack("<4q", 4, 3, 2, 1)))}
    assert frame_digest(frame) == frame_digest(frame.iloc[[2, 0, 3, 1]]) == frame_digest(frame.sort_index())


def test_names_that_are_not_text() -> None:
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("close", 1), ("close", 2)]))
    assert list(column_digests(frame)) == ['json:["close",1]', 'json:["close",2]']
    assert list(column_digests(pd.DataFrame([[1]]))) == ["json:0"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"]), r"same name have no digest \(1: a\)"),
        (pd.DataFrame({"z": [1j]}), "'z' .complex128.*no canonical form"),
        (pd.DataFrame({"z": [{1, 2}]}), "'z' .*a set has no order"),
        (pd.DataFrame({"z": pd.period_range("2026", periods=1)}), "'z' .*Period"),
        (pd.DataFrame({"z": np.array(["3000-01-01"], dtype="datetime64[s]")}), "'z' .*3000"),
        (pd.DataFrame({"z": [1, 2]}, index=[{}, ()]), "mixed types"),
        (pd.DataFrame([[1]], columns=[pd.Timestamp("2026-01-01")]), "name that is text"),
    ],
)
def test_what_has_no_canonical_form_is_refused(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataContractError, match=words):
        frame_digest(frame)
