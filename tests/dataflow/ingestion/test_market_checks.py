"""Checks by further evidence: by hand, and on the simulated market."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from support import market as simulated
from support.market import settings
from tradingview_scraper.pipelines.selection.dataflow.ingestion import panels
from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import frozen_bars, openings
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import Panel
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plausibility import RETURN_CHECKS

NAN = np.nan


def panel(returns: np.ndarray, **more: Any) -> Panel:
    count, days = returns.shape
    dates = more.pop("dates", pd.date_range("2026-01-05", periods=days))
    return Panel(returns, pd.Index([f"S{row}" for row in range(count)]), dates, np.array([""] * count), **more)


def cells(name: str, given: Panel) -> list[tuple[int, int]]:
    found = RETURN_CHECKS[name](given, settings().checks)
    return sorted(zip(found.rows.tolist(), found.columns.tolist(), strict=True))


def test_gaps_are_days_of_the_market_after_the_first_bar() -> None:
    returns = np.array([[0.1, 0.1, 0.1, NAN, 0.1, 0.1], [0.1, NAN, 0.1, NAN, 0.1, NAN], [NAN, 0.1, 0.1, 0.1, 0.1, 0.1]])
    # After a whole week, so that each weekday is one of every asset's.
    twice = np.hstack([np.full((3, 7), 0.1), returns])
    assert cells("gaps", panel(twice)) == [(1, 8), (1, 12), (2, 7)]
    assert cells("gaps", panel(twice[:2])) == []
    late = twice.copy()
    late[2, :8] = NAN
    assert cells("gaps", panel(late)) == [(1, 8), (1, 12)]


def test_days_of_the_week_that_an_asset_never_trades_on_are_no_gaps() -> None:
    returns = np.full((4, 28), 0.1)
    returns[0, [5, 6, 12, 13, 19, 20, 26, 27]] = NAN
    assert cells("gaps", panel(returns)) == []


@pytest.mark.parametrize(("days", "off"), [(0, False), (1, True), (-1, True), (2, False)])
def test_dates_off_by_a_day_are_seen_beside_the_market(days: int, off: bool) -> None:
    rng = np.random.default_rng(5)
    returns = np.expm1(rng.normal(0, 0.02, 200) + rng.normal(0, 0.02, (12, 200)))
    returns[3] = np.roll(returns[3], days)
    found = {row for row, _ in cells("shifted", panel(returns))}
    assert found == ({3} if off else set())


def prices(**changed: list[float]) -> dict[str, pd.DataFrame]:
    close = [10.0, 11.0, 11.0, 11.0, 12.0, 12.0, 13.0]
    columns = {
        "open": [10.0, 10.5, 11.0, 10.5, 11.5, 12.1, 12.5],
        "high": [10.5, 11.5, 11.0, 11.5, 12.5, 12.4, 13.5],
        "low": [9.5, 10.0, 11.0, 10.0, 11.0, 11.9, 12.0],
        "close": close,
        **changed,
    }
    return {name: pd.DataFrame({"A": values}) for name, values in columns.items()}


def test_a_frozen_bar_is_the_close_before_or_the_bar_before() -> None:
    found = frozen_bars(prices())
    assert found is not None
    assert np.flatnonzero(found["A"]).tolist() == [2]
    again = prices(open=[10.0, 10.5, 10.5, 10.5, 11.5, 12.1, 12.5], high=[10.5, 11.5, 11.5, 11.5, 12.5, 12.4, 13.5])
    again["low"].loc[2, "A"] = 10.0
    found = frozen_bars(again)
    assert found is not None
    assert np.flatnonzero(found["A"]).tolist() == [2, 3]


def test_bars_of_closes_alone_are_never_frozen() -> None:
    close = prices()["close"]
    found = frozen_bars(dict.fromkeys(("open", "high", "low", "close"), close))
    assert found is not None
    assert not found.to_numpy().any()
    assert frozen_bars({"close": close}) is None


def test_an_opening_is_measured_from_the_close_before() -> None:
    found = openings(prices())
    assert found is not None
    assert found["A"].iloc[1] == pytest.approx(1.05)
    assert openings({"close": prices()["close"]}) is None


@pytest.mark.parametrize("ratio", [1.5, 2.0, 10.0])
def test_a_coin_that_opens_by_a_ratio_is_split_however_much_it_moves(ratio: float) -> None:
    rng = np.random.default_rng(7)
    moves, opened = rng.normal(0, 0.12, (1, 100)), rng.normal(0, 0.0003, (1, 100))
    opened[0, 40] -= np.log(ratio)
    moves[0, 40] = 0.05 - np.log(ratio)
    moves[0, 60] = -np.log(ratio)  # a move within the day
    assert cells("openings", panel(np.expm1(moves), openings=np.exp(opened))) == [(0, 40)]


def test_no_ratio_and_no_return_is_no_split_at_the_open() -> None:
    rng = np.random.default_rng(7)
    moves, opened = rng.normal(0, 0.02, (2, 100)), rng.normal(0, 0.0003, (2, 100))
    opened[0, 40] -= 0.55  # no ratio
    moves[0, 40] = -0.55
    opened[1, 40] -= np.log(2)  # applied: the adjusted close knows of it
    assert cells("openings", panel(np.expm1(moves), openings=np.exp(opened))) == []


def test_a_split_of_a_coin_of_the_market_is_stopped_by_name() -> None:
    bars = simulated.market().bars.copy()
    coin = simulated.selection().winners.index[0]
    rows = bars.index[bars["symbol"] == coin][-30:]
    for name in ("open", "high", "low", "close"):
        bars.loc[rows, name] = bars.loc[rows, name] * 3.0
    run = simulated.selected(bars=bars)
    assert coin in run.coverage["suspicious"]
    assert coin not in run.winners.index
    assert "unapplied split 3:1 at the open" in set(run.quarantine["reason"])
    off = simulated.selected({f"checks.{name}.severity": "off" for name in ("openings", "splits", "jumps")}, bars=bars)
    assert coin not in off.coverage["suspicious"]


def test_a_few_rows_at_a_time_are_all_rows() -> None:
    matrix = np.random.default_rng(0).normal(size=(2 * panels.ROWS + 1, 300))
    sums, count = panels.by_rows(lambda rows: (rows.sum(axis=1), np.full(len(rows), len(rows))), matrix)
    assert (sums == matrix.sum(axis=1)).all()
    assert sorted(set(count.tolist())) == [1, panels.ROWS]
    assert len(panels.by_rows(lambda rows: (rows.sum(axis=1),), matrix[:0])[0]) == 0
