"""Log-MPS: the logarithmic multiplicative probability score (V3_4.md, section 3)."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring
from tradingview_scraper.pipelines.selection.dataflow.inference.probabilities import mapped

NEUTRAL = 0.5
SMALLEST = 1e-9
FRAGILITY_WEIGHT = 0.5


class LogMps(ConvictionScorer):
    """exp of the weighted sum of log probabilities, times (1 - fragility penalty).

    NaN policy: an unknown probability counts 0.5, an unknown fragility penalises nothing.
    """

    probability_reads = ("* < scoring.metrics.* ~scoring.universe",)
    conviction_reads = ("probabilities", "scoring.fragility")

    def probabilities(self, scoring: Scoring) -> pd.DataFrame:
        """Each metric by its own map."""
        return mapped(scoring.metrics, {name: scoring.maps[name] for name in scoring.weights}, scoring.universe)

    def conviction(self, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
        """alpha = exp(sum of weight x ln p + ln(1 - penalty)), added in the order of the weights."""
        log_score = np.zeros(len(probabilities))
        for name, weight in scoring.weights.items():
            p = probabilities[name].to_numpy()
            log_score += weight * np.log(np.maximum(np.where(np.isnan(p), NEUTRAL, p), SMALLEST))
        penalty = fragility_penalty(scoring.fragility.to_numpy())
        alpha = np.exp(log_score + np.log(np.maximum(1.0 - penalty, SMALLEST)))
        return pd.Series(alpha, index=probabilities.index)


def fragility_penalty(fragility: np.ndarray) -> np.ndarray:
    """0.5 x fragility / max fragility; 0 where unknown, or where nobody is fragile."""
    # A negative maximum must divide as v3.4 divides by it, and of two infinite ones the share is unknown.
    peak = np.nanmax(fragility) if (~np.isnan(fragility)).any() else 0.0
    penalty = FRAGILITY_WEIGHT * fragility / (peak if peak != 0 else 1.0)
    return np.where(np.isnan(penalty), 0.0, penalty)
