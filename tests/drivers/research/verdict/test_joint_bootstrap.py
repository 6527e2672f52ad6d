"""The joint test agrees with what is known in simple cases, and its p-values hold for all challengers at once."""

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import StationaryBootstrap
from scipy.stats import norm

from tradingview_scraper.pipelines.selection.drivers.research.verdict.joint_bootstrap import block_length, joint_test


def noise(dates: int, challengers: int, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).standard_normal((dates, challengers)))


def test_one_challenger_is_a_test_of_a_mean() -> None:
    series = noise(200, 1) + 0.15
    found = joint_test(series, 5, 5, draws=4000)
    assert found.p[0] == pytest.approx(norm.sf(found.t[0]), abs=0.01)
    assert found.p_joint[0] == found.p[0]
    assert found.p_worse[0] == pytest.approx(1 - found.p[0], abs=1e-3)
    boot = StationaryBootstrap(block_length(200, 5, 5), series[0].to_numpy(), seed=1)
    low, high = boot.conf_int(np.mean, 4000, method="percentile").ravel()
    assert found.low[0] == pytest.approx(low, abs=0.01)
    assert found.high[0] == pytest.approx(high, abs=0.01)


def test_the_same_challenger_twice_is_one_and_worse_ones_stand_behind() -> None:
    series = noise(150, 1) + 0.2
    series[1], series[2] = series[0], noise(150, 1, 1)[0] - 1
    twice = joint_test(series[[0, 1]], 5, 5, draws=2000)
    assert twice.p_joint[0] == twice.p_joint[1] == twice.p[0]
    found = joint_test(series, 5, 5, draws=2000)
    assert found.p_joint[0] >= found.p[0] == twice.p[0]
    assert found.p_joint[2] == pytest.approx(1, abs=1e-3)
    assert found.p_worse[2] == pytest.approx(1 / 2001)


def test_the_best_of_many_idle_ones_is_found_out() -> None:
    false = {"alone": 0, "joint": 0}
    for seed in range(40):
        found = joint_test(noise(80, 20, seed), 5, 5, draws=300)
        false["alone"] += found.p.min() <= 0.05
        false["joint"] += found.p_joint.min() <= 0.05
    assert false["alone"] > 15
    assert false["joint"] <= 6  # 2 on average


def test_what_is_unknown_stays_unknown() -> None:
    series = noise(40, 3)
    series.loc[5:, 1] = np.nan
    series[2] = 0.0
    found = joint_test(series, 5, 5, draws=200)
    assert np.isfinite(found.p_joint[0])
    assert np.isnan([found.p[1], found.p_joint[1], found.t[2], found.p_worse[2]]).all()


def test_gaps_of_one_challenger_leave_the_others_alone_and_chunks_the_result() -> None:
    series = noise(60, 2)
    holes = series.copy()
    holes.loc[::3, 1] = np.nan
    whole, gaps = (joint_test(each, 5, 5, draws=300) for each in (series, holes))
    assert whole.p[0] == gaps.p[0]
    assert whole.p[1] != gaps.p[1]
