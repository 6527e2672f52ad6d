"""From tables to the pool: returns, candidates, directions, metadata, coverage."""

import numpy as np
import pandas as pd
import pytest

from support.market import candidates, market, returns, selected, selection, settings, upstream
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext


def bars(**closes: list[float]) -> pd.DataFrame:
    dates = pd.date_range("2026-01-01", periods=max(map(len, closes.values())))
    parts = [pd.DataFrame({"symbol": name, "date": dates[: len(c)], "close": c}) for name, c in closes.items()]
    return pd.concat(parts, ignore_index=True).dropna()


def given(table: pd.DataFrame, **changed: object) -> pd.DataFrame:
    return select(None, candidates(table["symbol"].unique()), bars=table, settings=changed).context.returns


def test_returns_by_hand_span_gaps() -> None:
    found = given(bars(A=[10, 11, 11, 22], B=[10, np.nan, 20, 10], C=[np.nan, np.nan, 5, 6]))
    np.testing.assert_allclose(found["A"], [0.1, 0.0, 1.0])
    np.testing.assert_allclose(found["B"], [np.nan, 1.0, -0.5])
    np.testing.assert_allclose(found["C"], [np.nan, np.nan, 0.2])
    assert found.index[0] == pd.Timestamp("2026-01-02")


def test_returns_come_from_adjusted_closes_where_there_are() -> None:
    table = bars(A=[10, 11, 12])
    assert given(table.assign(adj_close=[1.0, 2.0, 3.0]))["A"].tolist() == [1.0, 0.5]


UNBELIEVED = ["price stands still", "return across a hole", "bar without a price of its own"]


def test_returns_of_the_simulated_market_against_pandas() -> None:
    clean = upstream("clean_bars").astype({"symbol": str})
    for name, rows in clean.groupby("symbol"):
        if name in returns():
            expected = rows.set_index("date")["close"].sort_index().pct_change().iloc[1:]
            found = returns()[name].dropna()
            masked = selection().quarantine.query(f"symbol == @name and reason in {UNBELIEVED}")["cells"].sum()
            assert len(found) == len(expected) - masked
            np.testing.assert_allclose(found, expected[found.index], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("lookback", [30, 100])
def test_lookback_keeps_so_many_rows_of_the_same_bits(lookback: int) -> None:
    found = selected({"data.lookback": lookback, "gates.history.threshold": 10}).context.returns
    assert len(found) == lookback
    pd.testing.assert_frame_equal(found, returns().iloc[-lookback:][found.columns])


def test_one_stocks_saturdays_push_no_day_of_the_others_out() -> None:
    """Neither of their returns nor of the bars that give trend strength."""
    bars = market().bars
    weekend = set(bars.loc[bars["date"].dt.day_of_week >= 5, "symbol"])
    stocks = sorted(set(bars["symbol"]) - weekend)[:20]
    bars = bars.loc[bars["symbol"].isin(stocks), ["symbol", "date", "high", "low", "close"]]
    fridays = bars[(bars["symbol"] == stocks[0]) & (bars["date"].dt.day_of_week == 4)]
    saturdays = fridays.assign(date=fridays["date"] + pd.Timedelta(days=1), close=fridays["close"] * 0.999)

    def found(given: pd.DataFrame) -> SelectionContext:
        settings = {"data.lookback": 60, "gates.history.threshold": 10}
        return select(None, candidates(stocks, market="AMERICA"), bars=given, settings=settings).context

    clean, faulty = found(bars), found(pd.concat([bars, saturdays]))
    others = stocks[1:]
    assert len(faulty.returns) > len(clean.returns) == 60
    pd.testing.assert_frame_equal(faulty.returns.loc[clean.returns.index, others], clean.returns[others])
    names = ["adx", "plus_di", "minus_di"]
    assert clean.feature_store.loc[others, names].notna().all(axis=1).sum() > 10
    pd.testing.assert_frame_equal(faulty.feature_store.loc[others, names], clean.feature_store.loc[others, names])


def test_each_column_lies_in_one_piece() -> None:
    assert upstream("returns").to_numpy().T.flags.c_contiguous


def test_where_both_directions_are_proposed_the_recent_return_decides() -> None:
    frame = returns().iloc[-100:, :10]
    grown = (1 + frame.iloc[-60:].fillna(0)).prod() - 1
    assert (grown > 0).any()
    assert (grown < 0).any()
    both = [*candidates(frame.columns, direction="LONG"), *candidates(frame.columns, direction="SHORT")]
    run = select(frame, both)
    expected = np.where(grown < 0, "SHORT", "LONG")
    assert run.context.raw_pool["direction"].tolist() == expected.tolist()
    other = {"LONG": "SHORT", "SHORT": "LONG"}
    assert run.coverage["superseded"] == [
        f"{name} trend {other[side]}, for {side} of trend"
        for name, side in sorted(zip(frame.columns, expected, strict=True))
    ]


def test_a_universe_scan_gives_metadata_and_a_candidate_only_where_no_other_does() -> None:
    frame = returns().iloc[-100:, :2].set_axis(["A", "B"], axis=1)
    background = [
        {"symbol": name, "tick_size": 0.5, "lot_size": 2.0, "universe_only": True, "logic": "trend"} for name in "AB"
    ]
    own = [{"symbol": "A", "lot_size": 3.0, "logic": "breakout", "direction": "SHORT"}]
    pool = select(frame, background + own).context.raw_pool
    assert pool[["logic", "direction", "tick_size", "lot_size"]].to_numpy().tolist() == [
        ["breakout", "SHORT", 0.5, 3.0],
        ["trend", "LONG", 0.5, 2.0],
    ]


def test_include_and_exclude_are_hard_and_give_their_reasons() -> None:
    frame = returns().iloc[-100:, :5].set_axis(list("ABCDE"), axis=1)
    run = select(
        frame,
        candidates(list("ABCDE")),
        settings={"data.exclude": {"B": "sanctioned"}, "data.include": dict.fromkeys("ABC", "watched")},
    )
    assert run.coverage["excluded"] == {
        "B": "sanctioned",
        "D": "not on the include list",
        "E": "not on the include list",
    }
    assert run.context.raw_pool["is_excluded"].tolist() == [False, True, False, True, True]
    assert not set("BDE") & set(run.context.winners.index)


def test_coverage_counts_both_ways() -> None:
    coverage, pool = selection().coverage, selection().context.raw_pool
    known = set(market().bars["symbol"])
    assert coverage["pool"] == len(pool) == 74
    assert set(coverage["bars_without_candidates"]) == known - set(pool.index)
    assert coverage["candidates_without_bars"] == ["BINANCE:GHSTUSDT.P", "BINANCE:PHTMUSDT.P", "US:GHST", "US:PHTM"]
    assert sum(coverage["quarantined"].values()) == selection().quarantine["cells"].sum()
    counted = [count for reasons in coverage["treatments"].values() for count in reasons.values()]
    assert sum(counted) == sum(coverage["quarantined"].values())
    assert set(coverage["treatments"]) == {"absent", "masked", "set aside", "superseded"}
    assert not coverage["point_in_time"]


def test_the_dirty_asset_stays_and_fails_plausibility() -> None:
    run = selection()
    share = run.context.feature_store["quarantined_share"]
    assert share.max() > settings().gates["plausibility"].threshold
    dirty = share.idxmax()
    assert run.context.standings.loc[dirty, "outcome"] == "hard veto"
    assert not run.decisions.query("symbol == @dirty and gate == 'plausibility'")["passed"].item()


def test_statistics_are_neutral_where_there_are_none_and_nan_stays() -> None:
    frame = returns().iloc[-100:, :3].set_axis(list("ABC"), axis=1)
    table = pd.DataFrame({"Regime_Survival_Score": [0.3, np.nan]}, index=["A", "B"])
    store = select(frame, candidates(list("ABC")), table).context.feature_store
    np.testing.assert_array_equal(store["survival"], [0.3, np.nan, 1.0])
    np.testing.assert_array_equal(store["fragility"], [0.0] * 3)


def test_traded_value_that_no_scanner_gives_comes_from_the_bars() -> None:
    table = bars(A=[10.0] * 40, B=[10.0] * 40).assign(volume=np.tile(np.arange(40.0), 2))
    records = [{"symbol": "A"}, {"symbol": "B", "value_traded": 5.0}]
    pool = select(None, records, bars=table).context.raw_pool
    assert pool["value_traded"].tolist() == [10 * np.median(np.arange(10.0, 40.0)), 5.0]
    assert pool["adv"].tolist() == pool["value_traded"].tolist()
