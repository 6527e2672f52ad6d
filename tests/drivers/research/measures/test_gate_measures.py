import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.gate_measures import (
    after,
    compared,
    difference,
    gate_table,
    relaxation,
    route_table,
    rung_table,
    strict,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.risk_after import risk_after


def came(panel: pd.DataFrame) -> pd.DataFrame:
    return after(panel, risk_after(panel, walked().returns, 6, 1), 6)


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
    wise = panel.assign(**{"gate.oracle": knows})
    table = gate_table(wise, came(wise), 6)
    assert table["oracle"]["worth"].mean > 0
    assert table["oracle"]["worth"].t > 3
    assert table["oracle"]["vetoed"] == pytest.approx(1 - knows.mean())
    assert 0 < table["efficiency"]["vetoed"] < 1
    assert all(gate["alone"] <= gate["vetoed"] for gate in table.values())
    assert "momentum" in table


def test_a_gate_that_knows_risk_is_told_by_volatility_and_drawdown() -> None:
    panel = walked().panel
    later = came(panel)
    calm = later["volatility"] < later["volatility"].groupby(panel["date"]).transform("median")
    found = gate_table(panel.assign(**{"gate.calm": calm}), later, 6)["calm"]
    assert found["volatility"].mean < 0
    assert found["volatility"].t < -3
    assert found["drawdown"].mean > 0
    turned = compared(panel, later, ~calm, calm, 6)
    assert turned["volatility"].mean == pytest.approx(-found["volatility"].mean)


def test_rungs_and_routes_add_up() -> None:
    panel = walked().panel
    assert sum(rung["dates"] for rung in rung_table(panel, 6).values()) == pytest.approx(1.0)
    assert sum(route["winners"] for route in route_table(panel, 6).values()) == panel["winner"].sum()
    passed = strict(panel)
    assert passed.equals(panel[[name for name in panel.columns if name.startswith("gate.")]].all(axis=1))
    both = (
        panel.assign(w=panel["winner"])
        .groupby("date")
        .apply(lambda rows: (rows["w"] & passed[rows.index]).any() and (rows["w"] & ~passed[rows.index]).any())
    )
    assert relaxation(panel, came(panel), 6)["worth"].dates == both.sum()
