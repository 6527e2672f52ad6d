"""Each kind of bad row is found, once, and named."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.market import market, selection, upstream
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    PADDING,
    SUPERSEDED,
    blamed_rows,
    cell_problems,
    masked_bars,
    quarantined_cells,
    quarantined_rows,
    return_problems,
    row_problems,
)

GOOD = {
    "symbol": "A",
    "date": pd.Timestamp("2026-01-01"),
    "open": 2.0,
    "high": 4.0,
    "low": 1.0,
    "close": 3.0,
    "volume": 0.0,
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"close": np.inf}, "infinite close"),
        ({"close": np.nan}, "missing close"),
        ({"close": 0.0}, "close not positive"),
        ({"open": np.nan, "high": np.nan, "low": np.nan, "volume": np.nan}, ""),
        ({"open": np.nan, "high": np.nan, "low": np.nan, "close": np.nan}, PADDING),
        ({"date": pd.NaT}, "missing date"),
        ({"symbol": None}, "missing symbol"),
    ],
)
def test_a_row_is_bad_for_its_close_or_key_only(change: dict[str, object], reason: str) -> None:
    assert row_problems(pd.DataFrame([{**GOOD, **change}])).tolist() == [reason]


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"high": 2.5}, "high", "high below another price"),
        ({"low": 3.5}, "low", "low above another price"),
        ({"open": -1.0}, "open", "open not positive"),
        ({"low": -np.inf}, "low", "infinite low"),
        ({"volume": -1.0}, "volume", "volume negative"),
        ({"volume": np.inf}, "volume", "infinite volume"),
    ],
)
def test_another_bad_cell_becomes_unknown(change: dict[str, object], column: str, reason: str) -> None:
    rows = pd.DataFrame([GOOD, {**GOOD, "symbol": "B", **change}])
    problems = cell_problems(rows)
    assert (column, reason) in problems
    assert masked_bars(rows, problems)[column].isna().tolist() == [False, True]
    record = quarantined_cells(rows, problems, np.array([True, True]))
    assert (record["symbol"] == "B").all()
    assert (record["treatment"] == "masked").all()


@pytest.mark.parametrize("change", [{"high": 2.9999999}, {"volume": np.nan}, {"high": np.nan}, {"low": np.nan}])
def test_what_is_missing_or_rounded_is_no_bad_cell(change: dict[str, object]) -> None:
    assert cell_problems(pd.DataFrame([{**GOOD, **change}])) == {}


def test_of_two_rows_with_one_key_the_last_good_one_stands() -> None:
    rows = pd.DataFrame([GOOD, {**GOOD, "close": 2.0}, {**GOOD, "close": np.inf}, {**GOOD, "symbol": "B"}])
    problems = row_problems(rows)
    assert problems.tolist() == [SUPERSEDED, "", "infinite close", ""]
    record = quarantined_rows(rows, problems)
    assert record["treatment"].tolist() == ["superseded", "set aside"]
    assert blamed_rows(record)["reason"].tolist() == ["infinite close"]


ROWS = st.tuples(
    st.sampled_from(["A", "B", None]),
    st.sampled_from([pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-02"), pd.NaT]),
    st.sampled_from([np.nan, np.inf, -1.0, 2.0]),
    st.sampled_from([np.nan, 2.0]),
)


def plain_reasons(rows: list[tuple]) -> list[str]:
    """Row by row, as the rules are told."""
    found: list[str] = []
    for symbol, date, close, opened in rows:
        rules = {
            PADDING: np.isnan(close) and np.isnan(opened),
            "infinite close": np.isinf(close),
            "missing close": np.isnan(close),
            "close not positive": close <= 0,
            "missing date": pd.isna(date),
            "missing symbol": symbol is None,
        }
        found.append(next((reason for reason, holds in rules.items() if holds), ""))
    keys = [(symbol, date) for symbol, date, _, _ in rows]
    good = [place for place, reason in enumerate(found) if not reason]
    for place in good:
        if keys[place] in [keys[later] for later in good if later > place]:
            found[place] = SUPERSEDED
    return found


@given(st.lists(ROWS, min_size=1, max_size=8), st.booleans())
def test_reasons_are_those_of_each_row_by_itself(rows: list[tuple], sorted_rows: bool) -> None:
    if sorted_rows:
        rows = sorted(rows, key=lambda row: (row[0] or "", pd.Timestamp(0) if pd.isna(row[1]) else row[1]))
    bars = pd.DataFrame(rows, columns=["symbol", "date", "close", "open"])
    bars["symbol"] = pd.Categorical(bars["symbol"], categories=["A", "B"])
    assert row_problems(bars.astype({"date": "datetime64[us]"})).tolist() == plain_reasons(rows)


def test_what_is_clean_and_what_is_quarantined_add_up() -> None:
    clean, quarantine = upstream("clean_bars", "quarantine")
    gone = quarantine[(quarantine["table"] == "bars") & ~quarantine["treatment"].isin(["masked", "absent"])]
    assert len(clean) + len(gone) == len(market().bars)
    assert not clean.duplicated(["symbol", "date"]).any()
    assert np.isfinite(clean["close"]).all()
    assert set(quarantine["reason"]) == set(selection().coverage["quarantined"])


def test_a_bad_return_has_one_reason() -> None:
    values = np.array([[np.inf, -np.inf, -1.5, -1.0, np.nan, 5.0]])
    found = return_problems(values)
    assert sum(mask.astype(int) for mask in found.values()).tolist() == [[1, 1, 1, 0, 0, 0]]
