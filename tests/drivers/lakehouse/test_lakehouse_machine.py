"""A lakehouse's table against a plain list of statements: whatever is ingested, restated, compacted and removed, in any order."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from support.lakes import table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import FORMATS
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.compaction import compact, vacuum
from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import problems
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter

START = pd.Timestamp("2024-02-01 12:00")
DAYS = [pd.Timestamp(day) for day in ("2023-12-29", "2024-01-02", "2024-01-03")]
Key = tuple[str, pd.Timestamp]


class Statement(NamedTuple):
    """One row of the model."""

    version: int
    known_at: pd.Timestamp
    key: Key
    close: float


class Lakehouse(RuleBasedStateMachine):
    """The real table and the model of it; each ingest takes place a day after the one before."""

    stored_as = "parquet"

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.place = Path(self.scratch.name)
        self.said: list[Statement] = []
        self.versions = 0
        self.ingests = 0
        self.asked: dict[tuple[int, pd.Timestamp], str] = {}
        """Version and moment to the digest of what was read then."""

    def teardown(self) -> None:
        self.scratch.cleanup()

    @initialize()
    def first(self) -> None:
        self.ingest({("A", 0): 1.0})

    @rule(
        rows=st.dictionaries(
            st.tuples(st.sampled_from("ABC"), st.integers(0, len(DAYS) - 1)),
            st.sampled_from([1.0, 2.0, 3.0]),
            min_size=1,
        )
    )
    def ingest(self, rows: dict[tuple[str, int], float]) -> None:
        """Some rows, of which some are known, some restate others, some are new."""
        now = START + pd.Timedelta(days=self.ingests)
        self.ingests += 1
        given = {(symbol, DAYS[day]): close for (symbol, day), close in sorted(rows.items())}
        frame = pd.DataFrame(
            [(symbol, day, close, now) for (symbol, day), close in given.items()],
            columns=["symbol", "date", "close", "known_at"],
        ).astype({"date": "datetime64[us]", "known_at": "datetime64[us]"})
        before = self.known(self.versions, now)
        fresh = {key: close for key, close in given.items() if before.get(key) != close}
        found = TableWriter(self.place, BARS, self.stored_as).upsert(frame, now)
        assert found.same == len(given) - len(fresh)
        assert found.new == sum(key not in before for key in fresh)
        if fresh:
            self.versions += 1
            self.said += [Statement(self.versions, now, key, close) for key, close in fresh.items()]
        assert found.version == self.versions

    @rule()
    def compact(self) -> None:
        """No row changes; where files are joined there is one more version, which adds nothing."""
        version = compact(self.place, BARS).version
        assert version in (self.versions, self.versions + 1)
        self.versions = version or 0

    @rule(keep=st.integers(1, 3), compacted=st.booleans())
    def vacuum(self, keep: int, compacted: bool) -> None:
        """Files go that only earlier versions list; these are read from the others."""
        if compacted:
            self.compact()
        vacuum(self.place, BARS, keep=keep)
        for version in range(1, self.versions):
            read = table(self.place).read(version=version)
            assert self.content(read.frame) == self.known(version, pd.Timestamp("2100-01-01"))

    @rule(back=st.integers(0, 9), days=st.integers(-1, 9), until=st.sampled_from([None, *DAYS]))
    def ask(self, back: int, days: int, until: pd.Timestamp | None) -> None:
        """What an earlier version has, as it was known on some day, up to a date."""
        version = max(1, self.versions - back)
        moment = START + pd.Timedelta(days=days)
        read = table(self.place).read(version=version, known_at=moment, as_of=until)
        expected = {
            key: close for key, close in self.known(version, moment).items() if until is None or key[1] <= until
        }
        assert self.content(read.frame) == expected
        if until is None:
            assert self.asked.setdefault((version, moment), read.version.digest) == read.version.digest

    @precondition(lambda self: self.versions > 0)
    @invariant()
    def the_latest_is_what_was_said_last(self) -> None:
        read = table(self.place).read()
        assert self.content(read.frame) == self.known(self.versions, pd.Timestamp("2100-01-01"))
        assert problems(self.place) == []

    def known(self, version: int, moment: pd.Timestamp) -> dict[Key, float]:
        """Of each key what a version has that was said last up to the end of a moment."""
        seen = [each for each in self.said if each.version <= version and each.known_at <= moment]
        return {each.key: each.close for each in seen}

    @staticmethod
    def content(frame: pd.DataFrame) -> dict[Key, float]:
        rows = zip(frame["symbol"].astype(str), frame["date"], frame["close"], strict=True)
        return {(symbol, day): close for symbol, day, close in rows}


@pytest.mark.parametrize("stored_as", FORMATS)
def test_any_history_reads_as_a_list_of_statements(stored_as: str) -> None:
    machine = type("Stored", (Lakehouse,), {"stored_as": stored_as})
    some = settings(max_examples=5, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=some)
