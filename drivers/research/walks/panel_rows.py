"""One date's rows of the panel, from the date's selection and what became of its pool."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection
from tradingview_scraper.pipelines.selection.drivers.research.walks.ablations import ablated
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.schemas.frames import validated
from tradingview_scraper.pipelines.selection.schemas.walk_panel import (
    FEATURE,
    FORWARD,
    GATE,
    SCORE,
    WINNER,
    WITHOUT,
    WalkPanel,
)


def panel_rows(
    selection: Selection,
    date: pd.Timestamp,
    outcomes: Outcomes,
    horizons: Sequence[int],
    entry_lag: int,
    *,
    ablation: bool = False,
) -> pd.DataFrame:
    """The rows of one date, in the order of symbols; with `ablation` also whom it would have chosen without its parts.

    Raises `DataContractError` where they break the panel's model.
    """
    known = known_rows(selection, date)
    if ablation:
        known = known.join(ablated(selection, date).add_prefix(WITHOUT), on="symbol")
    assets = pd.Index(known["symbol"])
    after = {f"{FORWARD}{each}": outcomes.forward(date, assets, each, entry_lag) for each in horizons}
    rows = known.assign(sessions_left=outcomes.sessions_left(date, assets), **after)
    return validated(rows, WalkPanel, "walk-forward")


def known_rows(selection: Selection, date: pd.Timestamp) -> pd.DataFrame:
    """What was known on the date: everything but the outcomes."""
    context = selection.context
    standings = context.standings
    scores = context.inference_outputs
    first = selection.rungs[0].context.decisions
    fixed = pd.DataFrame(
        {
            "date": pd.DatetimeIndex(np.repeat(date.to_datetime64(), len(standings))).as_unit("us"),
            "symbol": standings.index.to_numpy(dtype=str),
            "direction": standings["direction"].to_numpy(),
            "cluster": standings["cluster"].to_numpy(),
            "conviction": standings["alpha_score"].to_numpy(),
            "sound": standings["sound"].to_numpy(),
            "eligible": standings["eligible"].to_numpy(),
            "rung": np.full(len(standings), selection.rungs[-1].number),
            "outcome": standings["outcome"].to_numpy(),
            "route": standings["route"].to_numpy(),
            "winner": (standings["route"] != "").to_numpy(),
        },
        index=standings.index,
    )
    verdicts = first.pivot(index="symbol", columns="gate", values="passed").reindex(standings.index)
    parts = [
        fixed,
        scores[[name for name in scores.columns if name.endswith(".score")]].rename(
            columns=lambda name: f"{SCORE}{name.removesuffix('.score')}"
        ),
        _winners_by_scorer(selection).add_prefix(WINNER),
        context.feature_store.add_prefix(FEATURE),
        verdicts.astype(bool).rename(columns=str).add_prefix(GATE),
    ]
    return pd.concat(parts, axis=1).sort_index().reset_index(drop=True)


def _winners_by_scorer(selection: Selection) -> pd.DataFrame:
    """Assets x active scorers: whom each would have chosen under its own ladder."""
    challengers = selection.challengers
    lists = {
        name: challengers[name].winners if name in challengers else selection.winners for name in selection.plan.scorers
    }
    pool = selection.context.standings.index
    return pd.DataFrame({name: pool.isin(winners.index) for name, winners in lists.items()}, index=pool)
