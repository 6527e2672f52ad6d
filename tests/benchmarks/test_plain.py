"""The baseline computes what a selection computes, so that their times may be compared."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import plain
from benchmarks.__main__ import EXPECTED, MARGIN, QUICK, lost, main
from benchmarks.markets import market
from benchmarks.measured import Cost, cost
from benchmarks.report import exponent, growth_table, plot, ratios, sizes_table
from benchmarks.works import STAGES
from tradingview_scraper.pipelines.selection.drivers import select
from tradingview_scraper.pipelines.selection.schemas.settings import CheckSettings


def test_every_stage_gives_what_the_selection_gives() -> None:
    data = market(60, 300)
    # The plain version believes what it is given, knows no costs and no duplicates.
    believing = {f"checks.{check}.severity": "off" for check in CheckSettings.model_fields}
    fewer = {"gates.net_edge.enabled": False, "recruitment.duplicate_correlation": 1.0}
    asked = {**believing, **fewer, "recruitment.floor": 1, "recruitment.max_winners": 0}
    found = select(data.returns, data.candidates, settings=asked)
    context, settings = found.context, found.context.settings
    assert [rung.number for rung in found.rungs] == [1]

    pool, returns = plain.ingestion(data)
    table = plain.features(pool, returns, settings)
    weights = {name: weight for name, weight in settings.active_weights.items() if name in table}
    score = plain.inference(table, weights)
    clusters = plain.partitioning(pool, returns, settings)
    winners = plain.policy(table, score, clusters, pool, settings)

    for name in table.columns:
        np.testing.assert_allclose(table[name], context.feature_store[name], rtol=1e-9, err_msg=name)
    # What all assets have alike moves every score by one factor.
    factor = (score / found.conviction).to_numpy()
    np.testing.assert_allclose(factor, factor[0], rtol=1e-9)
    pairs = pd.crosstab(clusters, context.clusters["cluster"])
    assert ((pairs > 0).sum(axis=0) == 1).all()
    assert ((pairs > 0).sum(axis=1) == 1).all()
    assert set(winners.index) == set(found.winners.index)
    assert [row["symbol"] for row in plain.synthesis(winners, data)] == list(winners.index)


def costs() -> list[Cost]:
    spent = dict.fromkeys(STAGES, 1.0)
    return [
        Cost("ours", 100, 250, 0.0, 1.0, 1.0, 10.0, spent),
        Cost("ours", 200, 250, 0.0, 4.0, 4.0, 40.0, dict.fromkeys(STAGES, 8.0)),
        Cost("plain", 200, 250, 0.0, 40.0, 40.0, 5.0, dict.fromkeys(STAGES, 16.0)),
    ]


def test_ratios_and_exponents_by_hand() -> None:
    assert ratios(costs(), 200, 250) == {**dict.fromkeys(STAGES, 2.0), "whole": 10.0}
    assert exponent(costs(), "ours", "cpu", "assets") == pytest.approx(2.0)
    assert exponent(costs(), "ours", "features", "assets") == pytest.approx(3.0)
    assert exponent(costs(), "ours", "cpu", "days") is None
    assert "| cpu | 2.0 |  |" in growth_table(costs())
    assert sizes_table(costs())[3].startswith("| 200 x 250 |  | 4 | 4 | 40 | 8,000 |")


def test_a_stage_that_lost_its_lead_is_named() -> None:
    assets, days, _ = QUICK[-1]
    now = [
        Cost(each.work, assets, days, 0.0, each.cpu, each.seconds, each.peak_mb, each.stages) for each in costs()[1:]
    ]
    assert lost(now, {"features": 2.0 * MARGIN, "whole": 10.0}) == []
    assert lost(now, {"features": 2.1 * MARGIN}) == [
        "features: 2.0 times as fast as its plain version, expected at least 2.1"
    ]
    assert json.loads(EXPECTED.read_text("utf-8")).keys() == {*STAGES, "whole"}


def test_a_work_is_measured() -> None:
    found = cost("ours", 40, 260, 0.0, 1)
    assert found.stages.keys() == set(STAGES)
    assert found.cpu > 0
    assert found.peak_mb >= 0


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", "--help"])
    with pytest.raises(SystemExit):
        main()
    assert "--against" in capsys.readouterr().out
    assert Path(EXPECTED).exists()


def test_the_plot_has_every_stage(tmp_path: Path) -> None:
    plot(costs(), tmp_path / "plot.svg")
    text = (tmp_path / "plot.svg").read_text("utf-8")
    assert all(f">{stage}</text>" in text for stage in STAGES)
