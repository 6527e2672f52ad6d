"""What a learned scorer is told: the `parameters` of a scorer whose `kind` is `learned`.

    [scorers.ridge]
    kind = "learned"
    role = "challenger"
    parameters = { estimator = "ridge", target = "rank", horizon = 5, estimator__alpha = 100.0 }

A name with `__` in it is a parameter of the scikit-learn pipeline (steps: imputer, scaler, estimator), as its `set_params` takes
them; all others are the fields of `LearningSettings`. `learning_settings` takes the two apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.section import Section

LEARNED = "learned"
"""The kind of a scorer that is trained."""
ESTIMATORS = ("ridge", "logistic", "boosting", "blend")
"""The built-in ones."""
PIPELINE = "__"
"""In the name of a parameter: it is the pipeline's."""
CARD_VERSION = "1.0"
"""Format of a model card."""


class LearningSettings(Section):
    """How a scorer learns, and on what."""

    estimator: str = "ridge"
    """`ridge`, `logistic`, `boosting`, `blend`, or `module:Class` of a regressor, classifier or ranker."""
    target: Literal["excess", "rank", "sign"] = "rank"
    """What is foretold: the excess over the pool, its rank on the date, or whether it is positive."""
    horizon: Annotated[int, Field(ge=1, le=1000)] = 5
    """Sessions over which the forward return runs."""
    train: Annotated[int, Field(ge=20, le=100_000)] = 500
    """Sessions before a fit from which it may learn."""
    stride: Annotated[int, Field(ge=1, le=1000)] = 5
    """Sessions from one date of the training panel to the next."""
    every: Annotated[int, Field(ge=1, le=10_000)] = 21
    """Sessions from one fit to the next."""
    embargo: Annotated[int, Field(ge=0, le=1000)] = 5
    """Sessions between the end of a target and the fit, beyond the purge."""
    features: str = ""
    """Names of features between commas; empty: all that vary."""
    turned: str = "annual_return,minus_di,plus_di,recent_return"
    """Features that are blind to direction, between commas: a SHORT sees them with the opposite sign."""
    normalise: Literal["rank", "zscore"] = "rank"
    """How a feature is made comparable from date to date: its rank among the date's pool, or its z-score."""
    random_state: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of whatever draws."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        if ":" not in self.estimator and self.estimator not in ESTIMATORS:
            raise ValueError(
                f"estimator {self.estimator!r}: there are {', '.join(ESTIMATORS)}, or module:Class of your own"
            )
        if self.estimator == "logistic" and self.target != "sign":
            raise ValueError(
                f'estimator logistic tells two classes apart: it needs target = "sign", not {self.target!r}'
            )
        return self

    @property
    def named_features(self) -> tuple[str, ...]:
        """The names in `features`."""
        return _names(self.features)

    @property
    def turned_features(self) -> tuple[str, ...]:
        """The names in `turned`."""
        return _names(self.turned)


@dataclass(frozen=True)
class Learning:
    """A scorer's parameters, taken apart."""

    settings: LearningSettings
    pipeline: Mapping[str, Any]
    """Parameters for the pipeline's `set_params`."""


def learning_settings(scorer: str, parameters: Mapping[str, Any]) -> Learning:
    """The parameters of a scorer of this name. Raises `ConfigurationError` where one isn't known or out of range."""
    own = {name: value for name, value in parameters.items() if PIPELINE not in name}
    try:
        settings = LearningSettings(**own)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        known = f"; there are {', '.join(LearningSettings.model_fields)}" if first["type"] == "extra_forbidden" else ""
        said = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"scorers.{scorer}.parameters{f'.{place}' if place else ''}: {said}{known}") from None
    return Learning(settings, {name: parameters[name] for name in sorted(parameters.keys() - own.keys())})


def _names(text: str) -> tuple[str, ...]:
    return tuple(sorted({part.strip() for part in text.split(",")} - {""}))
