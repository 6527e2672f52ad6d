"""`train`: what it is asked, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from support.worlds import written_models
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.research.learning import training
from tradingview_scraper.pipelines.selection.drivers.research.learning.training import Trained

DATES = ("--from", "2024-09-06", "--to", "2024-12-31", "--quiet")


def test_a_scorer_that_isnt_learned_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "returns.csv").write_text("date,A\n2026-01-02,0.1\n2026-01-03,0.1\n")
    done = CliRunner().invoke(main, ["train", "ridge", "--project", str(tmp_path), *DATES])
    assert (done.exit_code, "there is no learned scorer 'ridge'; the profile has none" in done.stderr) == (2, True)


def test_options_reach_the_training_and_the_models_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = written_models(tmp_path / "models", "2024-09-06")[0]
    card = json.loads(place.with_suffix(".json").read_text())
    asked: dict[str, Any] = {}

    def known(request: Any, scorer: str, start: str, end: str, **told: Any) -> list[Trained]:
        asked.update(told, scorer=scorer, start=start, end=end, models=request.plan.settings.profile)
        return [Trained(place, card, True)]

    monkeypatch.setattr(training, "train_request", known)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "returns.csv").write_text("date,A\n2026-01-02,0.1\n2026-01-03,0.1\n")
    told = ["--every", "10d", "--entry-lag", "2", "--replace", "--workers", "3", "--json"]
    done = CliRunner().invoke(main, ["train", "mine", "--project", str(tmp_path), *DATES, *told])
    assert done.exit_code == 0, done.output
    assert (asked["every"], asked["entry_lag"], asked["replacing"], asked["executor"].workers) == ("10d", 2, True, 3)
    assert (asked["scorer"], asked["start"], asked["end"]) == ("mine", "2024-09-06", "2024-12-31")
    found = json.loads(done.stdout)["training"]
    assert found["models"][0]["file"] == "models/mine/2024-09-06.skops"
    assert found["models"][0]["card"] == card
