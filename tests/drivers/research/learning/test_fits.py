"""Fitted state is of the rows that may be learned from alone; signal is found, noise isn't."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin

from support.worlds import rows, settings, world
from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import predicted
from tradingview_scraper.pipelines.selection.drivers.research.learning import fits as module
from tradingview_scraper.pipelines.selection.drivers.research.learning.estimators import ESTIMATOR, IMPUTER, SCALER
from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import fits, fitted
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import TrainingRows, training_rows
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.schemas.learning import Learning, learning_settings


def learning(**parameters: Any) -> Learning:
    return learning_settings("mine", {"horizon": 2, "train": 140, "stride": 3, "embargo": 2, **parameters})


def ic(scores: Any, of: TrainingRows) -> Mean:
    return hac(rank_ic(pd.Series(scores), pd.Series(of.excess), of.dates), 2, 3)


def test_imputer_and_scaler_know_the_purged_rows_alone() -> None:
    found = rows()
    fit = fits("mine", learning(), found)
    imputer, scaler = fit.model.named_steps[IMPUTER], fit.model.named_steps[SCALER]
    medians = np.nanmedian(found.values, axis=0)
    np.testing.assert_array_equal(imputer.statistics_, medians)
    filled = np.where(np.isnan(found.values), medians, found.values)
    assert scaler.n_samples_seen_ == len(found.values)
    np.testing.assert_allclose(scaler.mean_, filled.mean(axis=0), rtol=0, atol=1e-15)
    for (learned, held), pipeline in zip(fit.folds, fit.unseeing, strict=True):
        assert pipeline.named_steps[SCALER].n_samples_seen_ == len(learned) < len(found.values) - len(held)
        np.testing.assert_array_equal(
            pipeline.named_steps[IMPUTER].statistics_, np.nanmedian(found.values[learned], axis=0)
        )


def test_a_target_that_reaches_into_training_shows_in_fitted_state() -> None:
    panel, outcomes = world()
    clean = training_rows(panel, Outcomes(outcomes.returns.iloc[:151]), settings(), 1)
    leaky = training_rows(panel[panel["date"] <= outcomes.sessions[150]], outcomes, settings(train=169), 1)
    seen = [fits("mine", learning(), each).model.named_steps[SCALER] for each in (clean, leaky)]
    # Dates 12, 15, ... 144 of 0, 3, ...: on 150 the targets of 147 and 150 weren't over, or not for the embargo.
    assert seen[0].n_samples_seen_ == 40 * len(range(12, 145, 3))
    assert seen[1].n_samples_seen_ == 40 * len(range(12, 151, 3))
    assert (seen[0].mean_ != seen[1].mean_).any()


def test_a_feature_that_drifts_is_normalised_by_its_own_date() -> None:
    # `gappy` rises by 1 a session: a normaliser fitted on all dates would tell the dates apart by it.
    found = rows()
    column = found.values[:, found.features.index("gappy")]
    means = pd.Series(column).groupby(found.dates.to_numpy()).mean()
    assert means.abs().max() < 1e-15
    panel, _ = world()
    assert panel.groupby("date")["feature.gappy"].mean().std() > 40


@pytest.mark.parametrize(
    ("estimator", "target"),
    [("ridge", "rank"), ("logistic", "sign"), ("boosting", "excess"), ("boosting", "sign"), ("blend", "rank")],
)
def test_every_built_in_one_finds_the_signal_out_of_fold(estimator: str, target: str) -> None:
    found = rows(target=target)
    trees = {f"estimator{part}__{name}": value for part in parts(estimator) for name, value in SMALL.items()}
    fit = fits("mine", learning(estimator=estimator, target=target, **trees), found)
    known = ic(fit.out_of_fold(found.values), found)
    assert known.mean > 0.3
    assert known.t > 5


SMALL = {"max_iter": 10, "learning_rate": 0.3}


def parts(estimator: str) -> list[str]:
    return {"boosting": [""], "blend": ["__boosting"]}.get(estimator, [])


def test_a_noise_target_is_foretold_no_better_than_by_chance() -> None:
    inside, outside = [], []
    for seed in range(20, 28):
        found = rows(0.0, seed)
        fit = fits("mine", learning(estimator="boosting", **{f"estimator__{k}": v for k, v in SMALL.items()}), found)
        inside.append(ic(predicted(fit.model, found.values), found).mean)
        outside.append(ic(fit.out_of_fold(found.values), found).mean)
    # In fold trees know their own rows by heart; out of fold the mean over worlds is 0 within three of its errors.
    assert min(inside) > 0.1
    assert abs(np.mean(outside)) < 3 * np.std(outside, ddof=1) / np.sqrt(8)


def test_what_cross_validates_inside_is_handed_purged_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    real = module.purged_folds

    def noted(places: Any, reach: int) -> Any:
        asked.append((len(places), reach))
        return real(places, reach)

    monkeypatch.setattr(module, "purged_folds", noted)
    found = rows()
    pipeline = fitted("mine", learning(estimator="sklearn.linear_model:RidgeCV"), found, np.arange(900))
    assert asked == [(900, found.reach)]
    assert pipeline.named_steps[ESTIMATOR].cv is None


class Ranker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Keeps what it is told."""

    def fit(self, X: Any, y: Any, group: Any = None) -> "Ranker":
        self.told_ = (X.shape, sorted(set(y.tolist())), group.tolist())
        return self

    def predict(self, X: Any) -> Any:
        return X[:, 0]


def test_a_ranker_is_told_dates_and_grades(monkeypatch: pytest.MonkeyPatch) -> None:
    found = rows()
    monkeypatch.setattr(
        "tradingview_scraper.pipelines.selection.drivers.research.learning.estimators.named_class", lambda *_: Ranker
    )
    pipeline = fitted("mine", learning(estimator="own:Ranker"), found, np.arange(120))
    assert pipeline.named_steps[ESTIMATOR].told_ == ((120, 3), list(range(10)), [40, 40, 40])
