"""What a folder or a caller gives, as `Tables`: typed, up to the as-of date, with what carries no date said."""

from collections.abc import Sequence

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import believed_returns
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import KnownCandidates
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import SideTable
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import typed_bars, typed_returns


def given_tables(
    bars: pd.DataFrame | None,
    returns: pd.DataFrame | None,
    known: KnownCandidates,
    as_of: pd.Timestamp | None,
    *,
    instruments: SideTable | None,
    statistics: SideTable | None,
    notes: Sequence[str],
    sessions: str,
    resample: str,
    believed: bool = False,
    sides_known: bool = False,
) -> Tables:
    """The tables from long bars, wide returns, typed side tables and the candidates that are known on the date.

    Point in time where every candidate comes of a dated export and there is no side table, which carries no date; unless
    the side tables are `sides_known`: as they were known on the date. `sessions` and `resample` are the settings of that
    name; `believed` returns are as v3.4 reads them. Raises `DataContractError` where a table can't be typed.
    """
    aside = [known.quarantine]
    if returns is not None and believed:
        returns, said = believed_returns(returns, as_of)
        notes = [*notes, *said]
    elif returns is not None:
        returns, bad = typed_returns(returns, as_of=as_of, sessions=sessions)
        aside.append(bad)
    if bars is not None:
        bars = typed_bars(bars, "bars", as_of=as_of, sessions=sessions, resample=resample)
    sides = {"instruments": instruments, "statistics": statistics}
    there = {name: side for name, side in sides.items() if side is not None}
    return Tables(
        candidates=known.records,
        bars=bars,
        returns=returns,
        instruments=None if instruments is None else instruments.frame,
        statistics=None if statistics is None else statistics.frame,
        quarantine=pd.concat([*aside, *(side.quarantine for side in there.values())], ignore_index=True),
        point_in_time=known.dated and (sides_known or not there),
        notes=(
            *(f"{name} carry no date: taken as known on the as-of date" for name in there if not sides_known),
            *known.notes,
            *notes,
            *(note for side in there.values() for note in side.notes),
        ),
        scans=known.scans,
        beyond=known.beyond,
        asked=known.asked,
    )
