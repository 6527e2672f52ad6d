"""Conviction is the rank of what the model of the date foretells."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.components import Scoring, Source
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.learned import Learned
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

ASSETS = pd.Index(["W", "X", "Y", "Z"])


class Model:
    source = Source("model mine", "models/mine/2026-01-02.skops", 1, 1, "sha256:0")

    def predictions(self, features: pd.DataFrame, direction: pd.Series) -> Any:
        return features["a"].to_numpy() * np.where(direction == "SHORT", -1, 1)


class Held:
    scorer = "mine"

    def absent(self) -> str:
        return ""

    def usable(self, as_of: pd.Timestamp | None) -> Any:
        assert as_of == pd.Timestamp("2026-02-03")
        return Model()


def scoring() -> Scoring:
    return Scoring(
        metrics=pd.DataFrame({"m": [1.0, 2.0, 3.0, 4.0]}, index=ASSETS),
        weights={"m": 1.0},
        maps={"m": "rank"},
        fragility=pd.Series(0.0, index=ASSETS),
        universe=np.ones(4, dtype=bool),
        features=pd.DataFrame({"a": [3.0, 3.0, -8.0, 0.5]}, index=ASSETS),
        direction=pd.Series(["LONG", "SHORT", "SHORT", "LONG"], index=ASSETS),
        as_of=pd.Timestamp("2026-02-03"),
    )


def test_conviction_is_a_rank_in_the_pool() -> None:
    scorer = Learned(Held(), horizon=3)  # type: ignore[arg-type]
    found = scorer.conviction(scorer.probabilities(scoring()), scoring())
    assert found.to_dict() == {"W": 0.75, "X": 0.25, "Y": 1.0, "Z": 0.5}
    unknown = scorer.probabilities(scoring())
    assert unknown.isna().all(axis=None)
    assert (unknown.dtypes == np.float64).all()
    assert scorer.probabilities(scoring()).isna().all(axis=None)
    assert scorer.sources(pd.Timestamp("2026-02-03")) == (Model.source,)


def test_a_misspelled_parameter_shows_when_it_is_made() -> None:
    with pytest.raises(ConfigurationError, match=r"scorers\.mine.parameters\.horizn"):
        Learned(Held(), horizn=3)  # type: ignore[arg-type]


def test_it_declares_what_its_conviction_is_made_of() -> None:
    """All that it asks for but the names of the assets."""
    asked: list[str] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return getattr(scoring(), name)

    Learned(Held(), horizon=3).conviction(pd.DataFrame(), Watched())  # type: ignore[arg-type]
    declared = [part.removeprefix("~").removeprefix("scoring.") for part in Learned.conviction_reads]
    assert sorted([*declared, "metrics"]) == sorted({*asked})


def test_it_is_not_ready_where_its_models_say_so() -> None:
    class Absent(Held):
        def absent(self) -> str:
            return "train it"

    assert Learned(Absent(), horizon=3).unready() == "train it"  # type: ignore[arg-type]
    assert Learned(Held(), horizon=3).unready() == ""  # type: ignore[arg-type]
