"""All measures of a walk in one document: what the score knew, what the list earned beside its controls, what the gates did.

Nothing here is a verdict. Each mean stands with its error; who looks at thirty of them should believe none below three.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
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
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.breadth import breadth
from tradingview_scraper.pipelines.selection.drivers.research.measures.gate_measures import (
    gate_table,
    relaxation,
    route_table,
    rung_shares,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import (
    excess,
    ic,
    icir,
    monotonicity,
    quantile_returns,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, bootstrap_interval, hac
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import sessions_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FEATURE, SCORE

BASIS_POINT = 1e-4
SUSPICIOUS_IC, SUSPICIOUS_T = 0.2, 4.0
"""No known factor of daily data comes near."""


def walk_document(walk: WalkForward, cost: float) -> dict[str, Any]:
    """The measures of a walk, as plain values; `cost` in basis points of the value traded."""
    panel, step = walk.panel, walk.step
    sessions = sessions_of(walk.returns)
    years = max((sessions[-1] - sessions[0]).days / 365.25, 1 / 365.25)
    statuses = Counter(str(end["status"]) for end in walk.ends)
    ended = sum(int(end.get("ended", {}).get(str(step), 0)) for end in walk.ends)
    document = {
        "walk": walk.folder.name,
        "profile": walk.asked["profile"],
        "from": walk.ends[0]["date"],
        "to": walk.ends[-1]["date"],
        "dates": {"all": len(walk.ends), **dict(sorted(statuses.items()))},
        "refusals": refusals(walk.ends),
        "every": step,
        "entry_lag": walk.asked["entry_lag"],
        "assets": {"per_date": len(panel) / max(panel["date"].nunique(), 1), "ended": ended, "rows": len(panel)},
        "masked": walk.asked["outcomes"]["masked"],
        "information": information(panel, walk.horizons, step),
        "quantiles": quantiles(panel, step),
        "features": {
            name.removeprefix(FEATURE): hac(ic(panel, name, step), step, step)
            for name in panel.columns
            if name.startswith(FEATURE)
        },
        "too_good": too_good(panel, walk.horizons, step),
        "books": book_table(panel, walk.returns, step, cost, len(sessions) / years / step),
        "controls": controls(panel, walk.horizons, step),
        "gates": gate_table(panel, step),
        "rungs": rung_shares(panel),
        "routes": route_table(panel, step),
        "relaxation": relaxation(panel, step),
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def refusals(ends: tuple[Mapping[str, Any], ...]) -> dict[str, int]:
    """Reason to the number of dates that were refused for it."""
    return dict(Counter(str(end["reason"]) for end in ends if end["status"] == "refused"))


def information(panel: pd.DataFrame, horizons: tuple[int, ...], step: int) -> dict[str, dict[int, dict[str, Any]]]:
    """Scorer and horizon to the mean rank IC and the ICIR."""
    columns = {"conviction": "conviction"} | {
        name.removeprefix(SCORE): name for name in panel.columns if name.startswith(SCORE)
    }
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for name, column in columns.items():
        series = {horizon: ic(panel, column, horizon) for horizon in horizons}
        found[name] = {
            horizon: {"ic": hac(each, horizon, step), "icir": icir(each)} for horizon, each in series.items()
        }
    return found


def too_good(panel: pd.DataFrame, horizons: tuple[int, ...], step: int) -> dict[str, dict[str, Any]]:
    """Scores and features whose rank IC over any horizon is beyond what markets give: they have seen the future, most likely.

    |IC| above 0.2 and |t| above 4; each with its first such horizon.
    """
    found: dict[str, dict[str, Any]] = {}
    for horizon in horizons:
        for name in panel.columns[panel.columns.str.startswith((FEATURE, SCORE))]:
            seen = hac(ic(panel, name, horizon), horizon, step)
            if abs(seen.mean) > SUSPICIOUS_IC and abs(seen.t) > SUSPICIOUS_T:
                found.setdefault(name, {"horizon": horizon, "ic": seen})
    return found


def quantiles(panel: pd.DataFrame, step: int) -> dict[str, Any]:
    """Mean excess by quantile of conviction, the highest less the lowest, and whether each is better than the one below."""
    means = quantile_returns(panel["conviction"], excess(panel, step), panel["date"])
    if means.empty:
        return {"means": {}, "spread": Mean(math.nan, math.nan, 0), "monotonicity": math.nan}
    spread = means[means.columns[-1]] - means[means.columns[0]]
    return {
        "means": {int(name): float(means[name].mean()) for name in means.columns},
        "spread": hac(spread, step, step),
        "monotonicity": monotonicity(means.mean()),
    }


def book_table(
    panel: pd.DataFrame, returns: pd.DataFrame, step: int, cost: float, dates_per_year: float
) -> dict[str, dict[str, Any]]:
    """Book to what it earned per date, how much was traded for it, its drawdown and its breadth."""
    found = {}
    for name, held in books(panel).items():
        gross = book_returns(panel, held, step)
        moved = traded(panel, held, step)
        net = gross - BASIS_POINT * cost * moved.fillna(0.0)
        wide = breadth(panel, held, returns) if name != "pool" else None
        found[name] = {
            "size": float(held.groupby(panel["date"]).sum().mean()),
            "return": hac(gross, step, step),
            "sharpe": sharpe(gross, dates_per_year),
            "net_sharpe": sharpe(net, dates_per_year),
            "drawdown": drawdown(gross),
            "traded": float(moved.mean()),
            "replaced": float(replaced(panel, held).mean()),
            "correlation": None if wide is None else float(wide["correlation"].mean()),
            "bets": None if wide is None else float(wide["bets"].mean()),
        }
    return found


def controls(panel: pd.DataFrame, horizons: tuple[int, ...], step: int) -> dict[str, dict[int, dict[str, Any]]]:
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


def plain_values(value: Any) -> Any:
    """The same with means as documents, keys as text, and None for what is unknown."""
    if isinstance(value, Mean):
        return plain_values({"mean": value.mean, "error": value.error, "t": value.t, "dates": value.dates})
    if isinstance(value, Mapping):
        return {str(key): plain_values(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
