import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.gate_measures import (
    difference,
    gate_table,
    relaxation,
    route_table,
    rung_shares,
)


def test_a_difference_by_hand() -> None:
    values = pd.Series([1.0, 3.0, 2.0, 5.0, 7.0])
    dates = pd.Series([1, 1, 1, 2, 2])
    these = pd.Series([True, False, False, True, True])
    found = difference(values, these, ~these, dates)
    assert found[1] == pytest.approx(1.0 - 2.5)
    assert np.isnan(found[2])


def test_a_gate_that_knows_the_future_is_worth_something() -> None:
    panel = walked().panel
    knows = panel["forward.6"] * np.where(panel["direction"] == "SHORT", -1, 1) > 0
    table = gate_table(panel.assign(**{"gate.oracle": knows}), 6)
    assert table["oracle"]["worth"].mean > 0
    assert table["oracle"]["worth"].t > 3
    assert table["oracle"]["vetoed"] == pytest.approx(1 - knows.mean())
    assert 0 < table["efficiency"]["vetoed"] < 1
    assert all(gate["alone"] <= gate["vetoed"] for gate in table.values())
    assert "momentum" in table


def test_rungs_and_routes_add_up() -> None:
    panel = walked().panel
    assert sum(rung_shares(panel).values()) == pytest.approx(1.0)
    assert sum(route["winners"] for route in route_table(panel, 6).values()) == panel["winner"].sum()
    strict = panel[[name for name in panel.columns if name.startswith("gate.")]].all(axis=1)
    both = (
        panel.assign(w=panel["winner"])
        .groupby("date")
        .apply(lambda rows: (rows["w"] & strict[rows.index]).any() and (rows["w"] & ~strict[rows.index]).any())
    )
    assert relaxation(panel, 6).dates == both.sum()
