"""Scans in memory are read as those of a folder are, and `select` decides what `run` does."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.market import SETTINGS, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import (
    known_candidates,
    scan_window,
    scans_in_memory,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select, selected
from tradingview_scraper.pipelines.selection.schemas.digests import frame_digest

ROW = {"symbol": "NASDAQ:AAPL", "close": 5}


@pytest.mark.parametrize("as_of", [None, "2026-06-25"])
def test_select_from_documents_equals_the_folder(tmp_path: Path, as_of: str | None) -> None:
    write_market(market(), tmp_path)
    chosen = plan(resolved_settings(settings=SETTINGS).settings)
    moment = None if as_of is None else pd.Timestamp(as_of)
    folder = selected(FolderProvider(tmp_path, chosen.settings.data), chosen, moment)
    memory = select(
        None,
        list(market().scans.values()),
        market().statistics,
        bars=market().bars,
        instruments=market().instruments,
        settings=SETTINGS,
        as_of=as_of,
    )
    for name in ("raw_pool", "decisions", "winners"):
        assert frame_digest(getattr(memory.context, name)) == frame_digest(getattr(folder.context, name))
    assert memory.portfolio_candidates == folder.portfolio_candidates


@pytest.mark.parametrize(
    "given",
    [
        [ROW],
        [{"Ticker": "NASDAQ:AAPL", "close": 5}],
        pd.DataFrame([ROW]),
        pd.DataFrame([ROW]).set_index("symbol"),
        {"status": "success", "data": [ROW]},
        {"columns": ["close"], "data": [{"s": "NASDAQ:AAPL", "d": [5]}]},
        [{"meta": {"scanner": "x"}, "data": [ROW]}],
    ],
    ids=["list", "ticker", "frame", "indexed frame", "status and data", "values", "document"],
)
def test_every_shape_of_a_scan_gives_its_records(given: Any) -> None:
    (record,) = known_candidates(scans_in_memory(given), None).records
    assert (record["symbol"], record["close"]) == ("NASDAQ:AAPL", 5)


@pytest.mark.parametrize(
    "document",
    [
        {"meta": {"timestamp": "2026-06-20"}, "data": [ROW]},
        {"meta": {"as_of": "2026-06-20T10:00:00Z"}, "data": [ROW]},
        {"generated_at": "2026-06-20", "data": [ROW]},
    ],
)
def test_an_export_says_when_it_was_made_under_other_names(document: dict[str, Any]) -> None:
    scans = scans_in_memory(document)
    assert known_candidates(scans, pd.Timestamp("2026-06-19")).records == ()
    assert known_candidates(scans, pd.Timestamp("2026-06-20")).dated


@pytest.mark.parametrize("place", ["{day}/crypto.json", "2026/06/{number}/crypto.json", "crypto_{day}.json"])
def test_a_folder_per_day_is_a_version_per_day(place: str, tmp_path: Path) -> None:
    market().bars.iloc[:100].to_parquet(tmp_path / "bars.parquet")
    for number, symbol in ((20, "OLD"), (21, "NEW")):
        path = tmp_path / "scans" / place.format(day=f"2026-06-{number}", number=number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([{"symbol": symbol}]))
    hidden = tmp_path / "scans" / ".checkpoints"
    hidden.mkdir()
    (hidden / "crypto_2026-06-22.json").write_text(json.dumps([{"symbol": "HIDDEN"}]))
    found = FolderProvider(tmp_path, resolved_settings().settings.data).tables(None)
    assert [record["symbol"] for record in found.candidates] == ["NEW"]
    assert found.scans == {"crypto": pd.Timestamp("2026-06-21")}


@pytest.mark.parametrize("name", ["candidates.csv", "export/crypto_20260601.csv", "export/stocks.json"])
def test_exports_are_found_where_scrapers_put_them(tmp_path: Path, name: str) -> None:
    market().bars.iloc[:100].to_parquet(tmp_path / "bars.parquet")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    text = (
        json.dumps({"status": "success", "data": [ROW]})
        if name.endswith("json")
        else ",ticker,close\n0,NASDAQ:AAPL,5\n"
    )
    (tmp_path / name).write_text(text)
    (record,) = FolderProvider(tmp_path, resolved_settings().settings.data).tables(None).candidates
    assert (record["symbol"], record["close"]) == ("NASDAQ:AAPL", 5)


@pytest.mark.parametrize(
    ("stated", "direction"), [({}, "SHORT"), ({"direction": None}, "SHORT"), ({"direction": "LONG"}, "LONG")]
)
def test_what_a_record_leaves_empty_is_said_by_its_export(stated: dict[str, Any], direction: str) -> None:
    given = {"meta": {"direction": "SHORT"}, "data": [{**ROW, **stated}]}
    (record,) = known_candidates(scans_in_memory(given), None).records
    assert record["direction"] == direction


def test_a_records_side_is_not_overruled_by_its_export() -> None:
    given = {"meta": {"direction": "LONG"}, "data": [{**ROW, "side": "SELL"}]}
    (record,) = known_candidates(scans_in_memory(given), None).records
    assert "direction" not in record


def test_an_export_that_is_much_older_than_the_newest_is_not_even_mentioned() -> None:
    def export(name: str, day: str) -> dict[str, Any]:
        return {"meta": {"scanner": name, "asof": day}, "data": [{"symbol": name.upper()}]}

    given = [("a", "2026-06-30"), ("a", "2026-05-01"), ("b", "2026-04-29"), ("c", "2026-04-30"), ("d", "2026-09-01")]
    scans = scans_in_memory([export(*each) for each in given])
    found = known_candidates(scans, pd.Timestamp("2026-07-15"), pd.Timedelta(days=61))
    assert list(found.scans) == ["a", "c"]
    assert "1 scans are later" in found.beyond["later scans"]
    assert found == replace(
        known_candidates(scans[:2] + scans[3:], pd.Timestamp("2026-07-15")), quarantine=found.quarantine
    )
    assert list(known_candidates(scans, pd.Timestamp("2026-07-15")).scans) == ["a", "b", "c"]
    assert list(known_candidates(scans, pd.Timestamp("2026-05-15"), pd.Timedelta(days=61)).scans) == ["a", "b", "c"]


def test_the_window_of_scans_is_twice_the_age_at_which_they_count() -> None:
    def window(profile: str = "v4", **changed: object) -> pd.Timedelta | None:
        given = {f"data.{name}": value for name, value in changed.items()}
        return scan_window(resolved_settings(profile, settings=given).settings.data)

    assert window() == pd.Timedelta(days=60)
    assert window(max_scan_age_days=1_000_000) is None
    assert window("v3.4") is None
