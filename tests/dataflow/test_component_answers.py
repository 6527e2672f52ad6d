"""What a component may answer, on real answers with one thing made wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.component_answers import (
    answered_conviction,
    answered_labels,
    answered_probabilities,
    answered_tables,
)
from tradingview_scraper.pipelines.selection.dataflow.components import Scoring, Tables
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError

NAN, INF = np.nan, np.inf


def scored() -> tuple[Scoring, pd.DataFrame, pd.Series]:
    """The real scoring, and what Log-MPS answers."""
    scoring = upstream("log_mps.scoring")
    probabilities = LogMps().probabilities(scoring)
    return scoring, probabilities, LogMps().conviction(probabilities, scoring)


def placed(frame: Any, value: float) -> Any:
    """A copy with one value of the first row changed."""
    changed = frame.copy()
    changed.iloc[(0, 0) if changed.ndim == 2 else 0] = value
    return changed


def test_real_answers_are_handed_on_as_they_are() -> None:
    tables = upstream("tables")
    scoring, probabilities, conviction = scored()
    labels = upstream("cluster_labels").to_numpy()
    assert answered_tables(tables) is tables
    assert answered_probabilities(probabilities, scoring) is probabilities
    assert answered_conviction(conviction, scoring) is conviction
    np.testing.assert_array_equal(answered_labels(labels, len(labels)), labels)


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        (lambda tables: {}, "must answer Tables, not dict"),
        (lambda tables: replace(tables, candidates=iter(())), "candidates as a sequence of mappings"),
        (lambda tables: replace(tables, candidates=["BTC"]), "candidates as a sequence of mappings"),
        (lambda tables: replace(tables, candidates=[*tables.candidates, {}]), "give every candidate a symbol"),
        (lambda tables: replace(tables, statistics={}), "must answer statistics as a DataFrame, not dict"),
        (lambda tables: replace(tables, bars=tables.bars.drop(columns="close")), "they lack close"),
        (lambda tables: replace(tables, bars=tables.bars.astype({"symbol": "str"})), "a categorical symbol"),
        (lambda tables: replace(tables, bars=tables.bars.astype({"date": "str"})), "naive dates"),
        (lambda tables: replace(tables, returns=pd.DataFrame({"A": [0.1]})), "returns indexed by date"),
    ],
)
def test_tables_that_are_not_as_they_must_be(spoiled: Callable[[Tables], Any], message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        answered_tables(spoiled(upstream("tables")))


@pytest.mark.parametrize("value", [0.0, 1.0, NAN])
def test_probabilities_may_be_unknown_and_lie_in_0_to_1(value: float) -> None:
    scoring, probabilities, _ = scored()
    answered_probabilities(placed(probabilities, value), scoring)


@pytest.mark.parametrize("value", [-1e-9, 1.0 + 1e-9, INF, -INF])
def test_probabilities_outside_name_who_has_them(value: float) -> None:
    scoring, probabilities, _ = scored()
    with pytest.raises(ComponentError, match=rf"in \[0, 1\] or NaN; others have 1: {probabilities.index[0]}"):
        answered_probabilities(placed(probabilities, value), scoring)


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        (lambda frame: frame.to_numpy(), "as a DataFrame, not ndarray"),
        (lambda frame: frame.iloc[::-1], "one row per asset"),
        (lambda frame: frame.iloc[:, 1:], "one column per scored factor"),
        (lambda frame: frame.astype(str), "must answer numbers as probabilities"),
    ],
)
def test_probabilities_of_another_shape(spoiled: Callable[[pd.DataFrame], Any], message: str) -> None:
    scoring, probabilities, _ = scored()
    with pytest.raises(ComponentError, match=message):
        answered_probabilities(spoiled(probabilities), scoring)


@pytest.mark.parametrize("value", [NAN, INF, -1e-9])
def test_a_conviction_is_finite_and_not_negative(value: float) -> None:
    scoring, _, conviction = scored()
    answered_conviction(placed(conviction, 0.0), scoring)
    with pytest.raises(ComponentError, match=f"finite and >= 0; others have 1: {conviction.index[0]}"):
        answered_conviction(placed(conviction, value), scoring)


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        (lambda series: series.to_list(), "got a list of"),
        (lambda series: 1.0, "got a float"),
        (lambda series: series.iloc[1:], "one conviction per asset"),
        (lambda series: series.astype(str), "must answer numbers as conviction"),
    ],
)
def test_convictions_of_another_shape(spoiled: Callable[[pd.Series], Any], message: str) -> None:
    scoring, _, conviction = scored()
    with pytest.raises(ComponentError, match=message):
        answered_conviction(spoiled(conviction), scoring)


def test_labels_are_one_per_asset_and_none_is_missing() -> None:
    assert answered_labels(["a", "b"], 2).tolist() == ["a", "b"]
    with pytest.raises(ComponentError, match=r"shape \(2,\) for 3 assets"):
        answered_labels([1, 2], 3)
    with pytest.raises(ComponentError, match="gave 1 of 2 assets no label"):
        answered_labels([1, NAN], 2)
