"""What books earned: each with its cost, fall, turnover, stability and breadth; the winners' beside each control's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.books import (
    RANDOM,
    book_returns,
    books,
    drawdown,
    random_returns,
    replaced,
    sharpe,
    traded,
    without_best,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.breadth import breadth
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import bootstrap_interval, hac
from tradingview_scraper.pipelines.selection.drivers.research.measures.stability import list_stability

BASIS_POINT = 1e-4
POOL = "pool"


@dataclass(frozen=True)
class Trading:
    """What turns a book's returns from date to date into figures."""

    step: int
    cost: float
    """Basis points of the value traded."""
    dates_per_year: float

    def net(self, panel: pd.DataFrame, held: pd.Series) -> pd.Series:
        """A book's returns by date less what trading into it cost; the first date's trade is free."""
        moved = traded(panel, held, self.step).fillna(0.0)
        return book_returns(panel, held, self.step) - BASIS_POINT * self.cost * moved


def book_table(
    panel: pd.DataFrame, held: Mapping[str, pd.Series], returns: pd.DataFrame, trading: Trading
) -> dict[str, dict[str, Any]]:
    """Book to what it earned per date, how much was traded for it, what stayed, its drawdown and its breadth."""
    return {name: _book(panel, rows, None if name == POOL else returns, trading) for name, rows in held.items()}


def _book(panel: pd.DataFrame, held: pd.Series, returns: pd.DataFrame | None, trading: Trading) -> dict[str, Any]:
    """Of a book without `returns` (the whole pool) breadth isn't measured: it takes too long."""
    gross, net = book_returns(panel, held, trading.step), trading.net(panel, held)
    wide = None if returns is None else breadth(panel, held, returns)
    stays = list_stability(panel, held)
    return {
        "size": float(held.groupby(panel["date"]).sum().mean()),
        "return": hac(gross, trading.step, trading.step),
        "net_return": hac(net, trading.step, trading.step),
        "sharpe": sharpe(gross, trading.dates_per_year),
        "net_sharpe": sharpe(net, trading.dates_per_year),
        "drawdown": drawdown(gross),
        "traded": float(traded(panel, held, trading.step).mean()),
        "replaced": float(replaced(panel, held).mean()),
        "kept": float(stays["kept"].mean()),
        "jaccard": float(stays["jaccard"].mean()),
        "correlation": None if wide is None else float(wide["correlation"].mean()),
        "bets": None if wide is None else float(wide["bets"].mean()),
    }


def list_table(
    panel: pd.DataFrame, held: Mapping[str, pd.Series], returns: pd.DataFrame, trading: Trading
) -> dict[str, dict[str, Any]]:
    """`book_table` of lists of winners, and how each fares beside the pool, with and without the rows that earned most."""
    step, pool = trading.step, pd.Series(True, index=panel.index)
    found = book_table(panel, held, returns, trading)
    for name, rows in held.items():
        beyond = book_returns(panel, rows, step) - book_returns(panel, pool, step)
        found[name] |= {
            "beyond_pool": hac(beyond, step, step),
            "without_best": hac(without_best(panel, rows, step), step, step),
        }
    return found


def controls(panel: pd.DataFrame, horizons: Sequence[int], step: int) -> dict[str, dict[int, dict[str, Any]]]:
    """Control and horizon to what the winners earned beyond it: mean, 95 % interval and, of random ones, the share beaten."""
    held = books(panel)
    winners = {horizon: book_returns(panel, held["winners"], horizon) for horizon in horizons}
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for name in ("pool", "eligible", "top eligible"):
        found[name] = {
            horizon: _beyond(own - book_returns(panel, held[name], horizon), horizon, step)
            for horizon, own in winners.items()
        }
    for name in RANDOM:
        found[name] = {}
        random = random_returns(panel, horizons, name)
        for horizon, own in winners.items():
            draws = random[horizon]
            beaten = float((draws.mean() < own.mean()).mean()) if own.notna().any() else math.nan
            found[name][horizon] = {**_beyond(own - draws.mean(axis=1), horizon, step), "beaten": beaten}
    return found


def _beyond(series: pd.Series, horizon: int, step: int) -> dict[str, Any]:
    return {"mean": hac(series, horizon, step), "interval": bootstrap_interval(series, horizon, step)}
