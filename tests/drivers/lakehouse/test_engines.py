"""DuckDB and Polars see the rows that a run as of a day sees, to the last bit."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from support.lakes import NOW, market_lake, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import latest_manifest
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.lakehouse.compaction import compact
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.schemas.table_digests import symbol_digests, table_digest

AS_OF = pd.Timestamp("2026-06-25")
LATEST = "row_number() over (partition by symbol, date order by known_at desc) = 1"


@pytest.fixture(params=["as written", "compacted"])
def lake(tmp_path: Path, stored_as: str, request: pytest.FixtureRequest) -> Path:
    """The market, of which 500 bars were restated two days later."""
    lake = tmp_path / "lake"
    shutil.copytree(market_lake(stored_as), lake)
    rows = table(lake).read().frame.sample(500, random_state=3)
    moment = NOW + pd.Timedelta(days=2)
    TableWriter(lake, BARS).upsert(rows.assign(close=rows["close"] * 1.5, known_at=moment), moment)
    if request.param == "compacted":
        assert compact(lake, BARS).version == 3
        moment = NOW + pd.Timedelta(days=9)
        TableWriter(lake, BARS).upsert(rows.assign(close=rows["close"] * 1.6, known_at=moment), moment)
    return lake


def assert_same(frame: pd.DataFrame, lake: Path, known: pd.Timestamp) -> None:
    """As a run sees it: but for columns that a Delta table says might come, and `version`, which rows that moved have."""
    read = table(lake).read(as_of=AS_OF, known_at=known + pd.Timedelta(microseconds=1))
    assert frame[frame.columns.difference([*read.frame.columns, "version"])].isna().all(axis=None)
    rows = frame[read.frame.columns.drop("known_at")].astype({"symbol": "str", "date": "datetime64[us]"})
    assert table_digest(symbol_digests(rows, BARS.order)) == read.version.digest


@pytest.mark.parametrize("known", [NOW, NOW + pd.Timedelta(days=3)])
def test_duckdb(lake: Path, stored_as: str, known: pd.Timestamp) -> None:
    duckdb = pytest.importorskip("duckdb")
    deltalake = pytest.importorskip("deltalake")
    manifest = latest_manifest(lake / "bars")
    assert manifest is not None
    files = [str(lake / "bars" / file.name) for file in manifest.files]
    with duckdb.connect() as engine:
        if stored_as == "delta":
            engine.register("bars", deltalake.DeltaTable(lake / "bars").to_pyarrow_dataset())
        else:
            engine.execute(f"create view bars as select * from read_parquet({files}, union_by_name = true)")
        asked = f"select * from bars where date < '2026-06-26' and known_at <= '{known}' qualify {LATEST}"
        seen = engine.sql(asked).df()
    assert_same(seen, lake, known)


@pytest.mark.parametrize("known", [NOW, NOW + pd.Timedelta(days=3)])
def test_polars(lake: Path, stored_as: str, known: pd.Timestamp) -> None:
    pl = pytest.importorskip("polars")
    manifest = latest_manifest(lake / "bars")
    assert manifest is not None
    files = [str(lake / "bars" / file.name) for file in manifest.files]
    rows = (
        pl.scan_delta(str(lake / "bars"))
        if stored_as == "delta"
        else pl.scan_parquet(files, missing_columns="insert", extra_columns="ignore")
    )
    told = rows.filter(pl.col("date") < pd.Timestamp("2026-06-26"), pl.col("known_at") <= known)
    seen = told.sort("known_at").unique(["symbol", "date"], keep="last", maintain_order=True).collect()
    frame = pd.DataFrame({name: seen[name].to_list() for name in seen.columns})
    assert_same(frame, lake, known)
