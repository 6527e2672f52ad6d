"""Generated markets are as bad as they say, and a selection of one is answered or refused by an error of ours."""

import sys
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.drivers import testing
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.drivers.testing import pools, returns, setting_changes
from tradingview_scraper.pipelines.selection.drivers.testing.generated_inputs import KINDS
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, SelectionError

LAX = {"data.strangers": "allow", "data.max_age_days": 40_000, "checks.units.severity": "off"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_is_of_its_kind(kind: str) -> None:
    values = pd.Series(KINDS[kind](np.random.default_rng(3), 90))
    again = pd.Series(KINDS[kind](np.random.default_rng(3), 90))
    assert values.equals(again)
    known = {"gaps": (40, 80), "late": (30, 30), "ended": (60, 60), "one day": (1, 1), "unknown": (0, 0)}
    low, high = known.get(kind, (90, 90))
    assert low <= values.notna().sum() <= high
    if kind in ("constant", "still", "negative zero"):
        assert values.nunique() == 1
    if kind == "negative zero":
        assert np.signbit(values).all()
    if kind == "ties":
        assert values.nunique() < 15
    if kind == "extreme":
        assert values.max() > 1.0
        assert values.min() < -0.4


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_market_has_the_size_that_is_asked_for(data: st.DataObject) -> None:
    market = data.draw(returns(assets=(2, 5), days=(3, 9), kinds=["still", "gaps"]))
    assert 3 <= len(market) <= 9
    assert 2 <= market.shape[1] <= 5
    assert set(market.dtypes) == {np.dtype("float64")}
    pool = data.draw(pools(list(market.columns)))
    assert [record["symbol"] for record in pool] == list(market.columns)


def test_dirty_pools_hold_what_no_field_should() -> None:
    seen = Counter[str]()

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(pool=pools(["A", "B", "C"], dirty=True))
    def look(pool: list[dict[str, Any]]) -> None:
        names = [record.get("symbol") for record in pool]
        seen["twice"] += len(names) > len({*map(str, names)})
        seen["strangers"] += any(name not in ("A", "B", "C") for name in names)
        seen["no number"] += any(isinstance(record.get("tick_size"), str) for record in pool)
        seen["gone"] += any("tick_size" not in record for record in pool)

    look()
    assert min(seen[what] for what in ("twice", "strangers", "no number", "gone")) > 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_comes_in_is_answered_or_refused_by_name(data: st.DataObject) -> None:
    market = data.draw(returns(days=(2, 90)))
    pool = data.draw(pools(list(market.columns), dirty=True))
    changes = data.draw(setting_changes())
    try:
        found = select(market, pool, settings={**LAX, **changes})
    except SelectionError:
        return
    standings = found.context.standings
    assert standings.loc[found.winners.index, "sound"].all()
    assert np.isfinite(found.conviction).all()


def test_without_hypothesis_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(f"{testing.__name__}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(
        ConfigurationError, match="returns generates its inputs with hypothesis: pip install hypothesis"
    ):
        testing.returns  # noqa: B018 - to ask for it is what is tested
    with pytest.raises(AttributeError, match="it has changed_settings, check_factor"):
        testing.nothing  # noqa: B018
    assert dir(testing) == sorted(testing.__all__)
