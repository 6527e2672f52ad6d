"""Does a factor keep to the window that it declares? Its days are held, what came before them is gone or shuffled.

The pool stays as it is, and so do the markets' calendars: what ingestion gave is handed over as it was at the date, its tables of
days from the window's first day on. A factor that keeps to its window answers with the same bits. Sums that are carried along
(pandas' `rolling`, `ewm`) may keep a trace of what has left them in their last digits: a difference below `LAST_DIGITS` is told,
and is no fault. Everything is computed from arrays that end on the same day, as the pipeline computes it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.drivers.execution.checks import declared_window
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import undisturbed
from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan, ingestion_inputs, inputs
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

CALENDAR = "market_returns"
LAST_DIGITS = 1e-9
"""Of the largest value of a factor."""
PASTS = ("cut off", "shuffled")
FAULT = "reads what is older than the {days} days that it declares"
TRACE = "in the last digits alone"
TRACED = f"what is older than its {{days}} days shows, {TRACE}"


def declared_windows(plan: Plan) -> dict[str, int]:
    """The factors that declare a window, and its days."""
    found = {name: declared_window(name, stated, plan.settings) for name, stated in plan.declarations.items()}
    return {name: days for name, days in found.items() if days is not None}


def window_findings(graph: Graph, provider: DiscoveryProvider, date: pd.Timestamp) -> list[dict[str, str]]:
    """The factors that read more than the days they declare, as of a date, and those in whose last digits it shows."""
    told = {**inputs(graph.plan, graph.plan.settings.rungs()[0]), **ingestion_inputs(provider, date)}
    given = sorted(name for name, stage in graph.stages.items() if stage == "ingestion" or name == CALENDAR)
    by_days: dict[int, list[str]] = defaultdict(list)
    for name, days in declared_windows(graph.plan).items():
        by_days[days].append(name)
    with undisturbed(graph.plan.settings):
        return _findings(graph, told, given, by_days)


def _findings(
    graph: Graph, told: Mapping[str, Any], given: Sequence[str], by_days: Mapping[int, Sequence[str]]
) -> list[dict[str, str]]:
    whole = graph.driver.execute([*given, *(name for names in by_days.values() for name in names)], inputs=dict(told))
    found: dict[str, str] = {}
    for days, names in by_days.items():
        for past in PASTS:
            start = _start(whole[CALENDAR], days)
            handed = {name: _from_window(whole[name], start, past) for name in given}
            handed[CALENDAR] = {
                name: _OTHER[past](frame, max(len(frame) - days, 0)) for name, frame in whole[CALENDAR].items()
            }
            try:
                answers = graph.driver.execute(list(names), inputs=dict(told), overrides=handed)
            except SelectionError as error:
                found |= dict.fromkeys(names, f"with what is older than its {days} days {past}: {error}")
                continue
            for name in names:
                kind = _difference(whole[name], answers[name])
                if kind == FAULT or (kind == TRACED and name not in found):
                    found[name] = kind.format(days=days)
    return [{"kind": "factor", "component": name, "what": what} for name, what in found.items()]


def _difference(whole: pd.Series, windowed: pd.Series) -> str:
    """What kind of difference there is; empty where the bits are the same."""
    windowed = windowed.reindex(whole.index)
    if whole.equals(windowed):
        return ""
    scale = float(whole[np.isfinite(whole)].abs().max())
    near = np.isclose(whole, windowed, rtol=0.0, atol=LAST_DIGITS * scale, equal_nan=True)
    return TRACED if near.all() else FAULT


def _start(markets: Mapping[str, pd.DataFrame], days: int) -> pd.Timestamp:
    """The day on which the window begins in the market in which it begins first."""
    return min((frame.index[-days:][0] for frame in markets.values() if len(frame)), default=pd.Timestamp.min)


def _from_window(value: Any, start: pd.Timestamp, past: str) -> Any:
    """Tables of days with what is older than the window's first day gone, or shuffled; anything else as it is."""
    if isinstance(value, dict) and value and all(isinstance(each, pd.DataFrame) for each in value.values()):
        return {name: _from_window(frame, start, past) for name, frame in value.items()}
    if isinstance(value, Tables):
        bars, returns = value.bars, value.returns
        kept = None if bars is None else bars.loc[(bars["date"] >= start).to_numpy()]
        return replace(value, bars=kept, returns=_from_window(returns, start, past))
    if not isinstance(value, pd.DataFrame) or not isinstance(value.index, pd.DatetimeIndex):
        return value
    return _OTHER[past](value, int(value.index.searchsorted(start)))


def _shuffled(frame: pd.DataFrame, older: int) -> pd.DataFrame:
    """With the rows before the window in another order; their days stay."""
    order = np.concatenate([np.random.default_rng(0).permutation(older), np.arange(older, len(frame))])
    values = np.ascontiguousarray(frame.to_numpy().T[:, order])
    return pd.DataFrame(values.T, index=frame.index, columns=frame.columns, copy=False)


_OTHER: Mapping[str, Callable[[pd.DataFrame, int], pd.DataFrame]] = {
    "cut off": lambda frame, older: frame.iloc[older:],
    "shuffled": _shuffled,
}
