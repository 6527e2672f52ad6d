"""A lakehouse describes itself, and names what is wrong with it."""

import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from support.lakes import bars, market_lake
from support.market import market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.delta_log import (
    commit_actions,
    commit_place,
    named_manifest,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DELTA,
    PARQUET,
    encoded,
    manifest_of,
    manifest_path,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import (
    check_lines,
    checked,
    orphans,
    problems,
    table_document,
    table_list,
    table_list_text,
    table_text,
)
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError


@pytest.fixture
def lake(tmp_path: Path, stored_as: str) -> Path:
    """Bars in two versions, in either format."""
    return two_versions(tmp_path / "lake", stored_as)


def two_versions(lake: Path, stored_as: str) -> Path:
    writer = TableWriter(lake, BARS, stored_as)
    for known_at, scale in (("2024-02-01", 1.0), ("2024-02-02", 2.0)):
        frame = bars(known_at=known_at, scale=scale)
        writer.upsert(frame, frame["known_at"].iloc[0])
    return lake


def test_tables_are_listed_with_their_extent() -> None:
    rows = {row["table"]: row for row in table_list(market_lake())}
    assert list(rows) == ["bars", "candidates", "instruments", "statistics", "aside"]
    assert rows["bars"]["last"] == str(market().bars["date"].max())
    assert f"{rows['bars']['rows']:,}" in table_list_text([*rows.values()])
    assert "no tables yet" in table_list_text([])


def test_a_table_is_described_symbol_by_symbol() -> None:
    found = table_document(market_lake(), "bars")
    one = found["symbols"][0]
    clean = market().bars.loc[lambda frame: (frame["symbol"] == one["symbol"]) & (frame["close"] > 0)]
    days = clean["date"].drop_duplicates().sort_values()
    assert one["rows"] == len(days)
    assert one["first"] == str(days.min().date())
    assert one["gaps"] == int((days.diff() > pd.Timedelta(days=7)).sum())
    assert one["longest_gap"] == days.diff().max().days
    ends = days.loc[days.diff() == days.diff().max()].iloc[0]
    assert one["longest_gap_from"] == str(days.loc[days < ends].max().date())
    assert sum(row["aside"] for row in found["symbols"]) == sum(found["aside"].values()) > 0
    assert found["aside"]["missing close"] > 0
    assert "and 70 more" in table_text(found)
    assert table_document(market_lake(), "instruments")["symbols"] == []


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no table prices .*; there are bars, candidates"):
        table_document(market_lake(), "prices")
    with pytest.raises(ConfigurationError, match="no lakehouse"):
        table_list(tmp_path / "nowhere")


def test_what_is_intact_has_no_problems(lake: Path, stored_as: str) -> None:
    for folder in (lake, market_lake(stored_as)):
        assert problems(folder) == []
        assert orphans(folder) == []
    assert "bars version 2 (2 files): every file of every version is what was written" in check_lines(checked(lake))[0]
    assert check_lines({}) == []


def test_damage_is_named(lake: Path) -> None:
    first, second = (file.name for file in manifest_of(lake / "bars", 2).files)
    (lake / "bars" / first).write_bytes(b"other")
    (lake / "bars" / second).unlink()
    assert problems(lake) == [
        f"bars/{first} (version 1) isn't what was written: restore it from a copy",
        f"bars/{second} (version 2) is gone: restore it from a copy",
    ]
    with pytest.raises(DataContractError, match="2 faults of the lakehouse"):
        checked(lake)


def test_a_version_that_was_exchanged_or_taken_out_is_named(tmp_path: Path) -> None:
    lake = two_versions(tmp_path / "plain", PARQUET)
    forged = manifest_of(lake / "bars", 1).model_copy(update={"known_at": "2020-01-01"})
    manifest_path(lake / "bars", 1).write_bytes(encoded(forged))
    assert problems(lake) == ["bars: version 2 doesn't follow from version 1: one of them was exchanged"]
    manifest_path(lake / "bars", 1).unlink()
    assert problems(lake) == ["bars: 1 versions are gone, the first is 1"]
    manifest_path(lake / "bars", 2).write_bytes(b"{}")
    assert any("00000002.json isn't what was written" in sentence for sentence in problems(lake))


def test_a_delta_log_that_was_exchanged_or_taken_out_is_named(tmp_path: Path) -> None:
    lake = two_versions(tmp_path / "lake", DELTA)
    place = commit_place(lake / "bars", 2)
    whole = place.read_text("utf-8")
    other = whole.replace(manifest_of(lake / "bars", 2).files[1].name, manifest_of(lake / "bars", 2).files[0].name)
    place.write_text(other, "utf-8")
    assert problems(lake) == [
        f"bars/_delta_log/{place.name} lists other files than version 2 has: restore it from a copy"
    ]
    first = named_manifest(commit_actions(lake / "bars", 1))
    second = named_manifest(commit_actions(lake / "bars", 2))
    assert first is not None
    assert second is not None
    place.write_text(whole.replace(second, first), "utf-8")
    assert problems(lake) == [f"bars/_manifests/{first[7:]}.json isn't what was written: restore it from a copy"]
    place.write_text(whole, "utf-8")
    commit_place(lake / "bars", 1).unlink()
    assert problems(lake) == ["bars: 1 versions are gone, the first is 1"]


def test_a_table_of_another_tool_is_named_by_doctor(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    write_deltalake(tmp_path / "lake" / "bars", pa.Table.from_pandas(bars()))
    assert len(problems(tmp_path / "lake")) == 1
    assert "was not written by tvselect ingest (WRITE of delta-rs" in problems(tmp_path / "lake")[0]


def test_what_a_killed_ingest_of_delta_left_is_an_orphan(tmp_path: Path) -> None:
    lake = two_versions(tmp_path / "lake", DELTA)
    (lake / "bars" / "_manifests" / "0.json").touch()
    (lake / "bars" / "_delta_log" / "00000000000000000003.json#1").touch()
    assert orphans(lake) == ["bars/_manifests/0.json", "bars/_delta_log/00000000000000000003.json#1"]


def test_what_a_killed_ingest_left_is_an_orphan(tmp_path: Path) -> None:
    lake = two_versions(tmp_path / "lake", PARQUET)
    shutil.copy(next((lake / "bars" / "data").iterdir()), lake / "bars" / "data" / "2024-0.parquet")
    (lake / "bars" / "versions" / ".00000003.json.ab.tmp").touch()
    assert orphans(lake) == ["bars/data/2024-0.parquet", "bars/versions/.00000003.json.ab.tmp"]
    assert "left by a killed ingest" in check_lines(checked(lake))[1]
