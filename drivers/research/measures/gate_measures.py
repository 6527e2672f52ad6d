"""What gates, rungs and routes did: whom they let through against whom not, over the walk's step.

Three things are compared, each seen from the candidate's direction: the excess return, and volatility and drawdown after
the date (`risk_after`). A gate that guards from risk needn't earn anything.
"""

from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.schemas.walk_panel import GATE


def difference(values: pd.Series, these: pd.Series, those: pd.Series, dates: pd.Series) -> pd.Series:
    """Mean of these rows less mean of those, by date; NaN on a date that lacks either."""
    return values[these].groupby(dates[these]).mean().sub(values[those].groupby(dates[those]).mean())


def after(panel: pd.DataFrame, risk: pd.DataFrame, step: int) -> pd.DataFrame:
    """What came of each row: `worth` (excess return), `volatility`, `drawdown` (0 or below)."""
    return pd.DataFrame({"worth": excess(panel, step), "volatility": risk["volatility"], "drawdown": risk["drawdown"]})


def strict(panel: pd.DataFrame) -> pd.Series:
    """Whether a row passes all gates of the first rung."""
    return panel[_gates(panel)].all(axis=1)


def _gates(panel: pd.DataFrame) -> list[str]:
    return [name for name in panel.columns if name.startswith(GATE)]


def gate_table(panel: pd.DataFrame, came: pd.DataFrame, step: int) -> dict[str, dict[str, Any]]:
    """For each gate, at the first rung: the share of rows it vetoed, the share that it alone did, and what it was worth.

    `worth`, `volatility` and `drawdown` are the mean of what it passed less that of what it vetoed (`after`). The gate was
    right where the worth is above 0, the volatility below, the drawdown above.
    """
    passed = panel[_gates(panel)]
    vetoes = (~passed).sum(axis=1)
    return {
        name.removeprefix(GATE): {
            "vetoed": float((~passed[name]).mean()),
            "alone": float((~passed[name] & (vetoes == 1)).mean()),
            **compared(panel, came, passed[name], ~passed[name], step),
        }
        for name in passed.columns
    }


def compared(panel: pd.DataFrame, came: pd.DataFrame, these: pd.Series, those: pd.Series, step: int) -> dict[str, Mean]:
    """These rows less those in each thing that came after, over dates that have both."""
    return {str(name): hac(difference(came[name], these, those, panel["date"]), step, step) for name in came.columns}


def rung_table(panel: pd.DataFrame, step: int) -> dict[int, dict[str, Any]]:
    """For each rung the share of dates that ended there, and the mean excess of their winners."""
    rungs = panel.groupby("date")["rung"].first()
    values = excess(panel, step)[panel["winner"]].groupby(panel["date"][panel["winner"]]).mean().reindex(rungs.index)
    return {
        rung: {"dates": float((rungs == rung).mean()), "excess": hac(values[rungs == rung], step, step)}
        for rung in sorted(rungs.unique().tolist())
    }


def route_table(panel: pd.DataFrame, step: int) -> dict[str, dict[str, Any]]:
    """For each route the rows that won by it, and their excess."""
    values = excess(panel, step)
    found = {}
    for route in sorted({*panel["route"]} - {""}):
        rows = panel["route"] == route
        by_date = values[rows].groupby(panel["date"][rows]).mean()
        found[route] = {"winners": int(rows.sum()), "excess": hac(by_date, step, step)}
    return found


def relaxation(panel: pd.DataFrame, came: pd.DataFrame, step: int) -> dict[str, Mean]:
    """The winners that fail a gate of the first rung less those that pass all, on dates that have both."""
    first, winner = strict(panel), panel["winner"]
    return compared(panel, came, winner & ~first, winner & first, step)
