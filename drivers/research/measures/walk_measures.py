"""All measures of a walk in one document: what the score knew, what the list earned beside its controls, what the gates did.

Nothing here is a verdict. Each mean stands with its error; who looks at thirty of them should believe none below three.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.ablation_measures import ablation_table
from tradingview_scraper.pipelines.selection.drivers.research.measures.book_measures import (
    Trading,
    book_table,
    controls,
    list_table,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import books
from tradingview_scraper.pipelines.selection.drivers.research.measures.gate_measures import (
    after,
    gate_table,
    relaxation,
    route_table,
    rung_table,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.drivers.research.measures.risk_after import risk_after, sessions_per_year
from tradingview_scraper.pipelines.selection.drivers.research.measures.score_measures import (
    Knowledge,
    features_of,
    knowledge,
    scores_of,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.stability import partition_stability
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import sessions_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FEATURE, SCORE, WINNER

SUSPICIOUS_IC, SUSPICIOUS_T = 0.2, 4.0
"""No known factor of daily data comes near."""


def walk_document(walk: WalkForward, cost: float) -> dict[str, Any]:
    """The measures of a walk, as plain values; `cost` in basis points of the value traded."""
    panel, step = walk.panel, walk.step
    trading = Trading(step, cost, sessions_per_year(sessions_of(walk.returns)) / step)
    came = after(panel, risk_after(panel, walk.returns, step, walk.asked["entry_lag"]), step)
    scores = knowledge(panel, scores_of(panel), walk.horizons, step)
    features = knowledge(panel, features_of(panel), walk.horizons, step)
    document = {
        **whereabouts(walk),
        "cost": cost,
        "information": scores,
        "quantiles": scores["conviction"][step],
        "features": features,
        "too_good": too_good(
            {SCORE + name: entry for name, entry in scores.items() if name != "conviction"}
            | {FEATURE + name: entry for name, entry in features.items()}
        ),
        "books": book_table(panel, books(panel), walk.returns, trading),
        "lists": list_table(panel, lists(panel), walk.returns, trading),
        "ablation": ablation_table(panel, walk.returns, trading),
        "controls": controls(panel, walk.horizons, step),
        "partition": hac(partition_stability(panel), step, step),
        "gates": gate_table(panel, came, step),
        "rungs": rung_table(panel, step),
        "routes": route_table(panel, step),
        "relaxation": relaxation(panel, came, step),
    }
    plain: dict[str, Any] = plain_values(document)
    return plain


def whereabouts(walk: WalkForward) -> dict[str, Any]:
    """What was walked, and how its dates ended."""
    panel, step = walk.panel, walk.step
    statuses = Counter(str(end["status"]) for end in walk.ends)
    ended = sum(int(end.get("ended", {}).get(str(step), 0)) for end in walk.ends)
    return {
        "walk": walk.folder.name,
        "profile": walk.asked["profile"],
        "champion": champion_of(walk.asked["settings"]),
        "from": walk.ends[0]["date"],
        "to": walk.ends[-1]["date"],
        "dates": {"all": len(walk.ends), **dict(sorted(statuses.items()))},
        "refusals": refusals(walk.ends),
        "overdue": overdue_models(walk.ends),
        "every": step,
        "entry_lag": walk.asked["entry_lag"],
        "assets": {"per_date": len(panel) / max(panel["date"].nunique(), 1), "ended": ended, "rows": len(panel)},
        "masked": walk.asked["outcomes"]["masked"],
    }


def champion_of(settings: Mapping[str, Any]) -> str:
    """The scorer that decides, of flat settings."""
    champions = [
        name.split(".")[1] for name, value in settings.items() if name.endswith(".role") and value == "champion"
    ]
    return next(name for name in champions if settings[f"scorers.{name}.enabled"])


def refusals(ends: tuple[Mapping[str, Any], ...]) -> dict[str, int]:
    """Reason to the number of dates that were refused for it."""
    return dict(Counter(str(end["reason"]) for end in ends if end["status"] == "refused"))


def overdue_models(ends: tuple[Mapping[str, Any], ...]) -> dict[str, dict[str, int]]:
    """Learned scorer to the dates on which its model was older than its schedule has it, and the oldest age in sessions."""
    ages: dict[str, list[int]] = {}
    for end in ends:
        for scorer, age in end.get("overdue", {}).items():
            ages.setdefault(scorer, []).append(int(age))
    return {scorer: {"dates": len(found), "oldest": max(found)} for scorer, found in sorted(ages.items())}


def lists(panel: pd.DataFrame) -> dict[str, pd.Series]:
    """Scorer to the rows of its list: whom it would have chosen under its own ladder; the champion's are the winners."""
    return {name.removeprefix(WINNER): panel[name] for name in panel.columns if name.startswith(WINNER)}


def too_good(known: Knowledge) -> dict[str, dict[str, Any]]:
    """Scores and features whose rank IC over any horizon is beyond what markets give: they have seen the future, most likely.

    |IC| above 0.2 and |t| above 4; each with its first such horizon.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, by_horizon in known.items():
        for horizon, entry in by_horizon.items():
            seen = entry["ic"]
            if abs(seen.mean) > SUSPICIOUS_IC and abs(seen.t) > SUSPICIOUS_T:
                found.setdefault(name, {"horizon": horizon, "ic": seen})
    return found


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
