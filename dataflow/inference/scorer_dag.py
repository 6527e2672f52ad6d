"""The sub-dataflow of one scorer; the builder instantiates it once for each scorer of the profile."""

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.component_answers import (
    answered_conviction,
    answered_probabilities,
)
from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring


def probabilities(scorer: ConvictionScorer, scoring: Scoring) -> pd.DataFrame:
    """Component probabilities, assets x scored factors."""
    return answered_probabilities(scorer.probabilities(scoring), scoring)


def conviction(scorer: ConvictionScorer, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
    """One number >= 0 per asset."""
    return answered_conviction(scorer.conviction(probabilities, scoring), scoring)
