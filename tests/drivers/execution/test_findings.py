"""What is said of the input and of who stops whom, on real selections with something taken away."""

import pandas as pd
import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.execution import findings
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select, selected


@pytest.fixture(scope="module")
def bars(sample_run: SampleRun) -> pd.DataFrame:
    return pd.read_parquet(sample_run.project / "data" / "bars.parquet")


@pytest.fixture(scope="module")
def untradable(bars: pd.DataFrame) -> Selection:
    """Candidates as a raw scanner export has them: no tick size, no lot size, no precision."""
    return select(None, [{"symbol": str(symbol)} for symbol in bars["symbol"].unique()[:40]], bars=bars)


@pytest.fixture(scope="module")
def barless(bars: pd.DataFrame) -> Selection:
    """Returns alone, with metadata and no traded value."""
    closes = bars.drop_duplicates(["symbol", "date"]).pivot(index="date", columns="symbol", values="close")
    returns = closes.pct_change(fill_method=None).iloc[1:, 20:80]
    sizes = {"tick_size": 0.01, "lot_size": 1, "price_precision": 2}
    return select(returns, [{"symbol": str(symbol), **sizes} for symbol in returns.columns])


def test_nobody_selected_names_the_gate_and_the_defaults_of_the_market(untradable: Selection) -> None:
    assert untradable.winners.empty
    assert untradable.shortfall is not None
    assert "nobody is selected, fewer than the floor of 15: gate metadata stops 40 of 40" in untradable.shortfall
    assert (
        "--market-defaults us-stocks stands in (tick size 0.01, lot size 1, price precision 2)" in untradable.shortfall
    )
    assert findings.stops(untradable.context)[0]["gate"] == "metadata"
    (gap,) = findings.gap_lines(untradable.context.raw_pool, untradable.tables, untradable.settings)
    assert gap.startswith(
        "metadata: 40 of 40 assets lack tick size, lot size, price precision: gate metadata will stop"
    )
    assert findings.default_lines(untradable.context.raw_pool)[1] == (
        "data.defaults = { tick_size = 0.01, lot_size = 1, price_precision = 2 }"
    )


def test_columns_that_are_nearly_read_are_named(untradable: Selection) -> None:
    from dataclasses import replace

    table = pd.DataFrame({"symbol": ["A"], "tickSize": [1.0], "stepSize": [1.0], "colour": ["red"]})
    tables = replace(untradable.tables, instruments=table)
    assert findings.near_columns(tables) == ["tickSize", "stepSize"]
    assert "instruments.parquet has tickSize, stepSize: rename to " in findings.remedy_text(
        untradable.context.raw_pool, tables
    )


def test_returns_without_bars_turn_off_what_nobody_can_pass_and_say_so(barless: Selection) -> None:
    assert findings.gates_off(barless.context) == ["adx", "net_edge"]
    assert barless.rungs[0].eligible > 0
    (gap,) = findings.gap_lines(barless.context.raw_pool, barless.tables, barless.settings)
    assert gap == "no bars: the trend strength ADX is unknown; gate adx is off (gates.adx.unavailable)"
    decisions = barless.decisions[barless.decisions["gate"] == "adx"]
    assert (decisions["verdict"] == "unknown").all()
    assert decisions["passed"].all()


def test_a_profile_may_fail_them(barless: Selection) -> None:
    candidates = list(barless.tables.candidates)
    failing = select(barless.tables.returns, candidates, settings={"gates.adx.unavailable": "fail"})
    assert failing.rungs[0].eligible == 0
    gaps = findings.gap_lines(failing.context.raw_pool, failing.tables, failing.settings)
    assert gaps == [
        "no bars: the trend strength ADX is unknown; gate adx stops everyone; --set gates.adx.unavailable=off"
    ]


def test_one_known_value_keeps_the_gate_on(bars: pd.DataFrame, barless: Selection) -> None:
    one = bars[bars["symbol"] == barless.context.raw_pool.index[0]]
    partly = select(barless.tables.returns, list(barless.tables.candidates), bars=one)
    assert "adx" not in findings.gates_off(partly.context)
    decisions = partly.decisions[partly.decisions["gate"] == "adx"]
    assert not decisions.loc[decisions["value"].isna(), "passed"].any()


def test_a_missed_floor_names_the_gates_that_stop_most(barless: Selection) -> None:
    short = select(barless.tables.returns, list(barless.tables.candidates), settings={"recruitment.floor": 60})
    lost = short.decisions[~short.decisions["symbol"].isin(short.winners.index) & ~short.decisions["passed"]]
    if lost.empty:
        assert short.shortfall is not None
        assert "of the others" not in short.shortfall
    else:
        first = findings.stops(short.context)[0]
        assert first["stops"] == int((lost["gate"] == first["gate"]).sum())
        assert short.shortfall is not None
        assert f"of the others, gate {first['gate']} stops {first['stops']} of 60" in short.shortfall


def test_tables_are_told_by_what_they_were_read_as(sample_run: SampleRun) -> None:
    settings = resolved_settings(project=None).settings
    provider = FolderProvider(sample_run.project / "data", settings.data)
    found = selected(provider, plan(settings), None)
    lines = findings.table_lines(found.tables)
    assert lines[0].startswith("bars bars.parquet: ")
    assert lines[-1].startswith("candidates scans/")
    assert lines[-1].endswith(f"{len(found.tables.candidates):,} records")
    assert "no returns (looked for returns.parquet, returns.feather, returns.csv)" in findings.absent_lines(
        found.tables, settings.data
    )
