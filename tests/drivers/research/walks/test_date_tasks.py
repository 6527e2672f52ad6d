"""A worker walks a date of a lakehouse as the lakehouse was when the walk began, whatever is ingested meanwhile."""

import pickle
import shutil
from pathlib import Path

import pandas as pd
import pytest

from support.lakes import market_lake, table
from support.market import SETTINGS
from support.walks import files
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.drivers.research.walks import date_tasks, walk_files
from tradingview_scraper.pipelines.selection.drivers.research.walks.date_tasks import DateTask, walk_reference
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import outcomes_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import held
from tradingview_scraper.pipelines.selection.drivers.research.walks.walker import Walk, Walker

LAKE = {
    **SETTINGS,
    "universe": "returns",
    "data.provider": "lakehouse",
    "data.parameters": {"known_at": "now"},
    "data.lookback": 60,
}
DATE = pd.Timestamp("2026-06-25")


def walk_in(folder: Path, request: Request) -> Walk:
    outcomes, _ = outcomes_of(Graph(request.plan), request.provider, None)
    walk = Walk(request.resolved.settings, request.provider, outcomes, (1,), 1, folder)
    (folder / walk_files.DATES).mkdir(parents=True)
    walk_files.begin(folder, {}, outcomes.returns)
    return walk


def restate(lakehouse: Path) -> None:
    """The last closes before the date are known otherwise from now on."""
    rows = table(lakehouse).read().frame
    rows = rows[(rows["date"] <= DATE) & (rows["date"] > DATE - pd.Timedelta(days=9))]
    moment = pd.Timestamp("2026-07-03")
    TableWriter(lakehouse, BARS).upsert(rows.assign(known_at=moment, close=rows["low"]), moment)


def test_a_worker_reads_the_lakehouse_as_it_was_when_the_walk_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(date_tasks, "threadpool_limits", lambda limit: None)  # this process isn't a worker's
    shutil.copytree(market_lake(), tmp_path / "lakehouse")
    request = held(requested(tmp_path, settings=LAKE))
    here, there, anew = (tmp_path / name for name in ("here", "there", "anew"))
    walk = walk_in(here, request)
    Walker(walk).walk(DATE)
    task = DateTask(DATE.isoformat(), pickle.dumps(walk_reference(walk_in(there, request), request)))
    assert len(task.told) < 20_000
    restate(tmp_path / "lakehouse")
    assert task.answer() == task.date
    date_tasks._prepared.cache_clear()
    assert files(there) == files(here)
    # So does the walk itself; one that begins now sees what was ingested.
    late = held(requested(tmp_path, settings=LAKE))
    Walker(walk_in(anew, late)).walk(DATE)
    assert files(anew / "dates") != files(here / "dates")
    (here / "dates" / f"{DATE.date()}.json").unlink()
    Walker(walk).walk(DATE)
    assert files(there) == files(here)


def test_outcomes_reach_beyond_the_window_of_selections(tmp_path: Path) -> None:
    request = held(requested(tmp_path, settings=LAKE, data=market_lake()))
    whole = table(market_lake()).read().frame["date"]
    outcomes, _ = outcomes_of(Graph(request.plan), request.provider, None)
    seen = request.provider.tables(None).bars
    assert seen is not None
    assert seen["date"].min() > whole.min()
    assert outcomes.returns.index[0] == sorted(whole.unique())[1]
