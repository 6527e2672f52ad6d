"""Tests of many models against one, as `arch` computes them (extra `research`): a second opinion beside the verdict.

SPA (Hansen 2005): is the best challenger better than the champion? StepM (Romano & Wolf 2005): which are? Model confidence
set (Hansen, Lunde & Nason 2011): which can't be told from the best, the champion included? Loss is minus the rank IC.
"""

from importlib.util import find_spec
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import FEWEST

REPETITIONS = 1000


def second_opinions(champion: pd.Series, challengers: pd.DataFrame, block: int, alpha: float) -> dict[str, Any] | None:
    """What SPA, StepM and the model confidence set say of rank ICs by date; None without `arch` or with too few dates.

    Dates on which one of them is unknown don't count.
    """
    losses = -pd.concat([champion.rename("champion"), challengers.add_prefix("challenger ")], axis=1).dropna()
    if find_spec("arch") is None or len(losses) < FEWEST:
        return None
    from arch.bootstrap import MCS, SPA, StepM

    own, others = losses["champion"], losses.drop(columns="champion")
    shared: dict[str, Any] = {"block_size": block, "reps": REPETITIONS, "seed": 0}
    spa, confident = SPA(own, others, **shared), MCS(losses, alpha, **shared)
    step = StepM(own, others, alpha, **shared)
    for test in (spa, confident, step):
        test.compute()
    return {
        "dates": len(losses),
        "spa": {name: float(spa.pvalues[name]) for name in ("lower", "consistent", "upper")},
        "stepm": sorted(_name(name) for name in step.superior_models),
        "confidence_set": sorted(_name(name) for name in confident.included),
    }


def _name(column: Any) -> str:
    return str(column).removeprefix("challenger ")
