"""Commands over damaged records, settings, inputs, arguments and places: each ends with a code of ours and in plain words.

`ended_well` is the whole demand: an exit code of the table, no foreign exception, and where something is wrong one line
about it on stderr.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import Result

from support.command_line import tvselect
from support.sample import SampleRun
from support.tampering import tree_anew, written_anew
from tradingview_scraper.pipelines.selection.drivers.cli.ending import ending_code, ending_text, is_defect
from tradingview_scraper.pipelines.selection.lineage.record import files
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

CODES = {0, 1, 2, 3, 4}
DEEP = b"[" * 100_000
DAMAGES = {
    "missing": None,
    "empty": b"",
    "a number": b"5",
    "a list": b"[]",
    "a list of lists": b"[[1], [2]]\n",
    "an object": b"{}",
    "null": b"null\n",
    "deep": DEEP,
    "half a surrogate pair": b'{"run_id": "\\ud800", "event": "\\ud800"}\n',
    "no UTF-8": b"\xff\xfe\x00{",
    "NUL": b"\x00" * 64,
    "a huge number": b'{"run_id": ' + b"9" * 5000 + b"}\n",
    "infinity": b'{"run_id": 1e999, "rungs": 1e999}\n',
}
RECORD = (
    "receipt.json",
    "audit.jsonl",
    "manifest.json",
    "coverage.json",
    "ladder.json",
    "gates.json",
    "inputs.json",
    "lineage.json",
    "portfolio_candidates.json",
    "pool.parquet",
    "standings.parquet",
    "decisions.parquet",
    "report.html",
)
READERS = (
    ("ls",),
    ("ls", "--json"),
    ("show",),
    ("explain", "SPY"),
    ("diff",),
    ("verify",),
    ("verify", "--all"),
    ("verify", "@latest~1"),
    ("report",),
    ("report", "--against", "@latest~1"),
    ("lineage",),
    ("lineage", "--rung", "1"),
    ("export", "openlineage"),
)


def ended_well(result: Result, what: object) -> None:
    """Raises `AssertionError` where a command ended otherwise than it should."""
    assert result.exception is None or isinstance(result.exception, SystemExit), (what, repr(result.exception))
    assert result.exit_code in CODES, (what, result.exit_code)
    assert "Traceback" not in result.output, what
    if result.exit_code and not result.stdout:
        lines = [line for line in result.stderr.splitlines() if line]
        assert lines, what
        assert all(line.startswith("tvselect: ") for line in lines), (what, lines)
        assert len(lines[-1]) < 900, (what, lines[-1])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of comparison go to the working folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def two_runs(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two runs, the later of which is damaged and mended by the tests."""
    project = tmp_path_factory.mktemp("damaged") / "project"
    shutil.copytree(sample_run.project, project)
    assert tvselect("run", "--quiet", "--project", str(project)).exit_code == 0
    return project


@pytest.fixture
def damaged(two_runs: Path) -> Iterator[Callable[[str, bytes | None], Path]]:
    """Puts other bytes, or nothing, in place of a file of the later run; all is as it was afterwards."""
    kept: dict[Path, bytes] = {}
    folder = max((two_runs / "runs").glob("2*"))

    def damage(name: str, content: bytes | None) -> Path:
        path = folder / name
        kept.setdefault(path, path.read_bytes())
        path.unlink() if content is None else path.write_bytes(content)
        return two_runs

    yield damage
    for path, content in kept.items():
        path.write_bytes(content)


@pytest.mark.parametrize("name", RECORD)
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_record(name: str, kind: str, damaged: Callable[[str, bytes | None], Path]) -> None:
    project = damaged(name, DAMAGES[kind])
    for command in READERS:
        ended_well(tvselect(*command, "--project", str(project)), (name, kind, command))
    if name != "receipt.json" or kind != "missing":  # without a receipt there is no such run
        assert tvselect("verify", "--all", "--project", str(project)).exit_code == 4


FACTS = ("schema_version", "run_id", "finished", "status", "profile", "as_of", "as_of_given", "data", "pool", "winners")
FACTS += ("routes", "rung", "reached_floor", "head", "head size", "head hash")


def without(fact: str, receipt: bytes) -> bytes:
    """A receipt that doesn't say one thing."""
    facts = json.loads(receipt)
    outer, _, inner = fact.partition(" ")
    (facts[outer] if inner else facts).pop(inner or outer)
    return json.dumps(facts).encode()


def test_every_fact_of_a_receipt_is_dropped_below(two_runs: Path) -> None:
    receipt = json.loads((max((two_runs / "runs").glob("2*")) / "receipt.json").read_text())
    assert set(FACTS) == {*receipt, "head size", "head hash"}


@pytest.mark.parametrize("fact", FACTS)
def test_a_receipt_that_lacks_a_fact(fact: str, damaged: Callable[[str, bytes | None], Path], two_runs: Path) -> None:
    """Dropped by somebody, and never written: then the project's line agrees, and nothing is damaged."""
    folder = max((two_runs / "runs").glob("2*"))
    content = without(fact, (folder / "receipt.json").read_bytes())
    log = (two_runs / "runs/audit.jsonl").read_bytes()
    events = [json.loads(line) for line in log.splitlines()]
    line = next(event for event in events if event["run_id"] == folder.name)
    line["receipt"] = f"sha256:{sha256(content).hexdigest()}"
    if not fact.startswith(("head", "run_id")):
        line.pop(fact, None)
    damaged("receipt.json", content)
    try:
        ended_well(tvselect("show", "--project", str(two_runs)), fact)
        written_anew(two_runs / "runs/audit.jsonl", events)
        tree_anew(two_runs)
        for command in (("ls",), ("show",), ("explain", "SPY"), ("diff",), ("report",), ("export", "openlineage")):
            ended_well(tvselect(*command, "--project", str(two_runs)), (fact, command))
    finally:
        (two_runs / "runs/audit.jsonl").write_bytes(log)
        tree_anew(two_runs)


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_line_of_a_ledger(kind: str, damaged: Callable[[str, bytes | None], Path], two_runs: Path) -> None:
    path = max((two_runs / "runs").glob("2*")) / "audit.jsonl"
    lines = path.read_bytes().split(b"\n")
    for place in (0, len(lines) - 2):
        line = (DAMAGES[kind] or b"").replace(b"\n", b"")
        project = damaged("audit.jsonl", b"\n".join([*lines[:place], line, *lines[place + 1 :]]))
        for command in READERS:
            ended_well(tvselect(*command, "--project", str(project)), (kind, place, command))


@pytest.mark.parametrize(
    "change",
    [
        {"head": 5},
        {"head": {"size": "x", "hash": 3}},
        {"head": {"size": 10**400, "hash": "0" * 64}},
        {"status": []},
        {"status": "FAILED"},
        {"run_id": "another"},
        {"winners": {}, "pool": [], "rung": None, "routes": 3},
        {"profile": "\ud800"},
    ],
)
def test_a_receipt_of_the_wrong_kind(
    change: dict[str, object], damaged: Callable[[str, bytes | None], Path], two_runs: Path
) -> None:
    path = max((two_runs / "runs").glob("2*")) / "receipt.json"
    project = damaged("receipt.json", json.dumps({**json.loads(path.read_text()), **change}).encode())
    for command in READERS:
        ended_well(tvselect(*command, "--project", str(project)), (change, command))


SETTINGS = {
    "no UTF-8": b"\xff\xfe[base]",
    "no TOML": b"[base",
    "a number for a table": b"base = 5",
    "profile is a number": b"profile = 3",
    "profile is a list": b"profile = [1]",
    "a profile is a number": b"[profile]\nv4 = 3",
    "extends a number": b"[profile.a]\nextends = 3",
    "gates are a list": b"[base]\ngates = []",
    "a gate is a number": b"[base.gates]\nadx = 3",
    "ladder is a table": b"[base]\nladder = {}",
    "ladder is empty": b"[base]\nladder = []",
    "scorers are a text": b"[base]\nscorers = 'x'",
    "data is a number": b"[base]\ndata = 1",
    "a huge number": b"[base.recruitment]\nfloor = " + b"9" * 5000,
    "deep": b"[base]\nx = " + b"[" * 20_000 + b"]" * 20_000,
    "infinity": b"[base.gates.adx]\nthreshold = inf",
    "NUL": b"[base]\nuniverse = 'a\x00b'",
    "modules are numbers": b"[base.features]\nmodules = [1]",
    "an empty module": b"[base.features]\nmodules = ['']",
    "an odd module": b"[base.features]\nmodules = ['..']",
    "an odd provider": b"[base.data]\nprovider = ':'",
    "an odd scorer": b"[base.scorers.log_mps]\nkind = ':x'",
    "an odd pattern": b"[base.data]\nscans = ''",
    "an absolute pattern": b"[base.data]\nscans = '/etc/*'",
    "a NUL in a path": b'[base.data]\nbars = ["a\\u0000b"]',
    "a date": b"[base]\nuniverse = 2026-01-01",
    "weights are empty": b"[base]\nweights = {momentum = 0}",
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_damaged_settings(kind: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "tvselect.toml").write_bytes(SETTINGS[kind])
    for command in (("config", "show"), ("run", "--dry-run"), ("run",), ("doctor",), ("lineage",)):
        ended_well(tvselect(*command, "--project", str(tmp_path)), (kind, command))
    assert not list((tmp_path / "runs").glob(".*.partial"))


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "a\x00b", "\udcff", "9" * 5000, "[" * 5000, "..", "@", "@~", "%s", "\n"]
)
def test_odd_arguments(text: str, two_runs: Path) -> None:
    for command in (
        ("show", text),
        ("explain", text),
        ("explain", "@latest", text),
        ("diff", text),
        ("verify", text),
        ("verify", "--head", text),
        ("report", "--against", text),
        ("lineage", text),
        ("lineage", "--upstream", text),
        ("lineage", "--column", text),
        ("lineage", "diff", text, text),
        ("ls", "--since", text),
        ("ls", "--limit", text),
        ("run", "--dry-run", "--as-of", text),
        ("run", "--dry-run", "--profile", text),
        ("run", "--dry-run", "--set", text),
        ("run", "--dry-run", "--set", f"recruitment.floor={text}"),
        ("run", "--dry-run", "--set", f"{text}=1"),
        ("run", "--dry-run", "--market-defaults", text),
        ("run", "--quiet", "--data", text),
        ("run", "--quiet", "--set", f"data.bars=['{text}']"),
        ("config", "show", "--set", text),
        ("export", "openlineage", text),
        ("completion", text),
        (text,),
    ):
        placed = (*command, "--project", str(two_runs)) if len(command) > 1 and command[0] != "completion" else command
        ended_well(tvselect(*placed), (text[:10], command[:4]))


RECORDS = {
    "a number for a base": {"base": 5},
    "a list for a market": {"market": [1]},
    "half a surrogate pair": {"identity": "\ud800"},
    "an object for a sector": {"sector": {"a": 1}},
    "a huge number": {"Value.Traded": 10**400},
    "a text for a tick": {"tick_size": "x"},
    "a NUL": {"logic": "a\x00b"},
    "a number for a symbol": {"symbol": 5},
    "no symbol": {"symbol": None},
    "half a pair in the symbol": {"symbol": "BINANCE:\ud800"},
}


@pytest.mark.parametrize("kind", RECORDS)
def test_odd_candidates(kind: str, sample_run: SampleRun, tmp_path: Path) -> None:
    shutil.copytree(sample_run.project, tmp_path / "own", ignore=shutil.ignore_patterns("runs"))
    path = max((tmp_path / "own" / "data" / "scans").glob("*.json"))
    document = json.loads(path.read_text())
    document["data"][0] |= RECORDS[kind]
    path.write_text(json.dumps(document))
    ended_well(tvselect("run", "--quiet", "--project", str(tmp_path / "own")), kind)
    assert not list((tmp_path / "own" / "runs").glob(".*.partial"))


# A table that is absent is no damage.
@pytest.mark.parametrize("kind", [kind for kind, content in DAMAGES.items() if content is not None])
@pytest.mark.parametrize("name", ["bars.parquet", "instruments.parquet", "scans"])
def test_damaged_inputs(name: str, kind: str, sample_run: SampleRun, tmp_path: Path) -> None:
    source = sample_run.project / "data"
    (tmp_path / "data" / "scans").mkdir(parents=True)
    scan = max((source / "scans").glob("*.json"))
    for path in (source / "bars.parquet", scan):
        os.link(path, tmp_path / "data" / path.relative_to(source))
    hurt = tmp_path / "data" / (f"scans/{scan.name}" if name == "scans" else name)
    hurt.unlink(missing_ok=True)
    hurt.write_bytes(DAMAGES[kind] or b"")
    for command in ("doctor", "run"):
        found = tvselect(command, "--project", str(tmp_path))
        assert found.exit_code in CODES - {0}, (name, kind, found.output)
        assert found.exception is None or isinstance(found.exception, SystemExit), repr(found.exception)


def test_a_project_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for command in (("run",), ("ls",), ("show",), ("doctor",), ("clean",), ("verify",), ("config", "show")):
        found = tvselect(*command, "--project", str(tmp_path / "nope"))
        assert found.exit_code == 2
        assert len(found.stderr.splitlines()) == 1
        assert "nope" in found.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, 1), (errno.EROFS, 2), (errno.EACCES, 2), (errno.EIO, 1), (errno.EDQUOT, 1)]
)
@pytest.mark.parametrize("writes", [0, 1, 2, 5, 20])
def test_a_disk_that_fails_leaves_nothing_half(
    number: int, code: int, writes: int, own_run: SampleRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write of the record goes through `fsync`; the disk fails at the given one."""
    before = sorted(path.relative_to(own_run.project) for path in own_run.project.rglob("*"))
    ledger = (own_run.project / "runs" / "audit.jsonl").read_bytes()
    done, fsync = 0, os.fsync

    def failing(descriptor: int) -> None:
        nonlocal done
        done += 1
        if done > writes:
            raise OSError(number, os.strerror(number), "runs")
        fsync(descriptor)

    monkeypatch.setattr(files.os, "fsync", failing)
    found = tvselect("run", "--quiet", "--project", str(own_run.project))
    monkeypatch.undo()
    assert found.exit_code == code
    assert re.fullmatch(r"tvselect: record: \S+ can't be written: .+; .+\n", found.stderr)
    assert sorted(path.relative_to(own_run.project) for path in own_run.project.rglob("*")) == before
    assert (own_run.project / "runs" / "audit.jsonl").read_bytes() == ledger


def test_a_place_that_refuses_new_folders_ends_in_one_line(own_run: SampleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, *rest: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(files.os, "makedirs", refused)
    found = tvselect("run", "--quiet", "--project", str(own_run.project))
    assert found.exit_code == 2
    assert "runs can't be written: Permission denied; use another --project" in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_too_few_addresses_are_refused_before_a_library_loads(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({2**29}, {2**29}))\n{RUN}",
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20)
    assert ended.returncode == 2
    assert ended.stderr == (
        "tvselect: the process may have 512 MB of addresses only (ulimit -v): the libraries alone take 1024 MB; raise the limit\n"
    )


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        pa.ArrowMemoryError("malloc of size 64 failed"),
        ImportError("DLL load failed"),
        OSError("libgfortran-8f1e9814.so.5.0.0: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
    ],
)
def test_what_finds_no_room_is_told_as_a_want_of_memory(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ending_text(error) == "there isn't enough memory: give fewer assets or days (data.lookback)"
    assert ending_code(error) == 1
    # Without a limit a thread and a module have room: something else is wrong.
    assert is_defect(error) == (not isinstance(error, MemoryError | OSError))
    monkeypatch.setattr("resource.getrlimit", lambda _: (2**31, 2**31))
    assert not is_defect(error)


@pytest.mark.parametrize("error", [RuntimeError("a generator raised"), pa.ArrowInvalid("no table")])
def test_what_is_a_defect_shows_where_it_happened(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (2**31, 2**31))
    assert is_defect(error)
    assert not is_defect(RecursionError("maximum recursion depth exceeded"))
    assert not is_defect(DataContractError("a thread"))


def test_another_failure_of_a_place_is_none() -> None:
    assert ending_text(OSError(errno.EACCES, "Permission denied", "x.so")) == "x.so: Permission denied"
    assert ending_code(OSError(errno.EACCES, "Permission denied", "x.so")) == 2


RUN = "from tradingview_scraper.pipelines.selection.drivers.cli.main import main; main(['run'])"
