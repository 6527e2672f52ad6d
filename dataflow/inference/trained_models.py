"""What a learned scorer is handed: trained models, and which of them is known on a date.

Who hands them in has read and verified them (`drivers.execution.model_files`); nothing here reads a file.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Source
from tradingview_scraper.pipelines.selection.dataflow.inference.cross_section import Normalisation, cross_section
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders


@dataclass(frozen=True)
class TrainedModel:
    """A fitted pipeline, and how features are put before it."""

    scorer: str
    usable_from: pd.Timestamp
    """The session at whose end it was fitted: nothing in it is of later."""
    features: tuple[str, ...]
    """In the order of the fit."""
    blind: tuple[str, ...]
    """Features that a SHORT sees with the opposite sign."""
    normalise: Normalisation
    pipeline: Any
    """Fitted scikit-learn pipeline: imputer, scaler, estimator."""
    source: Source
    """The file that it comes from."""

    def predictions(self, features: pd.DataFrame, direction: pd.Series) -> np.ndarray:
        """What is foretold of each asset of a date, any real number, higher is better.

        Raises `DataContractError` where the model was trained on features that there aren't.
        """
        lacking = [name for name in self.features if name not in features]
        if lacking:
            raise DataContractError(
                f"inference: {self.source.uri} was trained on other columns: there is no feature {offenders(lacking)}; "
                f"`tvselect train {self.scorer}` makes a model of those that there are"
            )
        one_date = pd.Series(0, index=features.index)
        seen = cross_section(features, direction, one_date, columns=self.features, blind=self.blind, how=self.normalise)
        return predicted(self.pipeline, seen)


class Models(Protocol):
    """The models of one scorer."""

    @property
    def scorer(self) -> str:
        """The scorer's name in the profile."""

    def absent(self) -> str:
        """That there is no model at all, and what makes one; empty where there is."""

    def usable(self, as_of: pd.Timestamp | None) -> TrainedModel:
        """The newest model that is usable on the date (None: the newest), verified.

        Raises `ConfigurationError` where there is none, `VerificationError` where its file isn't what was trained.
        """


def predicted(pipeline: Any, rows: np.ndarray) -> np.ndarray:
    """One number per row: the probability of the positive class of a classifier, else what the estimator answers."""
    if hasattr(pipeline, "predict_proba"):
        likely = pipeline.predict_proba(rows)
        return np.asarray(likely[:, -1], dtype=np.float64)
    return np.asarray(pipeline.predict(rows), dtype=np.float64).reshape(len(rows))
