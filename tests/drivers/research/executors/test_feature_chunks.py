"""Factors by chunks of assets: each as in one piece, bit for bit, whoever computes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.market import SETTINGS, market, records, selected, selection
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, Selector
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import ExecutorChoice
from tradingview_scraper.pipelines.selection.drivers.research.executors.feature_chunks import feature_chunks

NEEDS = {"ray": "ray", "dask": "distributed"}


def chunked(choice: ExecutorChoice, folder: Path, profile: str = "v4") -> tuple[Selection, list[str]]:
    """The selection of the market with factors by an executor, and what was computed there."""
    settings = resolved_settings(profile, settings=SETTINGS).settings
    provider = MemoryProvider(None, records(), market().statistics, market().bars)
    there = []
    with feature_chunks(choice, folder) as elsewhere:

        def noted(name: str, module: str, arguments: Mapping[str, Any]) -> Any | None:
            found = elsewhere(name, module, arguments)
            if found is not None:
                there.append(name)
            return found

        return Selector(plan(settings), noted).selected(provider, None), there


@pytest.mark.parametrize("profile", ["v4", "v3.4"])
@pytest.mark.parametrize("chunks", [2, 7])
def test_every_factor_of_matrices_sees_each_asset_alone(profile: str, chunks: int, tmp_path: Path) -> None:
    found, there = chunked(ExecutorChoice("local", chunks), tmp_path, profile)
    whole = selection() if profile == "v4" else selected(profile=profile)
    assert {"hurst", "permutation_entropy", "net_over_path", "wilder_lines", "volatility"} <= set(there)
    assert "market_returns" not in there
    pd.testing.assert_frame_equal(found.context.feature_store, whole.context.feature_store, check_exact=True)
    assert found.context.digest() == whole.context.digest()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["processes", "ray", "dask"])
def test_other_processes_compute_the_same(name: str, tmp_path: Path) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f"the extra {name} isn't installed")
    found, there = chunked(ExecutorChoice(name, 2), tmp_path)
    assert "hurst" in there
    assert found.context.digest() == selection().context.digest()
