"""Convictions under other weights are those that a run with these weights gives, to the bit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.walks import walk, walked
from tradingview_scraper.pipelines.selection.drivers.research.tuning.reweighted import reweighted
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

OTHER = {"stability": 2.5, "momentum": 0.25, "adx": 0.75, "liquidity": 0.5}


def test_its_own_weights_give_the_scores_of_the_walk() -> None:
    found = reweighted(walked().panel, walked().asked["settings"])
    assert found.name == "log_mps"
    assert found.scores(found.weights).tobytes() == walked().panel["score.log_mps"].to_numpy().tobytes()


def test_other_weights_give_the_scores_of_a_walk_with_them(tmp_path: Path) -> None:
    weights = dict.fromkeys(walked_weights(), 0.0) | OTHER
    there = walk(tmp_path, settings={f"weights.{name}": value for name, value in weights.items()})
    dates = there.panel["date"].unique()
    found = reweighted(walked().panel, walked().asked["settings"], ("adx",))
    now = pd.Series(found.scores(OTHER), index=walked().panel.index)[walked().panel["date"].isin(dates)]
    np.testing.assert_allclose(now, there.panel["score.log_mps"], rtol=1e-12)


def walked_weights() -> list[str]:
    settings = walked().asked["settings"]
    return [name.removeprefix("weights.") for name in settings if name.startswith("weights.")]


def test_a_feature_that_the_walk_lacks_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"the walk has no feature 'magic'; it has active_share, adx, "):
        reweighted(walked().panel, walked().asked["settings"], ("magic",))


def test_a_walk_whose_scores_are_others_is_refused() -> None:
    panel = walked().panel.copy()
    panel.loc[3, "feature.momentum"] += 5.0
    with pytest.raises(
        ConfigurationError, match=r"log_mps \(log_mps\) gives other convictions than in the walk for \d+ of"
    ):
        reweighted(panel, walked().asked["settings"])
