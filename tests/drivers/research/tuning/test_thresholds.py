"""A planted threshold is found on dates that the search hasn't seen; the answer is a profile that can be walked."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.walks import walk, walked
from tradingview_scraper.pipelines.selection.drivers.research.tuning.thresholds import (
    Thresholds,
    threshold_of,
    vetoed_share,
)
from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning import tuned
from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning_text import answer_toml, tuning_text
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_trials import scorer_trials
from tradingview_scraper.pipelines.selection.lineage.record.trials import recorded_trials
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.gates import Gate

pytest.importorskip("optuna")
BETTER = 32.0
"""Whose ADX is above it does better; the walk's gate is at 20."""


@dataclass(frozen=True)
class Planted(WalkForward):
    """A walk in which a trend beyond `BETTER`, or nothing, foretells the next session."""

    signal: float = 0.0

    @cached_property
    def panel(self) -> pd.DataFrame:
        """The panel with other outcomes."""
        panel = walked().panel.copy()
        noise = np.random.default_rng(8).normal(size=len(panel))
        signs = np.where(panel["direction"] == "SHORT", -1.0, 1.0)
        strong = (panel["feature.adx"] >= BETTER).to_numpy()
        panel["forward.1"] = 0.01 * signs * (self.signal * strong + noise)
        return panel


def searched(signal: float, project: Path, trials: int = 12) -> dict[str, Any]:
    there = Planted(walked().folder, walked().asked, walked().ends, signal)
    return tuned(Thresholds(there, 1, ("adx",)), there, project, trials=trials, seed=3, folds=3, embargo=0)


def test_a_planted_threshold_is_found_on_dates_that_the_search_has_not_seen(tmp_path: Path) -> None:
    found = searched(3.0, tmp_path)
    assert found["tuned"]["choice"]["adx"] == pytest.approx(BETTER, rel=0.1)
    assert found["out_of_fold"]["difference"]["mean"] > 2 * found["out_of_fold"]["difference"]["error"]
    assert found["out_of_fold"]["tuned"]["mean"] > 0.1
    assert found["tuned"]["eligible"] < found["present"]["eligible"]


def test_the_answer_is_the_same_for_the_same_seed_and_each_trial_is_recorded(tmp_path: Path) -> None:
    first = searched(0.0, tmp_path, trials=4)
    assert searched(0.0, tmp_path, trials=4) == first
    assert {(trial.kind, trial.name) for trial in recorded_trials(tmp_path)} == {("tuning", "log_mps")}
    assert first["trials"]["project"] <= 4 * 4 - 3


def test_the_answer_is_a_profile_whose_walk_is_the_trial_that_was_counted(tmp_path: Path) -> None:
    found = searched(3.0, tmp_path, trials=4)
    text = tuning_text(found)
    assert "rank IC of the strict verdict x 1000" in text
    assert "walk with it over dates" in text
    profile = tomllib.loads(answer_toml(found))["profile"]["tuned"]
    assert profile == {"extends": "v4", "gates": {"adx": {"threshold": found["tuned"]["choice"]["adx"]}}}
    later = walk(tmp_path, settings={"gates": profile["gates"]}, start="2026-03-02", end="2026-03-03")
    made = scorer_trials(later.asked, later.folder.name)["log_mps"]
    assert made.digest in {trial.digest for trial in recorded_trials(tmp_path) if trial.kind == "tuning"}


def test_a_date_that_is_not_divided_counts_as_nothing() -> None:
    there = Planted(walked().folder, walked().asked, walked().ends)
    there.panel["gate.history"] = False
    ics = Thresholds(there, 1, ("adx",)).inside(np.ones(10, dtype=bool))({"adx": 25.0})
    assert ics.dropna().eq(0.0).all()
    assert ics.notna().any()


def test_a_ladder_that_would_tighten_is_refused() -> None:
    settings = dict(walked().asked["settings"])
    ladder = [dict(step) for step in settings["ladder"]]
    ladder[1] = {**ladder[1], "scale": {"momentum": 0.5}, "cap": {}}
    changed = WalkForward(
        walked().folder, {**walked().asked, "settings": {**settings, "ladder": ladder}}, walked().ends
    )
    with pytest.raises(ConfigurationError, match=r"within a gate's range the ladder isn't one: .* tightens 'momentum'"):
        Thresholds(changed, 1).space(np.ones(10, dtype=bool))


def test_shares_and_thresholds_are_each_others_way_back_by_hand() -> None:
    known = np.arange(1.0, 101.0)
    floor = Gate(feature="x", op=">=", threshold=26.0, kind="relaxable")
    ceiling = floor.model_copy(update={"op": "<=", "threshold": 75.0})
    assert (vetoed_share(floor, known), vetoed_share(ceiling, known)) == (0.25, 0.25)
    assert threshold_of(floor, known, 0.25) == 25.75
    assert threshold_of(ceiling, known, 0.25) == 75.25
