"""Parameters of a learned scorer: ours and the pipeline's, and what is refused before anything is trained."""

from typing import Any

import pytest

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.learning import learning_settings


def test_names_with_two_underscores_are_the_pipelines() -> None:
    found = learning_settings("mine", {"horizon": 3, "estimator__alpha": 2.0, "imputer__strategy": "mean"})
    assert found.settings.horizon == 3
    assert dict(found.pipeline) == {"estimator__alpha": 2.0, "imputer__strategy": "mean"}


def test_lists_are_texts_between_commas() -> None:
    found = learning_settings("mine", {"features": " momentum, adx ,,adx", "turned": ""}).settings
    assert found.named_features == ("adx", "momentum")
    assert found.turned_features == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"estimator": "rigde"},
            "scorers.mine.parameters: estimator 'rigde': there are ridge, logistic, boosting, blend",
        ),
        ({"estimator": "logistic"}, "it needs target = \"sign\", not 'rank'"),
        ({"horizon": 0}, "scorers.mine.parameters.horizon: Input should be greater than or equal to 1"),
        ({"target": "price"}, "parameters.target: Input should be 'excess', 'rank' or 'sign'"),
        ({"horizn": 5}, "parameters.horizn: Extra inputs are not permitted; there are estimator, target, horizon"),
    ],
)
def test_what_isnt_known_is_refused_by_name(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        learning_settings("mine", wrong)
    assert said in str(error.value)
