"""Which asset a name means, alone and in whole runs."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import settings
from support.spellings import candidate, spelled, trends
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import (
    Matcher,
    counts_per_asset,
    joined,
    of_one_exchange,
    one_record_per_asset,
)
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

DATA = settings().data
EXACT = DATA.model_copy(update={"symbol_join": "exact"})
REST: dict[str, np.ndarray] = dict(zip(("ADAUSDT", "UNIUSDT", "XRPUSDT"), trends(1, 3).T, strict=True))
SCANNED = [candidate(f"BINANCE:{name}.P") for name in REST]
ONE, TWO = trends(2, 2).T


def match(name: str, *assets: str, market: str = "") -> tuple[str, str] | None:
    found = Matcher(assets, [name], DATA).match(name, market)
    assert found == Matcher(assets[::-1], [name], DATA).match(name, market)
    return None if found is None else (found.asset, found.looseness)


@pytest.mark.parametrize(
    ("name", "assets", "expected"),
    [
        ("BTCUSDT", ("BTCUSDT", "BINANCE:BTCUSDT"), ("BTCUSDT", "exact")),
        ("BINANCE:BTCUSDT.P", ("BTCUSDT", "BTCUSDT.P"), ("BTCUSDT.P", "exchange")),
        ("BINANCE:BTCUSDT.P", ("BTCUSDT",), ("BTCUSDT", "suffix")),
        ("BINANCE:BTCUSDT.P", ("BTCUSDT", "BTCUSDTPERP"), ("BTCUSDTPERP", "spelling")),
        ("BTC/USDT:USDT", ("BTCUSDT", "BTCUSDT.P"), ("BTCUSDT.P", "spelling")),
        ("BTC/USDT:USDT", ("BTCUSDT",), ("BTCUSDT", "contract")),
        ("BTC-USDT-SWAP", ("BTC/USDT:USDT", "BTC/USDT"), ("BTC/USDT:USDT", "spelling")),
        ("BTC/USDT:USDT-260327", ("BTCUSDT_260327", "BTCUSDT"), ("BTCUSDT_260327", "spelling")),
        ("BTCUSDT_260327", ("BTCUSDT",), None),
        ("1000PEPEUSDT", ("PEPEUSDT",), None),
        ("BTC-USD", ("BTCUSDT",), None),
        ("BMV:MSFT", ("NASDAQ:MSFT",), None),
        ("BMV:MSFT", ("MSFT",), ("MSFT", "exchange")),
        ("NYSE:SPY", ("US:SPY",), ("US:SPY", "exchange")),
        ("NYSE:BRK.B", ("BRK-B", "BRK-A"), ("BRK-B", "spelling")),
        ("KRX:005930", ("005930.KS",), ("005930.KS", "spelling")),
        ("TSE:005930", ("005930.KS",), None),
        ("FX:EURUSD", ("EURUSD=X",), ("EURUSD=X", "spelling")),
    ],
)
def test_the_closest_partner(name: str, assets: tuple[str, ...], expected: tuple[str, str] | None) -> None:
    assert match(name, *assets) == expected


def test_exact_joins_know_only_names() -> None:
    records = [{"symbol": name} for name in ("BINANCE:BTCUSDT.P", "ETHUSDT", "US:NONE")]
    pairs, strangers = joined(records, Matcher(["BTCUSDT", "ETHUSDT"], (), DATA))
    assert ([asset for asset, _ in pairs], strangers) == (["BTCUSDT", "ETHUSDT"], ["US:NONE"])
    pairs, strangers = joined(records, Matcher(["BTCUSDT", "ETHUSDT"], (), EXACT))
    assert ([asset for asset, _ in pairs], strangers) == (["ETHUSDT"], ["BINANCE:BTCUSDT.P", "US:NONE"])


def test_a_name_that_may_mean_two_assets_takes_the_first_by_name_and_says_so() -> None:
    found = Matcher(["NASDAQ:X", "BMV:X"], (), DATA).match("X")
    assert found is not None
    assert (found.asset, found.others) == ("BMV:X", ("NASDAQ:X",))


def test_an_asset_that_names_no_exchange_takes_candidates_of_one() -> None:
    symbols = ["NASDAQ:MSFT", "BMV:MSFT", "NASDAQ:KO", "BINANCE:BTCUSDT", "OKX:BTCUSDT"]
    pairs, _ = joined([{"symbol": name} for name in symbols], Matcher(["MSFT", "KO", "BTCUSDT"], symbols, DATA))
    kept, left_out = of_one_exchange(pairs)
    assert [record["symbol"] for _, record in kept] == [name for name in symbols if name != "BMV:MSFT"]
    assert left_out == ["BMV:MSFT (MSFT is taken as US's)"]
    assert of_one_exchange(pairs[::-1])[1] == left_out


@pytest.mark.parametrize(
    ("symbols", "preferred"),
    [
        (["BINANCE:A", "A", "BINANCE:A.P"], "A"),
        (["BINANCE:A", "BINANCE:A.P"], "BINANCE:A.P"),
        (["OKX:A", "BYBIT:A"], "BYBIT:A"),
    ],
)
def test_one_row_per_asset_whatever_their_order(symbols: list[str], preferred: str) -> None:
    matcher = Matcher(["A"], (), DATA)
    for order in (symbols, symbols[::-1]):
        pairs, _ = joined([{"symbol": name} for name in order], matcher)
        rows, passed_over = one_record_per_asset(pairs, matcher, {"A": "BINANCE:A.P"})
        assert rows["A"]["symbol"] == preferred
        assert len(passed_over) == len(symbols) - 1


def test_counts_go_to_the_joined_asset() -> None:
    symbols = ["ADA/USDT:USDT"] * 3 + ["BINANCE:BTCUSDT.P", "NONE"]
    names = ["ADA/USDT:USDT", "BTC/USDT:USDT", "XRP/USDT:USDT"]
    assert counts_per_asset(symbols, names, Matcher(names, (), DATA)) == [3, 1, 0]


def outcomes(run: Selection) -> dict[str, str]:
    return dict(run.context.standings["outcome"])


@pytest.mark.parametrize("name", ["BTCUSDTPERP", "BTCUSDT_260327", "BTCUSD", "BTC/USDT:USDT", "BTC-USDT-SWAP"])
def test_contracts_of_one_coin_have_one_seat(name: str) -> None:
    run = spelled([*SCANNED, candidate("BTCUSDT"), candidate(name)], {**REST, "BTCUSDT": ONE, name: TWO})
    assert dict(run.context.raw_pool["identity"])[name] == "BTC"
    assert sorted(outcomes(run)[asset] for asset in ("BTCUSDT", name)) == ["identity taken", "winner"]


@pytest.mark.parametrize(
    ("one", "other"), [("ARBUSD", "ARUSDT"), ("WBTC", "WETH"), ("SHIBUSD", "SHIUSDT"), ("XYBUSD", "XYUSDT")]
)
def test_two_coins_of_like_names_are_two(one: str, other: str) -> None:
    run = spelled([*SCANNED, candidate(one), candidate(other)], {**REST, one: ONE, other: TWO})
    assert run.context.raw_pool["identity"].is_unique
    assert "identity taken" not in outcomes(run).values()


def test_bad_bars_are_charged_to_their_own_asset() -> None:
    names = ["ADA/USDT:USDT", "UNI/USDT:USDT", "XRP/USDT:USDT"]
    moves = dict(zip(names, trends(3, 3).T, strict=True))
    moves[names[0]] = np.where(np.arange(len(ONE)) < 3, -1.0, moves[names[0]])
    run = spelled([candidate(name) for name in names], moves)
    assert (run.context.raw_pool["quarantined"] > 0).tolist() == [True, False, False]


def test_a_perpetual_takes_its_own_bars() -> None:
    run = spelled([*SCANNED, candidate("BINANCE:BTCUSDT.P")], {**REST, "BTCUSDT": ONE, "BTCUSDT.P": TWO})
    assert "BTCUSDT.P" in run.context.raw_pool.index
    assert "BTCUSDT" not in run.context.raw_pool.index
    assert run.coverage["joins"] == {"exchange": 1, "suffix": 3}


@pytest.mark.parametrize("entry", ["ADAUSDT.P", "BINANCE:ADAUSDT", "ADA/USDT:USDT", "ADA", "ADAUSDT"])
def test_an_exclusion_joins_as_candidates_do(entry: str) -> None:
    run = spelled(SCANNED, REST, {"data": {"exclude": {entry: "sanctioned"}}})
    assert run.coverage["excluded"] == {"ADAUSDT": "sanctioned"}
    run = spelled(SCANNED, REST, {"data": {"include": {entry: "wanted"}}})
    assert sorted(run.coverage["excluded"]) == ["UNIUSDT", "XRPUSDT"]


@pytest.mark.parametrize("table", ["exclude", "include"])
def test_an_entry_that_names_nothing_is_refused_or_reported(table: str) -> None:
    given: dict[str, Any] = {"data": {table: {"ADAUSTD": "typo"}}}
    with pytest.raises(ConfigurationError, match=rf"data\.{table} names .* \(1: ADAUSTD\)\. Did you mean .*ADAUSDT"):
        spelled(SCANNED, REST, given)
    run = spelled(SCANNED, REST, {**given, "data.unknown_names": "report"})
    assert run.coverage["listed_but_unknown"] == ["ADAUSTD"]


def test_a_share_class_can_be_excluded() -> None:
    stocks = dict(zip(("BRK.B", "BRK.A", "KO"), trends(4, 3).T, strict=True))
    run = spelled(
        [candidate(f"NYSE:{name}", "AMERICA") for name in stocks], stocks, {"data": {"exclude": {"BRK.B": "x"}}}
    )
    assert run.coverage["excluded"] == {"BRK.B": "x"}


def test_a_benchmark_joins_as_candidates_do() -> None:
    run = spelled(SCANNED, REST, {"benchmarks": ["BINANCE:ADAUSDT", "SPY"]})
    assert run.coverage["benchmarks"] == {"named": ["BINANCE:ADAUSDT", "SPY"], "found": ["ADAUSDT"]}
    assert run.context.standings.loc["ADAUSDT", "route"] == "benchmark"


def test_exchanges_that_only_candidates_name_are_reported() -> None:
    stocks = dict(zip(("MSFT", "JPM", "KO"), trends(5, 3).T, strict=True))
    scanned = [
        candidate(f"{place}:{name}", "AMERICA") for place, name in zip(("BMV", "NYSE", "NYSE"), stocks, strict=True)
    ]
    assert spelled(scanned, stocks).coverage["exchanges_assumed"] == {"BMV": ["MSFT"], "NYSE": ["JPM", "KO"]}


def test_two_rows_of_statistics_whatever_their_order() -> None:
    scores = pd.DataFrame(
        {"Regime_Survival_Score": [0.05, 0.95]}, index=pd.Index(["BINANCE:ADAUSDT", "BINANCE:ADAUSDT.P"], name="symbol")
    )
    for table in (scores, scores[::-1]):
        run = spelled(SCANNED, REST, statistics=table)
        assert run.context.feature_store.loc["ADAUSDT", "survival"] == 0.95
        assert run.coverage["passed_over"] == {"statistics": ["BINANCE:ADAUSDT (BINANCE:ADAUSDT.P is ADAUSDT's)"]}


@pytest.mark.parametrize(
    ("symbol", "direction", "factor", "other"),
    [("BTCUPUSDT", "LONG", 3.0, "LONG"), ("BTCDOWNUSDT", "SHORT", -3.0, "LONG"), ("CBBTC", "LONG", 1.0, "LONG")],
)
def test_one_bet_under_two_names_has_one_seat(symbol: str, direction: str, factor: float, other: str) -> None:
    scanned = [
        *SCANNED,
        candidate("BTCUSDT", direction=other),
        candidate(symbol, direction=direction, value_traded=1e6),
    ]
    moves = {**REST, "BTCUSDT": ONE, symbol: factor * ONE}
    gates = {"gates.momentum.enabled": False, "gates.net_edge.enabled": False}
    run = spelled(scanned, moves, gates)
    assert (outcomes(run)["BTCUSDT"], outcomes(run)[symbol]) == ("winner", "duplicate")
    assert run.context.standings.loc[symbol, "duplicate_of"] == "BTCUSDT"
    off = spelled(scanned, moves, {**gates, "recruitment.duplicate_correlation": 1, "recruitment.top_n": 9})
    assert "duplicate" not in outcomes(off).values()
