import pandas as pd
import pytest

from support.market import longest
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.drivers.research.walks.panel_rows import known_rows, panel_rows

DATE = pd.Timestamp("2026-06-20")


def test_rows_say_of_each_asset_what_the_selection_says() -> None:
    selection = longest()
    rows = known_rows(selection, DATE).set_index("symbol")
    standings = selection.context.standings
    assert rows.index.tolist() == sorted(standings.index)
    placed = rows.loc[standings.index]
    assert placed["cluster"].equals(standings["cluster"].rename_axis("symbol"))
    assert (placed["route"] == standings["route"]).all()
    assert set(rows.index[rows["winner"]]) == set(selection.winners.index)
    assert (placed["conviction"] == selection.conviction).all()
    assert (placed["score.rank_average"] == selection.context.inference_outputs["rank_average.score"]).all()
    pd.testing.assert_series_equal(
        placed["feature.momentum"], selection.context.feature_store["momentum"], check_names=False
    )
    assert placed["winner.log_mps"].equals(placed["winner"].rename("winner.log_mps"))
    other = selection.challengers["rank_average"].winners
    assert set(rows.index[rows["winner.rank_average"]]) == set(other.index) != set(selection.winners.index)
    assert rows["rung"].unique().tolist() == [len(selection.rungs)]


def test_gates_are_those_of_the_first_rung() -> None:
    selection = longest()
    rows = known_rows(selection, DATE).set_index("symbol")
    first, last = selection.rungs[0].context.decisions, selection.decisions
    strict = first[first["gate"] == "efficiency"].set_index("symbol")["passed"]
    loose = last[last["gate"] == "efficiency"].set_index("symbol")["passed"]
    assert strict.sum() < loose.sum()
    assert (rows["gate.efficiency"].reindex(strict.index) == strict).all()


def test_outcomes_stand_beside_it() -> None:
    selection = longest()
    outcomes = Outcomes(selection.context.returns)
    rows = panel_rows(selection, DATE, outcomes, (1, 5), 0).set_index("symbol")
    asset = rows.index[rows["winner"]][0]
    returns = selection.context.returns[asset]
    following = returns.loc["2026-06-21":"2026-06-25"].fillna(0.0)
    assert rows.loc[asset, "forward.5"] == pytest.approx((1 + following).prod() - 1)
    assert rows.loc[asset, "forward.1"] == pytest.approx(following.iloc[0])
