"""Exports that lost something against the one before, and those that only look so."""

from typing import Any

import pytest

from support.lakes import NOW, data_settings, market_lake, table
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import NamedScan
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import FolderContents
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import Scan
from tradingview_scraper.pipelines.selection.drivers.lakehouse.scan_contract import exports, refuse_broken
from tradingview_scraper.pipelines.selection.drivers.lakehouse.tabled_source import KnownAt, tabled_source
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def export(day: int, rows: int, fields: dict[str, Any] | None = None, **meta: Any) -> NamedScan:
    said = {"scanner": "all", "data_category": "universe", "asof": f"2026-06-{day:02}", **meta}
    held = {"close": 1.0, "ADX": 20.0} if fields is None else fields
    return NamedScan(Scan([{"symbol": f"S{row}", **held} for row in range(rows)], said), f"all_{day}.json", "all")


def check(*scans: NamedScan, held: tuple[NamedScan, ...] = (), **changed: object) -> None:
    def found(given: tuple[NamedScan, ...]) -> Any:
        return exports(
            tabled_source(FolderContents(scans=[*given]), None, data_settings(), KnownAt(NOW)).tables["candidates"]
        )

    refuse_broken(found(scans), found(held) if held else [], data_settings(**changed))


@pytest.mark.parametrize(
    ("later", "message"),
    [
        (export(2, 4), r"all_2\.json \(all of 2026-06-02 00:00:00\) shrank from 10 rows to 4"),
        (export(2, 0), "shrank from 10 rows to 0"),
        (export(2, 10, {"close": 1.0, "adx": 20.0}), "lost the fields 1: ADX"),
        (export(2, 10, {"close": 1.0, "ADX": None}), "lost the fields 1: ADX"),
        (export(2, 10, total=40), "states 40 rows and has 10"),
    ],
)
def test_what_an_export_lost_is_named(later: NamedScan, message: str) -> None:
    for earlier, given in (((), (export(1, 10), later)), ((export(1, 10),), (later,))):
        with pytest.raises(DataContractError, match=message):
            check(*given, held=earlier)


@pytest.mark.parametrize(
    "scans",
    [
        (export(1, 10), export(2, 5)),
        (export(1, 4), export(2, 10)),
        (export(1, 10, data_category="strategy_alpha"), export(2, 1, data_category="strategy_alpha")),
        (export(1, 10), export(2, 10, {"close": 1.0, "ADX": 20.0, "RSI": 50.0})),
        (export(1, 10, data_category="x"), export(2, 4, {"close": 1.0}, data_category="x")),
        (export(1, 10), export(2, 3, scanner="other")),
        (export(1, 10, total=12, count=None), export(2, 10, count=True)),
    ],
)
def test_what_changes_from_day_to_day_is_no_breach(scans: tuple[NamedScan, ...]) -> None:
    check(*scans)


def test_a_breach_can_be_allowed() -> None:
    check(export(1, 10), export(2, 1), max_scan_shrink=1)
    check(export(1, 10), export(2, 10, {"close": 1.0}), vanished_fields="report")


def test_an_older_breach_that_is_held_already_is_not_held_against_a_new_export() -> None:
    check(export(3, 5), held=(export(1, 10), export(2, 4)))


def test_the_market_keeps_its_contract() -> None:
    found = exports(table(market_lake(), "candidates").read().frame)
    assert len(found) == len({(each.scanner, each.when) for each in found}) > 10
    refuse_broken(found, [], data_settings())
