"""Rank ICs and quantiles: by hand, as alphalens has them, and what they make of a leak and of noise."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import (
    directed,
    excess,
    ic,
    ic_with_error,
    icir,
    monotonicity,
    quantile_of,
    quantile_returns,
    rank_ic,
)


@pytest.fixture
def panel() -> pd.DataFrame:
    return walked().panel


def _factor_data(panel: pd.DataFrame, target: pd.Series) -> pd.DataFrame:
    """The panel as alphalens wants it."""
    data = pd.DataFrame(
        {
            "5D": target,
            "factor": panel["conviction"],
            "factor_quantile": quantile_of(panel["conviction"], panel["date"]),
            "date": panel["date"],
            "asset": panel["symbol"],
        }
    ).dropna()
    return data.astype({"factor_quantile": int}).set_index(["date", "asset"]).sort_index()


def test_excess_by_hand() -> None:
    small = pd.DataFrame(
        {
            "date": [1, 1, 1, 2],
            "direction": ["LONG", "SHORT", "LONG", "SHORT"],
            "forward.5": [0.1, 0.3, np.nan, 0.2],
        }
    )
    assert directed(small, 5)[:2].tolist() == [0.1, -0.3]
    assert excess(small, 5).tolist()[:2] == pytest.approx([-0.1, -0.1])
    assert excess(small, 5).tolist()[3] == 0.0


def test_rank_ic_by_hand() -> None:
    dates = pd.Series([1, 1, 1, 2, 2, 2, 3])
    scores = pd.Series([1.0, 2.0, 3.0, 1.0, 1.0, 1.0, 5.0])
    targets = pd.Series([0.3, 0.1, 0.2, 0.1, 0.2, 0.3, 0.1])
    found = rank_ic(scores, targets, dates)
    assert found[1] == pytest.approx(-0.5)
    assert found[[2, 3]].isna().all()


def test_ics_are_those_of_alphalens(panel: pd.DataFrame) -> None:
    performance = pytest.importorskip("alphalens.performance")
    target = excess(panel, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = performance.factor_information_coefficient(_factor_data(panel, target))["5D"]
    np.testing.assert_allclose(ic(panel, "conviction", 6).to_numpy(), theirs.to_numpy(), rtol=0, atol=1e-9)


def test_quantile_returns_are_those_of_alphalens(panel: pd.DataFrame) -> None:
    performance = pytest.importorskip("alphalens.performance")
    target = excess(panel, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = performance.mean_return_by_quantile(_factor_data(panel, target), by_date=True, demeaned=False)[0]
    ours = quantile_returns(panel["conviction"], target, panel["date"])
    np.testing.assert_allclose(ours.stack().to_numpy(), theirs["5D"].unstack(0).stack().to_numpy(), rtol=0, atol=1e-9)


def test_quantiles_are_those_of_pandas(panel: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    dates = pd.Series(np.repeat(np.arange(40), 23))
    rough = pd.Series(rng.integers(0, 9, len(dates)) / 3.0).where(rng.random(len(dates)) > 0.1)
    for scores, by in ((rough, dates), (panel["conviction"], panel["date"]), (panel["feature.adx"], panel["date"])):
        expected = scores.groupby(by).transform(
            lambda group: pd.qcut(group, 5, labels=False, duplicates="drop") + 1 if group.nunique() >= 5 else np.nan
        )
        pd.testing.assert_series_equal(quantile_of(scores, by), expected, check_names=False, check_dtype=False)


def test_quantiles_of_few_or_equal_scores_are_unknown() -> None:
    dates = pd.Series([1] * 4 + [2] * 6)
    scores = pd.Series([1.0, 2.0, 3.0, 4.0, *[1.0] * 6])
    assert quantile_of(scores, dates).isna().all()


def test_a_feature_that_has_seen_tomorrow_shows(panel: pd.DataFrame) -> None:
    # What the asset did in the session after the entry, as a feature shifted into the future would have it.
    leaky = panel.assign(leak=directed(panel, 1))
    leak, honest = ic_with_error(leaky, "leak", 6, 6), ic_with_error(panel, "conviction", 6, 6)
    assert leak.mean > 0.2
    assert leak.t > 4
    assert abs(honest.mean) < 0.2
    at_once = ic_with_error(leaky, "leak", 1, 6)
    assert at_once.mean > 0.7
    assert at_once.t > 10


def test_noise_knows_nothing(panel: pd.DataFrame) -> None:
    ts = []
    for seed in range(40):
        noise = np.random.default_rng(seed).standard_normal(len(panel))
        found = ic_with_error(panel.assign(noise=noise), "noise", 6, 6)
        assert abs(found.mean) < 0.1
        ts.append(found.mean)
    assert abs(np.mean(ts)) < 3 * np.std(ts) / math.sqrt(len(ts))


def test_icir_and_monotonicity_by_hand() -> None:
    assert icir(pd.Series([0.1, 0.3, np.nan])) == pytest.approx(0.2 / math.sqrt(0.02))
    assert math.isnan(icir(pd.Series([0.1])))
    assert monotonicity(pd.Series([0.1, 0.2, 0.3])) == pytest.approx(1.0)
    assert monotonicity(pd.Series([0.3, 0.2, 0.1])) == pytest.approx(-1.0)
    assert math.isnan(monotonicity(pd.Series([0.1, np.nan])))


def test_ranks_of_dates_in_any_order_with_ties_and_gaps_are_those_of_pandas() -> None:
    rng = np.random.default_rng(3)
    dates = pd.Series(rng.permutation(np.repeat(pd.date_range("2026-01-01", periods=7).to_numpy(), 30)))
    scores = pd.Series(rng.integers(0, 9, len(dates))).where(rng.random(len(dates)) > 0.2)
    targets = pd.Series(rng.normal(size=len(dates))).where(rng.random(len(dates)) > 0.1)
    pairs = pd.DataFrame({"score": scores, "target": targets}).groupby(dates, sort=False)
    expected = [group["score"].corr(group["target"], method="spearman") for _, group in pairs]
    np.testing.assert_allclose(rank_ic(scores, targets, dates), expected)
