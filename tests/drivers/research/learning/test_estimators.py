"""The pipeline that parameters describe: seeded, with its own parameters, and refused by name where it can't be."""

from typing import Any

import pytest

from tradingview_scraper.pipelines.selection.drivers.research.learning.estimators import grouping, pipeline_of
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.learning import learning_settings


def made(**parameters: Any) -> Any:
    return pipeline_of("mine", learning_settings("mine", parameters))


def test_every_part_is_seeded_and_takes_parameters_by_name() -> None:
    found = made(estimator="blend", random_state=7, estimator__ridge__alpha=3.0, imputer__strategy="mean").get_params()
    assert found["estimator__boosting__random_state"] == found["estimator__ridge__random_state"] == 7
    assert (found["estimator__ridge__alpha"], found["imputer__strategy"]) == (3.0, "mean")


def test_any_estimator_by_its_path() -> None:
    found = made(estimator="sklearn.ensemble:ExtraTreesRegressor", estimator__n_estimators=5)
    assert found.named_steps["estimator"].n_estimators == 5
    assert grouping(found.named_steps["estimator"]) is None


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"estimator__alhpa": 1.0}, r"scorers.mine.parameters: Ridge raised ValueError: Invalid parameter 'alhpa'"),
        ({"estimator": "sklearn.linear_model:Rigde"}, "has no class 'Rigde'"),
        ({"estimator": "sklearn.preprocessing:StandardScaler"}, "is no estimator: it lacks fit or predict"),
        ({"estimator": "sklearn.svm:SVC"}, "SVC tells classes apart: it needs target = \"sign\", not 'rank'"),
    ],
)
def test_what_cant_be_made_is_named(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        made(**parameters)
