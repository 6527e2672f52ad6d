"""What a record says of the models that learned scorers used: the essentials of each card, and how old the model was.

`model_facts` is in the closing event and on the run page, both of which `show` and a reader have without the model's file;
`overdue` is what a walk counts.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Source
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.learning import learning_settings


def model_facts(selection: Selection) -> dict[str, dict[str, Any]]:
    """Learned scorer to the facts of the model that it used; empty where there is none."""
    return {str(source.card["scorer"]): _facts(source, selection) for source in selection.models if source.card}


def overdue(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Scorer to the age of its model, of those that are older than the scorer's own schedule has them."""
    return {name: found["age"] for name, found in facts.items() if found["age"] > found["every"]}


def _facts(source: Source, selection: Selection) -> dict[str, Any]:
    card = source.card
    scorer = str(card["scorer"])
    # What isn't stated is as a scorer has it anyway: a model whose card says otherwise wasn't let in.
    learning = learning_settings(scorer, selection.settings.scorers[scorer].parameters).settings
    return {
        "file": source.uri,
        "usable_from": card["usable_from"],
        "age": sessions_since(selection.context.returns, pd.Timestamp(card["usable_from"])),
        "every": learning.every,
        "estimator": learning.estimator,
        "target": learning.target,
        "horizon": learning.horizon,
        "window": {name: card["window"][name] for name in ("first", "last", "dates", "rows", "assets")},
        "ic_out_of_fold": dict(card["measures"]["ic_out_of_fold"]),
        "limits": list(card["limits"]),
    }


def sessions_since(returns: pd.DataFrame, date: pd.Timestamp) -> int:
    """Sessions of the pool after a date, up to the run's last; of those before its window none is counted."""
    return int((returns.index > date).sum())
