"""Whatever was done to a ledger afterwards is found, at its line; what no chain can show, with a saved head."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.ledger import GENESIS, Head, append, head, read, verify

MODULE = ledger.__name__


def event(number: int = 0, **more: object) -> dict[str, object]:
    return {"event": "stage.completed", "run_id": "r", "number": number, **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of ten lines."""
    path = tmp_path / "audit.jsonl"
    for number in range(1, 11):
        append(path, event(number))
    return path


def kinds(path: Path, at: Head | None = None) -> list[tuple[int, str]]:
    return [(problem.line, problem.kind) for problem in verify(path, at).problems]


def edited(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b'"number":4', b'"number":5') for line in lines]


def forged(lines: list[bytes]) -> list[bytes]:
    """A line that fits the one before it."""
    return [*lines[:4], lines[4].replace(b'"number":5', b'"number":6'), *lines[4:]]


TAMPERING: dict[str, tuple[Callable[[list[bytes]], list[bytes]], list[tuple[int, str]]]] = {
    "edited": (edited, [(5, "chain")]),
    "deleted": (lambda lines: lines[:4] + lines[5:], [(5, "sequence"), (5, "chain")]),
    "first deleted": (lambda lines: lines[1:], [(1, "sequence"), (1, "chain")]),
    "inserted": (forged, [(6, "sequence"), (6, "chain")]),
    "repeated": (lambda lines: lines[:5] + lines[4:], [(6, "sequence"), (6, "chain")]),
    "reordered": (
        lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]],
        [(5, "sequence"), (5, "chain"), (6, "sequence"), (6, "chain"), (7, "sequence"), (7, "chain")],
    ),
    "respelled": (lambda lines: [*lines[:9], lines[9].replace(b",", b", ")], [(10, "not-canonical")]),
    "no JSON": (lambda lines: [*lines[:4], b"?", *lines[5:]], [(5, "not-json"), (6, "chain")]),
    "blank line": (lambda lines: [*lines[:4], b"", *lines[4:]], [(5, "not-json"), (6, "sequence"), (6, "chain")]),
    "no object": (lambda lines: [*lines[:9], b"7"], [(10, "fields")]),
    "no run": (lambda lines: [*lines[:9], lines[9].replace(b'"run_id":"r",', b"")], [(10, "fields")]),
    "other schema": (lambda lines: [*lines[:9], lines[9].replace(b"audit:v1", b"audit:v9")], [(10, "fields")]),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found_where_it_is(path: Path, name: str) -> None:
    change, expected = TAMPERING[name]
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())) + b"\n")
    assert kinds(path) == expected
    assert not verify(path).ok


def test_a_cut_tail_takes_a_head_to_see(path: Path) -> None:
    pinned, lines = head(path), path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:7]))
    assert kinds(path) == []
    assert kinds(path, pinned) == [(7, "truncated")]
    path.write_bytes(b"")
    assert kinds(path) == []
    assert kinds(path, pinned) == [(0, "truncated")]
    path.unlink()
    assert kinds(path) == [(0, "missing")]
    assert kinds(path, pinned) == [(0, "missing"), (0, "truncated")]


def test_a_chain_computed_anew_takes_a_head_to_see(path: Path) -> None:
    pinned, lines = head(path), list(read(path))
    path.unlink()
    for fields in lines:
        append(path, event(fields["number"] + (fields["number"] == 4)))
    assert kinds(path) == []
    assert kinds(path, pinned) == [(10, "rewritten")]
    assert kinds(path, Head(0, "f" * 64)) == [(0, "rewritten")]


def test_a_ledger_may_grow_after_its_head_was_taken(path: Path) -> None:
    heads = [Head(0, GENESIS), head(path), append(path, event(11)), append(path, event(12))]
    assert [verify(path, at).ok for at in heads] == [True] * 4


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_changed_byte_is_found_with_a_head(path: Path, data: st.DataObject) -> None:
    pinned, original = head(path), path.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != original[at]))
    path.write_bytes(original[:at] + bytes([byte]) + original[at + 1 :])
    assert not verify(path, pinned).ok
    path.write_bytes(original)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([b"{}", b"[", b"\n", b'{"seq":1e999}', b"\xff", b'{"seq":true,"prev":1}', b"[" * 9999]))
)
def test_whatever_a_file_holds_verify_does_not_raise(tmp_path: Path, parts: list[bytes]) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(parts))
    assert verify(path).ok == (not parts)


def test_verifying_imports_nothing_heavy(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    for number in range(1000):
        append(path, event(number, metrics={f"m{i}": (i + number + 1) / 7 for i in range(30)}))
    script = f"""
import sys
from pathlib import Path
from {MODULE} import verify
import tradingview_scraper.pipelines.selection.schemas.digests
assert verify(Path(sys.argv[1])).lines == 1000
heavy = {{"numpy", "pandas", "pyarrow", "pydantic", "hamilton", "jsonschema"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)


@pytest.mark.parametrize("trusted", [1, 4, 9, 10])
def test_lines_that_are_known_are_counted_and_not_looked_into(path: Path, trusted: int) -> None:
    """Known are the first ones: each later line is held against the one before it, and the head is that of the last."""
    assert verify(path, None, trusted) == verify(path)
    assert verify(path, head(path), trusted).problems == ()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0].replace(b'"number":1', b'"number":2'), *lines[1:]]))
    # The change of the first line shows in the second one, which holds its hash: where that is looked into.
    found = [(problem.line, problem.kind) for problem in verify(path, None, trusted).problems]
    assert found == ([(2, "chain")] if trusted == 1 else [])


def test_a_ledger_of_a_torn_line_alone_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"half')
    found = verify(path)
    assert (found.lines, found.head) == (0, Head(0, GENESIS))
    assert kinds(path) == [(1, "torn")]


def test_what_is_no_file_is_told_and_not_raised(tmp_path: Path) -> None:
    (problem,) = verify(tmp_path).problems
    assert (problem.line, problem.kind) == (0, "missing")
    assert problem.message == f"the ledger {tmp_path.name} can't be read: Is a directory"
