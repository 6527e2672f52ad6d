"""How often winners stay: planted worlds with a known answer, and figures recounted from the lists."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import candidates, selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.fragility import fragility
from tradingview_scraper.pipelines.selection.drivers.execution.other_returns import OtherReturns
from tradingview_scraper.pipelines.selection.drivers.execution.redrawn_returns import jittered
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.drivers.review.fragility_text import KINDS
from tradingview_scraper.pipelines.selection.lineage.page.fragility_cells import TITLES
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

DRAWS = 40
ONE_SEAT = {
    "recruitment.floor": 1,
    "recruitment.max_winners": 1,
    **{f"gates.{gate}.enabled": False for gate in ("entropy", "efficiency", "adx", "net_edge", "momentum")},
}


def of_returns(frame: pd.DataFrame, settings: dict[str, Any] | None = None) -> Selection:
    return select(frame, candidates(frame.columns), settings={**ONE_SEAT, **(settings or {})})


def noise(assets: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2025-01-01", periods=300)
    return pd.DataFrame(
        rng.normal(0.001, 0.02, (300, assets)), index=dates, columns=[f"N{place:02d}USDT" for place in range(assets)]
    )


def counts(found: dict[str, Any], kind: str) -> dict[str, int]:
    return {row["asset"]: row[kind] for row in found["assets"]}


def test_a_dominant_asset_stays() -> None:
    frame = noise(6, 1)
    frame["N03USDT"] = 0.008 + 0.5 * frame["N03USDT"]  # the best momentum and the lowest volatility by far
    found = fragility(of_returns(frame), draws=20, seed=1)
    assert [found["kinds"][kind]["mean_share"] for kind in KINDS] == [1.0, 1.0, 1.0]


def test_an_asset_tied_with_its_runner_up_stays_half_the_time() -> None:
    frame = noise(2, 2)
    # The same returns in another order: the same mean, the same volatility, nothing in common.
    frame["N01USDT"] = np.random.default_rng(3).permutation(frame["N00USDT"].to_numpy())
    found = fragility(of_returns(frame), draws=DRAWS, seed=1)
    share = found["kinds"]["block_bootstrap"]["mean_share"]
    assert abs(share - 0.5) < 3 * 0.5 / np.sqrt(DRAWS)
    assert sum(counts(found, "block_bootstrap").values()) == DRAWS


@cache
def figures() -> dict[str, Any]:
    return fragility(selection(), draws=4, seed=7)


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    assert fragility(selection(), draws=4, seed=7) == figures()
    assert fragility(selection(), draws=4, seed=8)["assets"] != figures()["assets"]


def test_without_noise_everybody_stays() -> None:
    found = fragility(selection(), draws=1, seed=7, jitter=0.0)
    won = dict.fromkeys(selection().winners.index, 1)
    assert {name: count for name, count in counts(found, "jitter").items() if count} == won
    assert found["kinds"]["jitter"]["mean_jaccard"] == 1.0


def test_more_draws_begin_with_the_fewer() -> None:
    fewer = fragility(selection(), draws=3, seed=7)
    for kind in ("block_bootstrap", "jitter"):
        more = counts(figures(), kind)
        assert all(count <= more[name] <= count + 1 for name, count in counts(fewer, kind).items())


def test_the_order_of_the_assets_decides_nothing() -> None:
    frame = noise(8, 4)
    settings = {"recruitment.max_winners": 3, "recruitment.floor": 3}
    turned = frame[frame.columns[::-1]]
    assert fragility(of_returns(frame, settings), draws=3, seed=1) == fragility(
        of_returns(turned, settings), draws=3, seed=1
    )


def test_figures_are_those_of_the_lists() -> None:
    run, found = selection(), figures()
    won, again = set(run.winners.index), OtherReturns(run)
    lists = [
        set(again.climbed(jittered(run.context.returns, 0.1, np.random.default_rng([7, 1, draw]))).winners.index)
        for draw in range(4)
    ]
    for name, count in counts(found, "jitter").items():
        assert count == sum(name in each for each in lists)
    shares = [len(won & each) / len(won) for each in lists]
    kind = found["kinds"]["jitter"]
    assert kind["mean_share"] == pytest.approx(np.mean(shares))
    assert kind["standard_error"] == pytest.approx(np.std(shares, ddof=1) / 2)
    assert kind["mean_jaccard"] == pytest.approx(np.mean([len(won & each) / len(won | each) for each in lists]))
    assert [row["asset"] for row in found["assets"] if row["winner"]] == list(run.winners.index)


def test_each_feature_left_out_is_a_selection_without_its_weight() -> None:
    won = set(selection().winners.index)
    for each in figures()["features"]:
        anew = set(selected({f"weights.{each['feature']}": 0.0}).winners.index)
        assert set(each["go"]) == won - anew
        assert set(each["come"]) == anew - won
    assert [each["feature"] for each in figures()["features"]] == list(selection().settings.weights_of("log_mps"))


def test_a_single_feature_is_not_left_out() -> None:
    run = of_returns(noise(4, 5), {"weights": {"stability": 0.0, "liquidity": 0.0, "survival": 0.0}})
    found = fragility(run, draws=1, seed=1)
    assert found["features"] == []
    assert found["kinds"]["leave_one_out"]["mean_share"] is None


def test_an_empty_list_is_refused() -> None:
    run = of_returns(noise(3, 6), {"gates.history.threshold": 301})
    with pytest.raises(ConfigurationError, match="nobody won"):
        fragility(run, draws=1, seed=1)


def test_text_and_page_know_every_kind() -> None:
    assert list(figures()["kinds"]) == list(KINDS) == list(TITLES)
