"""Which run is meant."""

import json
import re
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.runs import (
    is_reference,
    new_run_id,
    receipt,
    receipts,
    run_before,
    run_folder,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError

NAMES = ["20260101-000000-aaaaaa", "20260101-000000-bbbbbb", "20260203-000000-aaaaaa"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in NAMES:
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / "receipt.json").write_text(json.dumps({"run_id": name}))
    (tmp_path / "runs" / "20270101-000000-cccccc").mkdir()  # one without a receipt is no run yet
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("@latest", 2),
        ("@~0", 2),
        ("@~2", 0),
        ("@latest~1", 1),
        ("@latest~2", 0),
        ("20260101-000000-b", 1),
        ("202602", 2),
    ],
)
def test_a_reference_means_one_run(reference: str, place: int, project: Path) -> None:
    assert run_folder(project, reference) == project / "runs" / NAMES[place]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("20260101", "several runs begin with '20260101': 20260101-000000-aaaaaa, 20260101-000000-bbbbbb"),
        ("2025", "there is no run '2025'"),
        ("", "there is no run ''"),
        ("@~3", "there are only 3 runs"),
        ("@latest~3", "there are only 3 runs"),
        ("@", "'@' is no reference"),
        ("@latest~", "'@latest~' is no reference"),
        ("20260101-000000-aaaabb", "did you mean 20260101-000000-aaaaaa?"),
        ("@~x", "'@~x' is no reference"),
    ],
)
def test_what_means_none_or_several_is_refused(reference: str, message: str, project: Path) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        run_folder(project, reference)


def test_the_champions_run_is_the_last_that_the_promoted_scorer_decided(project: Path) -> None:
    path = project / "runs" / "audit.jsonl"
    with pytest.raises(ConfigurationError, match="nobody has been promoted"):
        run_folder(project, "@champion")
    moved = {
        "event": "alias.moved",
        "run_id": None,
        "alias": "champion",
        "profile": "v4",
        "from": "a",
        "to": "b",
        "scorer": {},
    }
    ledger.append(path, moved)
    with pytest.raises(ConfigurationError, match="b has decided no run of profile v4"):
        run_folder(project, "@champion")
    ledger.append(path, {"event": "run.completed", "run_id": NAMES[1], "profile": "v4", "champion": "b"})
    ledger.append(path, {"event": "run.completed", "run_id": NAMES[2], "profile": "v4", "champion": "a"})
    assert run_folder(project, "@champion").name == NAMES[1]


def test_receipts_are_listed_oldest_first_and_must_name_their_run(project: Path) -> None:
    assert [found["run_id"] for found in receipts(project)] == NAMES
    for text in ("[" * 100_000, "{", "[]", "{}", '{"run_id": 5}', '{"run_id": "\u00e9"}'):
        (project / "runs" / NAMES[0] / "receipt.json").write_text(text)
        with pytest.raises(VerificationError, match=NAMES[0]):
            receipt(project / "runs" / NAMES[0])
        assert receipts(project)[0] == {"run_id": NAMES[0], "status": "BROKEN"}
    with pytest.raises(VerificationError, match="the run none has no readable receipt"):
        receipt(project / "runs" / "none")


def test_a_reference_is_told_from_an_asset(project: Path) -> None:
    assert all(is_reference(project, text) for text in ("@", "@~1", "20260203", "20260203-", NAMES[0]))
    assert not any(
        is_reference(project, text) for text in ("BTC", "20250101", "2026", "2026020", "1000PEPEUSDT", "20260203x", "")
    )


def test_a_new_id_sorts_by_time_and_is_free(tmp_path: Path) -> None:
    found = {new_run_id(tmp_path) for _ in range(20)}
    assert len(found) == 20
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", name) for name in found)


def test_the_run_before_is_the_last_finished_one_of_the_same_profile(tmp_path: Path) -> None:
    kept = [("1", "v4", "FINISHED"), ("2", "v3.4", "FINISHED"), ("3", "v4", "FAILED"), ("4", "v4", "FINISHED")]
    kept += [("5", "v4", "FINISHED")]
    for run_id, profile, status in kept:
        folder = tmp_path / "runs" / run_id
        folder.mkdir(parents=True)
        (folder / "receipt.json").write_text(json.dumps({"run_id": run_id, "profile": profile, "status": status}))
    assert run_before(tmp_path, "5") == tmp_path / "runs" / "4"
    assert run_before(tmp_path, "4") == tmp_path / "runs" / "1"
    assert run_before(tmp_path, "2") is None
    assert run_before(tmp_path, "1") is None
    assert run_before(tmp_path, "35") is None  # not there: of no profile


def test_five_of_those_that_may_be_meant_are_named_and_the_nearest_from_a_date_on(tmp_path: Path) -> None:
    for day in range(1, 8):
        folder = tmp_path / "runs" / f"2026010{day}-000000-aaaaaa"
        folder.mkdir(parents=True)
        (folder / "receipt.json").touch()
    hint = "; `tvselect ls` lists them, @latest is the last"
    five = ", ".join(f"2026010{day}-000000-aaaaaa" for day in range(1, 6))
    near = "20260107-000000-aaaaa"
    for reference, words in {
        "2026": f"several runs begin with '2026': {five}",
        "": "there is no run ''",
        "x": "there is no run 'x'",
        f"{near}b": f"there is no run '{near}b'; did you mean {near}a?",
        "20260109": "there is no run '20260109'",
    }.items():
        with pytest.raises(ConfigurationError) as caught:
            run_folder(tmp_path, reference)
        assert str(caught.value) == words + hint
    with pytest.raises(ConfigurationError) as caught:
        run_folder(tmp_path, "@~7")
    assert str(caught.value) == "@~7: there are only 7 runs, and @latest~0 is the last"
    with pytest.raises(ConfigurationError) as caught:
        run_folder(tmp_path / "new", "@latest")
    assert str(caught.value) == "there are no runs in runs/: `tvselect run` makes one"


def test_of_a_single_run_there_is_none_before(tmp_path: Path) -> None:
    (tmp_path / "runs/20260101-000000-aaaaaa").mkdir(parents=True)
    (tmp_path / "runs/20260101-000000-aaaaaa/receipt.json").touch()
    with pytest.raises(ConfigurationError, match=r"^@~1: there is only 1 run, and @latest~0 is the last$"):
        run_folder(tmp_path, "@~1")


def test_the_latest_run_is_the_last_of_the_ledger_whatever_the_clock_said(project: Path) -> None:
    """A clock that was set back, a run that the ledger doesn't know, a line that can't be read."""
    path = project / "runs" / "audit.jsonl"
    for name in (NAMES[2], NAMES[0]):
        ledger.append(path, {"event": "run.completed", "run_id": name})
    with path.open("ab") as file:
        file.write(b"no line\n[]\n")
    assert [found["run_id"] for found in receipts(project)] == [NAMES[1], NAMES[2], NAMES[0]]
    assert run_folder(project, "@latest").name == NAMES[0]
    assert run_folder(project, "@latest~1").name == NAMES[2]
