"""Names, peculiarities and traits of simulated assets."""

import numpy as np
import pytest

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import (
    CHARACTERS,
    CRYPTO,
    STOCKS,
    MarketSpec,
    asset_traits,
    crypto_names,
    instrument_table,
    peculiarities,
    stock_names,
)


def test_a_usdc_twin_stands_after_its_leader_and_words_are_never_used_twice() -> None:
    names = crypto_names(np.random.default_rng(1), 400)
    assert len(names) == names["symbol"].nunique() == 400
    twins = names[names["symbol"].str.endswith("USDC")]
    assert len(twins) == 4
    assert (twins["leader"] == twins.index - 1).all()
    assert (names["base"][twins["leader"]].to_numpy() == twins["base"]).all()
    assert (names["leader"].drop(twins.index) == names.index.drop(twins.index)).all()


def test_share_classes_follow_one_leader_each() -> None:
    names = stock_names(np.random.default_rng(1), 30)
    assert names["symbol"][:5].tolist() == ["ACMA", "ACMB", "ZYNA", "ZYNB", "SPY"]
    assert names["leader"].tolist() == [0, 0, 2, 2, *range(4, 30)]
    assert names["symbol"].is_unique


@pytest.mark.parametrize(("spec", "make"), [(CRYPTO, crypto_names), (STOCKS, stock_names)])
def test_at_most_one_peculiarity_each_and_none_for_twins_and_the_fund(spec: MarketSpec, make: object) -> None:
    rng = np.random.default_rng(2)
    names = make(rng, 80)
    found = peculiarities(rng, spec, names)
    places = [place for each in found.values() for place in each]
    assert len(places) == len({*places})
    assert {name: len(found[name]) for name in spec.special} == dict(spec.special)
    assert len(found["late"]) == round(spec.late * 80)
    followed = {*names["leader"][names["leader"] != names.index], *names.index[names["leader"] != names.index]}
    left_out = followed | {*names.index[names["symbol"] == "SPY"]}
    assert {*places} == {*names.index} - left_out


def test_twins_differ_in_traded_value_only_and_the_illiquid_trade_little() -> None:
    rng = np.random.default_rng(3)
    names = crypto_names(rng, 200)
    traits = asset_traits(rng, CRYPTO, names, [20, 21])
    twins = names.index[names["leader"] != names.index]
    same = ["sector", "character", "volatility", "price"]
    own, leaders = traits.loc[twins], traits.loc[names["leader"][twins]]
    assert (own[same].to_numpy() == leaders[same].to_numpy()).all()
    assert (own["value"].to_numpy() != leaders["value"].to_numpy()).all()
    assert traits["value"].nsmallest(2).index.sort_values().tolist() == [20, 21]
    shares = traits["character"].value_counts(normalize=True)
    assert all(abs(shares[name] - share) < 0.12 for name, share in CHARACTERS.items())


def test_the_table_of_instruments_has_its_holes() -> None:
    rng = np.random.default_rng(4)
    names = stock_names(rng, 10)
    traits = asset_traits(rng, STOCKS, names, []).assign(decimals=2, lots=0)
    table = instrument_table(STOCKS, traits, {"no_tick": [5], "no_metadata": [6]})
    assert table.loc[4, "sector"] == "Index"
    assert table["sector"].drop(4).isin(STOCKS.sectors).all()
    assert table["tick_size"][5] == 0.0
    assert table.loc[6, ["tick_size", "step_size", "price_precision"]].isna().all()
    assert (table.drop(index=[5, 6])[["tick_size", "step_size", "price_precision"]] == [0.01, 1.0, 2.0]).all(axis=None)
