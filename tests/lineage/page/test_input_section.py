"""Inputs in static HTML: dates, files, coverage, quarantine, against the page's data and the run's files."""

import json
from pathlib import Path
from typing import Any

import pandas as pd


def test_tables_and_scans_stand_with_their_dates(data: dict[str, Any], still: Any) -> None:
    assert [(row[0], row[3], row[4]) for row in still.tables["tables"].rows] == [
        (entry["table"], entry["first"] or "undated", entry["last"] or "undated") for entry in data["tables"]
    ]
    scans = still.tables["scans"].rows
    assert [row[:2] for row in scans] == [[scan["scanner"], scan["date"]] for scan in data["scans"]]
    assert [int(row[2]) for row in scans] == [scan["records"] for scan in data["scans"]]


def test_files_stand_with_their_digests(folder: Path, still: Any) -> None:
    inputs = json.loads((folder / "audit.jsonl").read_text("utf-8").splitlines()[-1])["inputs"]
    assert [(row[0], row[3]) for row in still.tables["sources"].rows] == [
        (entry["name"], entry["digest"].removeprefix("sha256:")[:12]) for entry in inputs
    ]


def test_coverage_and_quarantine_are_the_runs(folder: Path, still: Any) -> None:
    coverage = json.loads((folder / "coverage.json").read_text("utf-8"))
    rows = {row[0]: row for row in still.tables["coverage"].rows}
    assert rows["candidates"][1] == str(coverage["candidates"])
    assert rows["bars without candidates"][2] == ", ".join(coverage["bars_without_candidates"])
    assert rows["superseded"][2].endswith(", ".join(coverage["superseded"]))
    count = len(pd.read_parquet(folder / "quarantine.parquet"))
    assert still.texts["quarantine"].startswith(f"{count} cells or rows set aside: ")
    assert len(still.tables["quarantine-rows"].rows) == min(count, 100)
