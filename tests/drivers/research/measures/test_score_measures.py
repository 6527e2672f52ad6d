import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess
from tradingview_scraper.pipelines.selection.drivers.research.measures.score_measures import (
    features_of,
    knowledge,
    quantile_table,
    scores_of,
)


def test_scores_and_features_are_found_by_their_prefix() -> None:
    panel = walked().panel
    assert [*scores_of(panel)] == ["conviction", "log_mps", "rank_average"]
    assert features_of(panel)["adx"] == "feature.adx"


def test_what_a_column_knew_over_each_horizon() -> None:
    panel = walked().panel
    found = knowledge(panel, {"efficiency": "feature.efficiency"}, (1, 6), 6)["efficiency"]
    assert [*found] == [1, 6]
    target = excess(panel, 6)
    by_date = [
        spearmanr(rows["feature.efficiency"], target[rows.index], nan_policy="omit").statistic
        for _, rows in panel.groupby("date")
    ]
    assert found[6]["ic"].mean == pytest.approx(np.mean(by_date), abs=1e-9)
    assert found[6]["icir"] == pytest.approx(np.mean(by_date) / np.std(by_date, ddof=1), abs=1e-9)
    assert found[6]["spread"].mean == pytest.approx(
        found[6]["quantiles"][5].mean - found[6]["quantiles"][1].mean, abs=1e-12
    )


def test_knowledge_of_the_outcome_itself_is_whole() -> None:
    panel = walked().panel
    found = knowledge(panel.assign(oracle=excess(panel, 6)), {"oracle": "oracle"}, (6,), 6)["oracle"][6]
    assert found["ic"].mean == pytest.approx(1.0)
    assert found["monotonicity"] == pytest.approx(1.0)
    assert found["spread"].t > 3


def test_a_column_without_quantiles_says_so() -> None:
    found = quantile_table(pd.DataFrame(), 1, 1)
    assert found["quantiles"] == {}
    assert np.isnan(found["spread"].mean)
    assert np.isnan(found["monotonicity"])
