"""A selection on other returns, against the whole graph executed with them."""

from typing import Any

import numpy as np
import pandas as pd

from support.market import SETTINGS, market, records, selection
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution import plan as planning
from tradingview_scraper.pipelines.selection.drivers.execution.graph import built_driver
from tradingview_scraper.pipelines.selection.drivers.execution.other_returns import FACTS, OtherReturns
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.redrawn_returns import drawn_days, on_days


def drawn() -> pd.DataFrame:
    frame = selection().context.returns
    return on_days(frame, drawn_days(len(frame), 20.0, np.random.default_rng(8)))


def test_its_own_returns_give_the_selection() -> None:
    run = selection()
    found = OtherReturns(run).climbed(run.context.returns)
    assert found.context.digest() == run.rungs[-1].context.digest()


def test_others_give_what_the_whole_graph_gives() -> None:
    """Executed from the tables on, with nothing held, but for the facts of the calendar."""
    found = OtherReturns(selection()).climbed(drawn())
    plan = planning.plan(resolved_settings("v4", settings=SETTINGS).settings)
    store = selection().context.feature_store
    overrides: dict[str, Any] = {"returns": drawn(), **{name: store[name] for name in FACTS}}
    provider = planning.ingestion_inputs(MemoryProvider(None, records(), market().statistics, market().bars), None)
    rung = plan.settings.rungs()[len(found.rungs) - 1]
    decided = built_driver(plan).execute(
        ["decided"], inputs={**planning.inputs(plan, rung), **provider}, overrides=overrides
    )["decided"]
    assert decided.digest() == found.context.digest()
    assert list(found.winners.index) != list(selection().winners.index)


def test_facts_and_what_bars_and_scanners_say_stay() -> None:
    then, now = (
        context.feature_store for context in (selection().context, OtherReturns(selection()).climbed(drawn()).context)
    )
    for name in (*FACTS, "adx", "plus_di", "last_bar_age", "liquidity", "survival", "implausibility", "antifragility"):
        pd.testing.assert_series_equal(now[name], then[name])
    assert not now["volatility"].equals(then["volatility"])
    assert not now["permutation_entropy"].equals(then["permutation_entropy"])


def test_the_selection_stays_as_it_was() -> None:
    before = selection().context.digest()
    OtherReturns(selection()).climbed(drawn())
    assert selection().context.digest() == before
