"""Stage 3: what the scorers are given, and against whom."""

import numpy as np
import pandas as pd
import pytest

from support.market import selected, selection, settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.inference.nodes import pool_scoring, scored_metrics

NOBODY = {"gates.adx.threshold": 99.0, "ladder": [{"name": "strict"}]}


@pytest.mark.parametrize("universe", ["sound", "eligible"])
def test_where_nobody_is_left_the_pool_is_the_universe(universe: str) -> None:
    hard = {"gates.adx.kind": "hard", "gates.adx.unavailable": "fail"}
    nobody = {**NOBODY, **hard, "scoring_universe": universe}
    run = selected(nobody)
    assert not run.context.standings[universe].any()
    pd.testing.assert_frame_equal(run.context.inference_outputs, selection().context.inference_outputs)


def test_the_universe_is_who_passes_the_gates_of_the_rung() -> None:
    run = selected({"scoring_universe": "eligible", "ladder": [{"name": "strict"}]})
    mask = run.context.standings["eligible"]
    assert 0 < mask.sum() < len(mask)
    assert not run.context.inference_outputs.equals(selection().context.inference_outputs)


def test_scorers_are_given_the_weighted_factors_in_symbol_order() -> None:
    given, store, mask = upstream("log_mps.scoring", "feature_store", "scoring_universe_mask")
    weights = settings().active_weights
    assert given.metrics.columns.tolist() == list(weights)
    assert given.metrics.index.tolist() == sorted(store.index)
    pd.testing.assert_frame_equal(given.metrics.reindex(store.index), store[list(weights)], check_names=False)
    assert given.weights == weights
    assert mask.all()
    assert given.universe.all()
    assert set(given.maps) == set(weights)


def test_scorers_see_every_feature_the_direction_and_the_last_session() -> None:
    given, store, pool, returns = upstream("rank_average.scoring", "feature_store", "raw_pool", "returns")
    pd.testing.assert_frame_equal(given.features.reindex(store.index), store)
    assert given.features.index.equals(given.metrics.index)
    assert given.direction.reindex(pool.index).equals(pool["direction"])
    assert set(given.direction) == {"LONG", "SHORT"}
    assert given.as_of == returns.index[-1]


def test_a_scorer_with_weights_of_its_own_sees_these_and_no_others_change() -> None:
    mine = {"kind": "log_mps", "role": "challenger", "weights": {"net_edge": 1.0, "momentum": 2.0, "adx": 0.0}}
    run, plain = selected({"scorers.mine": mine}), selection()
    outputs, before = run.context.inference_outputs, plain.context.inference_outputs
    assert [name for name in outputs if name.startswith("mine.")] == [
        "mine.score",
        "mine.p_net_edge",
        "mine.p_momentum",
    ]
    pd.testing.assert_frame_equal(outputs[before.columns], before)
    fragile = run.context.feature_store["fragility"]
    expected = outputs["mine.p_net_edge"].fillna(0.5) * outputs["mine.p_momentum"].fillna(0.5) ** 2
    np.testing.assert_allclose(
        outputs["mine.score"], expected * (1 - 0.5 * fragile.fillna(0) / fragile.max()), rtol=1e-9
    )
    assert run.settings.scored == (*plain.settings.scored, "net_edge")


def test_where_every_scorer_has_its_own_the_profiles_weights_are_not_scored() -> None:
    own = {"momentum": 1.0}
    other = dict.fromkeys(settings().scorers["rank_average"].weights, 0.0) | {"net_edge": 1.0, **own}
    run = selected({"scorers.log_mps.weights": own, "scorers.rank_average.weights": other})
    assert run.settings.scored == ("momentum", "net_edge")
    assert "log_mps.p_stability" not in run.context.inference_outputs


def test_v3_4_sums_in_column_order() -> None:
    turned = selection().context.returns.iloc[:, ::-1]
    outputs = selected(profile="v3.4", returns=turned, bars=None).context.inference_outputs
    assert outputs.index.tolist() == turned.columns.tolist()


def test_outputs_stand_in_the_pools_order_and_are_numbers() -> None:
    outputs, pool = upstream("inference_outputs", "raw_pool")
    assert outputs.index.equals(pool.index)
    assert set(outputs.dtypes) == {np.dtype(np.float64)}


def test_outputs_are_tagged_by_scorer_and_alpha_is_the_champions() -> None:
    outputs = selection().context.inference_outputs
    expected = [
        "alpha_score",
        *(
            f"{s}.{c}"
            for s in ("log_mps", "rank_average")
            for c in ("score", *(f"p_{m}" for m in settings().weights_of(s)))
        ),
    ]
    assert outputs.columns.tolist() == expected
    pd.testing.assert_series_equal(outputs["alpha_score"], outputs["log_mps.score"], check_names=False)


def test_the_roles_may_be_exchanged() -> None:
    run = selected({"scorers.log_mps.role": "challenger", "scorers.rank_average.role": "champion"})
    before = selection().context.inference_outputs
    pd.testing.assert_series_equal(run.conviction, before["rank_average.score"], check_names=False)
    pd.testing.assert_series_equal(run.context.inference_outputs["log_mps.score"], before["log_mps.score"])


@pytest.mark.parametrize("universe", ["sound", "eligible"])
def test_against_whom_metrics_are_ranked(universe: str) -> None:
    run = selected({"scoring_universe": universe})
    first = selected({"scoring_universe": universe, "ladder": [{"name": "strict"}]})
    standings = first.context.standings
    among = standings[standings[{"sound": "sound", "eligible": "eligible"}[universe]]].index
    momentum = first.context.feature_store.loc[among, "momentum"].rank()
    p = first.context.inference_outputs.loc[among, "log_mps.p_momentum"]
    np.testing.assert_allclose(p, 0.01 + 0.99 * (momentum - 1) / (len(among) - 1), rtol=1e-12)
    assert not run.conviction.equals(selection().conviction)


def test_a_factor_without_a_weight_is_not_scored() -> None:
    run = selected({"weights.momentum": 0.0})
    assert "log_mps.p_momentum" not in run.context.inference_outputs
    assert not run.conviction.equals(selection().conviction)


def test_probability_maps_of_the_profile_win() -> None:
    run = selected({"probabilities.momentum": "rank_desc"})
    turned, plain = (r.context.inference_outputs["log_mps.p_momentum"] for r in (run, selection()))
    assert turned.corr(plain) < -0.99


@pytest.mark.parametrize(("summation", "backwards"), [("symbol", False), ("column", True)])
def test_sums_run_by_symbol_or_as_the_columns_come(summation: str, backwards: bool) -> None:
    metrics, mask, fragility = (
        each.iloc[::-1] for each in upstream("scored_metrics", "scoring_universe_mask", "fragility")
    )
    store, pool = upstream("feature_store", "raw_pool")
    found = pool_scoring(
        *(metrics, mask, fragility, store, pool, None), selection().plan.declarations, {}, summation, False
    )
    assert found.metrics.index.tolist() == sorted(metrics.index, reverse=backwards)
    assert found.fragility.index.equals(found.metrics.index)
    assert found.features.index.equals(found.metrics.index)
    assert found.direction.index.equals(found.metrics.index)


def test_scorers_check_what_they_are_given_unless_the_profile_believes_it() -> None:
    names = ("scored_metrics", "scoring_universe_mask", "fragility", "feature_store", "raw_pool")
    given = (*upstream(*names), None, selection().plan.declarations, {}, "symbol")
    assert pool_scoring(*given, False).checked
    assert not pool_scoring(*given, True).checked


def test_metrics_have_a_row_per_asset_of_the_pool_even_where_nothing_is_weighed() -> None:
    pool = upstream("raw_pool")
    assert scored_metrics({}, pool).index.equals(pool.index)
    numbers = pd.Series(np.arange(len(pool), dtype=float), index=pool.index)
    found = scored_metrics({"turned": numbers[::-1], "some": numbers.iloc[3:]}, pool)
    np.testing.assert_array_equal(found["turned"], numbers)
    np.testing.assert_array_equal(found["some"], numbers.where(numbers >= 3))
