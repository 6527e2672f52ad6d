"""Parts of the stage's account of its input: stale markets, missing cells, rows and candidates that others were preferred to."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import Matcher, joined, one_record_per_asset
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import Proposal
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import PRICES, SIZES


def stale_markets(ages: pd.Series, market: pd.Series, limit: float) -> dict[str, dict[str, int]]:
    """Market to the number of its assets in the pool, how many of them are stale, and the days since its last bar."""
    found = {}
    for name, members in ages.reindex(market.index).groupby(market.to_numpy(), sort=True):
        stale = int((~(members <= limit)).sum())
        if stale:
            newest = -1 if members.isna().all() else int(members.min())
            found[str(name)] = {"assets": len(members), "stale": stale, "days_since_its_last_bar": newest}
    return found


def missing_cells(bars: pd.DataFrame | None, reasons: pd.Series) -> dict[str, int]:
    """Column to the number of empty cells in the bars that count: without blame, but without use either."""
    if bars is None:
        return {}
    kept = (reasons == "").to_numpy()
    columns = {name: bars[name].to_numpy(dtype=np.float64) for name in (*PRICES, *SIZES) if name in bars}
    counts = {name: int(np.count_nonzero(np.isnan(column) & kept)) for name, column in columns.items()}
    return {name: number for name, number in counts.items() if number}


def passed_over(tables: Tables, matcher: Matcher, scanner_symbols: dict[str, str]) -> dict[str, list[str]]:
    """Side table to its rows that another row of the same asset was preferred to."""
    given = {
        "instruments": () if tables.instruments is None else tables.instruments["symbol"],
        "statistics": () if tables.statistics is None else tables.statistics.index,
    }
    found = {}
    for table, symbols in given.items():
        pairs, _ = joined([{"symbol": str(symbol)} for symbol in symbols], matcher)
        found[table] = one_record_per_asset(pairs, matcher, scanner_symbols)[1]
    return {table: symbols for table, symbols in found.items() if symbols}


def superseded_candidates(superseded: Sequence[Proposal], candidates: Sequence[Proposal]) -> list[str]:
    """Each candidate that lost its asset, and to which: `ABC momentum LONG, for SHORT of breakout, trend`."""
    if not superseded:
        return []
    winners: dict[str, list[Proposal]] = {}
    lost_ways = {(lost.asset, lost.direction) for lost in superseded}
    for each in candidates:
        if (each.asset, each.direction) not in lost_ways:
            winners.setdefault(each.asset, []).append(each)
    return [
        f"{lost.asset} {lost.logic} {lost.direction}, for {winners[lost.asset][0].direction} of "
        f"{', '.join(dict.fromkeys(each.logic for each in winners[lost.asset]))}"
        for lost in superseded
    ]
