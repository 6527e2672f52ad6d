"""What is dated later is gone or poison, and so is what is older; nothing else is."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.research.causality.other_futures import (
    CONTINUED,
    CUT,
    POISONS,
    copied,
    last_sessions,
    with_other_future,
    with_other_past,
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
    members = pd.DataFrame(
        {"symbol": list("ABC"), "valid_from": DAYS[[0, 0, 3]], "valid_to": [DAYS[1], DAYS[2], pd.NaT]}
    )
    members.to_parquet(made / "membership.parquet")
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
    expected = {"unknown": [np.nan] * 6, "infinite": [np.inf] * 6, "huge": [1e12] * 6}
    if future in expected:
        np.testing.assert_array_equal(later, expected[future])
    else:
        assert sorted(later) == [1.0, 2.0, 3.0, 3.0, 4.0, 4.0]
    scan = json.loads((other / "scans" / "long_2024-01-03.json").read_text())
    assert scan == {"meta": {"live": True}, "data": [{"symbol": "A", "adx": None}]}


def test_a_poisoned_future_goes_on_after_the_end(folder: Path, tmp_path: Path) -> None:
    other = with_other_future(folder, DATE, "huge", tmp_path / "other")
    days = [*DAYS, *pd.date_range("2024-01-05", periods=4)]
    assert len(DAYS) < CONTINUED
    assert list(pd.read_parquet(other / "bars.parquet")["date"]) == days
    assert list(pd.read_parquet(other / "closes.parquet").index) == days
    assert list(pd.to_datetime(pd.read_csv(other / "bars.csv")["date"])) == days


def test_who_belongs_later_and_until_when_is_not_known(folder: Path, tmp_path: Path) -> None:
    members = [
        pd.read_parquet(with_other_future(folder, DATE, future, tmp_path / future) / "membership.parquet")
        for future in (CUT, "huge")
    ]
    assert [list(each["symbol"]) for each in members] == [["A", "B"], ["A", "B", "C"]]
    ends = [each["valid_to"].iloc[:2].tolist() for each in members]
    assert ends[0][0] == ends[1][0] == DAYS[1]
    assert ends[0][1] is pd.NaT
    assert ends[1][1] > DAYS[-1]


def test_what_is_older_is_gone_or_shuffled(folder: Path, tmp_path: Path) -> None:
    before = pd.read_parquet(folder / "bars.parquet")
    assert with_other_past(folder, DAYS[2], CUT, tmp_path / "gone") == 6
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "gone" / "bars.parquet"), before.iloc[2:])
    assert with_other_past(folder, DAYS[3], "shuffled", tmp_path / "shuffled") == 9
    shuffled = pd.read_parquet(tmp_path / "shuffled" / "bars.parquet")
    assert shuffled["close"].tolist() != before["close"].tolist()
    assert sorted(shuffled["close"].iloc[:3]) == [1.0, 2.0, 3.0]
    pd.testing.assert_frame_equal(shuffled.iloc[3:], before.iloc[3:])
    assert with_other_past(folder, DAYS[0], CUT, tmp_path / "all") == 0


def test_a_copy_is_the_same(folder: Path, tmp_path: Path) -> None:
    other = copied(folder, tmp_path / "other")
    for path in (path for path in folder.rglob("*") if path.is_file()):
        assert (other / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_sessions_are_the_days_of_the_largest_table(folder: Path) -> None:
    assert list(last_sessions(folder)) == list(DAYS)
    assert len(last_sessions(folder / "scans")) == 0
