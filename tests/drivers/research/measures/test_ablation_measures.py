import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.ablation_measures import ablation_table
from tradingview_scraper.pipelines.selection.drivers.research.measures.book_measures import Trading, controls
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import book_returns

TRADING = Trading(step=6, cost=10.0, dates_per_year=42.0)


def test_the_worth_of_a_part_is_what_the_winners_earn_beyond_the_list_without_it() -> None:
    walk = walked()
    found = ablation_table(walk.panel, walk.returns, TRADING)
    assert [*found] == ["gates", "clusters", "conviction", "relaxation"]
    panel = walk.panel
    own = book_returns(panel, panel["winner"], 6) - book_returns(panel, panel["without.clusters"], 6)
    assert found["clusters"]["worth"].mean == pytest.approx(own.mean())
    beyond = controls(panel, (6,), 6)["pool"][6]["mean"].mean
    assert found["gates"]["beyond_pool"].mean == pytest.approx(beyond - found["gates"]["worth"].mean)


def test_a_list_without_nothing_is_worth_nothing() -> None:
    walk = walked()
    same = walk.panel.loc[:, ~walk.panel.columns.str.startswith("without.")].assign(
        **{"without.x": walk.panel["winner"]}
    )
    found = ablation_table(same, walk.returns, TRADING)["x"]
    assert (found["worth"].mean, found["net_worth"].mean) == (0.0, 0.0)


def test_a_walk_without_ablation_has_no_table() -> None:
    walk = walked()
    bare = walk.panel.loc[:, ~walk.panel.columns.str.startswith("without.")]
    assert ablation_table(bare, walk.returns, TRADING) == {}
