"""The pipeline that a profile's parameters describe, not fitted: imputer, scaler, estimator.

Imputer and scaler learn from the training rows alone, like the estimator. What draws is seeded, and what cross-validates inside
(a stacked blend, `RidgeCV`) is handed purged folds by `fits`.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from sklearn.base import is_classifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import named_class
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import blamed
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.learning import Learning

IMPUTER, SCALER, ESTIMATOR = "imputer", "scaler", "estimator"
GROUPED = ("group", "qid")
"""What a ranker's `fit` is told the dates by: how many rows each has (LightGBM), or whose a row is (XGBoost)."""
# Signals are weak beside their noise, so each is held back far more than scikit-learn does by default.
_BOOSTED: Mapping[str, Any] = {
    "max_iter": 100,
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 100,
    "l2_regularization": 1.0,
    "early_stopping": False,
}


def pipeline_of(scorer: str, learning: Learning) -> Pipeline:
    """The pipeline of a scorer of this name.

    Raises `ConfigurationError` where the estimator can't be made, doesn't fit the target, or has no such parameter.
    """
    key = f"scorers.{scorer}.parameters.estimator"
    estimator = _estimator(learning.settings.estimator, learning.settings.target == "sign", key)
    if is_classifier(estimator) and learning.settings.target != "sign":
        raise ConfigurationError(
            f'{key}: {type(estimator).__name__} tells classes apart: it needs target = "sign", not {learning.settings.target!r}'
        )
    made = Pipeline(
        [
            (IMPUTER, SimpleImputer(strategy="median", keep_empty_features=True)),
            (SCALER, StandardScaler()),
            (ESTIMATOR, estimator),
        ]
    )
    seeds = [name for name in made.get_params() if name.rpartition("__")[2] == "random_state"]
    with blamed(f"scorers.{scorer}.parameters: {type(estimator).__name__}"):
        made.set_params(**dict.fromkeys(seeds, learning.settings.random_state))
        made.set_params(**learning.pipeline)
    return made


def grouping(estimator: Any) -> str | None:
    """The argument by which a ranker's `fit` learns of dates; None for who is none."""
    asked = inspect.signature(estimator.fit).parameters
    return next((name for name in GROUPED if name in asked), None)


def _estimator(name: str, classes: bool, key: str) -> Any:
    built_in: Mapping[str, Callable[[], Any]] = {
        "ridge": _ridge,
        "logistic": _logistic,
        "boosting": lambda: _boosting(classes),
        "blend": lambda: _blend(classes),
    }
    if name in built_in:
        return built_in[name]()
    found = named_class(name, key)
    if not hasattr(found, "fit") or not (hasattr(found, "predict") or hasattr(found, "predict_proba")):
        raise ConfigurationError(f"{key}: {name} is no estimator: it lacks fit or predict")
    with blamed(f"{key}: {found.__name__}()"):
        return found()


def _ridge() -> Ridge:
    return Ridge(alpha=100.0)


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=0.01, max_iter=1000)


def _boosting(classes: bool) -> Any:
    return (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(**_BOOSTED)


def _blend(classes: bool) -> Any:
    """A line and trees, weighed by a last fit on what each foretells out of fold."""
    if classes:
        parts = [("logistic", _logistic()), ("boosting", _boosting(True))]
        return StackingClassifier(parts, final_estimator=LogisticRegression(), stack_method="predict_proba")
    return StackingRegressor(
        [("ridge", _ridge()), ("boosting", _boosting(False))], final_estimator=Ridge(positive=True)
    )
