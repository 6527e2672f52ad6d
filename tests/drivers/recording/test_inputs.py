"""Digests of what a run read: they move with the cell that moves, and with no other."""

import json
from hashlib import sha256
from struct import pack
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import selection
from tradingview_scraper.pipelines.selection.drivers.recording.inputs import (
    day_digests,
    inputs_document,
    long_digests,
    record_digests,
    wide_digests,
)
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest

DAYS = pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"])
RETURNS = pd.DataFrame({"B": [0.1, 0.2, 0.3], "A": [1.0, np.nan, 3.0]}, index=DAYS)


def bars(symbols: str = "AABB", closes: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0)) -> pd.DataFrame:
    categories = pd.Categorical([name if name != "-" else None for name in symbols], categories=["A", "B"])
    dates = [*DAYS[:2], *DAYS[:2]][: len(symbols)]
    return pd.DataFrame({"symbol": categories, "date": dates, "close": closes[: len(symbols)]})


def moved(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def test_a_symbols_digest_is_of_its_columns_one_after_the_other() -> None:
    """By hand: the names, then eight bytes a value: microseconds, then numbers."""
    times = [int(day.timestamp()) * 1_000_000 for day in DAYS[:2]]
    content = b"date\0close" + pack("<qq", *times) + pack("<dd", 3.0, 4.0)
    assert long_digests(bars())["B"] == sha256(content).hexdigest()


def test_only_the_symbol_whose_bar_changed_has_another_digest() -> None:
    before = long_digests(bars())
    assert list(before) == ["A", "B"]
    assert moved(before, long_digests(bars(closes=(1.0, 2.5, 3.0, 4.0)))) == ["A"]
    assert moved(before, long_digests(bars(closes=(1.0, 2.0, 3.0, 4.5)))) == ["B"]
    assert moved(before, long_digests(bars().assign(date=[*DAYS[:2], DAYS[0], DAYS[2]]))) == ["B"]
    assert moved(before, long_digests(bars().rename(columns={"close": "last"}))) == ["A", "B"]


def test_symbols_may_stand_mixed_but_their_own_order_counts() -> None:
    before = long_digests(bars())
    assert moved(before, long_digests(bars().iloc[[2, 0, 3, 1]])) == []
    assert moved(before, long_digests(bars().iloc[[1, 0, 2, 3]])) == ["A"]


def test_no_bars_have_no_digest_and_a_row_without_a_symbol_has_an_empty_name() -> None:
    assert long_digests(bars().iloc[:0]) == {}
    assert list(long_digests(bars("A-BB"))) == ["", "A", "B"]
    assert list(long_digests(bars("A"))) == ["A"]


def test_returns_are_digested_by_symbol_and_by_day() -> None:
    changed = RETURNS.copy()
    changed.loc[DAYS[1], "A"] = 2.0
    assert moved(wide_digests(RETURNS), wide_digests(changed)) == ["A"]
    assert moved(day_digests(RETURNS), day_digests(changed)) == ["2026-01-02"]
    assert list(day_digests(RETURNS)) == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert all(len(digest) == 64 for digest in (*wide_digests(RETURNS).values(), *day_digests(RETURNS).values()))


def test_a_days_digest_does_not_depend_on_the_order_of_the_symbols() -> None:
    assert day_digests(RETURNS) == day_digests(RETURNS[["A", "B"]])


def test_a_time_of_day_stays_in_a_days_name() -> None:
    assert list(day_digests(RETURNS.set_axis(DAYS + pd.Timedelta(hours=6)))) == [
        f"{day} 06:00:00" for day in day_digests(RETURNS)
    ]


def test_records_are_digested_by_symbol_whatever_the_order_of_their_keys() -> None:
    records: list[dict[str, Any]] = [
        {"symbol": "A", "x": 1},
        {"symbol": "B", "x": 2},
        {"symbol": "A", "x": 3},
        {"x": 4},
    ]
    before = record_digests(records)
    assert before["A"] == sha256(b'{"symbol": "A", "x": 1}\n{"symbol": "A", "x": 3}').hexdigest()
    assert sorted(before) == ["", "A", "B"]
    assert record_digests([dict(reversed(record.items())) for record in records]) == before
    assert moved(before, record_digests([records[2], *records[1:2], records[0], records[3]])) == ["A"]
    assert (
        record_digests([{"symbol": "A", "day": DAYS[0]}])["A"]
        == sha256(json.dumps({"day": str(DAYS[0]), "symbol": "A"}).encode()).hexdigest()
    )


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return inputs_document(selection())


def test_the_document_names_every_table_that_was_read_and_every_symbol(document: dict[str, Any]) -> None:
    tables = selection().tables
    assert list(document["tables"]) == ["bars", "candidates", "statistics"]
    assert tables.bars is not None
    assert list(document["tables"]["bars"]["symbols"]) == sorted(set(tables.bars["symbol"].astype(str)))
    assert list(document["tables"]["candidates"]["symbols"]) == sorted({row["symbol"] for row in tables.candidates})
    assert list(document["days"]) == [str(day.date()) for day in selection().context.returns.index]


def test_a_tables_digest_is_of_the_whole_digests_and_its_parts_are_shortened(document: dict[str, Any]) -> None:
    assert selection().tables.bars is not None
    whole = long_digests(selection().tables.bars)
    lines = "\n".join(f"{name} {whole[name]}" for name in sorted(whole))
    assert document["tables"]["bars"]["digest"] == bytes_digest(lines.encode())
    assert document["tables"]["bars"]["symbols"] == {name: whole[name][:16] for name in sorted(whole)}
