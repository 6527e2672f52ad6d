"""`doctor`: it says what a run then finds, and ends as the run does."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.command_line import tvselect
from support.market import longest
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.doctor import diagnosis_text, environment_lines, gate_rows


def test_the_diagnosis_is_what_the_run_finds(sample_run: SampleRun) -> None:
    before = sorted(sample_run.project.rglob("*"))
    done = tvselect("doctor", "--project", str(sample_run.project), "--as-of", "2026-06-30", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)["diagnosis"]
    receipt = json.loads((sample_run.folder / "receipt.json").read_text())
    coverage = json.loads((sample_run.folder / "coverage.json").read_text())
    assert [found[name] for name in ("pool", "winners", "rung")] == [receipt[n] for n in ("pool", "winners", "rung")]
    assert found["partnerless"] == coverage["candidates_without_bars"]
    events = [json.loads(line) for line in (sample_run.folder / "audit.jsonl").read_text("utf-8").splitlines()]
    strict = next(event for event in events if event["event"] == "rung.completed")
    assert (found["eligible"], found["floor"], found["shortfall"]) == (strict["eligible"], 15, None)
    assert sorted(sample_run.project.rglob("*")) == before  # nothing is written
    text = tvselect("doctor", "--project", str(sample_run.project), "--as-of", "2026-06-30").stdout
    assert text.startswith("python    3.")
    assert f"{receipt['winners']} would be selected at rung {receipt['rung']}" in text


def test_nobody_to_select_is_exit_1_with_lines_to_paste(sample_run: SampleRun, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(sample_run.project / "data", data)
    (data / "instruments.parquet").unlink()
    for path in (data / "scans").glob("*.json"):
        document = json.loads(path.read_text())
        for row in document["data"]:
            for name in ("tick_size", "lot_size", "step_size", "price_precision"):
                row.pop(name, None)
        path.write_text(json.dumps(document))
    where = ("--project", str(tmp_path))
    done = tvselect("doctor", *where)
    assert done.exit_code == 1
    pasted = [line.removeprefix("paste").strip() for line in done.stdout.split("paste")[1].splitlines()[:2]]
    assert pasted[0].startswith("--market-defaults ")
    assert tvselect("run", *where).exit_code == 1
    assert tvselect("doctor", *where, *pasted[0].split()).exit_code == 0
    (tmp_path / "tvselect.toml").write_text(f"[base]\n{pasted[1]}\n")
    assert tvselect("doctor", *where).exit_code == 0


def test_a_broken_table_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bars.parquet").write_bytes(b"PAR1")
    assert tvselect("doctor", "--project", str(tmp_path)).exit_code == 3


def test_what_changes_results_or_stops_writing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tradingview_scraper.pipelines.selection.drivers.review import doctor

    assert not any("bottleneck" in line or "can't be written" in line for line in environment_lines(tmp_path))
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: object() if name == "bottleneck" else None)
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    said = "\n".join(environment_lines(tmp_path))
    assert "bottleneck is installed" in said
    assert "can't be written" in said


@pytest.mark.parametrize("missing", [os.W_OK, os.X_OK])
@pytest.mark.parametrize("place", [".", "runs"])
def test_a_folder_must_be_writable_and_enterable_for_a_run(
    place: str, missing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / place).mkdir(exist_ok=True)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / place or not mode & missing)
    assert environment_lines(tmp_path)[2:] == [
        f"          {tmp_path / place} can't be written: `run` needs another --project"
    ]


def test_whether_the_project_has_a_file_is_said(tmp_path: Path) -> None:
    assert environment_lines(tmp_path)[1] == f"project   {tmp_path} has no tvselect.toml (none is needed)"
    (tmp_path / "tvselect.toml").touch()
    assert environment_lines(tmp_path)[1] == f"project   {tmp_path}"


FOUND: dict[str, Any] = {
    "read": ["bars.parquet: 5 rows", "scans: 2"],
    "absent": ["instruments.parquet"],
    "join": "3 assets",
    "partnerless": ["A", "B", "C", "D", "E"],
    "set_aside": {"not positive": 2, "twice": 1},
    "notes": ["a note"],
    "gates": [
        {"gate": "adx", "kind": "relaxable", "asks": "adx >= 20", "stops": 2, "alone": 1, "unknown": 1},
        {"gate": "health", "kind": "hard", "asks": "survival >= 0.5", "stops": 0, "alone": 0, "unknown": 3},
    ],
    "idle": ["weights.survival moves nothing"],
    "missing": ["3 without a tick size"],
    "paste": ["--market-defaults us-stocks"],
    "gates_off": ["health"],
    "pool": 3,
    "eligible": 1,
    "winners": 2,
    "floor": 4,
    "rung": 3,
    "shortfall": "fewer than the floor",
}
TEXT = """\
read      bars.parquet: 5 rows
          scans: 2
absent    instruments.parquet
join      3 assets
          5 without bars or returns: A, B, C, D, E
set aside 2 not positive
          1 twice
note      a note

gate          kind       asks                                stops  alone  unknown   of 3
adx           relaxable  adx >= 20                               2      1        1
health        hard       survival >= 0.5                         0      0        3   off: nobody has a value

idle      weights.survival moves nothing
missing   3 without a tick size
paste     --market-defaults us-stocks
a run     2 would be selected at rung 3 (1 pass every strict gate); the floor is 4
          fewer than the floor"""


def test_the_text_by_hand() -> None:
    assert diagnosis_text(FOUND) == TEXT
    six = diagnosis_text({**FOUND, "partnerless": [*"ABCDEF"], "shortfall": ""})
    assert "          6 without bars or returns: A, B, C, D, E ...\n" in six
    assert six.endswith("the floor is 4")
    assert "without bars" not in diagnosis_text({**FOUND, "partnerless": []})


def test_a_gate_counts_who_fails_it_and_who_is_unknown_at_the_strict_rung() -> None:
    rows = {row["gate"]: row for row in gate_rows(longest())}
    decisions = longest().rungs[0].context.decisions
    assert list(rows) == list(longest().settings.active_gates)
    for name, row in rows.items():
        own = decisions[decisions["gate"] == name]
        assert (row["stops"], row["unknown"]) == ((~own["passed"]).sum(), own["value"].isna().sum())
    failed = decisions[~decisions["passed"]].groupby("symbol", observed=True)["gate"].agg(list)
    alone = [gates[0] for gates in failed if len(gates) == 1]
    assert {name: row["alone"] for name, row in rows.items()} == {name: alone.count(name) for name in rows}
    assert rows["adx"]["asks"] == "adx >= 20"
    assert (rows["adx"]["kind"], rows["history"]["kind"]) == ("relaxable", "hard")
    assert rows["adx"]["stops"] > (~longest().decisions.query("gate == 'adx'")["passed"]).sum()
