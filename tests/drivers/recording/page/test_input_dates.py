"""The dates of what a run saw, against the files of a project and the run's own."""

import json

import pandas as pd

from support import market
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.recording.page.input_dates import seen_scans, seen_tables
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts


def test_tables_have_their_first_and_last_day_as_of_the_date(sample_run: SampleRun) -> None:
    data = page_parts((sample_run.folder / "report.html").read_text("utf-8"))[0]
    tables = {entry["table"]: entry for entry in data["tables"]}
    bars = pd.read_parquet(sample_run.project / "data/bars.parquet")
    bars = bars[pd.to_datetime(bars["date"]).dt.strftime("%Y-%m-%d") <= data["as_of"]]
    days = pd.to_datetime(bars["date"]).dt.strftime("%Y-%m-%d")
    assert (tables["bars"]["first"], tables["bars"]["last"]) == (days.min(), days.max())
    assert tables["bars"]["symbols"] == bars["symbol"].nunique()
    selected = tables["returns selected from"]
    assert (selected["first"], selected["last"], selected["rows"]) == (data["first_day"], data["as_of"], data["days"])
    assert selected["symbols"] == len(data["assets"]["symbol"])
    assert (tables["instruments"]["first"], tables["statistics"]["last"]) == (None, None)


def test_of_each_scanner_the_newest_export_is_dated(sample_run: SampleRun) -> None:
    data = page_parts((sample_run.folder / "report.html").read_text("utf-8"))[0]
    newest: dict[str, tuple[str, int]] = {}
    for path in sorted((sample_run.project / "data/scans").glob("*.json")):
        scan = json.loads(path.read_text("utf-8"))
        if scan["meta"]["asof"] <= data["as_of"]:
            name = scan["meta"]["scanner"]
            newest[name] = max(newest.get(name, ("", 0)), (scan["meta"]["asof"], len(scan["data"])))
    assert {scan["scanner"]: (scan["date"], scan["records"]) for scan in data["scans"]} == newest
    assert len(newest) > 2


def test_given_returns_are_dated_and_plain_lists_are_undated() -> None:
    returns = market.returns()
    selection = market.selected(bars=None, returns=returns, candidates=market.candidates(returns.columns))
    tables = {entry["table"]: entry for entry in seen_tables(selection.tables, selection.context.returns)}
    assert "bars" not in tables
    assert tables["returns"]["first"] == f"{returns.index[0]:%Y-%m-%d}"
    assert tables["returns"]["rows"] == len(returns)
    assert seen_scans(selection.tables) == [{"scanner": "", "date": None, "records": returns.shape[1]}]
