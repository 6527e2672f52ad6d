"""The dates of what a run saw, for its page: each table's first and last day, the days selected from, each scan's date."""

from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables

UNDATED = ("instruments", "statistics")


def seen_tables(tables: Tables, returns: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per table: what it is, rows, symbols, first and last day (None without dates). `returns`: as selected from."""
    found = []
    if tables.bars is not None and len(tables.bars):
        dates = tables.bars["date"]
        found.append(_row("bars", len(dates), int(tables.bars["symbol"].nunique()), dates.min(), dates.max()))
    if tables.returns is not None and len(tables.returns):
        given = tables.returns
        found.append(_row("returns", len(given), given.shape[1], given.index[0], given.index[-1]))
    found.append(_row("returns selected from", len(returns), returns.shape[1], returns.index[0], returns.index[-1]))
    for name in UNDATED:
        frame = getattr(tables, name)
        if frame is not None:
            found.append({"table": name, "rows": len(frame), "symbols": len(frame), "first": None, "last": None})
    return found


def seen_scans(tables: Tables) -> list[dict[str, Any]]:
    """One row per scanner whose newest export counts: date (None without one), and how many records it has."""
    counts: dict[str, int] = {}
    for record in tables.candidates:
        scanner = str(record.get("scanner", ""))
        counts[scanner] = counts.get(scanner, 0) + 1
    lists = {"": None} if "" in counts else {}
    dates = {**{name: None if date is None else day(date) for name, date in tables.scans.items()}, **lists}
    return [{"scanner": name, "date": dates[name], "records": counts.get(name, 0)} for name in sorted(dates)]


def day(moment: pd.Timestamp) -> str:
    """A date as people write it."""
    return f"{moment:%Y-%m-%d}"


def _row(table: str, rows: int, symbols: int, first: pd.Timestamp, last: pd.Timestamp) -> dict[str, Any]:
    return {"table": table, "rows": rows, "symbols": symbols, "first": day(first), "last": day(last)}
