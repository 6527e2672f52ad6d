"""One value per kind of field: what is read, what is missing, what is set aside."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    TABLE,
    field_name,
    parsed,
    parsed_direction,
)

READ = [
    ("value_traded", 5, 5.0),
    ("value_traded", "0.5", 0.5),
    ("value_traded", "5e7", 5e7),
    ("value_traded", "50.2M", 50.2e6),
    ("value_traded", "1.2 B", 1.2e9),
    ("value_traded", "850k", 850e3),
    ("value_traded", "1,250,000", 1_250_000.0),
    ("value_traded", "1 250 000", 1_250_000.0),
    ("value_traded", "1,250.5", 1250.5),
    ("perf_1w", "3.2%", 3.2),
    ("perf_1w", "\u22123.2 %", -3.2),
    ("price_precision", "2", 2.0),
    ("tick_size", "0.0100", 0.01),
    ("logic", " trend ", "trend"),
    ("is_benchmark", "False", False),
    ("is_benchmark", 1, True),
    ("is_benchmark", 0.0, False),
    ("is_benchmark", "1.0", True),
]


@pytest.mark.parametrize(("name", "value", "expected"), READ, ids=str)
def test_what_is_certain_is_read(name: str, value: Any, expected: Any) -> None:
    assert parsed(name, value) == (expected, "")


@pytest.mark.parametrize("value", [None, float("nan"), "", " ", "-", "\u2014", "N/A", "null", "NaN"])
@pytest.mark.parametrize("name", ["value_traded", "perf_1w", "logic", "is_benchmark"])
def test_missing_is_missing_without_blame(name: str, value: Any) -> None:
    assert parsed(name, value) == (None, "")


@pytest.mark.parametrize("value", [0, 0.0, "0", "0.0"])
def test_a_traded_value_of_zero_is_unknown_and_a_precision_of_zero_is_not(value: Any) -> None:
    assert parsed("value_traded", value) == (None, "")
    assert parsed("price_precision", value) == (0.0, "")


ASIDE = [
    ("value_traded", "1.250.000"),
    ("value_traded", "1,250"),
    ("value_traded", "0,5"),
    ("value_traded", "3.2%"),
    ("value_traded", "much"),
    ("value_traded", "1_000"),
    ("value_traded", "\u0661\u0662"),
    ("value_traded", "Infinity"),
    ("value_traded", float("inf")),
    ("value_traded", "-1"),
    ("value_traded", 10**400),
    ("value_traded", True),
    ("value_traded", [5.0]),
    ("value_traded", {"x": 5}),
    ("scanner_adx", "50M"),
    ("scanner_adx", 101),
    ("perf_1w", "3.2M"),
    ("price_precision", 2.5),
    ("logic", 5),
    ("base", ["BTC"]),
    ("is_benchmark", "perhaps"),
]


@pytest.mark.parametrize(("name", "value"), ASIDE, ids=lambda value: str(value)[:20])
def test_what_is_uncertain_or_impossible_is_set_aside_with_a_reason(name: str, value: Any) -> None:
    assert parsed(name, value).reason


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *((word, "LONG") for word in ("LONG", "long", "Buy", " BUY ", 1, 1.0, "1", "strong buy")),
        *((word, "SHORT") for word in ("SHORT", "sell", -1, "-1", "\u22121")),
        *((word, None) for word in (None, float("nan"), "", "\u2014")),
    ],
)
def test_directions(said: Any, meant: str | None) -> None:
    assert parsed_direction(said) == (meant, "")


@pytest.mark.parametrize("said", ["UP", "HOLD", 0, 2, True, [1], "LONGISH", {"side": "buy"}])
def test_an_unknown_direction_is_never_long(said: Any) -> None:
    assert parsed_direction(said) == (None, "unknown direction")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("tickSize", "tick_size"),
        ("stepSize", "lot_size"),
        ("pricePrecision", "price_precision"),
        ("Value Traded", "value_traded"),
        ("ADX+DI", "scanner_plus_di"),
        ("adx di", "adx di"),
        ("typespecs", "typespecs"),
    ],
)
def test_keys_are_known_however_they_are_spelled(key: str, name: str) -> None:
    assert field_name(key) == name


@given(st.sampled_from(sorted(TABLE)), st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_a_value_is_read_missing_or_set_aside_and_nothing_is_raised(name: str, value: Any) -> None:
    found = parsed(name, value)
    field = TABLE[name]
    if found.value is not None and not found.reason and field.kind in ("number", "amount", "percent"):
        assert field.lowest <= found.value <= field.highest
        assert abs(found.value) < float("inf")
