"""A walk with a learned scorer trains on its schedule, and can be stopped at any date.

The panel is that of the walk that other tests have; .ci/learning.py walks one of its own, kills it, and takes processes.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.walks import files, walk, walked
from tradingview_scraper.pipelines.selection.dataflow.inference.cross_section import pool_ranks
from tradingview_scraper.pipelines.selection.drivers.execution.model_files import ModelFolder
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.research.learning import training
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.lineage.record.trials import trial_count

TOLD = {"kind": "learned", "role": "challenger", "parameters": {"horizon": 2, "train": 100, "stride": 6, "every": 6}}


def learned(project: Path, **arguments: Any) -> WalkForward:
    project.mkdir(exist_ok=True)
    return walk(project, "2026-05-20", "2026-05-26", settings={"scorers.mine": TOLD}, **arguments)


def test_the_walk_trains_stops_and_goes_on_with_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "walk_request", lambda *_, **__: walked())

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    whole = learned(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        learned(tmp_path / "stopped", progress=stop)
    assert files(whole.folder) == files(learned(tmp_path / "stopped").folder)
    models = whole.folder / "models" / "mine"
    assert sorted(path.name for path in models.glob("*.skops")) == ["2026-05-20.skops", "2026-05-26.skops"]
    # Three scorers were tried; what the models learned from was no trial.
    assert trial_count(tmp_path / "whole") == 3

    panel = whole.panel
    chosen = resolved_settings("v4", settings={"scorers.mine": TOLD}).settings
    held = ModelFolder("mine", chosen, whole.folder / "models")
    for date in (pd.Timestamp("2026-05-20"), pd.Timestamp("2026-05-26")):
        rows = panel[panel["date"] == date].set_index("symbol")
        features = rows.filter(like="feature.").rename(columns=lambda name: name.removeprefix("feature."))
        model = held.usable(date)
        assert model.usable_from == date
        assert (rows["score.mine"] == pool_ranks(model.predictions(features, rows["direction"]))).all()
