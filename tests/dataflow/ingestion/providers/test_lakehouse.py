"""A lakehouse selects as the folder that was ingested into it, and as it was known."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.lakes import NOW, data_settings, market_folder, market_lake, table
from support.market import SETTINGS
from support.paths import SHARED
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import manifest_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table import ALL_KNOWN
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.lakehouse import LakehouseProvider
from tradingview_scraper.pipelines.selection.drivers.lakehouse.compaction import compact, layouts, vacuum
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import ingest, known_from
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.drivers.recording.run import Run, run
from tradingview_scraper.pipelines.selection.drivers.review.diff import compared
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import reproduced
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError
from tradingview_scraper.pipelines.selection.schemas.run_files import INPUTS, LEDGER, PAGE, RECEIPT
from tradingview_scraper.pipelines.selection.schemas.run_files import SETTINGS as CHOSEN

NAMING = {LEDGER, RECEIPT, INPUTS, CHOSEN, PAGE}
"""The files that say where the tables came from: the page holds the digests of the others."""
LAKE = {**SETTINGS, "data.provider": "lakehouse"}
ALL = {**LAKE, "data.parameters": {"known_at": "now"}}


def differing(one: Run, other: Run) -> set[str]:
    names = {path.name for found in (one, other) for path in found.folder.iterdir()}
    return {
        name
        for name in names
        if not (one.folder / name).exists()
        or not (other.folder / name).exists()
        or (one.folder / name).read_bytes() != (other.folder / name).read_bytes()
    }


def page_without_places(found: Run) -> Any:
    """The data of a run's page, but for its inputs, settings and the digests of files."""
    text = (found.folder / PAGE).read_text("utf-8")
    island = re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert island is not None
    data = json.loads(island[1])
    return {
        name: value
        for name, value in data.items()
        if name not in ("inputs", "settings", "settings_digest", "artifacts")
    }


@pytest.mark.parametrize(
    ("as_of", "lookback", "stored_as"),
    [(None, 500, "parquet"), ("2026-06-25", 500, "delta"), (None, 60, "parquet"), ("2026-06-25", 60, "parquet")],
)
def test_a_lakehouse_selects_as_its_folder_does(
    tmp_path: Path, as_of: str | None, lookback: int, stored_as: str
) -> None:
    short = {"data.lookback": lookback, "unattainable": "allow"}
    one = run(tmp_path, data=market_folder(), settings=SETTINGS | short, as_of=as_of)
    other = run(tmp_path, data=market_lake(stored_as), settings=ALL | short, as_of=as_of)
    assert len(one.selection.quarantine) > 30 or lookback < 500  # the market is dirty, and the dirt came through
    until = None if as_of is None else pd.Timestamp(as_of)
    whole = table(market_lake(stored_as)).read(as_of=until, known_at=ALL_KNOWN).version.rows
    assert (other.selection.tables.sources[0].rows < whole) == (lookback < 500)  # what is older was not read
    assert differing(one, other) == NAMING
    assert page_without_places(one) == page_without_places(other)
    chosen = [(found.folder / CHOSEN).read_text("utf-8").splitlines() for found in (one, other)]
    assert {*chosen[0]} ^ {*chosen[1]} == {'provider = "folder"', 'provider = "lakehouse"', 'known_at = "now"'}


@pytest.mark.parametrize(("name", "as_of"), [("us_equities", "2021-05-14"), ("crypto_perps", "2026-03-18")])
def test_real_markets_select_as_their_folders_do(tmp_path: Path, name: str, as_of: str) -> None:
    folder = SHARED / "data" / name
    if not folder.is_dir():
        pytest.skip(f"needs {folder}")
    ingest(folder, tmp_path / "lakehouse", data_settings(), known_from(None, NOW))
    one = run(tmp_path, data=folder, settings=SETTINGS, as_of=as_of)
    other = run(tmp_path, settings=ALL, as_of=as_of)
    assert differing(one, other) == NAMING


def test_dates_that_cannot_be_hide_no_bars(tmp_path: Path) -> None:
    shutil.copytree(market_lake(), tmp_path / "lakehouse")
    whole = table(market_lake()).read().frame
    far = (
        whole.groupby("symbol", observed=True)
        .tail(1)
        .head(3)
        .assign(date=pd.Timestamp("2099-01-01"), known_at=pd.Timestamp("2026-07-02"))
    )
    TableWriter(tmp_path / "lakehouse", BARS).upsert(far, pd.Timestamp("2026-07-02"))
    provider = LakehouseProvider(tmp_path / "lakehouse", data_settings(lookback=60))
    found = provider.tables(None)
    assert found.bars is not None
    assert found.bars["date"].min() == whole["date"].min()
    assert found.bars["date"].max() == pd.Timestamp("2099-01-01")


@pytest.mark.parametrize("as_of", [None, "2026-06-25"])
def test_old_exports_are_not_read_and_change_nothing(tmp_path: Path, as_of: str | None) -> None:
    shutil.copytree(market_folder(), tmp_path / "data")
    first = json.loads(next((tmp_path / "data" / "scans").glob("**/*.json")).read_text("utf-8"))
    for day, scanner in (("2025-11-03", "retired"), ("2025-11-04", first["meta"]["scanner"])):
        meta = {**first["meta"], "scanner": scanner, "asof": day}
        (tmp_path / "data" / "scans" / f"{scanner}_{day}.json").write_text(json.dumps({**first, "meta": meta}))
    ingest(tmp_path / "data", tmp_path / "lakehouse", data_settings(), known_from(None, NOW))
    until = None if as_of is None else pd.Timestamp(as_of)
    folder = FolderProvider(tmp_path / "data", data_settings()).tables(until)
    lake = LakehouseProvider(tmp_path / "lakehouse", data_settings(), "now").tables(until)
    assert [dict(record) for record in lake.candidates] == [dict(record) for record in folder.candidates]
    assert (lake.scans, lake.notes) == (folder.scans, folder.notes)
    assert "retired" not in lake.scans
    read = next(source for source in lake.sources if source.name == "candidates")
    assert read.rows < table(tmp_path / "lakehouse", "candidates").read(as_of=until, known_at=ALL_KNOWN).version.rows


def dirty_bars(close: float) -> pd.DataFrame:
    """A clean bar, and three equal rows of another day."""
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-02"])
    return pd.DataFrame({"symbol": "A", "date": days, "close": [1.0, close, close, close]})


def test_what_was_set_aside_comes_back_as_often_as_it_came_until_it_is_mended(tmp_path: Path) -> None:
    data, source = data_settings(), tmp_path / "bars.parquet"
    dirty_bars(-1.0).to_parquet(source)
    ingest(source, tmp_path / "lakehouse", data, known_from(None, NOW))
    provider = LakehouseProvider(tmp_path / "lakehouse", data)
    bars = provider.tables(None).bars
    assert bars is not None
    assert sorted(bars["close"]) == [-1.0, -1.0, -1.0, 1.0]
    dirty_bars(2.0).drop_duplicates().to_parquet(source)
    nameless = dirty_bars(-2.0).assign(symbol=None).iloc[1:2]
    nameless.to_parquet(tmp_path / "nameless.parquet")
    ingest(tmp_path / "nameless.parquet", tmp_path / "lakehouse", data, known_from(None, NOW), kind="bars")
    ingest(source, tmp_path / "lakehouse", data, known_from(None, NOW + pd.Timedelta(days=1)))
    bars = provider.tables(None).bars
    assert bars is not None
    assert sorted(bars["close"]) == [-2.0, 1.0, 2.0]
    assert bars["symbol"].isna().sum() == 1


@pytest.fixture
def lake(tmp_path: Path, stored_as: str) -> Path:
    """A copy of the market's lakehouse, in either format, in a project of its own."""
    shutil.copytree(market_lake(stored_as), tmp_path / "lakehouse")
    return tmp_path / "lakehouse"


def restate(lake: Path, count: int, moment: pd.Timestamp, factor: float = 1.01) -> pd.DataFrame:
    """`count` random bars, known otherwise from the moment on."""
    whole = table(lake).read().frame
    places = np.random.default_rng(17).choice(len(whole), count, replace=False)
    rows = whole.iloc[np.sort(places)]
    rows = rows.assign(known_at=moment, close=rows["close"] * factor, high=rows["high"] * factor)
    TableWriter(lake, BARS).upsert(rows, moment)
    return rows


def swept(lake: Path) -> None:
    """Compacts the lakehouse and leaves the files of its latest versions only."""
    first = manifest_of(lake / "bars", 1)
    for layout in layouts(lake, None):
        compact(lake, layout)
        vacuum(lake, layout, keep=1)
    assert not any((lake / "bars" / file.name).exists() for file in first.files)


def test_another_table_of_the_name_is_no_version_of_that_one(lake: Path) -> None:
    then = run(lake.parent, settings=LAKE)
    shutil.rmtree(lake / "bars")
    ingest(market_folder(), lake, data_settings(), known_from(None, NOW))
    again = reproduced(lake.parent, then.run_id)
    assert not again["identical"]
    assert re.search(r"bars version 1 of the table [0-9a-f-]{32,36} is gone", again["error"])


def test_a_restatement_changes_no_byte_of_what_was_known_before(lake: Path) -> None:
    known = {**LAKE, "data.parameters": {"known_at": "2026-07-01"}}
    before = run(lake.parent, settings=known, as_of="2026-06-25")
    restate(lake, 1000, pd.Timestamp("2026-07-03"))
    after = run(lake.parent, settings=known, as_of="2026-06-25")
    assert differing(before, after) == NAMING - {CHOSEN}  # the version that was read is a later one
    assert page_without_places(before) == page_without_places(after)
    swept(lake)
    swept_run = run(lake.parent, settings=known, as_of="2026-06-25")
    assert differing(before, swept_run) == NAMING - {CHOSEN}
    now = run(lake.parent, settings=ALL, as_of="2026-06-25")
    assert not now.selection.context.returns.equals(before.selection.context.returns)


def test_a_run_comes_out_again_after_its_data_were_restated(lake: Path) -> None:
    then = run(lake.parent, settings=LAKE)
    symbols = sorted(table(lake).read().frame["symbol"].unique())[:26]
    whole = table(lake).read(symbols=symbols).frame
    moment = pd.Timestamp("2026-07-03")
    TableWriter(lake, BARS).upsert(whole.assign(known_at=moment, close=whole["close"] / 2), moment)
    again = reproduced(lake.parent, then.run_id)
    assert again["identical"], again["differences"]
    swept(lake)
    again = reproduced(lake.parent, then.run_id)
    assert again["identical"], again["differences"]
    now = run(lake.parent, settings=LAKE)
    documents = [json.loads((found.folder / INPUTS).read_text("utf-8")) for found in (then, now)]
    digests = [document["tables"]["bars"]["symbols"] for document in documents]
    assert sorted(name for name in digests[0] if digests[0][name] != digests[1][name]) == symbols
    assert [document["versions"]["bars"]["version"] for document in documents] == [1, 3]
    changed = compared(lake.parent, then.run_id, now.run_id)["inputs"]
    assert [row["symbols"] for row in changed if "26 symbols" in row["change"]] == [symbols]


def test_the_record_says_which_versions_were_read(tmp_path: Path) -> None:
    found = run(tmp_path, data=market_lake(), settings=ALL, as_of="2026-06-25")
    versions = json.loads((found.folder / INPUTS).read_text("utf-8"))["versions"]
    bars = versions["bars"]
    assert set(versions) == {"bars", "candidates", "statistics", "instruments", "aside"}
    assert (bars["format"], bars["version"], bars["as_of"], bars["known_at"]) == (
        "parquet",
        1,
        "2026-06-25 00:00:00",
        None,
    )
    closing = (found.folder / LEDGER).read_text("utf-8").splitlines()[-1]
    inputs = {each["name"]: each for each in json.loads(closing)["inputs"]}
    assert inputs["bars"]["version"] == 1
    assert inputs["bars"]["digest"] == bars["digest"]


def test_nothing_known_then_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataContractError, match=r"first were ingested at 2026-07-01 06:00:00.*known_at=now"):
        run(tmp_path, data=market_lake(), settings=LAKE, as_of="2026-06-25")


def test_history_counts_as_known_session_by_session(tmp_path: Path) -> None:
    data = data_settings()
    ingest(market_folder(), tmp_path / "lakehouse", data, known_from("sessions", NOW))
    ingest(market_folder() / "instruments.parquet", tmp_path / "lakehouse", data, known_from("2026-01-01", NOW))
    provider = LakehouseProvider(tmp_path / "lakehouse", data)
    tables = provider.tables(pd.Timestamp("2026-06-25"))
    assert tables.bars is not None
    assert tables.bars["date"].max() == pd.Timestamp("2026-06-25")
    assert tables.instruments is not None
    assert tables.statistics is None
    assert "statistics weren't known yet: not one row of them is read" in tables.notes
    assert tables.point_in_time
    assert not any("carry no date" in note for note in tables.notes)


def test_exports_that_were_not_known_yet_are_no_missing_files(tmp_path: Path) -> None:
    data, moment = data_settings(), pd.Timestamp("2027-01-01")
    ingest(market_folder() / "bars.parquet", tmp_path / "lakehouse", data, known_from("sessions", moment))
    scan = min((market_folder() / "scans").iterdir())
    ingest(scan, tmp_path / "lakehouse", data, known_from("2027-01-01", moment), kind="scans")
    with pytest.raises(DataContractError, match="there are no candidates as of this date"):
        run(tmp_path, settings=LAKE, as_of="2026-06-25")


def test_a_moment_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="known_at is 'soon'"):
        LakehouseProvider(market_lake(), data_settings(), "soon").tables(None)


def test_an_empty_lakehouse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataContractError, match=r"no bars in the lakehouse .*tvselect ingest"):
        LakehouseProvider(tmp_path, data_settings()).tables(None)
