"""Decisions and standings as they are kept at a rung, against the frames that are made of them."""

import numpy as np
import pandas as pd

from support.market import longest, selected
from tradingview_scraper.pipelines.selection.dataflow.policy.gating import Verdicts
from tradingview_scraper.pipelines.selection.dataflow.policy.records import CodedDecisions, CodedStandings
from tradingview_scraper.pipelines.selection.schemas.coded_frame import CodedFrame


def test_a_selection_makes_neither_frame_at_any_rung() -> None:
    run = selected({"recruitment.floor": 70, "recruitment.duplicate_correlation": 0.5})
    assert len(run.rungs) == 4
    contexts = [run.context, *(rung.context for rung in run.rungs)]
    coded = [
        object.__getattribute__(each, "__dict__")[name] for each in contexts for name in ("decisions", "standings")
    ]
    assert all(isinstance(each, CodedFrame) and "frame" not in vars(each) for each in coded)
    for context in contexts:
        passed = context.decisions.groupby("symbol", observed=True)["passed"].all()
        assert passed.sum() == context.standings["eligible"].sum() == context.eligible
    repeats = run.context.standings.query("outcome == 'duplicate'")
    assert len(repeats)
    assert run.context.standings["route"].reindex(repeats["duplicate_of"]).ne("").all()


def test_the_gates_that_an_asset_fails_are_those_of_the_frame() -> None:
    frame, pool = longest().decisions, longest().context.raw_pool.index
    shape = len(pool), frame["gate"].cat.categories.size
    failed = frame.loc[~frame["passed"]].groupby("symbol", observed=False)["gate"].agg(list)
    some = pool[::7]
    values = {name: frame[name].to_numpy().reshape(shape) for name in ("value", "margin", "passed")}
    verdicts = Verdicts(
        values["value"],
        frame["threshold"].to_numpy()[: shape[1]],
        values["margin"],
        values["passed"],
        frame["waived_by"].cat.codes.to_numpy().reshape(shape),
        (frame["kind"] == "hard").to_numpy()[: shape[1]],
    )
    found = CodedDecisions(pool, tuple(frame["gate"].cat.categories), verdicts)
    assert found.failed(some) == [failed[symbol] for symbol in some]
    pd.testing.assert_frame_equal(found.frame, frame)


def test_the_frame_of_standings_by_hand() -> None:
    found = CodedStandings(
        assets=pd.Index(["A", "B", "C"], name="symbol"),
        alpha_score=np.array([0.5, 0.4, np.nan]),
        short=np.array([False, True, False]),
        cluster=np.array([1, 1, 2]),
        eligible=np.array([True, True, False]),
        sound=np.array([True, True, False]),
        served=np.array([True, True, False]),
        rank=np.array([1.0, 1.0, np.nan]),
        outcome=np.array([0, 4, 6]),
        route=np.array([1, 0, 0]),
        duplicate_of=np.array([-1, 0, -1]),
    )
    assert found.frame.drop(columns=["alpha_score", "rank"]).reset_index().to_numpy().tolist() == [
        ["A", "LONG", 1, True, True, True, "winner", "ranked", ""],
        ["B", "SHORT", 1, True, True, True, "duplicate", "", "A"],
        ["C", "LONG", 2, False, False, False, "hard veto", "", ""],
    ]
    assert found.at(np.array([1, 0]))["direction"].tolist() == ["SHORT", "LONG"]
