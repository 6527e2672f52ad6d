"""Both scorers are held against the same assets of a date; the difference is bounded by what is known before."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from support.contests import planted_panel
from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import book_returns, traded
from tradingview_scraper.pipelines.selection.drivers.research.verdict.paired_series import (
    book_of,
    differences,
    net_returns,
    paired_books,
    paired_ic,
)


def test_rank_ics_of_a_date_are_scipys_over_the_common_assets() -> None:
    panel = planted_panel().copy()
    panel.loc[panel.index % 7 == 0, "score.knows"] = np.nan
    pair = paired_ic(panel, "champion", "knows", 5)
    day = panel[panel["date"] == panel["date"].iloc[0]].dropna(subset=["score.knows"])
    for name in ("champion", "knows"):
        expected = spearmanr(day[f"score.{name}"], day["forward.5"]).statistic
        assert pair["challenger" if name == "knows" else name].iloc[0] == pytest.approx(expected, abs=1e-12)
    alike = spearmanr(day["score.champion"], day["score.knows"]).statistic
    assert pair["usual"].iloc[0] == pytest.approx(np.sqrt(2 * (1 - alike) / (len(day) - 1)), abs=1e-12)


def test_a_score_that_is_the_same_for_everybody_knows_nothing_and_the_date_counts() -> None:
    panel = planted_panel().copy()
    before = paired_ic(panel, "champion", "knows", 5)
    silent, unknown = panel["date"].unique()[3:5]
    panel.loc[panel["date"] == silent, "score.knows"] = 0.5
    panel.loc[panel["date"] == unknown, "forward.5"] = np.nan
    pair = paired_ic(panel, "champion", "knows", 5)
    assert pair.loc[silent, "challenger"] == 0.0
    assert pair.loc[silent, "champion"] == before.loc[silent, "champion"]
    assert pair.loc[silent, "usual"] == pytest.approx(np.sqrt(2 / ((panel["date"] == silent).sum() - 1)))
    assert pair.loc[unknown, ["champion", "challenger"]].isna().all()
    others = ~pair.index.isin([silent, unknown])
    pd.testing.assert_frame_equal(pair[others], before[others])


def test_a_random_direction_differs_by_the_usual_on_average_and_never_by_more_than_the_bound() -> None:
    rng = np.random.default_rng(0)
    dates = pd.DatetimeIndex(np.repeat(pd.date_range("2026-01-01", periods=400), 30))
    scores = rng.standard_normal((len(dates), 2))
    panel = pd.DataFrame(
        {
            "date": dates,
            "direction": "LONG",
            "score.a": scores[:, 0],
            "score.b": scores[:, 0] + scores[:, 1],
            "forward.1": rng.standard_normal(len(dates)),
        }
    )
    pair = paired_ic(panel, "a", "b", 1)
    apart = differences({"b": pair})["b"]
    assert (apart.abs() <= pair["usual"] * np.sqrt(29) + 1e-12).all()
    assert np.sqrt((apart**2).mean()) == pytest.approx(np.sqrt((pair["usual"] ** 2).mean()), rel=0.1)


def test_a_book_is_the_scorers_own_where_the_walk_has_it() -> None:
    panel = planted_panel()
    assert book_of(panel, "knows").equals(panel["winner.knows"])
    bare = panel.drop(columns="winner.knows")
    pd.testing.assert_series_equal(book_of(bare, "knows"), panel["winner.knows"], check_names=False)


def test_without_own_books_the_seats_go_to_the_best_of_the_eligible() -> None:
    panel = walked().panel.drop(columns=walked().panel.columns[walked().panel.columns.str.startswith("winner.")])
    held = book_of(panel, "rank_average")
    assert panel["eligible"][held].all()
    for _, day in panel.groupby("date"):
        inside, outside = day[held[day.index]], day[day["eligible"] & ~held[day.index]]
        assert len(inside) == min(int(day["winner"].sum()), int(day["eligible"].sum()))
        if len(inside) and len(outside):
            assert inside["score.rank_average"].min() >= outside["score.rank_average"].max()


def test_books_are_paired_by_date_and_net_of_what_they_trade() -> None:
    panel = planted_panel()
    apart = paired_books(panel, "champion", ["knows"], 5, 20.0)["knows"]
    gross = {name: book_returns(panel, panel[f"winner.{name}"], 5) for name in ("champion", "knows")}
    paid = {name: 0.002 * traded(panel, panel[f"winner.{name}"], 5) for name in gross}
    expected = (gross["knows"] - paid["knows"]) - (gross["champion"] - paid["champion"])
    np.testing.assert_allclose(apart.iloc[1:], expected.iloc[1:], atol=1e-15)
    assert apart.iloc[0] == pytest.approx(gross["knows"].iloc[0] - gross["champion"].iloc[0])
    assert net_returns(panel, panel["winner"], 5, 0.0).equals(book_returns(panel, panel["winner"], 5))
