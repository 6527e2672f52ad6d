"""Of each key what was said last: by the moment, then by the version."""

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.statements import (
    key_codes,
    latest_statements,
)


def rows(*given: tuple[str, int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(given, columns=["symbol", "value", "known_at", "version"])
    return frame.assign(known_at=pd.to_datetime(frame["known_at"], unit="D").astype("datetime64[us]"))


def latest(*given: tuple[str, int, int, int]) -> list[int]:
    return latest_statements(rows(*given), ["symbol"])["value"].tolist()


def test_the_later_moment_stands_whatever_was_written_later() -> None:
    assert latest(("A", 1, 5, 1), ("A", 2, 3, 2)) == [1]


def test_of_one_moment_the_later_version_stands() -> None:
    assert latest(("A", 2, 5, 2), ("A", 1, 5, 1), ("B", 3, 1, 1)) == [2, 3]


def test_all_rows_of_a_statement_stand_and_no_other() -> None:
    assert latest(("A", 1, 1, 1), ("A", 2, 1, 1), ("A", 3, 1, 1), ("A", 4, 2, 2), ("A", 5, 2, 2)) == [4, 5]


def test_a_missing_key_is_a_key() -> None:
    frame = pd.DataFrame({"a": ["x", None, None, "x"], "b": pd.to_datetime(["2024-01-01", None, None, "2024-01-02"])})
    first, second, third, fourth = key_codes(frame, ["a", "b"])
    assert second == third
    assert len({first, second, fourth}) == 3
