"""A real run, read back part by part, and what is said of one that is damaged."""

import json
import math
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.record.run_record import (
    RunRecord,
    best_first,
    finite,
    moment,
    null_reason,
    read_run,
    run_with_result,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import COVERAGE, DECISIONS, LADDER, POOL, STANDINGS


@pytest.fixture(scope="module")
def record(sample_run: SampleRun) -> RunRecord:
    return RunRecord(sample_run.folder)


def frame(record: RunRecord, name: str) -> pd.DataFrame:
    return pd.read_parquet(record.folder / f"{name}.parquet").set_index("symbol")


def edited(path: Path, **changed: Any) -> None:
    """Change entries of a JSON document."""
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changed}))


def test_ledger_and_receipt_tell_of_the_same_run(record: RunRecord) -> None:
    assert record.run_id == record.folder.name
    assert not record.failed
    assert (record.opening["event"], record.closing["event"]) == ("run.started", "run.completed")
    assert record.params["as_of"].startswith("2026-06-30")
    assert record.params["recruitment.floor"] == 15
    assert record.git == record.opening["code"]["git"]
    assert record.receipt["winners"] == len(record.winners)
    rungs = record.of_kind("rung.completed")
    assert [event["rung"] for event in rungs] == list(range(1, record.rung["rung"] + 1))
    assert moment(record.closing) - moment(record.opening) >= timedelta(0)


def test_an_artifact_is_intact_until_a_byte_of_it_changes(own_run: SampleRun) -> None:
    record = RunRecord(own_run.folder)
    path = own_run.folder / "manifest.json"
    assert record.digests.keys() >= {"manifest.json", "standings.parquet"}
    assert record.intact("manifest.json") == path.read_bytes()
    assert record.intact("nothing.json") is None
    whole = path.read_bytes()
    for number in range(8):  # digests that sort before and after
        path.write_bytes(whole + b" " * (number + 1))
        assert record.intact("manifest.json") is None
    path.unlink()
    assert record.intact("manifest.json") is None


def test_the_rung_is_the_last_that_was_climbed_and_gates_have_its_thresholds(record: RunRecord) -> None:
    last = record.of_kind("rung.completed")[-1]
    assert (record.rung["rung"], record.rung["name"]) == (last["rung"], last["name"])
    assert len(record.ladder) > record.rung["rung"]
    assert {gate: row["threshold"] for gate, row in record.gates.items()} == last["thresholds"]
    relaxed = {row["gate"]: row["threshold"] for row in record.needed_document("gates.json")["gates"]}
    assert any(relaxed[gate] != row["threshold"] for gate, row in record.gates.items())


def test_tables_by_symbol(record: RunRecord) -> None:
    standings, pool = frame(record, "standings"), frame(record, "pool")
    assert list(record.standings) == standings.index.tolist()
    assert list(record.pool) == pool.index.tolist()
    name = standings.index[3]
    assert record.row("standings.parquet", name) == record.standings[name]
    assert record.standings[name]["alpha_score"] == standings.at[name, "alpha_score"]
    unranked = standings.index[standings["rank"].isna()]
    assert len(unranked) > 0
    assert all(record.standings[one]["rank"] is None for one in unranked)


def test_winners_stand_best_first_and_ranks_count_from_one(record: RunRecord) -> None:
    standings = frame(record, "standings").reset_index()
    order = standings.sort_values(["alpha_score", "symbol"], ascending=[False, True])["symbol"].tolist()
    assert list(record.winners) == [name for name in order if record.standings[name]["route"]]
    assert record.pool_ranks == {name: place for place, name in enumerate(order, 1)}
    unknown, low = {"alpha_score": None, "symbol": "A"}, {"alpha_score": 0.0, "symbol": "Z"}
    assert sorted([unknown, low, {**low, "symbol": "Y"}], key=best_first) == [{**low, "symbol": "Y"}, low, unknown]


def test_decisions_are_those_of_the_symbols_asked_for(record: RunRecord) -> None:
    table = pd.read_parquet(record.folder / "decisions.parquet").astype({"symbol": str, "gate": str})
    names = [table["symbol"].iloc[-1], table["symbol"].iloc[0]]
    found = record.decisions([*names, "NOBODY"])
    assert list(found) == [*names, "NOBODY"]
    assert found["NOBODY"] == {}
    for name in names:
        own = table[table["symbol"] == name].set_index("gate")
        assert list(found[name]) == own.index.tolist() == list(record.gates)
        assert {gate: row["passed"] for gate, row in found[name].items()} == own["passed"].to_dict()
        assert {row["symbol"] for row in found[name].values()} == {name}


def test_documents_that_may_and_that_must_be_there(record: RunRecord, own_run: SampleRun) -> None:
    assert record.manifest == record.document("manifest.json") == record.needed_document("manifest.json")
    assert record.coverage["schema_version"]
    assert record.document("nothing.json") is None
    for name in ("ladder.json", "standings.parquet"):
        (own_run.folder / name).write_text("{")
    (own_run.folder / "audit.jsonl").unlink()
    damaged = RunRecord(own_run.folder)
    for read in (lambda: damaged.ladder, lambda: damaged.standings, lambda: damaged.events):
        with pytest.raises(VerificationError, match=f"the run {own_run.run_id} has no readable"):
            read()
    (own_run.folder / "standings.parquet").unlink()
    with pytest.raises(VerificationError, match=r"no readable standings\.parquet"):
        _ = damaged.standings


def test_a_part_is_read_once(own_run: SampleRun) -> None:
    record = RunRecord(own_run.folder)
    before = (
        record.standings,
        record.events,
        record.manifest,
        record.receipt,
        record.coverage,
        record.ladder,
        record.pool,
    )
    shutil.rmtree(own_run.folder)
    assert before == (
        record.standings, record.events, record.manifest, record.receipt, record.coverage, record.ladder, record.pool
    )  # fmt: skip


def test_a_ledger_without_its_end_is_no_run(own_run: SampleRun) -> None:
    assert read_run(own_run.folder).run_id == own_run.run_id
    path = own_run.folder / "audit.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    anchored = ['{"event": "ledger.anchored"}\n']
    for kept in (lines[:-1], lines[1:], [], [*anchored, *lines[1:]], [*lines[:-1], *anchored]):
        path.write_text("".join(kept))
        with pytest.raises(VerificationError, match="doesn't begin and end as a run's does"):
            read_run(own_run.folder)


def test_a_failed_run_has_no_result(own_run: SampleRun) -> None:
    assert run_with_result(own_run.folder).run_id == own_run.run_id
    edited(own_run.folder / "receipt.json", status="FAILED")
    with pytest.raises(ConfigurationError, match=f"tvselect show {own_run.run_id}"):
        run_with_result(own_run.folder)


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1.0), (0.5, 0.5), (True, None), (None, None), ("1", None), ({"null": "nan"}, None)]
)
def test_only_numbers_are_finite(value: Any, expected: float | None) -> None:
    found = finite(value)
    assert found == expected
    assert found is None or (isinstance(found, float) and math.isfinite(found))


def test_why_a_value_is_no_number() -> None:
    assert null_reason({"null": "nan"}) == "nan"
    assert null_reason({"null": "inf"}, "no winner") == "inf: no winner"
    assert null_reason({}) == null_reason("x") == "not a number"


@pytest.mark.parametrize("name", [POOL, DECISIONS, STANDINGS, COVERAGE, LADDER])
def test_a_flipped_bit_is_refused(sample_run: SampleRun, tmp_path: Path, name: str) -> None:
    folder = tmp_path / sample_run.run_id
    shutil.copytree(sample_run.folder, folder)
    whole, rng = (folder / name).read_bytes(), np.random.default_rng(5)
    for place, bit in zip(rng.integers(0, len(whole), 12).tolist(), rng.integers(0, 8, 12).tolist(), strict=True):
        (folder / name).write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
        record = RunRecord(folder)
        with pytest.raises(VerificationError, match="is not what the run wrote"):
            _ = record.table(name) if name.endswith(".parquet") else record.needed_document(name)
    (folder / name).write_bytes(whole)
    assert RunRecord(folder).artifact(name) == whole


def unlisted(run: SampleRun, **closing: Any) -> RunRecord:
    """The record of a run whose ledger lists no artifacts."""
    events = [{"event": "run.started"}, {"event": "run.completed", **closing}]
    (run.folder / "audit.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return RunRecord(run.folder)


def test_what_cannot_be_read_is_named_with_what_is_wrong(own_run: SampleRun) -> None:
    record, start = unlisted(own_run), f"the run {own_run.run_id} has no readable "
    (own_run.folder / STANDINGS).write_bytes(b"PAR1")
    (own_run.folder / POOL).unlink()
    (own_run.folder / LADDER).write_text("[" * 100_000)
    (own_run.folder / COVERAGE).write_text("{")
    for name, words in {STANDINGS: "", LADDER: "maximum recursion", COVERAGE: "Expecting"}.items():
        with pytest.raises(VerificationError) as caught:
            _ = record.table(name) if name.endswith(".parquet") else record.document(name)
        assert str(caught.value).startswith(f"{start}{name}: {words}")
    with pytest.raises(VerificationError) as caught:
        record.table(POOL)
    assert str(caught.value) == f"{start}{POOL}: No such file or directory"


def test_a_flipped_bit_is_noticed_by_the_pages_checksums_too(own_run: SampleRun) -> None:
    record, path = unlisted(own_run), own_run.folder / STANDINGS
    assert (record.digests, record.params, record.git) == ({}, {}, None)
    whole = path.read_bytes()
    assert len(record.rows(STANDINGS)) == len(record.standings)
    refused = 0
    for place in range(50, len(whole) // 2, len(whole) // 20):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            record.table(STANDINGS)
        except VerificationError as error:
            refused += "checksum" in str(error)
    assert refused >= 5


@pytest.mark.parametrize("first", ["a.before", "z.after"])
@pytest.mark.parametrize("last", ["a.before", "z.after"])
def test_only_what_begins_and_ends_as_a_run_is_one(own_run: SampleRun, first: str, last: str) -> None:
    path = own_run.folder / "audit.jsonl"
    for events in ([first, "run.completed"], ["run.started", last], [first, last], ["run.started"]):
        path.write_text("".join(json.dumps({"event": event}) + "\n" for event in events))
        with pytest.raises(VerificationError) as caught:
            read_run(own_run.folder)
        expected = f"the ledger of the run {own_run.run_id} doesn't begin and end as a run's does; see `verify`"
        assert str(caught.value) == expected
    for end in ("run.completed", "run.failed"):
        path.write_text(f'{{"event":"run.started"}}\n{{"event":"x"}}\n{{"event":"{end}"}}\n')
        assert read_run(own_run.folder).closing == {"event": end}


def test_a_missing_artifact_is_named(sample_run: SampleRun, tmp_path: Path) -> None:
    folder = tmp_path / sample_run.run_id
    shutil.copytree(sample_run.folder, folder)
    (folder / POOL).unlink()
    with pytest.raises(VerificationError, match=POOL):
        RunRecord(folder).table(POOL)
