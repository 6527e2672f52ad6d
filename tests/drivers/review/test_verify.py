"""Each kind of damage to a run's record is found, named with its file, and ends with exit code 4."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.review.verify import (
    all_folders,
    line_problems,
    lost_runs,
    verification_text,
    verified,
)
from tradingview_scraper.pipelines.selection.lineage.record import ledger, log_tiles
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

Damage = Callable[[Path, Path], object]


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments])


def found(project: Path, **options: Any) -> list[tuple[str, str]]:
    return [(problem["file"].split("/")[-1], problem["kind"]) for problem in verified(project, **options)["problems"]]


def edited(path: Path, old: str, new: str) -> None:
    """The file with the first match of a pattern replaced."""
    text, count = re.subn(old, new, path.read_text("utf-8"), count=1)
    assert count
    path.write_text(text, "utf-8")


def chained(path: Path, events: list[dict[str, Any]]) -> ledger.Head:
    """A ledger written anew, with a chain that holds."""
    previous, lines = ledger.GENESIS, []
    for number, event in enumerate(events, 1):
        lines.append(canonical({**event, "seq": number, "prev": previous}))
        previous = sha256(lines[-1]).hexdigest()
    path.write_bytes(b"\n".join(lines) + b"\n")
    return ledger.Head(len(lines), previous)


def forged(folder: Path, project: Path) -> None:
    """A run whose ledger and receipt were both written anew: only the project's ledger knows better."""
    events = list(ledger.read(folder / "audit.jsonl"))
    events[-1]["metrics"]["winners"] = 99
    head = chained(folder / "audit.jsonl", events)
    receipt = json.loads((folder / "receipt.json").read_text())
    (folder / "receipt.json").write_text(json.dumps({**receipt, "head": head._asdict()}))


def shortened(folder: Path, project: Path) -> None:
    lines = (folder / "audit.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "audit.jsonl").write_bytes(b"".join(lines[:-1]))


def linked(folder: Path, project: Path) -> None:
    """An artifact whose bytes lie elsewhere: the same today, whatever its owner likes tomorrow."""
    artifact = (folder / "gates.json").rename(project / "gates.json")
    (folder / "gates.json").symlink_to(artifact)


def linked_inside(folder: Path, project: Path) -> None:
    """An artifact that is a link to a file of the same folder, with the right bytes."""
    (folder / "gates.json").rename(folder / "audit.jsonl.torn.1.abcdef01")
    (folder / "gates.json").symlink_to(folder / "audit.jsonl.torn.1.abcdef01")


def moved_behind_a_link(path: Path, project: Path) -> None:
    path.symlink_to(path.rename(project / f"elsewhere-{path.name}"))


def without(fact: str, folder: Path) -> None:
    receipt = json.loads((folder / "receipt.json").read_text())
    del receipt[fact]
    (folder / "receipt.json").write_text(json.dumps(receipt))


def mixed(folder: Path, project: Path) -> None:
    """A line of another run in a ledger whose chain and head hold."""
    events = list(ledger.read(folder / "audit.jsonl"))
    events[1]["run_id"] = "20260101-000000-abcdef"
    pinned(folder, project, chained(folder / "audit.jsonl", events))


def pinned(folder: Path, project: Path, head: ledger.Head) -> None:
    """The head in the receipt and in the project's line."""
    receipt = json.loads((folder / "receipt.json").read_text())
    (folder / "receipt.json").write_text(json.dumps({**receipt, "head": head._asdict()}))
    kept = f"sha256:{sha256((folder / 'receipt.json').read_bytes()).hexdigest()}"
    lines = list(ledger.read(project / "runs/audit.jsonl"))
    replaced(project, [{**line, "head": head._asdict(), "receipt": kept} for line in lines])


def replaced(project: Path, events: list[dict[str, Any]]) -> None:
    """The project's ledger and its tree, both written anew: nothing in the folder says otherwise."""
    chained(project / "runs/audit.jsonl", events)
    shutil.rmtree(project / "runs/log")
    log_tiles.grown(project / "runs")


def listed_twice(folder: Path, project: Path) -> None:
    (line,) = ledger.read(project / "runs/audit.jsonl")
    replaced(project, [line, line])


DAMAGES: dict[str, tuple[Damage, tuple[str, str]]] = {
    "artifact changed": (
        lambda folder, project: edited(folder / "settings.toml", "threshold = 20", "threshold = 10"),
        ("settings.toml", "changed"),
    ),
    "artifact missing": (lambda folder, project: (folder / "gates.json").unlink(), ("gates.json", "missing")),
    "artifact a link": (linked, ("gates.json", "link")),
    "artifact a link inside": (linked_inside, ("gates.json", "link")),
    "ledger a link": (
        lambda folder, project: moved_behind_a_link(folder / "audit.jsonl", project),
        ("audit.jsonl", "link"),
    ),
    "receipt a link": (
        lambda folder, project: moved_behind_a_link(folder / "receipt.json", project),
        ("receipt.json", "link"),
    ),
    "project's ledger a link": (
        lambda folder, project: moved_behind_a_link(project / "runs/audit.jsonl", project),
        ("audit.jsonl", "link"),
    ),
    "folder of strangers a link": (
        lambda folder, project: (folder / "more").symlink_to(project),
        ("more", "extra"),
    ),
    "torn line of nobody": (
        lambda folder, project: (folder / "audit.jsonl.torn.3.abcdef01").touch(),
        ("audit.jsonl.torn.3.abcdef01", "extra"),
    ),
    "project's torn line of nobody": (
        lambda folder, project: (project / "runs/audit.jsonl.torn.3.abcdef01").touch(),
        ("audit.jsonl.torn.3.abcdef01", "extra"),
    ),
    "receipt's fact removed": (lambda folder, project: without("rung", folder), ("receipt.json", "receipt")),
    "receipt's other fact removed": (lambda folder, project: without("routes", folder), ("receipt.json", "receipt")),
    "receipt's fact renamed": (
        lambda folder, project: edited(folder / "receipt.json", '"winners"', '"losers"'),
        ("receipt.json", "receipt"),
    ),
    "receipt respelled": (
        lambda folder, project: edited(folder / "receipt.json", ": ", ":  "),
        ("receipt.json", "receipt"),
    ),
    "tile changed": (
        lambda folder, project: (project / "runs/log/tile/0/000.p/1").write_bytes(bytes(32)),
        ("1", "changed"),
    ),
    "file added": (lambda folder, project: (folder / "notes.txt").write_text("x"), ("notes.txt", "extra")),
    "line edited": (
        lambda folder, project: edited(folder / "audit.jsonl", '"eligible":', '"eligible":1'),
        ("audit.jsonl", "chain"),
    ),
    "end cut off": (shortened, ("audit.jsonl", "truncated")),
    "torn": (
        lambda folder, project: (folder / "audit.jsonl").open("a").write('{"half'),
        ("audit.jsonl", "torn"),
    ),
    "grown": (
        lambda folder, project: ledger.append(
            folder / "audit.jsonl", {"event": "run.completed", "run_id": folder.name}
        ),
        ("audit.jsonl", "grown"),
    ),
    "stranger's line": (mixed, ("audit.jsonl", "fields")),
    "ledger gone": (lambda folder, project: (folder / "audit.jsonl").unlink(), ("audit.jsonl", "missing")),
    "receipt edited": (
        lambda folder, project: edited(folder / "receipt.json", r'"winners": \d+', '"winners": 0'),
        ("receipt.json", "receipt"),
    ),
    "receipt's status changed": (
        lambda folder, project: edited(folder / "receipt.json", '"FINISHED"', '"FAILED"'),
        ("audit.jsonl", "unfinished"),
    ),
    "receipt unreadable": (
        lambda folder, project: (folder / "receipt.json").write_text("{"),
        ("receipt.json", "receipt"),
    ),
    "ledger and receipt forged": (forged, ("receipt.json", "receipt")),
    "project's line edited": (
        lambda folder, project: edited(project / "runs/audit.jsonl", r'"winners":\d+', '"winners":0'),
        ("receipt.json", "receipt"),
    ),
    "listed twice": (listed_twice, ("audit.jsonl", "unlisted")),
    "project's ledger gone": (
        lambda folder, project: (project / "runs/audit.jsonl").unlink(),
        ("audit.jsonl", "unlisted"),
    ),
}


# What breaks the chain, or a head that was kept, is found at more than one place.
SPREADING = (
    *("artifact a link inside", "receipt's status changed", "listed twice"),
    *("line edited", "end cut off", "torn", "grown", "ledger gone", "receipt unreadable"),
    *("project's line edited", "project's ledger gone"),
)


def test_an_untouched_run_is_verified(sample_run: SampleRun) -> None:
    result = verify("--project", str(sample_run.project))
    assert result.exit_code == 0, result.output
    assert "all as they were left" in result.stdout
    assert verified(sample_run.project, everything=True)["ok"]
    assert verified(sample_run.project, sample_run.run_id[:17])["artifacts"] > 15


def test_every_line_is_counted_and_a_ledger_cut_short_has_not_grown(own_run: SampleRun) -> None:
    paths = own_run.folder / "audit.jsonl", own_run.project / "runs/audit.jsonl"
    counted = sum(len(path.read_bytes().splitlines()) for path in paths)
    assert verified(own_run.project, everything=True)["lines"] == counted
    shortened(own_run.folder, own_run.project)
    assert ("audit.jsonl", "grown") not in found(own_run.project, everything=True)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found(damage: str, own_run: SampleRun) -> None:
    inflict, expected = DAMAGES[damage]
    inflict(own_run.folder, own_run.project)
    problems = found(own_run.project, everything=True)
    assert expected in problems
    if damage not in SPREADING:
        assert problems == [expected]


def test_the_command_names_file_and_remedy_and_ends_with_four(own_run: SampleRun) -> None:
    (own_run.folder / "pool.parquet").write_bytes(b"")
    result = verify("--project", str(own_run.project))
    assert result.exit_code == 4
    assert (
        f"runs/{own_run.run_id}/pool.parquet: changed: its content is not what the run wrote (0 bytes" in result.stdout
    )
    assert "-> restore the folder from a copy" in result.stdout
    document = json.loads(verify("--project", str(own_run.project), "--json").stdout)
    assert document["kind"] == "verification"
    assert not document["verification"]["ok"]


def test_a_line_that_breaks_the_schema_is_found_though_its_chain_holds(own_run: SampleRun) -> None:
    path = own_run.project / "runs/audit.jsonl"
    events = list(ledger.read(path))
    replaced(own_run.project, [{**events[0], "head": {"size": "three", "hash": events[0]["head"]["hash"]}}])
    problems = verified(own_run.project)["problems"]
    assert [problem["kind"] for problem in problems] == ["schema", "receipt"]
    assert problems[0]["message"] == "$.head.size must be integer"


@pytest.mark.parametrize(
    ("broken", "more"),
    [(5, []), (7, ["2 more lines don't fit the schema"]), (12, ["7 more lines don't fit the schema"])],
)
def test_of_many_lines_that_break_the_schema_five_are_shown_and_the_rest_counted(
    broken: int, more: list[str], own_run: SampleRun
) -> None:
    path = own_run.project / "runs/audit.jsonl"
    (line,) = ledger.read(path)
    wrong = {**line, "head": {**line["head"], "size": "three"}}
    others = ({**wrong, "run_id": f"20260101-000000-{number:06x}"} for number in range(broken))
    replaced(own_run.project, [line, *others])
    problems = [problem for problem in verified(own_run.project)["problems"] if problem["kind"] == "schema"]
    assert [(problem["line"], problem["message"]) for problem in problems[:5]] == [
        (number, "$.head.size must be integer") for number in range(2, 7)
    ]
    assert [problem["message"] for problem in problems[5:]] == more


@pytest.mark.parametrize("left_out", [0, 1])
def test_the_first_line_that_was_added_after_the_end_is_named(left_out: int, own_run: SampleRun) -> None:
    path = own_run.folder / "audit.jsonl"
    events = list(ledger.read(path))
    head = chained(path, [events[0], *events[1 + left_out :]])
    pinned(own_run.folder, own_run.project, head)
    for _ in range(3):
        ledger.append(path, {"event": "run.completed", "run_id": own_run.run_id})
    (grown,) = (problem for problem in verified(own_run.project)["problems"] if problem["kind"] == "grown")
    assert (grown["line"], grown["message"]) == (head.size + 1, "3 lines were added after the run had ended")


def problems(run: SampleRun, **options: Any) -> list[tuple[str, int | None, str]]:
    """Where and what, problem by problem."""
    return [
        (problem["file"].removeprefix(f"runs/{run.run_id}/"), problem["line"], problem["message"])
        for problem in verified(run.project, **options)["problems"]
    ]


def test_lines_of_another_run_are_counted_and_the_first_is_named(own_run: SampleRun) -> None:
    events = list(ledger.read(own_run.folder / "audit.jsonl"))
    for event in events[2:5]:
        event["run_id"] = "20260101-000000-abcdef"
    events[5]["run_id"] = "29990101-000000-abcdef"
    pinned(own_run.folder, own_run.project, chained(own_run.folder / "audit.jsonl", events))
    assert problems(own_run) == [("audit.jsonl", 3, "4 lines are of another run")]


def test_an_end_that_the_receipt_does_not_know_is_told_with_its_line(own_run: SampleRun) -> None:
    edited(own_run.folder / "receipt.json", '"FINISHED"', '"FAILED"')
    count = len((own_run.folder / "audit.jsonl").read_bytes().splitlines())
    assert problems(own_run) == [
        ("audit.jsonl", count, "ends with 'run.completed', but the receipt says 'FAILED'"),
        ("receipt.json", None, "says otherwise than runs/audit.jsonl in status"),
    ]


def test_a_failure_that_the_receipt_does_not_know_is_told_too(own_run: SampleRun) -> None:
    events = list(ledger.read(own_run.folder / "audit.jsonl"))
    events[-1] = {**events[-1], "event": "run.failed"}
    pinned(own_run.folder, own_run.project, chained(own_run.folder / "audit.jsonl", events))
    (found,) = problems(own_run)
    assert found == ("audit.jsonl", len(events), "ends with 'run.failed', but the receipt says 'FINISHED'")


def test_a_receipt_of_another_run_is_told(own_run: SampleRun) -> None:
    own = own_run.run_id
    for other in ("20260101-000000-abcdef", "29990101-000000-abcdef"):
        edited(own_run.folder / "receipt.json", own, other)
        assert problems(own_run)[0] == ("receipt.json", None, f"it is the receipt of {other}")
        own = other


def test_a_receipt_without_a_head_is_told(own_run: SampleRun) -> None:
    receipt = json.loads((own_run.folder / "receipt.json").read_text())
    for head in (None, {}, {"size": "x", "hash": ""}, [1]):
        (own_run.folder / "receipt.json").write_text(json.dumps({**receipt, "head": head}))
        assert problems(own_run)[0] == (
            "receipt.json",
            None,
            f"the receipt.json of the run {own_run.run_id} holds no head",
        )


def test_the_facts_that_receipt_and_project_disagree_on_are_named(own_run: SampleRun) -> None:
    edited(own_run.folder / "receipt.json", r'"pool": \d+', '"pool": 1')
    edited(own_run.folder / "receipt.json", r'"rung": \d+', '"rung": 9')
    assert problems(own_run) == [("receipt.json", None, "says otherwise than runs/audit.jsonl in pool, rung")]


def test_a_changed_artifact_is_told_with_its_sizes_and_a_strange_file_with_its_place(own_run: SampleRun) -> None:
    size = (own_run.folder / "gates.json").stat().st_size
    (own_run.folder / "gates.json").write_text("{}")
    (own_run.folder / "sub").mkdir()
    (own_run.folder / "sub" / "x").touch()
    (own_run.folder / "ladder.json").unlink()
    assert sorted(problems(own_run)) == [
        ("gates.json", None, f"its content is not what the run wrote (2 bytes now, {size} then)"),
        ("ladder.json", None, "the ledger lists it, but it isn't there"),
        ("sub/x", None, "the run didn't write it"),
    ]


def test_what_is_looked_at_is_counted(own_run: SampleRun) -> None:
    events = list(ledger.read(own_run.folder / "audit.jsonl"))
    one, whole = verified(own_run.project), verified(own_run.project, everything=True)
    assert (one["run"], whole["run"]) == (own_run.run_id, None)
    for found in (one, whole):
        assert (found["runs"], found["artifacts"]) == (1, len(events[-1]["artifacts"]))
        assert found["lines"] == len(events) + 1


def test_a_run_that_is_being_written_is_none_yet(own_run: SampleRun) -> None:
    runs = own_run.project / "runs"
    (runs / ".20260701-000000-abcdef.partial").mkdir()
    (runs / "notes.txt").touch()
    found = verified(own_run.project, everything=True)
    assert (found["ok"], found["runs"]) == (True, 1)
    assert all_folders(own_run.project) == [own_run.folder]
    (runs / "+odd").mkdir()
    assert all_folders(own_run.project) == [runs / "+odd", own_run.folder]
    assert all_folders(own_run.folder) == []


@pytest.mark.parametrize(("count", "words"), [(0, "no line"), (2, "2 lines"), (3, "3 lines")])
def test_a_run_has_one_line_in_the_projects_ledger(count: int, words: str, sample_run: SampleRun) -> None:
    (line,) = ledger.read(sample_run.project / "runs/audit.jsonl")
    (problem,) = line_problems(sample_run.folder, [line] * count)
    assert (problem.file, problem.kind) == ("runs/audit.jsonl", "unlisted")
    assert problem.message == f"it has {words} on the run {sample_run.run_id}"
    assert list(line_problems(sample_run.folder, [line])) == []


PROBLEM = {"file": "runs/a/gates.json", "kind": "changed", "message": "other", "do": "restore it", "line": None}


def test_the_verdict_by_hand() -> None:
    """Of one run by its name, of all by their number; a line where there is one."""
    sound = {
        "ok": True,
        "run": "a",
        "runs": 1,
        "lines": 7,
        "artifacts": 18,
        "problems": [],
        "notes": ["a note"],
        "against": ["my head: runs/audit.jsonl up to line 7", "a git note"],
    }
    assert verification_text(sound).splitlines() == [
        "a note",
        "a: 7 ledger lines, 18 artifacts: all as they were left",
        "checked against my head: runs/audit.jsonl up to line 7",
        "checked against a git note",
    ]
    sound["against"] = []
    one = {**sound, "ok": False, "run": None, "runs": 3, "problems": [PROBLEM], "notes": []}
    assert verification_text(one).splitlines() == [
        "runs/a/gates.json: changed: other",
        "  -> restore it",
        "3 runs: 7 ledger lines, 18 artifacts: 1 problem",
        "checked against nothing from outside: a record rewritten whole, or cut at its end, would pass",
    ]
    two = verification_text({**one, "problems": [PROBLEM, {**PROBLEM, "line": 4}]}).splitlines()
    assert (two[2], two[4]) == (
        "runs/a/gates.json line 4: changed: other",
        "3 runs: 7 ledger lines, 18 artifacts: 2 problems",
    )


def test_a_run_whose_folder_is_gone_is_missed(own_run: SampleRun) -> None:
    shutil.rmtree(own_run.folder)
    problems = verified(own_run.project, everything=True)["problems"]
    assert [problem["message"] for problem in problems] == [f"runs whose folders are gone: 1: {own_run.run_id}"]


def test_a_kept_head_shows_a_ledger_that_was_written_anew(own_run: SampleRun) -> None:
    path = own_run.project / "runs/audit.jsonl"
    kept = ledger.head(path)
    assert found(own_run.project, head=f"{kept.size}:{kept.hash}") == []
    replaced(own_run.project, [{**event, "ts": "2026-01-01T00:00:00.000000Z"} for event in ledger.read(path)])
    assert found(own_run.project) == []
    assert found(own_run.project, head=f"{kept.size}:{kept.hash}") == [("audit.jsonl", "rewritten")]
    with pytest.raises(ConfigurationError, match="is no head: write SIZE:HASH"):
        verified(own_run.project, head="12")


def test_the_project_ledger_has_a_line_a_run(own_run: SampleRun) -> None:
    with pytest.raises(DataContractError):
        run(own_run.project, as_of="1999-01-01")
    lines = list(ledger.read(own_run.project / "runs/audit.jsonl"))
    receipt = json.loads((own_run.folder / "receipt.json").read_text())
    assert [line["event"] for line in lines] == ["run.completed", "run.failed"]
    assert lines[0]["run_id"] == own_run.run_id
    assert lines[0]["head"] == receipt["head"]
    assert (lines[0]["profile"], lines[0]["as_of"], lines[0]["champion"]) == ("v4", "2026-06-30", "log_mps")
    assert found(own_run.project, everything=True) == []


def test_a_thousand_runs_are_verified_quickly_and_lightly(own_run: SampleRun) -> None:
    path = own_run.project / "runs/audit.jsonl"
    (line,) = ledger.read(path)
    replaced(own_run.project, [*({**line, "run_id": f"20260101-000000-{number:06x}"} for number in range(999)), line])
    started = time.process_time()
    document = verified(own_run.project)
    seconds = time.process_time() - started
    assert document["ok"], verification_text(document)
    assert document["lines"] > 1000
    assert seconds < 1.0  # 0.15 s on an idle machine


def test_it_imports_nothing_heavy() -> None:
    code = (
        "import sys; from tradingview_scraper.pipelines.selection.drivers.review import verify; "
        "print([name for name in ('numpy', 'pandas', 'pyarrow', 'hamilton', 'pydantic') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert answer.strip() == "[]"


def test_a_kept_head_is_of_the_run_that_is_named_or_of_the_project(own_run: SampleRun) -> None:
    own, ours = (ledger.head(path / "audit.jsonl") for path in (own_run.folder, own_run.project / "runs"))
    kept = [f"{head.size}:{head.hash}" for head in (own, ours)]
    assert problems(own_run, reference=own_run.run_id, head=kept[0]) == []
    assert problems(own_run, head=kept[1]) == []
    said = f"(the head that you gave: {kept[1]})"
    assert problems(own_run, reference=own_run.run_id, head=kept[1]) == [
        ("audit.jsonl", 1, f"line 1 is not the one whose hash the head kept {said}")
    ]
    said = f"(the head that you gave: {kept[0]})"
    assert problems(own_run, head=kept[0]) == [
        ("runs/audit.jsonl", 1, f"ends after 1 lines; the head was taken at {own.size} {said}")
    ]


def test_a_ledger_that_is_gone_is_told_without_a_line(own_run: SampleRun) -> None:
    head = ledger.head(own_run.folder / "audit.jsonl")
    (own_run.folder / "audit.jsonl").unlink()
    found = problems(own_run)
    assert found[:2] == [
        ("audit.jsonl", None, "there is no ledger audit.jsonl"),
        ("audit.jsonl", None, f"ends after 0 lines; the head was taken at {head.size}"),
    ]
    assert {message for _, _, message in found[2:]} == {"the run didn't write it"}


@pytest.mark.parametrize(
    ("line", "receipt", "differing"),
    [
        ({}, {}, []),
        ({"pool": 3}, {}, ["pool"]),
        ({"event": "run.failed", "pool": 3}, {"status": "FAILED"}, []),  # a failure's receipt has no more to say
        ({"event": "run.failed"}, {}, ["status"]),
        ({}, {"pool": 3}, []),
        ({"pool": 3}, {"pool": 4}, ["pool"]),
        ({"pool": 3, "profile": "v4", "rung": 1}, {"pool": 3, "profile": "v5", "rung": 2}, ["profile", "rung"]),
        ({"head": {"size": 1}}, {"head": {"size": 2}}, ["head"]),
        ({"head": {"size": 1}}, {"head": None}, ["head"]),
        ({}, {"head": None}, ["head"]),
        ({"unknown": 1}, {"unknown": 2}, []),
    ],
)
def test_what_line_and_receipt_disagree_on_by_hand(
    line: dict[str, Any], receipt: dict[str, Any], differing: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "receipt.json").write_text(
        json.dumps({"run_id": "a", "head": {"size": 1}, "status": "FINISHED", **receipt})
    )
    stated = {"event": "run.completed", **line}
    found = [(problem.file, problem.kind, problem.message) for problem in line_problems(folder, [stated])]
    words = f"says otherwise than runs/audit.jsonl in {', '.join(differing)}"
    assert found == ([("runs/a/receipt.json", "receipt", words)] if differing else [])


def test_runs_that_are_gone_are_counted_and_the_first_is_the_place() -> None:
    assert list(lost_runs({"a": [], "b": []}, {"a", "b", "c"})) == []
    (problem,) = lost_runs({"d": [], "b": [], "c": []}, {"c"})
    assert (problem.file, problem.kind, problem.line) == ("runs/b", "missing", None)
    assert problem.message == "runs whose folders are gone: 2: b, d"
