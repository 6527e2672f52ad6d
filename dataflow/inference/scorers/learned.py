"""A scorer that was trained on what came after earlier dates: `tvselect train` makes its models."""

from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring, Source
from tradingview_scraper.pipelines.selection.dataflow.inference.cross_section import pool_ranks
from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import Models
from tradingview_scraper.pipelines.selection.schemas.learning import learning_settings


class Learned(ConvictionScorer):
    """The rank in the pool of what the newest model usable on the date foretells, in (0, 1]."""

    conviction_reads = ("scoring.features", "~scoring.direction", "~scoring.as_of")

    def __init__(self, models: Models, **parameters: Any) -> None:
        self._models = models
        learning_settings(models.scorer, parameters)  # a misspelled one shows when the profile is read

    def unready(self) -> str:
        """That nobody has trained it yet."""
        return self._models.absent()

    def sources(self, as_of: pd.Timestamp | None) -> tuple[Source, ...]:
        """The file of the model that is used on a date."""
        return (self._models.usable(as_of).source,)

    def probabilities(self, scoring: Scoring) -> pd.DataFrame:
        """NaN: a model weighs features together, it gives none of them a probability."""
        return pd.DataFrame(np.nan, index=scoring.metrics.index, columns=scoring.metrics.columns)

    def conviction(self, probabilities: pd.DataFrame, scoring: Scoring) -> pd.Series:
        """Ranks of the predictions; an asset of which nothing is known has the imputed values, and a rank in the middle."""
        model = self._models.usable(scoring.as_of)
        foretold = model.predictions(scoring.features, scoring.direction)
        return pd.Series(pool_ranks(foretold), index=scoring.metrics.index)
