"""Fits: the pipeline on training rows, once on all of them for use, and once per fold for what is known out of fold.

Who calls keeps it to one thread (`training`), so that the same rows give the same model; a model that draws is seeded.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import predicted
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import blamed
from tradingview_scraper.pipelines.selection.drivers.research.learning.estimators import (
    ESTIMATOR,
    grouping,
    pipeline_of,
)
from tradingview_scraper.pipelines.selection.drivers.research.learning.purged_folds import Fold, Places, purged_folds
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import (
    Numbers,
    TrainingRows,
    grades,
)
from tradingview_scraper.pipelines.selection.schemas.learning import Learning


@dataclass(frozen=True)
class Fits:
    """A model, and its likes that have each not seen one fold."""

    model: Pipeline
    folds: tuple[Fold, ...]
    unseeing: tuple[Pipeline, ...]
    """For each fold the pipeline that was fitted on what the fold leaves."""

    def out_of_fold(self, values: Numbers) -> Numbers:
        """What is foretold of each row by the pipeline that hasn't seen its fold."""
        found = np.full(len(values), np.nan)
        for pipeline, (_, held) in zip(self.unseeing, self.folds, strict=True):
            found[held] = predicted(pipeline, values[held])
        return found


def fits(scorer: str, learning: Learning, rows: TrainingRows) -> Fits:
    """The fits of a scorer.

    Raises `DataContractError` where rows are too few, `ConfigurationError` where the estimator raises.
    """
    folds = purged_folds(rows.places, rows.reach)
    everything = np.arange(len(rows.target))
    return Fits(
        model=fitted(scorer, learning, rows, everything),
        folds=tuple(folds),
        unseeing=tuple(fitted(scorer, learning, rows, learned) for learned, _ in folds),
    )


def fitted(scorer: str, learning: Learning, rows: TrainingRows, chosen: Places) -> Pipeline:
    """The pipeline, fitted on the chosen rows alone: imputer and scaler, too."""
    pipeline = pipeline_of(scorer, learning)
    estimator = pipeline.named_steps[ESTIMATOR]
    target: Any = rows.target[chosen]
    told: dict[str, Any] = {}
    group = grouping(estimator)
    if group is not None:
        target = grades(target, rows.dates.iloc[chosen])
        counts = np.unique(rows.places[chosen], return_counts=True)[1]
        told[f"{ESTIMATOR}__{group}"] = counts if group == "group" else np.repeat(np.arange(len(counts)), counts)
    elif is_classifier(estimator):
        target = target.astype(np.int64)
    splits_inside = "cv" in estimator.get_params(deep=False)
    if splits_inside:
        # Ordinary folds would part rows of one date, whose outcomes are nearly one.
        estimator.set_params(cv=purged_folds(rows.places[chosen], rows.reach))
    with (
        blamed(f"scorers.{scorer}: fitting {type(estimator).__name__}"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline.fit(rows.values[chosen], target, **told)
    if splits_inside:
        estimator.set_params(cv=None)  # row numbers are nothing to keep
    return pipeline
