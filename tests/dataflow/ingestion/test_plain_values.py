"""Whatever a notebook puts into a record has a plain value."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value


@pytest.mark.parametrize("value", [None, pd.NA, pd.NaT, float("nan"), np.float64("nan"), Decimal("NaN")], ids=repr)
def test_what_is_missing_is_none(value: Any) -> None:
    assert plain_value(value) is None


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.longdouble(2), 2.0),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (Decimal("1.5"), 1.5),
        (np.array(["a", "b"], dtype=object), ["a", "b"]),
        (pd.Series([1, 2]), [1, 2]),
        ((1, pd.NA), [1, None]),
        ({"b", "a"}, ["a", "b"]),
        (date(2026, 1, 2), "2026-01-02"),
        (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
        ({5: {"x": np.nan}}, {"5": {"x": None}}),
        ("a\ud800", "a\\ud800"),
        (object(), "<object>"),
        (1j, "<complex>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values(value: Any, plain: Any) -> None:
    found = plain_value(value)
    assert found == plain
    json.dumps(found, ensure_ascii=False).encode()
