"""Equal-weight curves: small tables by hand, and a run's figures against a calculation day by day in plain Python."""

import math

import numpy as np
import pandas as pd
import pytest

from support import market
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.recording.page.equal_weight import (
    POINTS,
    daily_means,
    equal_weight_data,
    grown,
)
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts

NAN = math.nan


def test_an_asset_is_held_from_its_first_return_to_its_last_and_closed_days_count_as_zero() -> None:
    returns = np.array(
        [
            # whole, listed late, closed once, gone early
            [0.10, NAN, 0.02, 0.04],
            [0.20, NAN, NAN, NAN],
            [0.30, 0.10, 0.05, NAN],
        ]
    )
    means, holes = daily_means(returns, np.array([1.0, 1.0, -1.0, 1.0]))
    assert means == pytest.approx([(0.10 - 0.02 + 0.04) / 3, (0.20 + 0.0) / 2, (0.30 + 0.10 - 0.05) / 3])
    assert holes == 1


def test_a_day_on_which_nobody_is_held_is_flat() -> None:
    means, holes = daily_means(np.array([[NAN], [0.5]]), np.array([1.0]))
    assert means.tolist() == [0.0, 0.5]
    assert holes == 0


def test_drawdown_counts_from_the_start_and_what_is_lost_stays_lost() -> None:
    wealth, drawdown = grown(np.array([-0.5, 1.0, 1.0, -0.25]))
    assert wealth == pytest.approx([0.5, 1.0, 2.0, 1.5])
    assert drawdown == pytest.approx([-0.5, 0.0, 0.0, -0.25])
    wealth, drawdown = grown(np.array([0.5, -1.5, 0.9]))
    assert wealth.tolist() == [1.5, 0.0, 0.0]
    assert drawdown.tolist() == [0.0, -1.0, -1.0]


def test_a_short_earns_minus_the_return() -> None:
    days = pd.date_range("2026-01-01", periods=2)
    returns = pd.DataFrame({"A": [0.1, 0.1], "B": [0.2, -0.4]}, index=days)
    found = equal_weight_data(returns, pd.Series({"A": "LONG", "B": "SHORT"}), ["A"])
    winners, pool, benchmark = found["lines"]
    assert winners["total"] == pytest.approx(0.95 * 1.25 - 1)
    assert winners["max_drawdown"] == pytest.approx(-0.05)
    assert winners["trough"] == "2026-01-01"
    assert pool["total"] == pytest.approx(1.15 * 0.85 - 1)
    assert (benchmark["symbols"], benchmark["total"]) == (["A"], pytest.approx(0.21))


def test_without_winners_or_benchmark_there_is_the_pool_alone() -> None:
    returns = pd.DataFrame({"A": [0.1]}, index=pd.date_range("2026-01-01", periods=1))
    found = equal_weight_data(returns, pd.Series({}, dtype=object), [])
    assert [line["name"] for line in found["lines"]] == ["pool"]


def by_hand(returns: pd.DataFrame, signs: dict[str, int]) -> tuple[float, float, str]:
    """Total return, deepest drawdown and its day, a day and an asset at a time."""
    seen = {name: [day for day in returns.index if not math.isnan(returns.at[day, name])] for name in signs}
    wealth, highest, deepest, when = 1.0, 1.0, 0.0, returns.index[0]
    for day in returns.index:
        earned = []
        for name, sign in signs.items():
            if seen[name] and seen[name][0] <= day <= seen[name][-1]:
                value = returns.at[day, name]
                earned.append(0.0 if math.isnan(value) else sign * value)
        wealth *= 1 + (sum(earned) / len(earned) if earned else 0.0)
        highest = max(highest, wealth)
        if wealth / highest - 1 < deepest:
            deepest, when = wealth / highest - 1, day
    return wealth - 1, deepest, f"{when:%Y-%m-%d}"


def test_the_figures_of_a_selection_are_those_of_a_calculation_by_hand() -> None:
    selection = market.selection()
    returns, winners = selection.context.returns, selection.context.winners
    assert returns.isna().to_numpy().any()
    assert set(winners["direction"]) == {"LONG", "SHORT"}
    signs = {
        "winners": {name: -1 if side == "SHORT" else 1 for name, side in winners["direction"].items()},
        "pool": dict.fromkeys(returns.columns, 1),
        "benchmark": dict.fromkeys(selection.coverage["benchmarks"]["found"], 1),
    }
    lines = equal_weight_data(returns, winners["direction"], selection.coverage["benchmarks"]["found"])["lines"]
    assert [line["name"] for line in lines] == [name for name, of in signs.items() if of]
    for line in lines:
        total, deepest, when = by_hand(returns, signs[line["name"]])
        assert line["total"] == pytest.approx(total, rel=1e-5)
        assert line["max_drawdown"] == pytest.approx(deepest, rel=1e-5)
        assert line["trough"] == when
        assert min(line["drawdown"]) == pytest.approx(line["max_drawdown"], rel=1e-4)
        assert line["wealth"][-1] == pytest.approx(1 + line["total"], rel=1e-4)


def test_a_page_draws_few_days_and_the_deepest_ones(sample_run: SampleRun) -> None:
    curves = page_parts((sample_run.folder / "report.html").read_text("utf-8"))[0]["curves"]
    assert len(curves["days"]) <= POINTS + len(curves["lines"])
    assert curves["days"] == sorted(set(curves["days"]))
    assert {line["trough"] for line in curves["lines"]} <= set(curves["days"])
