"""The ledger: nothing acknowledged is lost, an append that fails or is killed leaves nothing in the chain."""

import errno
import json
import logging
import os
import random
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.ledger import GENESIS, Head, append, head, read, verify
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, VerificationError

MODULE = ledger.__name__
WRITER = f"""
import sys
from pathlib import Path
from {MODULE} import append
for i in range(int(sys.argv[3])):
    append(Path(sys.argv[1]), {{"event": "stage.completed", "run_id": sys.argv[2], "i": i, "text": "x" * (i % 500)}})
    print(i, flush=True)
"""


def event(number: int = 0, **more: object) -> dict[str, object]:
    return {"event": "stage.completed", "run_id": "r", "number": number, **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of ten lines."""
    path = tmp_path / "audit.jsonl"
    for number in range(1, 11):
        append(path, event(number))
    return path


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kinds(path: Path, at: Head | None = None) -> list[tuple[int, str]]:
    return [(problem.line, problem.kind) for problem in verify(path, at).problems]


def test_lines_are_chained_by_the_hash_of_raw_bytes(path: Path) -> None:
    before = GENESIS
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        fields = json.loads(line)
        assert (fields["seq"], fields["prev"], fields["number"]) == (number, before, number)
        before = sha256(line).hexdigest()
    assert head(path) == verify(path).head == Head(10, before)
    assert append(path, event(11)) == head(path)
    assert [fields["number"] for fields in read(path)] == list(range(1, 12))


def test_lines_follow_the_published_schema(tmp_path: Path) -> None:
    schema = json.loads(
        resources.files(MODULE.replace("lineage.record.ledger", "schemas")).joinpath("audit.schema.json").read_text()
    )
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == ledger.SCHEMA
    assert tuple(schema["required"]) == ledger.REQUIRED
    path, digest = tmp_path / "audit.jsonl", "sha256:" + "0" * 64
    append(
        path,
        {"event": "run.started", "run_id": "r", "code": {"git": {"commit": None, "tree": "a" * 40, "dirty": True}}},
    )
    append(path, event(metrics={"a": 0.5, "b": float("nan"), "c": {"null": "inf", "reason": "no loss"}}, unknown=[1]))
    append(path, event(artifacts=[{"name": "page", "path": "report.html", "digest": digest, "bytes": 1}]))
    append(path, event(inputs=[{"name": "returns", "digest": digest, "scheme": "frame/v1", "rows": 1, "columns": 2}]))
    path.write_bytes(path.read_bytes() + b"torn")
    append(path, event(metrics={}))
    validator = Draft202012Validator(schema)
    for fields in read(path):
        validator.validate(fields)
    good = next(read(path))
    bad: list[dict[str, object]] = [
        {"event": "run.paused"},
        {"ts": "2026-11-22T08:00:00Z"},
        {"seq": 0},
        {"prev": "x"},
        {"metrics": {"a": None}},
        {"metrics": {"a": {"null": "none"}}},
        {"artifacts": [{"name": "x", "path": "../x", "digest": digest, "bytes": 1}]},
        {"artifacts": [{"name": "x", "path": "/x", "digest": digest, "bytes": 1}]},
        {"inputs": [{"name": "x", "digest": "0" * 64}]},
    ]
    assert [change for change in bad if validator.is_valid(good | change)] == []


def test_eight_processes_append_a_hundred_lines_each(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    writers = [writer(path, str(name), 100) for name in range(8)]
    assert [process.wait(60) for process in writers if process.communicate()] == [0] * 8
    assert verify(path, head(path)).ok
    written = [(fields["run_id"], fields["i"]) for fields in read(path)]
    assert len(written) == 800
    assert all([i for name, i in written if name == str(own)] == list(range(100)) for own in range(8))


def test_threads_append_too(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    threads = [threading.Thread(target=lambda: [append(path, event()) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(path).ok
    assert head(path).size == 80


def test_twenty_kills_lose_no_acknowledged_line(tmp_path: Path) -> None:
    path, acknowledged, dice = tmp_path / "audit.jsonl", set(), random.Random(0)
    for kill in range(20):
        process = writer(path, str(kill), 100_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        lines = ["0", *process.communicate(timeout=10)[0].split("\n")[:-1]]
        assert process.returncode == -signal.SIGKILL
        assert {kind for _, kind in kinds(path)} <= {"torn"}
        acknowledged |= {(str(kill), int(line)) for line in lines}
    append(path, event())
    assert verify(path).ok
    assert acknowledged <= {(fields["run_id"], fields.get("i")) for fields in read(path)}
    assert len(acknowledged) > 40


@pytest.mark.parametrize("torn", [b'{"event":', b"{}" * 100_000, b"\xff\x00"])
def test_a_torn_line_is_set_aside_and_reported(path: Path, torn: bytes, caplog: pytest.LogCaptureFixture) -> None:
    pinned, whole = head(path), path.read_bytes()
    path.write_bytes(whole + torn)
    assert kinds(path) == [(11, "torn")]
    assert head(path) == pinned
    assert len(list(read(path))) == 10
    with caplog.at_level(logging.WARNING):
        append(path, event(11))
    assert kinds(path, pinned) == []
    assert path.read_bytes().startswith(whole)
    *_, last = read(path)
    name = f"audit.jsonl.torn.11.{sha256(torn).hexdigest()[:8]}"
    assert last["torn"] == {"file": name, "bytes": len(torn), "digest": "sha256:" + sha256(torn).hexdigest()}
    assert path.with_name(name).read_bytes() == torn
    assert name in caplog.text


def test_a_torn_first_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"event"')
    assert append(path, event()).size == 1
    assert next(read(path))["prev"] == GENESIS
    assert verify(path).ok


@pytest.mark.parametrize("last", [b"\n", b"{\n", b"[]\n", b"{}\n", b'{"seq":0}\n', b'{"seq":true}\n', b"\xff\n"])
def test_nothing_follows_a_line_that_is_no_ledger_line(path: Path, last: bytes) -> None:
    path.write_bytes(path.read_bytes() + last)
    before = path.read_bytes()
    with pytest.raises(VerificationError, match="last line"):
        append(path, event())
    with pytest.raises(VerificationError, match="last line"):
        head(path)
    assert path.read_bytes() == before


def test_read_names_the_line_that_is_no_object(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"?\n")
    with pytest.raises(VerificationError, match=r"audit\.jsonl: line 11 is not JSON"):
        list(read(path))
    path.write_bytes(path.read_bytes()[:-2] + b"7\n")
    with pytest.raises(VerificationError, match=r"audit\.jsonl: line 11 is not an object"):
        list(read(path))


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        ({"run_id": "r"}, DataContractError, "must have event"),
        ({"event": "run.started"}, DataContractError, "must have run_id"),
        (event(schema=ledger.SCHEMA), DataContractError, "schema: the ledger sets"),
        (event(seq=3), DataContractError, "seq: the ledger sets"),
        (event(prev=GENESIS), DataContractError, "prev: the ledger sets"),
        (event(ts="2026-11-22T08:00:00.000000Z"), DataContractError, "ts: the ledger sets"),
        (event(torn={"file": "f"}), DataContractError, "torn: the ledger sets"),
        (event(tags={"a", "b"}), TypeError, r"\$\.tags: set"),
        (event(text="\ud800"), ValueError, r"\$\.text"),
    ],
)
def test_a_bad_event_leaves_no_file(tmp_path: Path, bad: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        append(tmp_path / "audit.jsonl", bad)
    assert list(tmp_path.iterdir()) == []


def test_ts_is_now(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    append(tmp_path / "a", event())
    stamp = next(read(tmp_path / "a"))["ts"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", stamp)
    assert before <= datetime.fromisoformat(stamp) <= datetime.now(UTC)


def full_disk(*_: object) -> int:
    raise OSError(errno.ENOSPC, "full")


def half_a_write(descriptor: int, data: bytes, write: Callable[[int, bytes], int] = os.write) -> int:
    return write(descriptor, data[: len(data) // 2])


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_line_without_a_number_makes_no_later_one_wrong(place: int, tmp_path: Path) -> None:
    """The next line's number is counted on from it; so is the one after a line that is no JSON, but for its chain."""
    previous, lines = GENESIS, []
    for number in range(1, 6):
        fields = event(number, schema=ledger.SCHEMA, prev=previous, ts="2026-01-01T00:00:00.000000Z")
        lines.append(canonical(fields if number == place else {**fields, "seq": number}))
        previous = sha256(lines[-1]).hexdigest()
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert kinds(path) == [(place, "fields"), (place, "sequence")]
    path.write_bytes(b"\n".join([*lines[: place - 1], b"{", *lines[place:]]) + b"\n")
    assert kinds(path) == [(place, "not-json"), (place + 1, "chain")]


def test_what_is_wrong_with_a_line_by_hand(tmp_path: Path) -> None:
    """Three lines: each follows something else, and the third says that it is the seventh."""
    path = tmp_path / "audit.jsonl"
    fields = {"schema": ledger.SCHEMA, "prev": "f" * 64, "ts": "2026-01-01T00:00:00.000000Z"}
    path.write_bytes(b"".join(canonical(event(1, **fields, seq=seq)) + b"\n" for seq in (1, 2, 7)))
    changed = ": lines were changed, moved, added or removed"
    assert [(problem.line, problem.kind, problem.message) for problem in verify(path).problems] == [
        (1, "chain", f"does not follow an empty ledger{changed}"),
        (2, "chain", f"does not follow line 1{changed}"),
        (3, "sequence", "its seq is 7 where 3 follows"),
        (3, "chain", f"does not follow line 2{changed}"),
    ]
    path.write_bytes(canonical({**fields, "schema": "other", "seq": 1, **event(1), "prev": GENESIS}) + b"\n5\n{}\n")
    said = [(problem.line, problem.message) for problem in verify(path).problems]
    assert said[:2] == [(1, f"its schema is 'other', not {ledger.SCHEMA!r}"), (2, "not an object")]
    assert said[2] == (3, f"lacks {', '.join(ledger.REQUIRED)}")


@pytest.mark.parametrize("size", [1, 4, 9])
def test_a_kept_head_says_what_became_of_its_line(size: int, path: Path) -> None:
    kept = Head(size, "0" * 64)
    (rewritten,) = verify(path, kept).problems
    assert (rewritten.line, rewritten.kind) == (size, "rewritten")
    assert rewritten.message == f"line {size} is not the one whose hash the head kept"
    (cut,) = verify(path, Head(10 + size, "0" * 64)).problems
    assert (cut.line, cut.kind) == (10, "truncated")
    assert cut.message == f"ends after 10 lines; the head was taken at {10 + size}"


@pytest.mark.parametrize(("call", "instead"), [("write", half_a_write), ("write", full_disk), ("fsync", full_disk)])
def test_a_line_that_was_not_written_whole_is_taken_back(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, instead: Callable[..., int]
) -> None:
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, call, instead)
        with pytest.raises(OSError, match="full"):
            append(path, event(11))
    assert path.read_bytes() == before
    assert append(path, event(11)).size == 11
    assert verify(path).ok


def test_each_append_is_on_disk_before_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(_kind(descriptor)))
    append(tmp_path / "audit.jsonl", event())
    append(tmp_path / "audit.jsonl", event())
    assert synced == ["folder", "file", "file"]


def _kind(descriptor: int) -> str:
    return "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
