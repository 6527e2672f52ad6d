"""A source goes into a lakehouse once, whole, and nothing of it is lost."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.lakes import NOW, data_settings, market_folder, market_lake, table
from support.market import market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import latest_manifest
from tradingview_scraper.pipelines.selection.drivers.lakehouse.compaction import MOST_SMALL
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import ingest, ingest_text, known_from
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

LATER = NOW + pd.Timedelta(days=1)


def brought(source: Path, lake: Path, moment: pd.Timestamp = NOW, **changed: Any) -> dict[str, dict[str, Any]]:
    report = ingest(source, lake, data_settings(**changed), known_from(None, moment))
    return {row["table"]: row for row in report["tables"]}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the market's folder."""
    shutil.copytree(market_folder(), tmp_path / "source")
    return tmp_path / "source"


def test_every_row_is_accounted_for(tmp_path: Path, source: Path) -> None:
    for row in brought(source, tmp_path / "lake").values():
        if row["table"] == "bars":
            assert row["rows"] == len(market().bars) == row["new"] + sum(row["aside"].values())
        elif row["table"] != "candidates":
            assert row["rows"] == row["new"]


@pytest.mark.usefixtures("stored_as")
def test_the_same_source_twice_changes_nothing(tmp_path: Path, source: Path) -> None:
    lake = tmp_path / "lake"
    first = brought(source, lake)
    files = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}
    second = brought(source, lake, LATER)
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == files
    for name, row in second.items():
        assert (row["new"], row["restated"], row["same"], row["version"]) == (0, 0, first[name]["new"], 1)


@pytest.mark.usefixtures("stored_as")
def test_a_day_more_adds_a_day(tmp_path: Path, source: Path) -> None:
    last = market().bars["date"].max()
    bars = source / "bars.parquet"
    market().bars.loc[lambda frame: frame["date"] < last].to_parquet(bars)
    brought(source, tmp_path / "lake")
    market().bars.to_parquet(bars)
    row = brought(source, tmp_path / "lake", LATER)["bars"]
    day = table(tmp_path / "lake").read(since=last).frame
    assert row["new"] == len(day) > 0
    assert row["restated"] == 0
    whole, at_once = table(tmp_path / "lake").read(), table(market_lake()).read()
    assert whole.version.digest == at_once.version.digest


def test_a_csv_gives_the_rows_of_the_parquet(tmp_path: Path, source: Path) -> None:
    market().bars.to_csv(source / "bars.csv", index=False)
    (source / "bars.parquet").unlink()
    brought(source, tmp_path / "lake")
    assert table(tmp_path / "lake").read().version.digest == table(market_lake()).read().version.digest
    raw = table(tmp_path / "lake", "aside").read().frame
    assert len(raw) == len(table(market_lake(), "aside").read().frame)


def test_a_single_file_is_what_its_name_says(tmp_path: Path, source: Path) -> None:
    lake = tmp_path / "lake"
    scan = min((source / "scans").iterdir())
    assert set(brought(source / "bars.parquet", lake)) == {"bars"}
    assert set(brought(scan, lake)) == {"candidates"}
    assert set(brought(source / "instruments.parquet", lake)) == {"instruments"}
    prices = market().bars.pivot_table(index="date", columns="symbol", values="close").iloc[-3:].clip(lower=1)
    prices.to_parquet(source / "closes.parquet")
    report = ingest(source / "closes.parquet", tmp_path / "other", data_settings(), known_from(None, NOW))
    assert report["tables"][0]["new"] == int(prices.notna().to_numpy().sum())
    shutil.copy(source / "bars.parquet", source / "odd.parquet")
    odd = ingest(source / "odd.parquet", lake, data_settings(), known_from(None, LATER), kind="bars")
    assert odd["tables"][0]["same"] > 1000


def test_members_are_read_by_the_name_of_their_file(tmp_path: Path, source: Path) -> None:
    members = pd.DataFrame({"symbol": ["A"], "valid_from": ["2024-01-01"], "valid_to": [None], "sector": ["X"]})
    members.to_parquet(source / "membership.parquet")
    lake = tmp_path / "lake"
    assert brought(source, lake)["membership"]["new"] == 1
    assert brought(source / "membership.parquet", lake, LATER)["membership"]["same"] == 1
    assert table(lake, "membership").read(as_of=pd.Timestamp("2023-12-31"), known_at=LATER).frame.empty


def test_a_broken_export_stops_the_ingest_before_anything_is_written(tmp_path: Path, source: Path) -> None:
    lake = tmp_path / "lake"
    brought(source, lake)
    files = sorted(lake.rglob("*"))
    scan = max(path for path in (source / "scans").iterdir() if "universe" in path.name)
    whole = json.loads(scan.read_text("utf-8"))
    day = pd.Timestamp(whole["meta"]["asof"]) + pd.Timedelta(days=1)
    broken = {"meta": {**whole["meta"], "asof": str(day.date())}, "data": whole["data"][:3]}
    (source / "scans" / "next.json").write_text(json.dumps(broken), "utf-8")
    market().bars.assign(close=market().bars["close"] * 2).to_parquet(source / "bars.parquet")
    with pytest.raises(DataContractError, match=r"nothing was written: scans/next\.json .* shrank from \d+ rows to 3"):
        brought(source, lake, LATER)
    assert sorted(lake.rglob("*")) == files
    assert brought(source, lake, LATER, max_scan_shrink=1)["candidates"]["new"] == 1


def test_bars_that_lost_a_column_are_refused(tmp_path: Path, source: Path) -> None:
    brought(source, tmp_path / "lake")
    market().bars.drop(columns="volume").to_parquet(source / "bars.parquet")
    with pytest.raises(DataContractError, match=r"lack columns that the table has \(1: volume\)"):
        brought(source, tmp_path / "lake", LATER)
    assert brought(source, tmp_path / "lake", LATER, vanished_fields="report")["bars"]["restated"] > 1000


def test_a_changed_type_is_refused_before_anything_is_written(tmp_path: Path, source: Path) -> None:
    market().bars.assign(symbol=7).to_parquet(source / "bars.parquet")
    with pytest.raises(DataContractError, match="ingest: bars breaks its contract: `symbol` must be text"):
        brought(source, tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


def test_a_new_column_is_named_in_the_report(tmp_path: Path, source: Path) -> None:
    market().bars.drop(columns="volume").to_parquet(source / "bars.parquet")
    brought(source, tmp_path / "lake")
    market().bars.to_parquet(source / "bars.parquet")
    report = ingest(source, tmp_path / "lake", data_settings(), known_from(None, LATER))
    assert report["tables"][0]["new_columns"] == ["volume"]
    assert "new in bars: volume" in ingest_text(report)


def test_a_source_without_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataContractError, match="holds nothing that a table takes"):
        brought(tmp_path / "empty", tmp_path / "lake")
    with pytest.raises(DataContractError, match="there is no"):
        brought(tmp_path / "nowhere", tmp_path / "lake")
    assert not (tmp_path / "lake").exists()


def test_what_was_known_then_can_not_be_changed_afterwards(tmp_path: Path, source: Path) -> None:
    lake, data = tmp_path / "lake", data_settings()
    ingest(source, lake, data, known_from("2026-06-30", NOW))
    files = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}
    bars = market().bars
    bars.assign(close=bars["close"] * 1.5).to_parquet(source / "bars.parquet")
    for said in ("2026-06-30", "2026-06-30T00:00:00Z"):
        with pytest.raises(
            DataContractError, match=r"bars would be known otherwise at 2026-06-30 .* stays\. Say a later"
        ):
            ingest(source, lake, data, known_from(said, NOW))
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == files
    report = ingest(source, lake, data, known_from("2026-07-01", NOW))
    assert report["tables"][0]["restated"] > 1000


def test_from_when_on_it_is_known() -> None:
    assert known_from(None, NOW).moment == NOW
    assert known_from("sessions", NOW).by_session
    assert known_from("2026-01-02", NOW).moment == pd.Timestamp("2026-01-02")
    assert known_from("2026-01-02", NOW).stated
    with pytest.raises(ConfigurationError, match="is no date"):
        known_from("soon", NOW)


def test_the_report_has_every_figure(tmp_path: Path, source: Path) -> None:
    text = ingest_text(ingest(source, tmp_path / "lake", data_settings(), known_from(None, NOW)))
    assert f"known from {NOW}" in text
    assert "set aside: 9 of bars: missing close" in text or "of bars: missing close" in text
    assert f"{len(market().bars):,}" in text


def test_a_day_without_data_changes_nothing(tmp_path: Path, source: Path) -> None:
    brought(source, tmp_path / "lake")
    files = {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()}
    holiday = tmp_path / "holiday"
    holiday.mkdir()
    market().bars.head(0).to_csv(holiday / "bars.csv", index=False)
    row = brought(holiday, tmp_path / "lake", LATER)["bars"]
    assert (row["rows"], row["new"], row["version"]) == (0, 0, 1)
    assert {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()} == files


def test_many_small_files_are_compacted(tmp_path: Path, source: Path) -> None:
    bars, lake = source / "bars.parquet", tmp_path / "lake"
    days = market().bars["date"].drop_duplicates().sort_values().tail(MOST_SMALL + 2)
    one = market().bars.loc[lambda frame: frame["symbol"] == "SPY"]
    for place, day in enumerate(days):
        one.loc[one["date"] == day].to_parquet(bars)
        ingest(bars, lake, data_settings(), known_from(None, NOW + pd.Timedelta(days=place)))
    manifest = latest_manifest(lake / "bars")
    assert manifest is not None
    assert len(manifest.files) < MOST_SMALL
    read = table(lake).read()
    assert read.version.rows == one["date"].isin(days).sum()


def test_progress_counts_every_row_that_is_written(tmp_path: Path, source: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    known = known_from(None, NOW)
    ingest(source, tmp_path / "lake", data_settings(), known, progress=lambda *told: seen.append(told))
    assert seen[0] == ("reading", 0, 0)
    written = [done for _, done, _ in seen]
    assert written == sorted(written)
    assert seen[-1] == ("rows written", written[-1], written[-1])
    assert len(seen) > len(list((tmp_path / "lake").iterdir()))
