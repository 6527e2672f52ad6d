"""What gates, rungs and routes did: whom they let through against whom not, in excess return over the walk's step."""

from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.schemas.walk_panel import GATE


def difference(values: pd.Series, these: pd.Series, those: pd.Series, dates: pd.Series) -> pd.Series:
    """Mean of these rows less mean of those, by date; NaN on a date that lacks either."""
    return values[these].groupby(dates[these]).mean().sub(values[those].groupby(dates[those]).mean())


def gate_table(panel: pd.DataFrame, step: int) -> dict[str, dict[str, Any]]:
    """For each gate, at the first rung: the share of rows it vetoed, the share that it alone did, and what it was worth.

    `worth` is the excess of what it passed less that of what it vetoed; above 0, the gate was right.
    """
    passed = panel[[name for name in panel.columns if name.startswith(GATE)]]
    vetoes = (~passed).sum(axis=1)
    values = excess(panel, step)
    return {
        name.removeprefix(GATE): {
            "vetoed": float((~passed[name]).mean()),
            "alone": float((~passed[name] & (vetoes == 1)).mean()),
            "worth": hac(difference(values, passed[name], ~passed[name], panel["date"]), step, step),
        }
        for name in passed.columns
    }


def rung_shares(panel: pd.DataFrame) -> dict[int, float]:
    """The share of dates that ended at each rung."""
    rungs = panel.groupby("date")["rung"].first()
    return {rung: float((rungs == rung).mean()) for rung in sorted(rungs.unique().tolist())}


def route_table(panel: pd.DataFrame, step: int) -> dict[str, dict[str, Any]]:
    """For each route the rows that won by it, and their excess."""
    values = excess(panel, step)
    found = {}
    for route in sorted({*panel["route"]} - {""}):
        rows = panel["route"] == route
        by_date = values[rows].groupby(panel["date"][rows]).mean()
        found[route] = {"winners": int(rows.sum()), "excess": hac(by_date, step, step)}
    return found


def relaxation(panel: pd.DataFrame, step: int) -> Mean:
    """Excess of the winners that fail a gate of the first rung less that of those that pass all, on dates that have both."""
    strict = panel[[name for name in panel.columns if name.startswith(GATE)]].all(axis=1)
    winner = panel["winner"]
    values = excess(panel, step)
    return hac(difference(values, winner & ~strict, winner & strict, panel["date"]), step, step)
