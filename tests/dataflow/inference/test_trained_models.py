"""A model sees its own features in its own order, and says which are missing."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.components import Source
from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import TrainedModel, predicted
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

FEATURES = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [4.0, 1.0, 2.0, 3.0]}, index=list("WXYZ"))
SIDES = pd.Series(["LONG", "SHORT", "LONG", "LONG"], index=list("WXYZ"))


class First:
    """Foretells its first column."""

    def predict(self, rows: Any) -> Any:
        return rows[:, 0]


class Likely(First):
    """Tells two classes apart."""

    def predict_proba(self, rows: Any) -> Any:
        return np.column_stack([1 - rows[:, 0], rows[:, 0]])


def model(*features: str, pipeline: Any = None, blind: tuple[str, ...] = ()) -> TrainedModel:
    source = Source("model mine", "models/mine/2026-01-02.skops", 1, 1, "sha256:0")
    return TrainedModel("mine", pd.Timestamp("2026-01-02"), features, blind, "rank", pipeline or First(), source)


def test_features_come_in_the_models_order_seen_from_the_direction() -> None:
    np.testing.assert_array_equal(model("b", "a").predictions(FEATURES, SIDES), [0.375, -0.375, -0.125, 0.125])
    turned = model("b", blind=("b",)).predictions(FEATURES, SIDES)
    np.testing.assert_array_equal(turned, [0.375, 0.375, -0.125, 0.125])


def test_a_classifier_foretells_the_probability_of_the_better_class() -> None:
    np.testing.assert_array_equal(predicted(Likely(), np.array([[0.2], [0.9]])), [0.2, 0.9])
    short = predicted(Likely(), np.array([[0.25]], dtype=np.float32))
    assert (short.tolist(), short.dtype) == ([0.25], np.float64)


def test_a_classifier_that_knows_one_class_foretells_that() -> None:
    class Sure(First):
        def predict_proba(self, rows: Any) -> Any:
            return np.ones((len(rows), 1))

    np.testing.assert_array_equal(predicted(Sure(), np.array([[0.2], [0.9]])), [1.0, 1.0])


def test_what_is_foretold_in_whole_numbers_is_a_float_all_the_same() -> None:
    class Whole:
        def predict(self, rows: Any) -> Any:
            return rows.astype(int)

    found = predicted(Whole(), np.array([[2.0], [1.0]]))
    assert (found.tolist(), found.dtype) == ([2.0, 1.0], np.float64)


def test_a_model_of_other_columns_is_refused() -> None:
    with pytest.raises(
        DataContractError, match=r"2026-01-02.skops was trained on other columns: .* 2: c, d; `tvselect train"
    ):
        model("a", "c", "d").predictions(FEATURES, SIDES)
