"""Each kind of bad row is found, once, and named."""

import numpy as np
import pandas as pd
import pytest

from support.market import market, selection, upstream
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import bar_problems, return_problems

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
        ({"open": np.nan}, "missing open"),
        ({"close": 0.0}, "close not positive"),
        ({"high": 2.5}, "high below another price"),
        ({"high": 2.9999999}, ""),
        ({"low": 2.5}, "low above another price"),
        ({"volume": np.nan}, "impossible volume"),
        ({"date": pd.NaT}, "missing date"),
    ],
)
def test_reasons(change: dict[str, object], reason: str) -> None:
    assert bar_problems(pd.DataFrame([{**GOOD, **change}])).tolist() == [reason]


def test_of_two_rows_with_one_key_the_first_good_one_stays() -> None:
    rows = pd.DataFrame([{**GOOD, "close": np.inf}, GOOD, {**GOOD, "close": 2.0}, {**GOOD, "symbol": "B"}])
    assert bar_problems(rows).tolist() == ["infinite close", "", "duplicate key", ""]


def test_what_is_clean_and_what_is_quarantined_add_up() -> None:
    clean, quarantine = upstream("clean_bars", "quarantine")
    assert len(clean) + len(quarantine) == len(market().bars)
    assert not clean.duplicated(["symbol", "date"]).any()
    assert np.isfinite(clean["close"]).all()
    assert set(quarantine["reason"]) == set(selection().coverage["quarantined"])


def test_a_bad_return_has_one_reason() -> None:
    values = np.array([[np.inf, -np.inf, -1.5, -1.0, np.nan, 5.0]])
    found = return_problems(values)
    assert sum(mask.astype(int) for mask in found.values()).tolist() == [[1, 1, 1, 0, 0, 0]]
