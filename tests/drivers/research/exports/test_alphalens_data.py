"""Factor data: by its own rules, and as alphalens makes it from prices."""

import warnings

import numpy as np
import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.exports.alphalens_data import factor_data
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import directed, rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def test_the_frame_is_of_whole_rows_with_quantiles_by_date() -> None:
    panel = walked().panel
    found = factor_data(panel, walked().horizons)
    assert found.index.names == ["date", "asset"]
    assert [*found.columns] == ["1D", "5D", "6D", "21D", "factor", "factor_quantile"]
    assert found.notna().all().all()
    assert found["factor_quantile"].dtype == np.int64
    assert set(found["factor_quantile"]) == {1, 2, 3, 4, 5}
    row = found.iloc[17]
    own = panel[(panel["date"] == row.name[0]) & (panel["symbol"] == row.name[1])]
    assert row["6D"] == directed(own, 6).iloc[0]


def test_a_feature_is_a_factor_too_and_another_name_is_refused() -> None:
    panel = walked().panel
    assert len(factor_data(panel, (1,), "feature.efficiency")) > 0
    for name in ("forward.1", "adx"):
        with pytest.raises(ConfigurationError, match="no score or feature"):
            factor_data(panel, (1,), name)


def test_it_is_the_frame_of_alphalens() -> None:
    utils = pytest.importorskip("alphalens.utils")
    outcomes = Outcomes(walked().returns.fillna(0.0))
    panel = walked().panel.assign(direction="LONG")
    # Entered at the close of the date, as alphalens does.
    for horizon in (1, 5):
        parts = [outcomes.forward(date, pd.Index(rows["symbol"]), horizon, 0) for date, rows in panel.groupby("date")]
        panel[f"forward.{horizon}"] = np.concatenate(parts)
    prices = (1.0 + outcomes.returns).cumprod()
    factor = panel.set_index(["date", "symbol"])["conviction"].rename_axis(["date", "asset"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = utils.get_clean_factor_and_forward_returns(factor, prices, periods=(1, 5), quantiles=5, max_loss=1.0)
    ours = factor_data(panel, (1, 5))
    np.testing.assert_array_equal(ours.index.get_level_values(1), theirs.index.get_level_values(1))
    assert len(ours) == len(theirs) > 500
    np.testing.assert_allclose(
        ours[["1D", "5D", "factor"]].to_numpy(), theirs[["1D", "5D", "factor"]].to_numpy(float), rtol=0, atol=1e-9
    )
    assert (ours["factor_quantile"].to_numpy() == theirs["factor_quantile"].to_numpy()).all()


def test_alphalens_reads_it() -> None:
    performance = pytest.importorskip("alphalens.performance")
    data = factor_data(walked().panel, walked().horizons)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = performance.factor_information_coefficient(data)
    flat = data.reset_index()
    ours = rank_ic(flat["factor"], flat["5D"], flat["date"])
    np.testing.assert_allclose(theirs["5D"].to_numpy(), ours.to_numpy(), rtol=0, atol=1e-9)
