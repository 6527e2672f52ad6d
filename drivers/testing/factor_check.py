"""`check_factor`: does a factor keep what every factor promises, on returns as bad as real ones?

The factor runs as in a selection, by the profile that names its module. On each generated example:
1. its answer is a number per asset within its declared range, NaN only where it is `nullable`, for any number of assets and days;
2. asked again it gives the same bits;
3. the order of the assets changes nothing beyond rounding;
4. what comes after the as-of date changes nothing, though it is unknown, infinite or huge, and a later date was answered before.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from tradingview_scraper.pipelines.selection.dataflow.features.contract import factor_column, validated_features
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import undisturbed
from tradingview_scraper.pipelines.selection.drivers.execution.plan import ingestion_inputs, inputs, plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selector
from tradingview_scraper.pipelines.selection.drivers.testing.generated_inputs import pools, returns
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    DataContractError,
    SelectionError,
)

RELATIVE = 1e-9
"""How much the order of the assets may move an answer: sums over assets round otherwise."""
POISONS = (np.nan, np.inf, 1e12)
# Nothing of ingestion's judgement of data is the factor's fault: what is odd stays in.
BELIEVING = {"data.strangers": "allow", "data.max_age_days": 40_000, "checks.units.severity": "off"}

Pool = Sequence[Mapping[str, Any]]
Answer = Callable[[pd.DataFrame, Pool, pd.Timestamp | None], pd.Series | None]


def check_factor(
    name: str,
    project: Path,
    *,
    profile: str = "v4",
    settings_changes: Mapping[str, Any] | None = None,
    examples: int = 25,
    random_seed: int = 0,
) -> None:
    """Hold a factor against `examples` generated markets.

    Parameters
    ----------
    name : the factor's.
    project : the folder whose `tvselect.toml` names the factor's module and parameters.
    settings_changes : on top of the profile's settings, dotted.
    random_seed : which examples; the same seed, the same ones.

    Raises `AssertionError` with what was broken, an exception of the factor's own included, and `ConfigurationError` where the
    profile has no such factor.
    """
    changes = {**BELIEVING, **(settings_changes or {})}
    with project_on_path(project):
        ready = plan(resolved_settings(profile, project=project, settings=changes).settings)
        if name not in ready.declarations:
            raise ConfigurationError(
                f"profile {profile} of {project} has no factor {name!r}: features.modules names its module"
            )
        selector = Selector(ready)
        fixed = inputs(ready, ready.settings.rungs()[0])

        def answer(market: pd.DataFrame, pool: Pool, as_of: pd.Timestamp | None = None) -> pd.Series | None:
            """The factor's column, held to its declaration; None where the market itself is refused."""
            told = {**fixed, **ingestion_inputs(MemoryProvider(market, pool), as_of)}
            with undisturbed(ready.settings):
                try:
                    known = selector.graph.driver.execute(["raw_pool", "returns", "wide_prices"], inputs=told)
                except DataContractError:
                    return None
                try:
                    values = selector.graph.driver.execute([name], inputs=told, overrides=known)[name]
                    column = factor_column(name, values, known["raw_pool"].index)
                    validated_features(column.to_frame(name), {name: ready.declarations[name]})
                except SelectionError as error:
                    raise AssertionError(str(error)) from error
            return column

        broken: list[AssertionError] = []

        @seed(random_seed)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(data=st.data())
        def holds(data: st.DataObject) -> None:
            market = data.draw(returns(), label="returns")
            pool = data.draw(pools(list(market.columns)), label="pool")
            order = data.draw(st.permutations(list(market.columns)), label="order")
            poison = data.draw(st.sampled_from(POISONS), label="poison")
            try:
                _check(name, answer, market, pool, order, poison)
            except AssertionError as error:
                broken.append(error)
                raise

        try:
            holds()
        except Flaky as error:  # who keeps something may answer otherwise when Hypothesis asks again
            raise broken[0] from error


def _check(name: str, answer: Answer, market: pd.DataFrame, pool: Pool, order: Sequence[str], poison: float) -> None:
    """All promises on one market."""
    until = market.index[len(market) * 2 // 3 - 1]
    before = answer(market.loc[:until], pool, until)
    found = answer(market, pool, None)
    if found is None:
        return
    later = market.copy()
    later.loc[later.index > until] = poison
    after = answer(later, pool, until)
    assert _same(before, after), (
        f"{name}: what comes after the as-of date changes its answer: it was read, or kept from an answer of a later date"
    )
    assert _same(found, answer(market, pool, None)), f"{name}: asked again it gives another answer"
    turned = answer(market[list(order)], pool, None)
    assert turned is not None, f"{name}: the order of the assets decides whether there is an answer"
    assert np.allclose(found, turned.reindex(found.index), rtol=RELATIVE, atol=0.0, equal_nan=True), (
        f"{name}: the order of the assets changes its answer"
    )


def _same(one: pd.Series | None, other: pd.Series | None) -> bool:
    """Whether two answers have the same bits, any NaN being one."""
    if one is None or other is None:
        return one is other
    return bool(one.equals(other))
