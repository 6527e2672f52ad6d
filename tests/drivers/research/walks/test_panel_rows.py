import pandas as pd
import pytest

from support.market import longest, selected
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.drivers.research.walks.panel_rows import known_rows, panel_rows

DATE = pd.Timestamp("2026-06-20")


def test_rows_say_of_each_asset_what_the_selection_says() -> None:
    run = longest()
    rows = known_rows(run, DATE).set_index("symbol")
    standings = run.context.standings
    assert rows.index.tolist() == sorted(standings.index)
    placed = rows.loc[standings.index]
    assert placed["cluster"].equals(standings["cluster"].rename_axis("symbol"))
    assert (placed["route"] == standings["route"]).all()
    assert set(rows.index[rows["winner"]]) == set(run.winners.index)
    assert (placed["conviction"] == run.conviction).all()
    assert (placed["score.rank_average"] == run.context.inference_outputs["rank_average.score"]).all()
    pd.testing.assert_series_equal(placed["feature.momentum"], run.context.feature_store["momentum"], check_names=False)
    assert placed["winner.log_mps"].equals(placed["winner"].rename("winner.log_mps"))
    assert rows["rung"].unique().tolist() == [len(run.rungs)]


def test_each_scorer_has_a_list_of_its_own() -> None:
    # Without the gates that veto most, so that there is a choice.
    gates = ("efficiency", "adx", "random_walk", "net_edge", "momentum")
    run = selected({f"gates.{name}.enabled": False for name in gates} | {"ladder": [{"name": "strict"}]})
    rows = known_rows(run, DATE).set_index("symbol")
    other = run.challengers["rank_average"].winners
    assert set(rows.index[rows["winner.rank_average"]]) == set(other.index) != set(run.winners.index)


def test_gates_are_those_of_the_first_rung() -> None:
    run = longest()
    rows = known_rows(run, DATE).set_index("symbol")
    first, last = run.rungs[0].context.decisions, run.decisions
    strict = first[first["gate"] == "efficiency"].set_index("symbol")["passed"]
    loose = last[last["gate"] == "efficiency"].set_index("symbol")["passed"]
    assert strict.sum() < loose.sum()
    assert (rows["gate.efficiency"].reindex(strict.index) == strict).all()


def test_outcomes_stand_beside_it() -> None:
    run = longest()
    outcomes = Outcomes(run.context.returns)
    rows = panel_rows(run, DATE, outcomes, (1, 5), 0).set_index("symbol")
    asset = rows.index[rows["winner"]][0]
    returns = run.context.returns[asset]
    following = returns.loc["2026-06-21":"2026-06-25"].fillna(0.0)
    assert rows.loc[asset, "forward.5"] == pytest.approx((1 + following).prod() - 1)
    assert rows.loc[asset, "forward.1"] == pytest.approx(following.iloc[0])
