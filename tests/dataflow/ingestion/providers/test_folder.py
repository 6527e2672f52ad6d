"""A folder gives what it was written from."""

import json
from pathlib import Path

import pandas as pd
import pytest

from support.market import SETTINGS, market, selection
from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import selected
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("market")
    write_market(market(), made)
    (made / "instruments.parquet").unlink()
    return made


def tables(folder: Path, as_of: str | None = None, **changed: object) -> Tables:
    chosen = resolved_settings(settings={f"data.{name}": value for name, value in changed.items()}).settings.data
    return FolderProvider(folder, chosen).tables(None if as_of is None else pd.Timestamp(as_of))


def test_a_folder_selects_as_memory_does(folder: Path) -> None:
    chosen = plan(resolved_settings(settings=SETTINGS).settings)
    run = selected(FolderProvider(folder, chosen.settings.data), chosen, None)
    memory = selection()
    pd.testing.assert_frame_equal(run.context.returns, memory.context.returns)
    assert run.context.winners.index.tolist() == memory.context.winners.index.tolist()
    assert run.portfolio_candidates == memory.portfolio_candidates


def test_sources_carry_rows_and_digests(folder: Path) -> None:
    sources = {source.name: source for source in tables(folder).sources}
    assert set(sources) == {"bars", "statistics", *(Path(name).stem for name in market().scans)}
    assert sources["bars"].rows == len(market().bars)
    for source in sources.values():
        assert source.digest == file_digest(folder / source.uri)


def test_nothing_after_the_date_is_read(folder: Path) -> None:
    found = tables(folder, "2026-06-15")
    assert found.bars["date"].max() == pd.Timestamp("2026-06-15")
    assert found.candidates == ()


def test_point_in_time_is_promised_only_where_it_holds(folder: Path) -> None:
    assert not tables(folder).point_in_time
    assert tables(folder, statistics=[]).point_in_time
    (folder / "candidates.json").write_text('[{"symbol": "US:SPY"}]')
    found = tables(folder, statistics=[])
    (folder / "candidates.json").unlink()
    assert not found.point_in_time
    assert found.notes


def test_instruments_without_dates_promise_nothing(folder: Path) -> None:
    """Tick sizes of today may not be those of the date."""
    market().instruments.to_parquet(folder / "instruments.parquet")
    found = tables(folder, statistics=[])
    (folder / "instruments.parquet").unlink()
    assert found.instruments is not None
    assert not found.point_in_time


def test_the_first_name_that_exists_is_taken(folder: Path) -> None:
    assert tables(folder, bars=["nothing.parquet", "bars.parquet"]).bars is not None
    with pytest.raises(DataContractError, match="neither bars nor closes nor returns"):
        tables(folder, bars=["nothing.parquet"])


def with_scans(folder: Path, place: Path, **documents: object) -> Path:
    """The folder's bars beside other scans."""
    (place / "scans").mkdir(parents=True)
    (place / "bars.parquet").write_bytes((folder / "bars.parquet").read_bytes())
    for stem, document in documents.items():
        (place / "scans" / f"{stem}.json").write_text(json.dumps(document))
    return place


def export(symbol: str, **meta: object) -> dict[str, object]:
    return {"meta": meta, "data": [{"symbol": symbol, "direction": "LONG"}]}


def test_two_days_of_one_scanner_are_two_versions(folder: Path, tmp_path: Path) -> None:
    days = {"crypto_2026-03-01": export("A"), "crypto_2026-03-16": export("B"), "other_2026-03-02": export("C")}
    place = with_scans(folder, tmp_path / "x", **days)
    for as_of, symbols in ((None, ["B", "C"]), ("2026-03-10", ["A", "C"]), ("2026-03-01", ["A"])):
        found = tables(place, as_of)
        assert [record["symbol"] for record in found.candidates] == symbols
        assert found.point_in_time
    assert (
        "the newest of several exports counts, scanner by scanner (1: scans/crypto_2026-03-16.json of 2)"
        in tables(place).notes
    )
    assert tables(place, "2026-03-01").beyond["later scans"].startswith("2 scans are later")


def test_a_scan_that_says_nothing_of_its_day_is_named(folder: Path, tmp_path: Path) -> None:
    place = with_scans(folder, tmp_path / "x", crypto=export("A"))
    found = tables(place, "2026-03-01")
    assert not found.point_in_time
    assert found.notes[0].startswith(
        "candidates without a date are taken as known on the as-of date (1: scans/crypto.json)"
    )


def test_a_scan_dated_in_seconds_is_refused(folder: Path, tmp_path: Path) -> None:
    place = with_scans(folder, tmp_path / "x", late=export("A", asof=1773532800))
    with pytest.raises(DataContractError, match=r"late\.json is dated 1773532800"):
        tables(place)
