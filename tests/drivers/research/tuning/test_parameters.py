"""A planted parameter is found on dates that the search hasn't seen; models are of the dates that may be learned from alone."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.tuning.date_folds import DateFold
from tradingview_scraper.pipelines.selection.drivers.research.tuning.parameters import Parameters
from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Axis
from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning import tuned
from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning_text import answer_toml
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.lineage.record.trials import recorded_trials
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

pytest.importorskip("optuna")
COUNT, ASSETS, STEP = 30, 40, 4
ALPHA = {"estimator__alpha": Axis(0.01, 1e7, log=True)}
FEATURES = [f"f{place:02}" for place in range(25)]


@dataclass(frozen=True)
class Planted(WalkForward):
    """A walk with 25 features that say next to nothing each, and one model: little data, so what holds back much is better."""

    @cached_property
    def _parts(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        rng = np.random.default_rng(4)
        days = pd.bdate_range("2024-01-01", periods=COUNT * STEP + 6)
        names = [f"A{place:02}" for place in range(ASSETS)]
        daily = pd.DataFrame(rng.normal(0, 0.02, (len(days), ASSETS)), index=days, columns=names)
        parts = []
        for day in range(0, COUNT * STEP, STEP):
            seen = rng.normal(size=(ASSETS, len(FEATURES)))
            daily.iloc[day + 2] += 0.004 * seen.sum(axis=1) / np.sqrt(len(FEATURES))
            frame = pd.DataFrame(seen, columns=[f"feature.{name}" for name in FEATURES])
            parts.append(frame.assign(date=days[day], symbol=names, direction="LONG"))
        return pd.concat(parts, ignore_index=True), daily

    @property
    def panel(self) -> pd.DataFrame:
        """Features of all dates."""
        return self._parts[0]

    @property
    def returns(self) -> pd.DataFrame:
        """Daily returns, the second session after a date follows all features alike."""
        return self._parts[1]


def planted(**parameters: Any) -> Planted:
    told = {"horizon": 1, "embargo": 1, "target": "excess", "estimator__alpha": 0.01, **parameters}
    settings = {name: value for name, value in walked().asked["settings"].items() if not name.startswith("scorers.")}
    settings |= {"scorers.mine.kind": "learned", "scorers.mine.role": "challenger", "scorers.mine.enabled": True}
    settings |= {f"scorers.mine.parameters.{name}": value for name, value in told.items()}
    asked = {**walked().asked, "settings": settings, "every": STEP, "horizons": [1, STEP]}
    return Planted(walked().folder, asked, ())


def searched(project: Path, trials: int = 10) -> dict[str, Any]:
    there = planted()
    return tuned(Parameters(there, "mine", ALPHA), there, project, trials=trials, seed=1, folds=3)


def test_a_planted_parameter_is_found_on_dates_that_the_search_has_not_seen(tmp_path: Path) -> None:
    found = searched(tmp_path)
    assert found["tuned"]["choice"]["estimator__alpha"] > 30
    assert found["present"]["choice"] == {"estimator__alpha": 0.01}
    assert found["out_of_fold"]["difference"]["mean"] > 0


def test_it_is_the_same_for_the_same_seed_and_each_trial_is_recorded(tmp_path: Path) -> None:
    first = searched(tmp_path, trials=3)
    assert searched(tmp_path, trials=3) == first
    # The present parameters are the same trial in all four searches.
    assert first["trials"]["project"] == 4 * 3 - 3
    assert {(trial.kind, trial.name) for trial in recorded_trials(tmp_path)} == {("tuning", "mine")}
    scorer = tomllib.loads(answer_toml(first))["profile"]["v4"]["scorers"]["tuned"]
    stated = {"horizon": 1, "embargo": 1, "target": "excess", **first["tuned"]["choice"]}
    assert scorer == {"kind": "learned", "role": "challenger", "parameters": stated}


def test_held_out_dates_and_those_beside_them_reach_no_model() -> None:
    there = planted()
    dates = np.arange(COUNT)
    fold = DateFold(searched=dates < 18, held_out=dates >= 20)
    subject = Parameters(there, "mine", ALPHA)
    clean = subject.inside(fold.searched)(subject.present)
    foretold = subject.outside(subject.present, fold)
    later = there._parts[1].index >= there._parts[0]["date"].unique()[18]
    there._parts[1].loc[later] *= -1.0
    turned = Parameters(there, "mine", ALPHA)
    assert turned.inside(fold.searched)(subject.present).equals(clean)
    # The model is the same, what came of it is the opposite.
    np.testing.assert_allclose(turned.outside(subject.present, fold), -foretold, atol=1e-12)


@pytest.mark.parametrize(
    ("scorer", "name", "said"),
    [
        ("log_mps", "estimator__alpha", "no learned scorer 'log_mps'; it has mine"),
        (
            "mine",
            "estimator__depth",
            "mine has no parameter 'estimator__depth' that is a number; it has .*estimator__alpha",
        ),
        ("mine", "horizon", "no parameter 'horizon'"),
        ("mine", "estimator__fit_intercept", "no parameter 'estimator__fit_intercept' that is a number"),
    ],
)
def test_what_is_no_number_of_a_learned_scorer_is_refused(scorer: str, name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Parameters(planted(), scorer, {name: Axis(1.0, 2.0)})


def test_what_the_profile_does_not_state_is_the_estimators_own() -> None:
    subject = Parameters(planted(), "mine", {"estimator__tol": Axis(1e-6, 1e-2, log=True)})
    assert subject.present == {"estimator__tol": 1e-4}
    assert subject.changed(subject.present) == planted().asked["settings"]
    assert subject.changed({"estimator__tol": 1e-3})["scorers.mine.parameters.estimator__tol"] == 1e-3
