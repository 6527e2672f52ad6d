"""What coverage says of faults that no check can tell from the truth."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.remarks import (
    calendar_remarks,
    record_remarks,
    return_remarks,
    value_remarks,
)


def test_days_beside_the_market() -> None:
    nan = np.nan
    returns = pd.DataFrame(
        {
            "A": [0.1, 0.1, 0.1, nan, 0.1, 0.1],
            "B": [0.1, 0.1, nan, nan, 0.1, 0.1],
            "C": [nan, 0.1, 0.1, 0.1, 0.1, nan],
            "D": [0.1, 0.1, 0.1, nan, 0.1, 0.1],
        }
    )
    found = {kind: numbers[numbers > 0].to_dict() for kind, numbers in calendar_remarks(returns).items()}
    assert found == {
        "days_alone": {"C": 1},
        "days_before_first": {"C": 1},
    }
    assert calendar_remarks(returns[["A", "B"]]) == {}


def test_steps_and_days_without_a_move() -> None:
    returns = pd.DataFrame({"A": [0.0, 0.0, np.exp(0.3) - 1, np.exp(-0.5) - 1], "B": [np.nan, 0.1, -0.2, -1.0]})
    found = return_remarks(returns)
    assert found["days_unmoved"].to_dict() == {"A": 2, "B": 0}
    assert found["large_steps"].to_dict() == {"A": 0.8, "B": 9.21}


def test_traded_values_beside_the_bars() -> None:
    stated = pd.Series({"A": 5.0, "B": 900.0, "C": 7.0, "D": np.nan, "E": 0.1, "F": 4.0})
    bars = pd.Series({"A": 5.0, "B": 9.0, "C": np.nan, "D": 3.0, "E": 2.0, "F": 0.0})
    found = {kind: numbers[numbers > 0].to_dict() for kind, numbers in value_remarks(stated, bars).items()}
    assert found == {
        "value_traded_of_bars": {"A": 1},
        "value_traded_unlike_bars": {"B": 100, "E": 0.05},
        "value_traded_unchecked": {"C": 7, "F": 4},
    }
    whole = bars.fillna(1.0).replace(0.0, 1.0)
    assert not value_remarks(whole, whole)["value_traded_of_bars"].any()


def test_an_empty_direction() -> None:
    reworded = {"direction": "LONG", "direction_said": "buy"}
    records = [
        ("A", {"direction": None}),
        ("A", {"direction": None}),
        ("B", {"direction": "SHORT"}),
        ("C", {}),
        ("D", reworded),
    ]
    found = record_remarks(records)
    assert found["direction_empty"].to_dict() == {"A": 2}
    assert found["direction_in_other_words"].to_dict() == {"D": 1}
