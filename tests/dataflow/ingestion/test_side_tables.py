"""Instruments and statistics keyed and spelled as people do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import market, selected
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import typed_instruments, typed_statistics
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

SCORES = pd.DataFrame(
    {"symbol": ["A", "B"], "Regime_Survival_Score": [0.01, 0.5], "Antifragility_Score": [0.5, np.inf]}
)
SHAPES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as it is": lambda frame: frame,
    "Symbol": lambda frame: frame.rename(columns={"symbol": "Symbol"}),
    "ticker": lambda frame: frame.rename(columns={"symbol": "ticker"}),
    "an index": lambda frame: frame.set_index("symbol"),
    "an index of another name": lambda frame: frame.set_index("symbol").rename_axis("Ticker"),
    "an index without a name": lambda frame: frame.set_index("symbol").rename_axis(None),
    "labels in a CSV, as pandas writes them": lambda frame: frame.rename(columns={"symbol": ""}),
    "other columns": lambda frame: frame.rename(columns=lambda name: name.replace("_", " ").lower()),
    "with a list": lambda frame: frame.assign(orderTypes=[["LIMIT"], ["MARKET"]]),
    "camel case": lambda frame: frame.rename(columns=lambda name: name.replace("_", "")),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_statistics_are_read_in_every_shape(shape: str) -> None:
    found = typed_statistics(SHAPES[shape](SCORES))
    assert found.frame.index.tolist() == ["A", "B"]
    assert found.frame["Regime_Survival_Score"].tolist() == [0.01, 0.5]
    assert found.frame["Antifragility_Score"].isna().tolist() == [False, True]
    assert found.quarantine["reason"].tolist() == ["impossible Antifragility_Score"]


def test_a_table_may_be_empty() -> None:
    for columns in ([], ["symbol"], ["Regime_Survival_Score"], ["symbol", "Regime_Survival_Score"]):
        found = typed_statistics(pd.DataFrame(columns=columns))
        assert (len(found.frame), len(found.quarantine)) == (0, 0)


def test_a_table_without_a_key_is_refused_with_what_it_has() -> None:
    with pytest.raises(DataContractError, match=r"neither a column symbol .* 2: Regime_Survival_Score"):
        typed_statistics(SCORES.drop(columns="symbol"))


def test_columns_of_one_name_are_refused() -> None:
    twice = pd.concat([SCORES, SCORES[["Antifragility_Score"]]], axis=1)
    with pytest.raises(DataContractError, match="more than one column of a name"):
        typed_statistics(twice)


def test_a_column_that_looks_like_one_is_named() -> None:
    found = typed_statistics(SCORES.rename(columns={"Regime_Survival_Score": "Survival_Scores"}))
    assert [note for note in found.notes if "'Survival_Scores'" in note and "Regime_Survival_Score" in note]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_rows_that_disagree_decide_nothing_by_their_order(order: list[int]) -> None:
    rows = pd.DataFrame({"symbol": ["A", "A", "A"], "tick_size": [0.01, 0.02, None], "lot_size": [None, 1.0, 1.0]})
    found = typed_instruments(rows.iloc[order])
    assert found.frame[["symbol", "lot_size"]].to_numpy().tolist() == [["A", 1.0]]
    assert found.frame["tick_size"].isna().all()
    assert found.quarantine["reason"].tolist() == ["rows disagree on tick_size"]


def test_rows_without_a_symbol_are_set_aside() -> None:
    found = typed_instruments(pd.DataFrame({"symbol": ["A", None, " "], "tick_size": [1, 2, 3]}))
    assert found.frame["symbol"].tolist() == ["A"]
    assert found.quarantine["reason"].tolist() == ["missing symbol"] * 2


def test_exchange_spellings_and_unread_lists() -> None:
    given = pd.DataFrame({"pair": ["A"], "tickSize": ["0.0100"], "stepSize": [1], "orderTypes": [np.array(["LIMIT"])]})
    found = typed_instruments(given).frame
    assert found.loc[0, ["symbol", "tick_size", "lot_size"]].tolist() == ["A", "0.0100", 1]


@pytest.mark.parametrize("spelled", [("tickSz", "lotSz", "price_precision"), ("Tick Size", "qtyStep", "priceScale")])
def test_exchanges_have_spellings_of_their_own(spelled: tuple[str, str, str]) -> None:
    found = typed_instruments(pd.DataFrame([["A", 0.01, 1, 2]], columns=["symbol", *spelled]))
    assert found.frame.columns.tolist() == ["symbol", "tick_size", "lot_size", "price_precision"]
    assert found.notes == ()


def test_instruments_that_lack_a_field_say_which_and_what_they_have() -> None:
    found = typed_instruments(pd.DataFrame({"symbol": ["A"], "tick_size": [1], "minimum": [2], "digits": [3]}))
    assert found.notes == ("instruments have no lot_size, price_precision; unread are 2: minimum, digits",)


@pytest.mark.parametrize("table", ["instruments", "statistics"])
def test_a_table_that_joins_nobody_is_refused_unless_the_profile_allows_it(table: str) -> None:
    frame: Any = getattr(market(), table)
    named = frame if "symbol" in frame.columns else frame.rename_axis("symbol").reset_index()
    strangers = named.assign(symbol=[f"NOBODY{number}" for number in range(len(named))])
    with pytest.raises(DataContractError, match=f"not one row of {table} names an asset"):
        selected(**{table: strangers})
    assert len(selected({"data.strangers": "allow"}, **{table: strangers}).context.winners)
