"""One run folder: what must be a file, what its ledger lists, what was set aside; whatever it holds, nothing is raised."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.run_check import (
    Checked,
    artifact_problems,
    check_run,
    model_problems,
    readable_events,
    torn_files,
    torn_problems,
)
from tradingview_scraper.pipelines.selection.drivers.review.run_list import listed, run_list_text
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.runs import receipts
from tradingview_scraper.pipelines.selection.lineage.record.standalone_verifier import folder_problems
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical


def test_a_torn_line_that_was_set_aside_belongs_to_the_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    for torn in (b"", b'{"half'):
        with path.open("ab") as file:
            file.write(torn)
        ledger.append(path, {"event": "run.started", "run_id": "r"})
    torn_lines = torn_files(readable_events(path))
    assert list(torn_lines) == [f"audit.jsonl.torn.2.{sha256(torn).hexdigest()[:8]}"]
    assert list(artifact_problems(tmp_path, "runs/r", [], torn_lines)) == []
    assert list(torn_problems(tmp_path, "runs/r", torn_lines)) == []
    (name,) = torn_lines
    (tmp_path / name).write_bytes(b"other")
    assert [problem.kind for problem in torn_problems(tmp_path, "runs/r", torn_lines)] == ["changed"]
    (tmp_path / name).unlink()
    assert [problem.kind for problem in torn_problems(tmp_path, "runs/r", torn_lines)] == ["missing"]
    assert torn_files({1: {"torn": {"file": "gates.json", "digest": ""}}, 2: {"torn": 7}}) == {}


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000, "nul\x00"])
def test_a_name_that_no_disk_holds_is_a_file_that_is_missing(name: str, own_run: SampleRun) -> None:
    folder = own_run.folder
    assert [
        problem.kind for problem in artifact_problems(folder, "runs/r", [{"path": name}], {}) if name in problem.file
    ] == ["missing"]
    assert [problem.kind for problem in torn_problems(folder, "runs/r", {name: "sha256:0"})] == ["missing"]
    assert [problem.kind for problem in model_problems(folder, [{"role": "model", "source": name}])] == ["missing"]
    lines = (folder / "audit.jsonl").read_bytes().splitlines()
    closing = json.loads(lines[-1])
    closing["artifacts"].append({"path": name, "digest": "sha256:0"})
    (folder / "audit.jsonl").write_bytes(b"\n".join([*lines[:-1], canonical(closing), b""]))
    found = folder_problems(folder, (folder.parent / "audit.jsonl").read_bytes(), None)
    assert (name, "missing") in found


def test_of_lines_that_are_known_only_those_with_a_word_are_read(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(b'{"run_id":"r%d"}\n' % number for number in range(1, 8)) + b"[]\n{\n")
    assert list(readable_events(path)) == [1, 2, 3, 4, 5, 6, 7]
    assert list(readable_events(path, 5, ["r2", "r.", "r7"])) == [2, 6, 7]
    assert list(readable_events(path, 5)) == [1, 2, 3, 4, 5, 6, 7]
    assert readable_events(tmp_path) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("run_id", "head", "status", "profile", "winners", "routes", "as_of", "finished")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), JSON) | JSON)
def test_a_broken_receipt_stops_nobody(own_run: SampleRun, content: object) -> None:
    """`ls` lists the run, `verify --all` names its receipt, and both go on."""
    (own_run.folder / "receipt.json").write_text(json.dumps(content))
    assert run_list_text(listed(receipts(own_run.project))).count("\n") == 1
    checked = Checked()
    check_run(own_run.project, own_run.folder, checked)
    assert any(problem.file.endswith("receipt.json") for problem in checked.problems)


def test_a_receipt_that_is_no_file_stops_nobody(own_run: SampleRun) -> None:
    (own_run.folder / "receipt.json").unlink()
    (own_run.folder / "receipt.json").mkdir()
    (own_run.folder / "audit.jsonl").unlink()
    (own_run.folder / "audit.jsonl").symlink_to("audit.jsonl")
    kinds = {problem["kind"] for problem in verified(own_run.project, everything=True)["problems"]}
    assert {"receipt", "link", "missing"} <= kinds
    assert [found["status"] for found in receipts(own_run.project)] == ["BROKEN"]


def test_artifacts_by_hand(tmp_path: Path) -> None:
    """Whole, changed, gone, a folder in its place, one that lies outside; then what nobody listed, by name."""
    folder = tmp_path / "run"
    (folder / "folder").mkdir(parents=True)
    for place in (
        *(folder / name for name in ("whole", "changed", "other")),
        folder / "b",
        folder / "a",
        tmp_path / "outside",
    ):
        place.write_bytes(b"abc")
    for name in ("audit.jsonl", "receipt.json", "checkpoint", "checkpoint.sig", "audit.jsonl.torn.1.x"):
        (folder / name).touch()
    digest = f"sha256:{sha256(b'abc').hexdigest()}"
    names = ("whole", "changed", "other", "gone", "folder", "../outside")
    digests = {"changed": "sha256:", "other": "sha257:"}
    listed = [{"path": name, "digest": digests.get(name, digest), "bytes": 9} for name in names]
    found = [
        (problem.file, problem.kind, problem.message)
        for problem in artifact_problems(folder, "runs/run", listed, {"audit.jsonl.torn.1.x": ""})
    ]
    gone, otherwise = "the ledger lists it, but it isn't there", "its content is not what the run wrote"
    assert found == [
        *((f"runs/run/{name}", "changed", f"{otherwise} (3 bytes now, 9 then)") for name in ("changed", "other")),
        *((f"runs/run/{name}", "missing", gone) for name in ("gone", "folder")),
        ("runs/run/../outside", "link", "its bytes lie elsewhere"),
        *((f"runs/run/{name}", "extra", "the run didn't write it") for name in ("a", "b")),
    ]
