"""Weighted rank average: the plainest challenger there is."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring
from tradingview_scraper.pipelines.selection.dataflow.inference.probabilities import mapped


class RankAverage(ConvictionScorer):
    """Mean of the metrics' rank probabilities under the absolute weights; a negative weight turns the rank round."""

    probability_reads = ("* < scoring.metrics.* ~scoring.universe",)
    conviction_reads = ("probabilities",)

    def probabilities(self, scoring: Scoring) -> pd.DataFrame:
        """Ranks of every metric, whatever its own map."""
        maps = {name: "rank_desc" if _descending(scoring, name) else "rank" for name in scoring.weights}
        return mapped(scoring.metrics, maps, scoring.universe)

    def conviction(self, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
        """Weighted mean over the known probabilities, in [0, 1]; 0.5 where all are unknown."""
        points, total = np.zeros(len(probabilities)), np.zeros(len(probabilities))
        # Not as a matrix product: its last bits hang on the processor.
        for name, weight in scoring.weights.items():
            p = probabilities[name].to_numpy()
            known = ~np.isnan(p)
            points += np.where(known, abs(weight) * p, 0.0)
            total += np.where(known, abs(weight), 0.0)
        score = np.divide(points, total, out=np.full(len(probabilities), 0.5), where=total > 0)
        return pd.Series(score, index=probabilities.index)


def _descending(scoring: Scoring, name: str) -> bool:
    return (scoring.maps[name] == "rank_desc") != (scoring.weights[name] < 0)
