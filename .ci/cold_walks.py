"""Are selections by one graph and one reading those of cold starts? Dates of a real market, byte for byte.

    python .ci/cold_walks.py --data ../shared/data/us_equities --sessions 250 --every 10

Selects at each date as a walk does, then anew with a graph and a reading of its own, and compares the context, all that the panel
takes, and the winners' list. Prints seconds of CPU of both and ends with 1 where a date differs. A whole year (`--every 1`) takes
some minutes.
"""

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, Selector
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_folder import HeldFolder
from tradingview_scraper.pipelines.selection.drivers.research.walks.panel_rows import known_rows
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document, parquet

SETTINGS = {
    "universe": "returns",
    "data.scans": ["none/*.json"],
    "data.defaults": {"tick_size": 0.01, "lot_size": 1, "price_precision": 2},
}


def content(selection: Selection, date: pd.Timestamp) -> tuple[bytes | str, ...]:
    """All that can be compared of a selection."""
    winners = document({"winners": selection.portfolio_candidates})
    return (selection.context.digest(), parquet(known_rows(selection, date)), winners)


def main() -> int:
    """Walk, select cold, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sessions", type=int, default=250)
    parser.add_argument("--every", type=int, default=10)
    asked = parser.parse_args()
    settings = resolved_settings("v4", settings=SETTINGS).settings
    started = time.process_time()
    held = HeldFolder(asked.data, settings.data)
    selector = Selector(plan(settings), held.bars)
    bars = held.tables(None).bars
    assert bars is not None
    dates = pd.DatetimeIndex(bars["date"].unique()).sort_values()[-asked.sessions :: asked.every]
    walked = [content(selector.selected(held, date), date) for date in dates]
    between = time.process_time()
    cold = [
        content(Selector(plan(settings)).selected(FolderProvider(asked.data, settings.data), date), date)
        for date in dates
    ]
    ended = time.process_time()
    unlike = [str(date.date()) for date, one, other in zip(dates, walked, cold, strict=True) if one != other]
    print(f"{len(dates) - len(unlike)} of {len(dates)} dates equal; differing: {', '.join(unlike) or 'none'}")
    print(f"CPU: {between - started:.1f} s as a walk, {ended - between:.1f} s cold in one process")
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main())
