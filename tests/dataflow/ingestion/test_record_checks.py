"""Bad cells of candidates: set aside by name, counted, refused where data must be strict; and what v3.4 believed."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import candidates, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion import record_checks
from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_checks import checked_record, compared_records
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import candidate_records
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.lineage.record.encoding import incumbent_document
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

SYMBOL = str(market().bars["symbol"].min())


def selected(spoiled: dict[str, Any], **options: Any) -> Selection:
    names = sorted(market().bars["symbol"].unique()[:20].tolist())
    bars = market().bars.loc[market().bars["symbol"].isin(names), ["symbol", "date", "close", "volume"]]
    given = candidates(names)
    given[0] |= spoiled
    # The market's peculiarities are not the matter here.
    settings = {"checks.gaps.severity": "off", **options.pop("settings", {})}
    return select(None, given, bars=bars, settings=settings, **options)


def usual() -> Selection:
    return selected({})


@pytest.mark.parametrize(
    "spoiled",
    [
        {"direction": float("nan")},
        {"direction": pd.NA, "side": "buy"},
        {"typespecs": np.array(["perpetual", "crypto"])},
        {"ADX": pd.NA, "RSI": pd.NaT},
        {"value_traded": "1,000,000,000.0"},
        {"value_traded": "1B"},
        {"tick_size": "0.01", "logic": ""},
    ],
    ids=str,
)
def test_what_means_the_same_decides_the_same(spoiled: dict[str, Any]) -> None:
    found = selected(spoiled)
    assert found.coverage["quarantined"] == {}
    pd.testing.assert_frame_equal(found.context.winners, usual().context.winners)


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ({"value_traded": "Infinity"}, "impossible value_traded"),
        ({"value_traded": "-1"}, "impossible value_traded"),
        ({"value_traded": "1.000.000"}, "value_traded may be more than one number"),
        ({"Value.Traded": "much"}, "Value.Traded is no number"),
        ({"base": 5}, "base is no text"),
        ({"side": "HOLD"}, "unknown direction"),
        ({"direction": "LONG", "side": "SELL"}, "unknown direction"),
        ({"direction": ["LONG"]}, "unknown direction"),
    ],
    ids=str,
)
def test_a_bad_cell_is_counted_and_strict_data_refuses_it(spoiled: dict[str, Any], reason: str) -> None:
    assert selected(spoiled).coverage["quarantined"] == {reason: 1}
    with pytest.raises(DataContractError, match="strict"):
        selected(spoiled, settings={"data.strict": True})


def test_a_side_is_a_direction() -> None:
    found = selected({"side": "SELL", "direction": None})
    assert found.context.raw_pool["direction"].value_counts().to_dict() == {"LONG": 19, "SHORT": 1}


@pytest.mark.parametrize(
    ("stated", "direction"),
    [
        ({"signal": "STRONG_SELL"}, "SHORT"),
        ({"positionSide": "short"}, "SHORT"),
        ({"action": "MACD cross"}, "LONG"),
        ({"direction": "LONG", "signal": "SELL"}, "LONG"),
        ({"signal": "SELL", "action": "BUY"}, "?"),
    ],
)
def test_other_fields_are_asked_for_a_direction_where_none_is_stated(stated: dict[str, Any], direction: str) -> None:
    found, _ = checked_record({"symbol": "A", **stated})
    assert found.get("direction", "LONG") == direction


def test_what_is_no_object_is_set_aside() -> None:
    given: list[Any] = [*candidates([SYMBOL]), "NASDAQ:AAPL", None]
    found = select(None, given, bars=market().bars.query("symbol == @SYMBOL"))
    assert found.coverage["quarantined"] == {"not an object": 2}


def test_a_record_without_a_symbol_is_set_aside_and_the_others_go_on() -> None:
    found = selected({"symbol": None})
    assert found.coverage["quarantined"] == {"no symbol": 1}
    assert found.coverage["candidates"] == 19


def test_v3_4_believes() -> None:
    believed = selected({"value_traded": "-5"}, settings={"data.fields": "believed"})
    assert believed.coverage["quarantined"] == {}
    assert believed.context.raw_pool["value_traded"].min() == -5.0
    with pytest.raises(DataContractError, match=r"v3.4 fails on value_traded of .*50\.2M"):
        selected({"value_traded": "50.2M"}, settings={"data.fields": "believed"})
    assert selected({"value_traded": "50.2M"}).context.raw_pool["value_traded"].min() == 50.2e6


def test_the_incumbents_file_has_null_and_whole_numbers() -> None:
    found = json.loads(incumbent_document([{"ADX": float("nan"), "id": 2**60, "tags": [float("inf")]}]))
    assert found == [{"ADX": None, "id": 2**60, "tags": [None]}]


def compared(*changed: dict[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    rows = [
        {"symbol": f"S{place}", "direction": "LONG", "Value.Traded": 100.0, "close": 10.0, "volume": 10.0}
        for place in range(9)
    ]
    for row, change in zip(rows, changed, strict=False):
        row |= change
    kept, bad = record_checks.checked_records(rows)
    return kept, [(cell.symbol, cell.reason) for cell in bad]


def test_a_traded_value_unlike_close_times_volume_is_forgotten_where_the_others_agree() -> None:
    kept, bad = compared({"Value.Traded": 10_000.0}, {"Value.Traded": 140.0})
    assert [row["Value.Traded"] for row in kept] == [None, 140.0, *[100.0] * 7]
    assert bad == [("S0", "Value.Traded unlike close x volume")]
    assert compared(*[{"volume": 1e6}] * 6)[1] == []


def test_an_empty_cell_among_stated_ones_is_named_and_no_direction_is_none() -> None:
    kept, bad = compared({"Value.Traded": "n/a"}, {"direction": "—"}, {"direction": -1}, {"direction": "buy"})
    assert bad == [("S0", "Value.Traded is empty")]
    assert [row["direction"] for row in kept] == ["LONG", "?", "?", *["LONG"] * 6]
    assert [row.get("direction_said") for row in kept] == [None, None, None, "buy", *[None] * 5]


@pytest.mark.parametrize("wrong", [10**400, 5e-324, float("inf")])
def test_numbers_beyond_a_float_compare_with_nothing(wrong: float) -> None:
    """An integer of JSON may be larger than any float; a product of small ones is 0."""
    record = {"symbol": "A", "value_traded": 1e9, "close": wrong, "volume": wrong if wrong < 1 else 1.0}
    compared, bad = compared_records([record] * 3)
    assert compared == [record] * 3
    assert bad == []


@pytest.mark.parametrize("unseen", ["A\nB", "A\x00", "\u202eA", "A\u2028B", "A\tB"])
def test_a_symbol_that_would_act_where_it_is_printed_is_set_aside_by_name(unseen: str) -> None:
    kept, aside = candidate_records(candidates([unseen, "A B", "É"]), "candidates")
    assert [record["symbol"] for record in kept] == ["A B", "É"]
    assert aside["reason"].tolist() == ["unprintable symbol"]
    assert aside["symbol"].iloc[0].isprintable()
