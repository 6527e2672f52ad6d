"""The sub-dataflow of one scorer; the builder instantiates it once for each scorer of the profile."""

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def probabilities(scorer: ConvictionScorer, scoring: Scoring) -> pd.DataFrame:
    """Component probabilities, assets x scored factors."""
    return scorer.probabilities(scoring)


def conviction(scorer: ConvictionScorer, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
    """One number >= 0 an asset."""
    score = scorer.conviction(probabilities, scoring)
    if not isinstance(score, pd.Series) or not score.index.equals(scoring.metrics.index):
        raise DataContractError(
            f"inference: {type(scorer).__name__} must answer one number an asset, as a Series indexed by symbol"
        )
    return score
