"""Wrong input on a small market: refused, set aside, masked or without effect, and the run says which."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.faulty import COINS, PRICES, STOCKS, Market, asset_bars, clean_market
from support.market import candidates
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

CLEAN = clean_market()
EVERY = slice(None)
OFF: dict[str, Any] = {
    f"checks.{name}.severity": "off"
    for name in (
        "prints",
        "volume_unit",
        "units",
        "closures",
        "gaps",
        "shifted",
        "frozen",
        "holes",
        "openings",
        "splits",
        "jumps",
        "stale",
        "idle",
    )
}


def names(run: Selection) -> set[str]:
    return {str(symbol) for symbol in run.winners.index}


def same_features(found: Selection, expected: Selection, assets: list[str]) -> None:
    store = expected.context.feature_store
    pd.testing.assert_frame_equal(found.context.feature_store.loc[assets, store.columns], store.loc[assets])


CLEAN_RUN = CLEAN.selected()


def test_a_clean_market_is_believed() -> None:
    assert CLEAN_RUN.coverage["treatments"] == {}
    assert CLEAN_RUN.coverage["suspicious"] == []
    assert len(names(CLEAN_RUN)) == 12
    same_features(CLEAN_RUN, CLEAN.selected(OFF), [*COINS, *STOCKS])


@pytest.mark.parametrize(("asset", "factor", "place"), [("KO", 0.1, -1), ("KO", 10.0, -40), ("ADAUSDT", 10.0, -1)])
def test_an_unapplied_split_is_masked_and_its_asset_never_wins(asset: str, factor: float, place: int) -> None:
    run = CLEAN.scaled(asset, factor, slice(place, None)).selected()
    assert run.coverage["suspicious"] == [asset]
    (reason,) = run.coverage["treatments"]["masked"]
    assert reason in ("unapplied split 1:10 at the open", "unapplied split 10:1 at the open", "impossible jump")
    assert names(run) == names(CLEAN_RUN) - {asset}
    assert run.context.standings.loc[asset, "outcome"] == "hard veto"
    assert not run.decisions.query("symbol == @asset and gate == 'plausibility'")["passed"].item()
    assert asset in names(CLEAN.scaled(asset, factor, slice(place, None)).selected(OFF))
    others = [name for name in (*COINS, *STOCKS) if name != asset]
    same_features(run, CLEAN_RUN, others)


@pytest.mark.parametrize("factor", [100.0, 0.01])
def test_a_print_that_reverses_is_set_aside_without_suspicion(factor: float) -> None:
    run = CLEAN.scaled("KO", factor, slice(60, 62)).selected()
    assert run.coverage["treatments"] == {"set aside": {"price print that reverses": 2}}
    assert run.coverage["suspicious"] == []
    without = CLEAN.without("KO", slice(60, 62)).selected()
    same_features(run, without, [*COINS, *STOCKS])


def test_many_prints_make_an_asset_suspect() -> None:
    market = CLEAN
    for place in (50, 60, 70, 80):
        market = market.scaled("KO", 100.0, place)
    assert market.selected().coverage["suspicious"] == ["KO"]


def test_a_bad_bar_after_the_as_of_date_changes_nothing() -> None:
    spoiled = CLEAN.scaled("KO", 100.0, slice(-3, None)).filled("ADAUSDT", np.nan, ["close"], slice(-1, None))
    as_of = CLEAN.bars["date"].max() - pd.Timedelta(days=7)
    found, expected = (market.selected(as_of=as_of) for market in (spoiled, CLEAN))
    assert found.coverage == expected.coverage
    same_features(found, expected, [*COINS, *STOCKS])


def test_padding_goes_without_blame() -> None:
    days = pd.DatetimeIndex(sorted(set(CLEAN.bars["date"])))
    closed = days[days.day_of_week >= 5]
    rows = [{"symbol": name, "date": day} for name in STOCKS for day in closed]
    run = CLEAN.added(pd.DataFrame(rows)).selected()
    assert run.coverage["padding"] == len(rows)
    assert run.coverage["treatments"] == {}
    same_features(run, CLEAN_RUN, [*COINS, *STOCKS])


@pytest.mark.parametrize("columns", [["open"], ["open", "high", "low"], ["volume"]])
def test_a_missing_cell_is_no_bad_row(columns: list[str]) -> None:
    run = CLEAN.filled("KO", np.nan, columns).selected()
    assert run.coverage["treatments"] == {}
    assert run.coverage["missing_cells"] == dict.fromkeys(columns, len(CLEAN.rows("KO")))
    store = run.context.feature_store
    assert np.isnan(store.loc["KO", "adx"]) == ("high" in columns)
    same_features(run, CLEAN_RUN, [name for name in (*COINS, *STOCKS) if name != "KO"])
    columns_of_returns = ["momentum", "volatility", "efficiency_ratio", "observations"]
    pd.testing.assert_series_equal(
        store.loc["KO", columns_of_returns], CLEAN_RUN.context.feature_store.loc["KO", columns_of_returns]
    )


def test_bars_without_one_usable_close_are_refused_with_what_is_wrong() -> None:
    count = len(CLEAN.bars)
    bars = CLEAN.bars.assign(close=np.nan)
    with pytest.raises(DataContractError, match=f"all {count} bars were set aside: {count} missing close"):
        Market(bars, CLEAN.records).selected()


def test_the_later_of_two_rows_stands() -> None:
    last = CLEAN.bars.loc[CLEAN.rows("KO")[[-1]]]
    half = CLEAN.scaled("KO", 0.99, -1).bars
    run = Market(pd.concat([half, last], ignore_index=True), CLEAN.records).selected()
    assert run.coverage["treatments"] == {"superseded": {"superseded by a later row": 1}}
    same_features(run, CLEAN_RUN, [*COINS, *STOCKS])


def test_adjusted_closes_of_some_assets_or_days_are_enough() -> None:
    adjusted = CLEAN.bars.assign(adj_close=CLEAN.bars["close"])
    rows = CLEAN.rows("KO")
    adjusted.loc[rows[:60], "adj_close"] *= 0.5
    adjusted.loc[rows[:60], PRICES] *= 1.0
    whole = Market(adjusted, CLEAN.records).selected({"checks.splits.severity": "off"})
    patchy = adjusted.copy()
    patchy.loc[CLEAN.rows("ADAUSDT"), "adj_close"] = np.nan
    patchy.loc[[*rows[20:30], *rows[-30:]], "adj_close"] = np.nan
    run = Market(patchy, CLEAN.records).selected({"checks.splits.severity": "off"})
    same_features(run, whole, [name for name in (*COINS, *STOCKS) if name != "KO"])
    np.testing.assert_allclose(run.context.returns["KO"], whole.context.returns["KO"], rtol=1e-9, atol=1e-12)


def test_adx_takes_a_split_for_no_trend() -> None:
    split = CLEAN.scaled("KO", 10.0, slice(0, 100))
    bars = split.bars.assign(adj_close=CLEAN.bars["close"])
    run = Market(bars, CLEAN.records).selected()
    assert run.coverage["treatments"] == {}
    expected = CLEAN_RUN.context.feature_store["adx"]
    np.testing.assert_allclose(run.context.feature_store["adx"], expected, rtol=1e-9)
    raw = Market(bars, CLEAN.records).selected({"features.adx_prices": "raw"}).context.feature_store["adx"]
    assert raw["KO"] != pytest.approx(expected["KO"], rel=1e-3)


def test_bars_end_with_the_returns() -> None:
    last = CLEAN.bars["date"].max() - pd.Timedelta(days=20)
    cut = CLEAN.as_returns(lambda frame: frame[frame.index <= last])
    short = CLEAN.bars[CLEAN.bars["date"] <= last]
    found, expected = (cut.selected(bars=bars) for bars in (CLEAN.bars, short))
    assert "common end" in found.tables.beyond
    same_features(found, expected, [*COINS, *STOCKS])


def test_weekends_filled_with_zero_are_closed_days() -> None:
    padded, plain = CLEAN.as_returns(lambda frame: frame.fillna(0.0)), CLEAN.as_returns()
    found, expected = padded.selected(), plain.selected()
    assert set(found.coverage["treatments"]) == {"masked"}
    same_features(found, expected, list(STOCKS))
    kept = padded.selected({"checks.closures.severity": "off"}).context.feature_store
    assert (kept.loc[list(STOCKS), "volatility"] < expected.context.feature_store.loc[list(STOCKS), "volatility"]).all()


@pytest.mark.parametrize(("change", "words"), [(1, "prices"), (2, "percentages")])
def test_a_matrix_of_something_else_is_refused(change: int, words: str) -> None:
    def other(frame: pd.DataFrame) -> pd.DataFrame:
        return 150 * (1 + frame.fillna(0.0)).cumprod() if change == 1 else frame * 100

    with pytest.raises(DataContractError, match=f"returns look like {words}: 12 of 12"):
        CLEAN.as_returns(other).selected()


def test_pegged_assets_fail_a_hard_floor_of_volatility() -> None:
    dates = pd.DatetimeIndex(CLEAN.bars.loc[CLEAN.rows("ADAUSDT"), "date"])
    market = CLEAN.added(asset_bars("USDCUSDT", dates, 0.0003))
    records = (*CLEAN.records, *candidates(["USDCUSDT"]))
    run = Market(market.bars, records).selected({"recruitment.floor": 13})
    assert "USDCUSDT" not in names(run)
    failed = run.decisions.query("symbol == 'USDCUSDT' and kind == 'hard' and not passed")["gate"].tolist()
    assert failed == ["volatility_floor"]


def test_volume_in_another_unit_is_forgotten() -> None:
    records = tuple(
        {name: value for name, value in record.items() if name != "value_traded"} for record in CLEAN.records
    )
    run = Market(CLEAN.scaled("KO", 1000.0, slice(-60, None), ["volume"]).bars, records).selected()
    assert run.coverage["treatments"] == {"masked": {"volume in another unit": len(CLEAN.rows("KO"))}}
    assert run.context.raw_pool["value_traded"].isna().tolist() == [name == "KO" for name in run.context.raw_pool.index]


def test_v3_4_believes_what_it_believed() -> None:
    returns = CLEAN.scaled("KO", 10.0, slice(-40, None)).as_returns()
    found = returns.selected(profile="v3.4")
    assert found.coverage["treatments"] == {}
    assert found.context.returns["KO"].max() > 8


STRANGE = {
    "weekends": lambda bars: bars,
    "holes": lambda bars: bars.drop(bars.index[40:90]),
    "few": lambda bars: bars.iloc[::9],
    "late": lambda bars: bars.iloc[-30:],
    "dead": lambda bars: bars.iloc[:100],
    "still": lambda bars: bars.assign(**dict.fromkeys(PRICES, 5.0)),
    "bad": lambda bars: bars.assign(close=-1.0),
    "wild": lambda bars: bars.assign(close=bars["close"] * np.where(np.arange(len(bars)) % 2, 1, 100)),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_a_strange_asset_leaves_the_features_of_all_others_as_they_are(kind: str) -> None:
    name = "BOLD"
    dates = pd.DatetimeIndex(sorted(set(CLEAN.bars["date"])))
    market = CLEAN.added(STRANGE[kind](asset_bars(name, dates, 0.02)))
    run = Market(market.bars, (*CLEAN.records, *candidates([name], market="AMERICA"))).selected()
    same_features(run, CLEAN_RUN, [*COINS, *STOCKS])
