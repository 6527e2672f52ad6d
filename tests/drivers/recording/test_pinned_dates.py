"""Dates of a run: what it was asked for, what it saw, and what is pinned."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.zones import END, zoned_bars, zoned_candidates
from tradingview_scraper.pipelines.selection.drivers.recording.artifacts import artifact_files
from tradingview_scraper.pipelines.selection.drivers.recording.run import Run, run
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import reproduced
from tradingview_scraper.pipelines.selection.schemas.run_files import INPUTS, LEDGER, PAGE, RECEIPT

BARS = zoned_bars(("TOKYO", "BERLIN", "NEWYORK", "UTC", "EIGHT"))
SETTINGS = {"recruitment.floor": 2}


def data_folder(place: Path, bars: pd.DataFrame, **scans: dict[str, Any]) -> Path:
    (place / "scans").mkdir(parents=True, exist_ok=True)
    bars.drop(columns="session").to_parquet(place / "bars.parquet")
    documents = scans or {"all_2026-01-05": {}}
    for stem, meta in documents.items():
        (place / "scans" / f"{stem}.json").write_text(json.dumps({"meta": meta, "data": zoned_candidates(BARS)}))
    return place


def ran(place: Path, as_of: str | None = None, **settings: Any) -> Run:
    # The scans are older than a month on some dates.
    return run(place, as_of=as_of, settings={**SETTINGS, "data.max_scan_age_days": 500, **settings})


def artifacts(finished: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in finished.folder.iterdir() if path.name not in (LEDGER, RECEIPT)}


def unsourced(finished: Run) -> dict[str, bytes]:
    """A run's files but the page's list of the files that were read: their digests are of whole files."""
    tables = replace(finished.selection.tables, sources=())
    files = artifact_files(replace(finished.selection, tables=tables))
    written = artifacts(finished)
    assert [name for name in files if name != PAGE and files[name] != written[name]] == []
    return files


@pytest.mark.parametrize("date", ["2026-04-24", "2026-03-27", "2026-03-08"])
def test_a_run_as_of_a_date_leaves_what_one_on_data_that_end_there_leaves(date: str, tmp_path: Path) -> None:
    data_folder(tmp_path / "whole" / "data", BARS, **{"all_2026-01-05": {}, "all_2026-04-29": {}})
    data_folder(tmp_path / "ends" / "data", BARS[BARS["session"] <= date])
    first, second = unsourced(ran(tmp_path / "whole", date)), unsourced(ran(tmp_path / "ends"))
    assert first.keys() == second.keys()
    assert INPUTS in first
    assert [name for name in first if first[name] != second[name]] == []


def test_the_last_session_is_pinned_where_no_date_was_given(tmp_path: Path) -> None:
    """One more bar, and one more scan: the run reproduces, though a new one would differ."""
    data = data_folder(tmp_path / "data", BARS[BARS["session"] < END], **{"all_2026-04-29T0600": {}})
    finished = ran(tmp_path)
    receipt = json.loads((finished.folder / RECEIPT).read_text())
    assert (receipt["as_of"], receipt["as_of_given"]) == ("2026-04-29", False)
    data_folder(data, BARS, **{"all_2026-04-30T0600": {"logic": "other"}})
    assert reproduced(tmp_path, finished.run_id)["identical"]
    assert artifacts(ran(tmp_path)) != artifacts(finished)


def test_a_scan_of_after_the_last_session_is_read_and_pinned_with_it(tmp_path: Path) -> None:
    data = data_folder(tmp_path / "data", BARS[BARS["session"] < END], **{"all_2026-05-01": {}})
    finished = ran(tmp_path)
    assert len(finished.selection.tables.scans) == 1
    data_folder(data, BARS, **{"all_2026-05-02": {}})
    assert reproduced(tmp_path, finished.run_id)["identical"]


def test_a_date_that_was_given_is_recorded_as_given(tmp_path: Path) -> None:
    data_folder(tmp_path / "data", BARS)
    finished = ran(tmp_path, "2026-04-28")
    receipt = json.loads((finished.folder / RECEIPT).read_text())
    assert (receipt["as_of"], receipt["as_of_given"]) == ("2026-04-28", True)
    assert reproduced(tmp_path, finished.run_id)["identical"]


def test_a_session_that_was_not_over_is_left_out_again(tmp_path: Path) -> None:
    """Bars of this very day: the moment of the request is recorded, and the same session left out."""
    today = pd.Timestamp.now(tz="UTC").tz_localize(None).normalize()
    later = BARS.assign(**{name: BARS[name] + (today - pd.Timestamp(END)) for name in ("date", "session")})
    crypto = later[later["symbol"].str.startswith(("UTC", "EIGHT"))]
    data_folder(tmp_path / "data", crypto, **{f"all_{today.date()}": {}})
    finished = ran(tmp_path, "today")
    assert finished.selection.tables.last_session == today - pd.Timedelta(days=1)
    assert "isn't over" in finished.selection.tables.beyond["unfinished session"]
    assert reproduced(tmp_path, finished.run_id)["identical"]
