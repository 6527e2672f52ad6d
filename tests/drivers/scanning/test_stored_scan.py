"""From an answer to a file that a run reads, values untouched; and the answers of what was refused."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from support.scanner import Scanner, question, rows, says, scanning
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import NamedScan, known_candidates
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import read_once
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import scan_of
from tradingview_scraper.pipelines.selection.drivers.scanning.paged_scan import Outcome, scanned_pages
from tradingview_scraper.pipelines.selection.drivers.scanning.stored_scan import empty_fields, stored, update_modes
from tradingview_scraper.pipelines.selection.schemas.errors import StageError, StorageError


def scanned(scanner: Scanner, **changed: object) -> Outcome:
    outcome = scanned_pages(question(scanner, **changed), scanning())
    outcome.moment = datetime(2026, 3, 18, 9, 30, 15, 250_000, tzinfo=UTC)
    return outcome


def test_an_export_is_read_as_it_was_answered(scanner: Scanner, tmp_path: Path) -> None:
    scanner.held[4]["d"] = [1e-9, "delayed_streaming_900", 12345678901234567]
    meta = {"direction": "SHORT", "logic": "trend", "market": "CRYPTO"}
    path = stored(tmp_path, scanned(scanner, meta=meta, limit=20))
    assert path == tmp_path / "scans" / "trend_crypto_2026-03-18T09-30-15Z.json"
    document = json.loads(path.read_text())
    assert document["data"] == scanner.held[:20]
    held = document["meta"]
    assert held["asked"]["url"] == f"{scanner.url}/crypto/scan"
    assert held["asked"]["columns"] == document["columns"] == ["close", "update_mode", "ADX"]
    assert (held["total"], held["stated_total"], held["limit"], held["requests"]) == (20, 23, 20, 2)
    assert (held["delayed"], held["update_mode"]) == (True, {"delayed_streaming_900": 1, "streaming": 19})
    assert held["fields_digest"].startswith("sha256:")
    scan = scan_of(read_once(path, path.name))
    known = known_candidates([NamedScan(scan, path.name, path.stem)], pd.Timestamp("2026-03-18"))
    assert (len(known.records), known.dated) == (20, True)
    assert known.records[4]["symbol"] == "BINANCE:A004USDT"
    assert (known.records[4]["close"], known.records[4]["ADX"]) == (1e-9, 12345678901234567)
    assert (known.records[4]["direction"], known.records[4]["logic"]) == ("SHORT", "trend")
    assert known.scans == {"trend_crypto": pd.Timestamp("2026-03-18 09:30:15.25")}
    assert known.asked == (
        f"trend_crypto of {scanner.url}/crypto/scan at 2026-03-18T09:30:15.250000Z (20 of 23 rows, some delayed)",
    )
    assert known_candidates([NamedScan(scan, path.name, path.stem)], pd.Timestamp("2026-03-17")).asked == ()


def test_the_digest_of_the_fields_is_of_their_names(scanner: Scanner, tmp_path: Path) -> None:
    digests = []
    for columns in (("close", "update_mode", "ADX"), ("ADX", "close", "update_mode"), ("RSI", "close", "update_mode")):
        path = stored(tmp_path / "".join(columns), scanned(scanner, columns=columns))
        assert path is not None
        digests.append(json.loads(path.read_text())["meta"]["fields_digest"])
    assert digests[0] == digests[1] != digests[2]


def test_what_is_delayed_or_empty_is_said_or_unknown() -> None:
    held = [{"s": "A", "d": [1, "streaming", None]}, {"s": "B", "d": [None, None, None]}]
    columns = ["close", "update_mode", "ADX"]
    assert update_modes(columns, held) == {"streaming": 1, "unknown": 1}
    assert update_modes(["close", "mode", "ADX"], held) is None
    assert empty_fields(columns, held) == ["ADX"]
    assert empty_fields(columns, []) == []


def test_answers_of_a_refused_scan_are_kept_where_no_run_looks(scanner: Scanner, tmp_path: Path) -> None:
    scanner.faults = [says(b"\xff\xfe", 500)]
    scanner.always = says({"error": 'Unknown field "clse"'}, 400)
    path = stored(tmp_path, scanned(scanner))
    assert path == tmp_path / "refused_scans" / "trend_crypto_2026-03-18T09-30-15Z.json"
    document = json.loads(path.read_text())
    assert "Unknown field" in document["refused"]
    assert [(answer["range"], answer["status"]) for answer in document["answers"]] == [([0, 10], 500), ([0, 10], 400)]
    assert base64.b64decode(document["answers"][0]["body_base64"]) == b"\xff\xfe"
    assert json.loads(document["answers"][1]["body"]) == {"error": 'Unknown field "clse"'}
    assert not (tmp_path / "scans").exists()


def test_nothing_is_overwritten_and_nothing_half_is_left(
    scanner: Scanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, scanned(scanner))
    assert path is not None
    before = path.read_bytes()
    scanner.held = rows(3)
    with pytest.raises(StageError, match="is there already, of the same second"):
        stored(tmp_path, scanned(scanner))
    assert path.read_bytes() == before

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    later = scanned(scanner)
    later.moment = datetime(2026, 3, 19, tzinfo=UTC)
    with pytest.raises(StorageError, match="the disk is full"):
        stored(tmp_path, later)
    assert [each.name for each in (tmp_path / "scans").iterdir()] == [path.name]


def test_what_nobody_answered_leaves_nothing(scanner: Scanner, tmp_path: Path) -> None:
    asked = question(scanner)
    scanner.shutdown()
    scanner.server_close()
    assert stored(tmp_path, scanned_pages(asked, scanning())) is None
    assert list(tmp_path.iterdir()) == []
