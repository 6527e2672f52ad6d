"""The sub-dataflow of one scorer; the builder instantiates it once for each scorer of the profile."""

from dataclasses import replace

import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.component_answers import (
    answered_conviction,
    answered_probabilities,
)
from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError


@tag(
    reads=[
        "metrics.* < own_metrics.*",
        "fragility < pool_scoring.fragility",
        "universe < pool_scoring.universe",
        "features.* < pool_scoring.features.*",
        "direction < pool_scoring.direction",
        "as_of < pool_scoring.as_of",
    ]
)
def scoring(scorer_name: str, pool_scoring: Scoring, weights: dict[str, dict[str, float]]) -> Scoring:
    """What this scorer is given: the metrics that it weighs, under its own weights."""
    own, whole = weights[scorer_name], pool_scoring.metrics
    names = list(whole.columns)
    return replace(
        pool_scoring,
        metrics=pd.DataFrame(
            whole.to_numpy()[:, [names.index(name) for name in own]], index=whole.index, columns=list(own), copy=False
        ),
        weights=own,
        maps={name: pool_scoring.maps[name] for name in own},
    )


def probabilities(scorer: ConvictionScorer, scoring: Scoring) -> pd.DataFrame:
    """Component probabilities, assets x scored factors. Raises `ComponentError` where the scorer can't answer yet."""
    if reason := scorer.unready():
        raise ComponentError(f"can't answer yet: {reason}")
    return answered_probabilities(scorer.probabilities(scoring), scoring)


def conviction(scorer: ConvictionScorer, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
    """One number >= 0 per asset."""
    return answered_conviction(scorer.conviction(probabilities, scoring), scoring)
