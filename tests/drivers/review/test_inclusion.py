"""A run's line is proven to be in the ledger by a few hashes, and nothing of such a proof can be changed.

What checks it are the lines of docs/operation.md, as a stranger would take them.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.command_line import tvselect
from support.paths import DOCS
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.anchor import anchored, checkpoint_now
from tradingview_scraper.pipelines.selection.drivers.review.inclusion import inclusion
from tradingview_scraper.pipelines.selection.lineage.record import ledger, project_ledger
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError

LINES = 13
"""Of the ledger: no power of two, so that subtrees of several sizes are on the way."""
Check = Callable[[dict[str, Any], str], dict[str, Any]]


@pytest.fixture(scope="module")
def check() -> Check:
    """`checked` of the documented script."""
    (code,) = re.findall(
        r'```python title="check_proof.py"\n(.*?)```', (DOCS / "operation.md").read_text("utf-8"), re.S
    )
    names: dict[str, Any] = {"__name__": "check_proof"}
    exec(compile(code, "check_proof.py", "exec"), names)
    found: Check = names["checked"]
    return found


@pytest.fixture(scope="module")
def long(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """A project whose ledger has `LINES` lines on runs; of all but the sample's nothing else is there."""
    project = tmp_path_factory.mktemp("long") / "project"
    shutil.copytree(sample_run.project, project)
    (line,) = ledger.read(project / "runs/audit.jsonl")
    for number in range(1, LINES):
        other = {name: line[name] for name in line.keys() - {"schema", "seq", "prev", "ts"}}
        folder = project / "runs" / f"{sample_run.run_id[:-6]}{number:06x}"
        project_ledger.append(project, {**other, "run_id": folder.name})
        folder.mkdir()
        (folder / "receipt.json").write_text("{}")
    return SampleRun(project, sample_run.run_id)


def names(run: SampleRun) -> list[str]:
    return [str(event["run_id"]) for event in ledger.read(run.project / "runs/audit.jsonl")]


def kept(run: SampleRun, size: int) -> str:
    """A checkpoint that somebody kept when the ledger had so many lines."""
    return checkpoint_now(run.project, run.project / "runs", size).text().decode()


@pytest.mark.parametrize("index", range(LINES))
def test_each_run_is_proven_under_the_checkpoint_of_now(index: int, long: SampleRun, check: Check) -> None:
    run_id = names(long)[index]
    proof = inclusion(long.project, run_id)
    assert (proof["index"], proof["size"]) == (index, LINES)
    assert len(proof["hashes"]) <= 4
    assert check(proof, kept(long, LINES))["run_id"] == run_id


@pytest.mark.parametrize("size", range(1, LINES + 1))
def test_and_under_any_earlier_one_that_somebody_kept(size: int, long: SampleRun, check: Check, tmp_path: Path) -> None:
    since = tmp_path / "kept"
    since.write_text(kept(long, size) + "\nsignatures of a note\n")
    proof = inclusion(long.project, names(long)[7], since)
    assert check(proof, since.read_text())["run_id"] == names(long)[7]
    for other in range(1, LINES + 1):
        if other != size:
            with pytest.raises(ValueError):
                check(proof, kept(long, other))


def changes(value: Any) -> list[Any]:
    """Other values in the place of one: every digit, letter and entry changed, one less, one more."""
    if isinstance(value, str):
        places = range(len(value)) if len(value) < 200 else range(0, len(value), 7)
        other = [value[:at] + ("0" if value[at] != "0" else "1") + value[at + 1 :] for at in places]
        return [*other, value[:-1], value + "0", ""]
    if isinstance(value, int):
        return [value - 1, value + 1, -value - 1, 2 * value + 1]
    if isinstance(value, list):
        edited = [[*value[:at], new, *value[at + 1 :]] for at, old in enumerate(value) for new in changes(old)]
        return [
            *edited,
            value[1:],
            value[:-1],
            [*value, *value[:1]],
            [*value, "00" * 32],
            ["00" * 32, *value],
            value[::-1],
            [],
        ]
    return [{**value, name: new} for name, old in value.items() for new in changes(old)]


@pytest.mark.parametrize("size", [None, 4, 6, LINES])
@pytest.mark.parametrize("index", [0, 7, LINES - 1])
def test_each_single_change_of_a_proof_is_found(
    index: int, size: int | None, long: SampleRun, check: Check, tmp_path: Path
) -> None:
    since = tmp_path / "kept"
    since.write_text(kept(long, size or LINES))
    proof = inclusion(long.project, names(long)[index], since if size else None)
    assert check(proof, since.read_text())
    changed = [each for each in changes(proof) if each != proof]
    assert len(changed) > 300
    for each in changed:
        with pytest.raises(ValueError):
            check(each, since.read_text())
    for text in changes(since.read_text()):
        if text.splitlines(keepends=True)[:3] != since.read_text().splitlines(keepends=True)[:3]:
            with pytest.raises(ValueError):
                check(proof, text)


def test_another_runs_line_is_not_proven_by_it(long: SampleRun, check: Check) -> None:
    one, other = (inclusion(long.project, names(long)[index]) for index in (3, 4))
    for mixed in ({**one, "line": other["line"]}, {**one, "line": other["line"], "index": 4}):
        with pytest.raises(ValueError):
            check(mixed, kept(long, LINES))


def test_a_ledger_that_was_changed_or_doesnt_continue_a_checkpoint_proves_nothing(
    own_run: SampleRun, tmp_path: Path
) -> None:
    since = tmp_path / "kept"
    anchored(own_run.project, None, output=since)
    path = own_run.project / "runs/audit.jsonl"
    path.write_bytes(b"")
    project_ledger.append(own_run.project, {"event": "run.completed", "run_id": own_run.run_id})
    with pytest.raises(VerificationError, match="doesn't continue kept, which pins 1"):
        inclusion(own_run.project, own_run.run_id, since)
    since.write_text(checkpoint_now(own_run.project, own_run.folder, 1).text().decode())
    with pytest.raises(ConfigurationError, match=r"it pins 1 lines of runs/.*/audit.jsonl"):
        inclusion(own_run.project, own_run.run_id, since)
    since.write_text("nothing")
    with pytest.raises(ConfigurationError, match="no checkpoint"):
        inclusion(own_run.project, own_run.run_id, since)
    project_ledger.append(own_run.project, {"event": "run.completed", "run_id": own_run.run_id})
    with pytest.raises(VerificationError, match="2 lines on the run"):
        inclusion(own_run.project, own_run.run_id)
    path.write_bytes(path.read_bytes().replace(b"completed", b"completes"))
    with pytest.raises(VerificationError, match=r"audit\.jsonl: 1 problems"):
        inclusion(own_run.project, own_run.run_id)


def test_the_command_writes_it_where_the_reports_are(own_run: SampleRun, check: Check, tmp_path: Path) -> None:
    since = tmp_path / "kept"
    anchored(own_run.project, None, output=since)
    told = tvselect("prove", "--since", str(since), "--project", str(own_run.project))
    assert told.exit_code == 0, told.output
    path = own_run.project / "reports" / f"{own_run.run_id}-proof.json"
    assert told.stdout == f"{path}\n"
    event = check(json.loads(path.read_text()), since.read_text())
    assert event["run_id"] == own_run.run_id
    elsewhere = tmp_path / "proof.json"
    assert (
        tvselect("prove", own_run.run_id, "--output", str(elsewhere), "--project", str(own_run.project)).exit_code == 0
    )
    assert "since" not in json.loads(elsewhere.read_text())
