"""What is dated later is gone or poison, and nothing else is."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.research.causality.other_futures import (
    CUT,
    POISONS,
    last_sessions,
    with_other_future,
)

DAYS = pd.date_range("2024-01-01", periods=4)
DATE = DAYS[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    (made / "scans").mkdir(parents=True)
    bars = pd.DataFrame({"symbol": list("ABAB"), "date": DAYS, "close": [1.0, 2.0, 3.0, 4.0], "volume": [1, 2, 3, 4]})
    bars.to_parquet(made / "bars.parquet")
    bars.to_csv(made / "bars.csv", index=False)
    pd.DataFrame({"A": [1.0, 2.0, 3.0, 4.0]}, DAYS).to_parquet(made / "closes.parquet")
    pd.DataFrame({"symbol": ["A"], "tick_size": [0.1]}).to_csv(made / "instruments.csv", index=False)
    for day in DAYS:
        text = json.dumps({"meta": {"live": True}, "data": [{"symbol": "A", "adx": 20.0}]})
        (made / "scans" / f"long_{day.date()}.json").write_text(text)
    return made


def test_what_is_cut_off_is_gone(folder: Path, tmp_path: Path) -> None:
    other = with_other_future(folder, DATE, CUT, tmp_path / "other")
    for name in ("bars.parquet", "closes.parquet"):
        pd.testing.assert_frame_equal(pd.read_parquet(other / name), pd.read_parquet(folder / name).iloc[:2])
    assert len(pd.read_csv(other / "bars.csv")) == 2
    assert (other / "instruments.csv").read_text().splitlines() == (folder / "instruments.csv").read_text().splitlines()
    assert [path.name for path in sorted((other / "scans").iterdir())] == [
        "long_2024-01-01.json",
        "long_2024-01-02.json",
    ]


@pytest.mark.parametrize("future", POISONS)
def test_what_is_poisoned_is_poison_after_the_date_alone(future: str, folder: Path, tmp_path: Path) -> None:
    other = with_other_future(folder, DATE, future, tmp_path / "other")
    before, after = pd.read_parquet(folder / "bars.parquet"), pd.read_parquet(other / "bars.parquet")
    pd.testing.assert_frame_equal(after.iloc[:2], before.iloc[:2], check_dtype=False)
    later = after["close"].iloc[2:].to_numpy()
    expected = {"unknown": [np.nan] * 2, "infinite": [np.inf] * 2, "huge": [1e12] * 2}
    if future in expected:
        np.testing.assert_array_equal(later, expected[future])
    else:
        assert sorted(later) == [3.0, 4.0]
    scan = json.loads((other / "scans" / "long_2024-01-03.json").read_text())
    assert scan == {"meta": {"live": True}, "data": [{"symbol": "A", "adx": None}]}


def test_sessions_are_the_days_of_the_largest_table(folder: Path) -> None:
    assert list(last_sessions(folder)) == list(DAYS)
    assert len(last_sessions(folder / "scans")) == 0
