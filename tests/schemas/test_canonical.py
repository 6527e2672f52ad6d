"""The strict encoder: what it writes, what it refuses and in which words; its fast check against the thorough one."""

import enum
import json
import struct
from collections import UserDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.schemas.canonical import MAX_SAFE_INTEGER, canonical, parse, plain


class Colour(str, enum.Enum):  # noqa: UP042 - str() of it is Colour.RED, which is the trap
    RED = "red"


class Pair(NamedTuple):
    left: int
    right: int


# RFC 8785, appendix B.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "becbf647612f3696": "-0.0000033333333333333333",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_the_standard(bits: str, text: str) -> None:
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical(number) == text.encode()
    assert parse(text.encode())[1]


def test_example_of_the_standard() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(value) == expected.encode()


def test_keys_are_sorted_as_the_standard_has_it() -> None:
    keys = ["€", "\r", "\ufb33", "1", "😀", "\u0080", "ö"]
    assert list(json.loads(canonical(dict.fromkeys(keys, 0)))) == ["\r", "1", "\u0080", "ö", "€", "😀", "\ufb33"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), '{"null":"nan"}'),
        (np.float32("inf"), '{"null":"inf"}'),
        (-np.inf, '{"null":"-inf"}'),
        ({"null": "nan", "reason": "one cluster"}, '{"null":"nan","reason":"one cluster"}'),
        (MAX_SAFE_INTEGER, "9007199254740991"),
        (-MAX_SAFE_INTEGER, "-9007199254740991"),
        (2**53, '"9007199254740992"'),
        (-(2**53), '"-9007199254740992"'),
        (np.uint64(2**64 - 1), '"18446744073709551615"'),
        (np.int64(7), "7"),
        (np.float32(0.5), "0.5"),
        (np.float64(0.1), "0.1"),
        (np.bool_(True), "true"),
        (np.str_("x"), '"x"'),
        (Colour.RED, '"red"'),
        (datetime(2026, 11, 22, 8, tzinfo=UTC), '"2026-11-22T08:00:00.000000Z"'),
        (datetime(1, 1, 2, tzinfo=timezone(timedelta(hours=2))), '"0001-01-01T22:00:00.000000Z"'),
        (pd.Timestamp("2026-11-22 08:00:00.123456", tz="Asia/Tokyo"), '"2026-11-21T23:00:00.123456Z"'),
        ((1, [2, (3,)]), "[1,[2,[3]]]"),
        (Pair(1, 2), "[1,2]"),
        (MappingProxyType({"b": 1, "a": UserDict(c=2)}), '{"a":{"c":2},"b":1}'),
        ("line\nbreak", '"line\\nbreak"'),
    ],
)
def test_what_is_written(value: object, text: str) -> None:
    assert canonical(value).decode() == text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({1, 2}, "set has no order; pass sorted"),
        (frozenset(), "set has no order"),
        (Path("runs"), "path belongs to one machine"),
        (b"x", "bytes are not text"),
        (np.array([1.0]), "ndarray: no JSON form"),
        (np.datetime64("2026-11-22", "ns"), "datetime64"),
        (np.timedelta64(1, "ns"), "timedelta64"),
        (np.longdouble(1), "longdouble"),
        (1j, "complex"),
        (Decimal(1), "Decimal"),
        (date(2026, 11, 22), "date: no JSON form"),
        (datetime(2026, 11, 22), "no time zone"),
        (pd.NaT, "no time zone"),
        (pd.NA, "NAType"),
        (pd.Timestamp(1, tz="UTC"), "nanoseconds"),
        (object(), "object"),
    ],
)
def test_what_is_refused_names_its_key_path(value: object, words: str) -> None:
    with pytest.raises(TypeError, match=words) as caught:
        canonical({"params": [0, {"x": value}]})
    assert str(caught.value).startswith("$.params[1].x: ")


def test_keys_must_be_text() -> None:
    with pytest.raises(TypeError, match=r"^\$\.params: keys must be text, not int \(1\)"):
        canonical({"params": {1: 2}})


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"\udfff": 1}])
def test_lone_surrogates_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"^\$.*lone surrogate"):
        canonical(value)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example([1e20, 1e16, 1e-5, 1e-7, 2.0**53, 5e-324, -1.25e-6])
@example([-1e17])
def test_what_is_written_reads_back_and_is_canonical(value: Any) -> None:
    text = canonical(value)
    assert parse(text) == (value, True)
    assert json.loads(text, parse_int=float) == value
    assert plain(value) == value


@given(VALUES, st.booleans(), st.booleans(), st.sampled_from([(",", ":"), (", ", ":"), (",", ": ")]))
@example({"\U0001f600": 1, "\ufb33": 2}, True, False, (",", ":"))
@example({"é": 1, "b": 2}, True, False, (",", ":"))
@example([1.0, -0.0, 1e-5, 1e16], True, False, (",", ":"))
def test_any_other_spelling_is_told_apart(
    value: Any, in_order: bool, escaped: bool, separators: tuple[str, str]
) -> None:
    text = json.dumps(value, sort_keys=in_order, ensure_ascii=escaped, separators=separators).encode()
    assert parse(text)[1] == (text == canonical(value))


@pytest.mark.parametrize(
    "text",
    [
        *(b'{"a":1,"a":1}', b"-0", b"1.0", b"0.10", b"1E5", b"1e5", b"1e999", b"1 ", b" 1", b"-0.0", b"1e-05"),
        *(b'"\\u0041"', b'"\\/"', b'"\\u000A"', b'"\\ud83d\\ude00"', b'"\\ud800"'),
        *(b"9007199254740993", b"100000000000000000001"),
    ],
)
def test_json_that_is_not_canonical(text: bytes) -> None:
    assert parse(text)[1] is False


@pytest.mark.parametrize("text", [b"NaN", b"[Infinity]", b"{", b"", b"'a'", b"\xff", b'"\n"', b"[" * 100_000, b"1\n2"])
def test_what_is_not_json(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse(text)
