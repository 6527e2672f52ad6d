"""By column is what record by record is: the same values, types and order, whatever the records hold."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import TABLE
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_records, plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_checks import checked_record, typed_records
from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_columns import by_column, by_distinct

KEYS = (
    *(
        "direction",
        "side",
        "signal",
        "Value.Traded",
        "value_traded",
        "valueTraded",
        "ADX",
        "adx",
        "tickSize",
        "tick_size",
    ),
    *("price_precision", "market", "is_benchmark", "note", "perf_1w", "scanner_adx"),
)
VALUES = st.one_of(
    st.sampled_from(
        ["LONG", "short", "buy", "", "n/a", "50.2M", "3.2%", "1,250", "true", "CRYPTO", "\ud800", "\u2212"]
    ),
    st.sampled_from([None, True, False, 0, 1, -1, 2, 10**400, 0.0, -0.0, 1.0, 2.5, -3.0, 101.0]),
    st.sampled_from([float("nan"), float("inf"), -float("inf")]),
    st.lists(st.sampled_from(["LONG", 1, None]), max_size=2),
)
RECORDS = st.lists(
    st.builds(lambda record: {"symbol": "A", **record}, st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)),
    max_size=8,
)


def alike(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with the keys of the first, so that their columns are long ones."""
    return [{key: record.get(key) for key in records[0]} for record in records] if records else []


@settings(max_examples=60, deadline=None)
@given(RECORDS)
def test_typed_together_as_alone(records: list[dict[str, Any]]) -> None:
    for given_records in (records, alike(records)):
        for directed in (True, False):
            typed, bad = typed_records(given_records, directed)
            alone = [checked_record(record, directed) for record in given_records]
            assert repr(typed) == repr([record for record, _ in alone])
            assert repr(sorted(bad.items())) == repr(
                [(place, cells) for place, (_, cells) in enumerate(alone) if cells]
            )


EDGES = [0.0, -0.0, 1.0, -1.0, 2.5, 100.0, 101.0, 1e300, float("nan"), float("inf"), -float("inf"), None]


@pytest.mark.parametrize("key", sorted({*TABLE, "Value.Traded", "tickSize"} - {"direction"}))
def test_columns_of_floats_at_every_edge(key: str) -> None:
    for values in (EDGES, EDGES[:8], [1.0, 2.0], [0.0, 1.0]):
        records = [{"symbol": f"A{place}", key: value} for place, value in enumerate(values)]
        typed, bad = typed_records(records, True)
        alone = [checked_record(record, True) for record in records]
        assert repr(typed) == repr([record for record, _ in alone])
        assert repr(sorted(bad.items())) == repr([(place, cells) for place, (_, cells) in enumerate(alone) if cells])


@settings(max_examples=40, deadline=None)
@given(RECORDS)
def test_plain_together_as_alone(records: list[dict[str, Any]]) -> None:
    for given_records in (records, alike(records)):
        assert repr(plain_records(given_records)) == repr([plain_value(record) for record in given_records])


def test_the_records_are_copies() -> None:
    record = {"symbol": "A", "x": 1}
    (copy,) = plain_records([record])
    copy["x"] = 2
    assert record["x"] == 1
    assert by_column([{}], lambda key, values: values) == [{}]


def test_equal_is_not_the_same() -> None:
    values = [1, True, 1.0, 0.0, -0.0, "1", None, (1, "a"), (True, "a"), [1], 1]
    asked: list[Any] = []
    found = by_distinct(lambda value: asked.append(value) or repr(value), values)
    assert found == [repr(value) for value in values]
    assert len(asked) == len(values) - 1
