"""The features of noise come from the pipeline's own nodes."""

import numpy as np
import pandas as pd

from support.market import selection, settings
from support.noise import pool
from tradingview_scraper.pipelines.selection.drivers.research.calibration.noise_worlds import Paths


def test_the_pool_as_it_is_has_the_features_of_its_run() -> None:
    assert set(pool().names) == {gate.feature for gate in settings().active_gates.values()}
    store = selection().context.feature_store
    pd.testing.assert_frame_equal(pool().of(pool().paths), store[list(pool().names)], check_names=False)


def test_other_returns_give_other_features_and_leave_the_rest() -> None:
    paths = pool().paths
    flat = Paths(paths.returns * 0.0, paths.high, paths.low, paths.close)
    found, before = pool().of(flat), pool().of(paths)
    assert (found["volatility"].dropna() == 0.0).all()
    pd.testing.assert_series_equal(found["adx"], before["adx"])
    pd.testing.assert_series_equal(found["survival"], before["survival"])


def test_it_knows_which_features_are_of_returns_or_bars() -> None:
    of_returns = pool().of_returns
    assert {"adx", "permutation_entropy", "net_edge", "observations"} <= of_returns
    assert {*pool().names} - of_returns == {"tradable", "survival", "excluded", "last_bar_age"}
    assert not np.isnan(pool().of(pool().paths)["tradable"]).any()
