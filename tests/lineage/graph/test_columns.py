"""Column lineage: equal to what a person draws by hand, and to what changes when one source column does."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import market, records
from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import candidate_records, typed_bars
from tradingview_scraper.pipelines.selection.drivers.execution import plan as builder
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph, built_driver
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.recording.lineage_nodes import graph_nodes, table_columns
from tradingview_scraper.pipelines.selection.lineage.graph.columns import column_lineage, column_text, place_of
from tradingview_scraper.pipelines.selection.lineage.graph.document import lineage_document
from tradingview_scraper.pipelines.selection.lineage.graph.reads import Reads, parsed, resolved
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

# An asset that is proposed in both directions, with other data for each; too young for indicators of its own.
FLIP, FLIP_DAYS = "FLIPUSDT", 12
FLIP_LONG = {"symbol": "FLIPUSDT", "direction": "LONG", "market": "AMERICA", "Value.Traded": 3e6, "ADX": 30.0}
FLIP_LONG |= {"ADX+DI": 31.0, "ADX-DI": 12.0, "tick_size": 0.01, "step_size": 1.0, "price_precision": 2.0}
FLIP_SHORT = {
    "symbol": "BINANCE:FLIPUSDT.P",
    "direction": "SHORT",
    "market": "CRYPTO",
    "Value.Traded": 9e6,
    "ADX": 10.0,
}
FLIP_SHORT |= {"ADX+DI": 11.0, "ADX-DI": 22.0}
# An asset whose market only the instruments know.
FLOP = "FLOPUSDT"
# Identities: whether FLIPUSDT and FLOPUSDT are pairs, their markets decide.
SETTINGS = {
    "data.exclude": dict.fromkeys(("FLIP", "FLOP", *(f"X{number}" for number in range(20))), "tests what decides"),
    "data.unknown_names": "report",
    "data.defaults": {},
}
Frames = dict[str, Any]


class Given(DiscoveryProvider):
    """Just these tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        return self._tables


@cache
def raw() -> Frames:
    """The simulated market with room between high and low, and with gaps that each fallback has to fill."""
    bars = market().bars.dropna().query("0 < low <= close <= high and low <= open <= high").copy()
    bars["symbol"] = bars["symbol"].astype(str)
    flip = bars[bars["symbol"] == "SPY"].iloc[-FLIP_DAYS:].assign(symbol=FLIP)
    bars = pd.concat([bars, flip.assign(close=np.linspace(90, 110, FLIP_DAYS), open=100.0, high=120.0, low=80.0)])
    bars = pd.concat([bars, bars[bars["symbol"] == "SPY"].assign(symbol=FLOP)])
    bars = bars[np.isfinite(bars["volume"])].drop_duplicates(["symbol", "date"])
    bars[["high", "low"]] = bars[["high", "low"]] * [1.3, 0.7]
    candidates = [dict(record) for record in records()]
    for number, record in enumerate(candidates):
        for gap, field in ((3, "Value.Traded"), (2, "market")):
            if number % gap == 0 and (field != "market" or record["symbol"].startswith("US:")):
                del record[field]
    candidates += [{**FLIP_LONG, "logic": "trend"}, {**FLIP_SHORT, "logic": "trend"}]
    candidates += [{**FLIP_LONG, "logic": "value", "Value.Traded": 5e6}, {"symbol": FLOP}]
    instruments = pd.concat([market().instruments.iloc[::2], pd.DataFrame([{"symbol": FLOP, "market": "AMERICA"}])])
    return {"bars": bars, "candidates": candidates, "instruments": instruments, "statistics": market().statistics}


def tables(given: Frames) -> Tables:
    return Tables(
        candidates=candidate_records(given["candidates"], "candidates")[0],
        bars=typed_bars(given["bars"], "bars"),
        instruments=given["instruments"],
        statistics=given["statistics"],
    )


@cache
def plan() -> builder.Plan:
    return builder.plan(resolved_settings("v4", settings=SETTINGS).settings)


@cache
def document() -> dict[str, Any]:
    return lineage_document(graph_nodes(Graph(plan())), table_columns(tables(raw())))


@cache
def of_profile() -> dict[str, Any]:
    planned = builder.plan(resolved_settings("v4").settings)
    return lineage_document(graph_nodes(Graph(planned)))


def outputs(given: Frames) -> dict[str, pd.Series]:
    """Every column of features, inference outputs and decisions (by gate)."""
    inputs = {
        **builder.inputs(plan(), plan().settings.rungs()[0]),
        **builder.ingestion_inputs(Given(tables(given)), None),
    }
    names = ["feature_store", "inference_outputs", "decisions"]
    found = built_driver(plan()).execute(names, inputs=inputs)
    decided = found["decisions"].frame
    gates = {
        f"decisions.{gate}": rows.set_index("symbol")[["value", "margin", "passed"]].astype(float).stack()
        for gate, rows in decided.groupby("gate", observed=True)
    }
    return {**dict(found["feature_store"].items()), **dict(found["inference_outputs"].items()), **gates}


@cache
def before() -> dict[str, pd.Series]:
    return outputs(raw())


@cache
def named(kinds: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """Output to the source columns that its lineage names."""
    return {
        name: frozenset(f["field"] for f in column_lineage(document(), name)["fields"] if f["type"] in kinds)
        for name in before()
    }


def changed(given: Frames) -> set[str]:
    after = outputs(given)
    return {name for name, values in before().items() if not values.equals(after[name])}


def random(size: int) -> np.ndarray:
    return np.random.default_rng(5).random(size)


def bars_with(column: str, values: Callable[[pd.DataFrame], Any]) -> Frames:
    bars = raw()["bars"]
    return {**raw(), "bars": bars.assign(**{column: values(bars)})}


def records_with(column: str, value: Callable[[int, Any], Any]) -> Frames:
    found = [
        {**record, column: value(number, record[column])} if record.get(column) is not None else record
        for number, record in enumerate(raw()["candidates"])
    ]
    return {**raw(), "candidates": found}


def frame_with(table: str, column: str, values: Callable[[pd.Series], Any]) -> Frames:
    frame = raw()[table]
    return {**raw(), table: frame.assign(**{column: values(frame[column])})}


def noisy(number: int, value: float) -> float:
    return value * float(10.0 ** (4 * np.random.default_rng(number).random() - 2))


POISONS: dict[str, tuple[Callable[[], Frames], ...]] = {
    "bars.open": (lambda: bars_with("open", lambda b: b["low"] + random(len(b)) * (b["high"] - b["low"])),),
    "bars.high": (lambda: bars_with("high", lambda b: b["high"] * (1 + random(len(b)))),),
    "bars.low": (lambda: bars_with("low", lambda b: b["low"] * (1 - 0.9 * random(len(b)))),),
    "bars.close": (
        lambda: bars_with("close", lambda b: b["low"] + random(len(b)) * (b["high"] - b["low"])),
        lambda: bars_with(
            "close", lambda b: b["close"].groupby(b["symbol"]).transform("last").clip(b["low"], b["high"])
        ),
        lambda: bars_with("close", lambda b: b["close"].where(b["symbol"] != FLIP, 200.0 - b["close"])),
        lambda: bars_with("close", lambda b: b["close"].where(random(len(b)) > 0.03, -1.0)),
    ),
    "bars.volume": (lambda: bars_with("volume", lambda b: b["volume"] * 10 ** (4 * random(len(b)) - 2)),),
    "statistics.Antifragility_Score": (
        lambda: frame_with("statistics", "Antifragility_Score", lambda s: random(len(s))),
    ),
    "statistics.Fragility_Score": (lambda: frame_with("statistics", "Fragility_Score", lambda s: random(len(s))),),
    "statistics.Regime_Survival_Score": (
        lambda: frame_with("statistics", "Regime_Survival_Score", lambda s: random(len(s))),
    ),
    "candidates.Value.Traded": (lambda: records_with("Value.Traded", noisy),),
    "candidates.ADX": (lambda: records_with("ADX", lambda i, v: v / 2),),
    "candidates.ADX+DI": (lambda: records_with("ADX+DI", lambda i, v: v / 2),),
    "candidates.ADX-DI": (lambda: records_with("ADX-DI", lambda i, v: v / 2),),
    "candidates.tick_size": (lambda: records_with("tick_size", lambda i, v: None),),
    "candidates.step_size": (lambda: records_with("step_size", lambda i, v: None),),
    "candidates.price_precision": (lambda: records_with("price_precision", lambda i, v: None),),
    "candidates.market": (lambda: records_with("market", lambda i, v: "CRYPTO"),),
    "candidates.base": (lambda: records_with("base", lambda i, v: f"X{i}"),),
    "candidates.subtype": (lambda: records_with("subtype", lambda i, v: f"X{i}"),),
    "candidates.Perf.W": (lambda: records_with("Perf.W", lambda i, v: v / 2),),
    "candidates.RSI": (lambda: records_with("RSI", lambda i, v: v / 2),),
    "instruments.market": (lambda: frame_with("instruments", "market", lambda s: "CRYPTO"),),
    "instruments.sector": (lambda: frame_with("instruments", "sector", lambda s: "X"),),
    "instruments.tick_size": (lambda: frame_with("instruments", "tick_size", lambda s: np.nan),),
    "instruments.step_size": (lambda: frame_with("instruments", "step_size", lambda s: np.nan),),
    "instruments.price_precision": (lambda: frame_with("instruments", "price_precision", lambda s: np.nan),),
}
# These decide which record speaks for an asset, or whether it is there at all.
KEYS: dict[str, Callable[[], Frames]] = {
    "candidates.logic": lambda: records_with("logic", lambda i, v: {"trend": "z"}.get(v, v)),
    "candidates.direction": lambda: records_with("direction", lambda i, v: "SHORT" if v == "LONG" else "LONG"),
}


@pytest.mark.parametrize("source", POISONS)
def test_exactly_the_outputs_that_name_a_source_column_change_with_it(source: str) -> None:
    found = set().union(*(changed(poison()) for poison in POISONS[source]))
    expected = {name for name, fields in named(("DIRECT", "INDIRECT")).items() if source in fields}
    assert found == expected


@pytest.mark.parametrize("source", KEYS)
def test_no_output_changes_with_a_key_that_it_does_not_name(source: str) -> None:
    expected = {name for name, fields in named(("DIRECT", "INDIRECT")).items() if source in fields}
    found = changed(KEYS[source]())
    assert found
    assert found <= expected


def test_every_output_names_what_decides_which_rows_there_are() -> None:
    rows = {"bars.symbol", "bars.date", "bars.open", "bars.close", "candidates.symbol", "candidates.direction"}
    for name, fields in named(("DIRECT", "INDIRECT", "ROWS")).items():
        assert rows <= fields, name


# Drawn by hand from the functions of the default profile: values, what decides them, which rows there are.
HAND: dict[str, tuple[str, str, str]] = {
    "survival": (
        "statistics.Regime_Survival_Score",
        "candidates.{direction,logic,symbol,universe_only} statistics.symbol",
        "bars.{adj_close,close,date,high,low,open,quote_volume,symbol,volume} membership.{symbol,valid_from,valid_to} returns",
    ),
    "momentum": (
        "bars.{adj_close,close} returns",
        "candidates.{direction,logic,market,symbol,universe_only} instruments.{market,symbol}",
        "bars.{date,high,low,open,quote_volume,symbol,volume} membership.{symbol,valid_from,valid_to}",
    ),
    "alpha_score": (
        "bars.{adj_close,close,quote_volume,volume} candidates.{Value.Traded,value_traded} "
        "instruments.{Value.Traded,value_traded} returns "
        "statistics.{Fragility_Score,Regime_Survival_Score}",
        "candidates.{currency,direction,logic,market,symbol,universe_only} instruments.{currency,market,symbol} "
        "statistics.symbol",
        "bars.{date,high,low,open,symbol} membership.{symbol,valid_from,valid_to}",
    ),
}


def fields_of(text: str) -> list[str]:
    return sorted(read.source for read in parsed([text], lambda name: name))


@pytest.mark.parametrize("column", HAND)
def test_a_column_equals_the_hand_drawn_answer(column: str) -> None:
    found = column_lineage(of_profile(), column)
    for kind, drawn in zip(("DIRECT", "INDIRECT", "ROWS"), HAND[column], strict=True):
        assert [f["field"] for f in found["fields"] if f["type"] == kind] == fields_of(drawn)


def test_the_nodes_on_the_way_are_those_of_the_hand_drawn_answer() -> None:
    found = column_lineage(of_profile(), "features.survival")
    assert found["nodes"] == [
        *("candidates", "feature_store", "joined_records", "scanner_symbols", "statistics", "survival", "tables")
    ]
    momentum = {f["field"]: f["via"] for f in column_lineage(of_profile(), "momentum")["fields"]}
    assert momentum["bars.close"] == [
        "clean_bars",
        "wide_bars",
        "wide_prices",
        "given_returns",
        "all_returns",
        "returns",
        "annual_return",
        "momentum",
    ]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("momentum", ("momentum", "")),
        ("features.momentum", ("feature_store", "momentum")),
        ("log_mps.score", ("log_mps", "score")),
        ("inference.log_mps.p_momentum", ("inference_outputs", "log_mps.p_momentum")),
        ("alpha_score", ("inference_outputs", "alpha_score")),
        ("decisions.net_edge", ("decisions", "net_edge")),
        ("decisions.margin", ("decisions", "margin")),
        ("pool.value_traded", ("raw_pool", "value_traded")),
        ("clusters.cluster", ("clusters", "cluster")),
    ],
)
def test_a_column_may_be_named_as_people_name_it(name: str, place: tuple[str, str]) -> None:
    assert place_of(of_profile(), name) == place
    assert column_lineage(of_profile(), name)["fields"]


@pytest.mark.parametrize("name", ["nonsense", "features.nonsense", "log_mps.p_nonsense", ""])
def test_an_unknown_column_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="no column or node"):
        column_lineage(of_profile(), name)


def test_a_run_names_only_columns_that_there_were() -> None:
    found = {f["field"] for f in column_lineage(document(), "alpha_score")["fields"]}
    assert "bars.close" in found
    assert not {"returns", "bars.adj_close", "bars.quote_volume", "candidates.value_traded"} & found


def test_the_text_says_how_each_column_is_read() -> None:
    text = column_text(column_lineage(of_profile(), "survival"))
    assert "DIRECT: made from\n  statistics.Regime_Survival_Score  > statistics > survival\n" in text
    assert "INDIRECT: decided by (a condition, a group, a key)\n  candidates.direction      > joined_records > " in text
    assert "\n  statistics.symbol         > statistics > survival\n" in text


def test_a_scorer_that_says_nothing_reads_everything() -> None:
    planned = builder.plan(
        resolved_settings("v4", settings={"scorers.mine": {"kind": "rank_average", "role": "challenger"}}).settings
    )
    silent = type("Silent", (type(planned.scorers["mine"]),), {"probability_reads": ("scoring",)})
    planned.scorers["mine"].__class__ = silent
    nodes = graph_nodes(Graph(planned))
    found = {f["field"] for f in column_lineage(lineage_document(nodes), "mine.p_momentum")["fields"]}
    assert "statistics.Fragility_Score" in found


def test_a_scorer_reads_the_metrics_of_its_own_weights_and_no_others() -> None:
    mine = {"kind": "log_mps", "role": "challenger", "weights": {"survival": 1.0, "adx": 1.0}}
    nodes = graph_nodes(Graph(builder.plan(resolved_settings("v4", settings={"scorers.mine": mine}).settings)))
    graph = lineage_document(nodes)
    direct = {f["field"] for f in column_lineage(graph, "mine.score")["fields"] if f["type"] == "DIRECT"}
    assert {"statistics.Regime_Survival_Score", "statistics.Fragility_Score", "bars.high"} <= direct
    assert not {"statistics.Antifragility_Score", "candidates.Value.Traded"} & direct
    # That somebody else weighs ADX changes nothing for the champion.
    assert column_lineage(graph, "log_mps.score") == column_lineage(of_profile(), "log_mps.score")


def test_what_a_scorer_may_see_leads_back_to_its_sources() -> None:
    for column, field in (("features.adx", "bars.high"), ("direction", "candidates.direction"), ("as_of", "bars.date")):
        found = column_lineage(of_profile(), f"log_mps.scoring.{column}")
        assert field in {f["field"] for f in found["fields"] if f["type"] == "DIRECT"}, column


def test_statements_are_read_as_they_are_meant() -> None:
    settings = {"source": "bars", "best": "b"}
    found = parsed(["x < a.{b,c} ~d #e|f if source = bars", "y < $best.z", "q if source != bars"], settings.__getitem__)
    assert found == [
        Reads("x", "a.b"),
        Reads("x", "a.c"),
        Reads("x", "d", "INDIRECT"),
        Reads("x", "e", "ROWS"),
        Reads("x", "f", "ROWS", ("e",)),
        Reads("y", "b.z"),
    ]
    group = {"g": {"m": "n"}}
    assert resolved("s.x", [Reads("*", "g.*"), Reads("", "p.k"), Reads("", "o")], {"n", "s.p"}, group) == [
        Reads("m", "n"),
        Reads("", "s.p.k"),
    ]
    with pytest.raises(ValueError, match="is no statement"):
        parsed(["x <"], settings.__getitem__)
