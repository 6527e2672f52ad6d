"""A planted signal is found out of fold, noise isn't; every trial is in the ledger; the answer can be put into a profile."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.walks import walk, walked
from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning import tuned
from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning_text import answer_toml, tuning_text
from tradingview_scraper.pipelines.selection.drivers.research.tuning.weights import Weights
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_trials import scorer_trials
from tradingview_scraper.pipelines.selection.lineage.record.trials import recorded_trials, trial_count
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

pytest.importorskip("optuna")
SEARCH: dict[str, Any] = {"trials": 8, "seed": 3, "folds": 3, "embargo": 0}


@dataclass(frozen=True)
class Planted(WalkForward):
    """A walk in which liquidity, or nothing, foretells the next session."""

    signal: float = 0.0

    @cached_property
    def panel(self) -> pd.DataFrame:
        """The panel with other outcomes."""
        panel = walked().panel.copy()
        noise = np.random.default_rng(8).normal(size=len(panel))
        ranks = panel.groupby("date")["feature.liquidity"].rank(pct=True).fillna(0.5) - 0.5
        signs = np.where(panel["direction"] == "SHORT", -1.0, 1.0)
        panel["forward.1"] = 0.01 * signs * (self.signal * ranks.to_numpy() + noise)
        return panel


def found_weights(signal: float, project: Path, *further: str, **changed: Any) -> dict[str, Any]:
    walk = Planted(walked().folder, walked().asked, walked().ends, signal)
    return tuned(Weights(walk, 1, further), walk, project, **{**SEARCH, **changed})


def test_a_planted_signal_is_found_on_dates_that_the_search_has_not_seen(tmp_path: Path) -> None:
    found = found_weights(4.0, tmp_path)
    weights = found["tuned"]["choice"]
    assert weights["liquidity"] > 2 * found["present"]["choice"]["liquidity"]
    assert found["out_of_fold"]["tuned"]["mean"] > found["present"]["ic"]["mean"] + 0.1
    assert found["out_of_fold"]["difference"]["mean"] > 2 * found["out_of_fold"]["difference"]["error"]
    assert [fold["dates"] for fold in found["folds"]] == [4, 3, 3]


def test_of_noise_the_search_makes_something_in_fold_and_nothing_out_of_fold(tmp_path: Path) -> None:
    found = found_weights(0.0, tmp_path)
    inside = np.mean([fold["in_fold"] for fold in found["folds"]])
    out = found["out_of_fold"]["tuned"]
    assert inside > found["present"]["ic"]["mean"]
    assert abs(out["mean"]) < 3 * max(out["error"], 0.03)
    assert found["tuned"]["ic"]["mean"] >= found["present"]["ic"]["mean"]


def test_it_is_the_same_for_the_same_seed_and_every_trial_is_recorded_once(tmp_path: Path) -> None:
    first = found_weights(0.0, tmp_path)
    count = trial_count(tmp_path)
    assert first["trials"] == {"each": 8, "searches": 4, "project": count}
    # The present weights are the same trial in all four searches.
    assert count == 4 * 8 - 3
    assert {(trial.kind, trial.name, trial.what) for trial in recorded_trials(tmp_path)} == {
        ("tuning", "log_mps", f"walk {walked().folder.name}")
    }
    again = found_weights(0.0, tmp_path)
    assert again == first
    assert trial_count(tmp_path) == count


def test_it_prints_a_challenger_and_that_it_is_no_verdict(tmp_path: Path) -> None:
    found = found_weights(4.0, tmp_path, "adx", trials=3)
    text = tuning_text(found)
    assert "4 searches of 3 trials, seed 3; the project's ledger now counts " in text
    assert "This is no verdict" in text
    (scorer,) = tomllib.loads(answer_toml(found))["profile"]["v4"]["scorers"].values()
    assert scorer == {"kind": "log_mps", "role": "challenger", "weights": found["tuned"]["choice"]}
    assert answer_toml(found).strip() in text


def test_a_horizon_that_the_walk_lacks_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no horizon of 4 sessions; it has"):
        Weights(walked(), 4)


def test_a_walk_with_the_challenger_makes_no_further_trial(tmp_path: Path) -> None:
    found = found_weights(0.0, tmp_path, trials=2)
    scorer = tomllib.loads(answer_toml(found))["profile"]["v4"]["scorers"]["tuned"]
    later = walk(tmp_path, settings={"scorers.tuned": scorer}, start="2026-03-02", end="2026-03-03")
    made = scorer_trials(later.asked, later.folder.name)["tuned"]
    assert made.digest in {trial.digest for trial in recorded_trials(tmp_path) if trial.kind == "tuning"}
