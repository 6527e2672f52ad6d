"""A factor that reads more days than it declares is named; what it carries along in its last digits is told apart."""

from pathlib import Path

import pandas as pd
import pytest

from support.market import SETTINGS, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.research.causality.windows import (
    TRACE,
    declared_windows,
    window_findings,
)
from tradingview_scraper.pipelines.selection.schemas.errors import FactorError

OWN = '''
import pandas as pd
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor

@factor(window=20)
def keeps(returns: pd.DataFrame) -> pd.Series:
    """The last 20 rows."""
    return returns.iloc[-20:].sum()

@factor(window="own_days")
def reads_one_more(returns: pd.DataFrame) -> pd.Series:
    """The last 21 rows."""
    return returns.iloc[-21:].fillna(0.0).sum()

@factor(window=20)
def inherits(volatility: pd.Series) -> pd.Series:
    """All days, by another factor."""
    return volatility + 1.0

@factor(window=20)
def carries(returns: pd.DataFrame) -> pd.Series:
    """A mean that forgets fast, but never all."""
    return returns.fillna(0.0).ewm(alpha=0.68).mean().iloc[-1]
'''
SETTINGS_OF_OWN = {**SETTINGS, "universe": "returns", "features.modules": ["own"], "features.parameters.own_days": 20}


def _graph(folder: Path, code: str) -> Graph:
    (folder / "own.py").write_text(code)
    with project_on_path(folder):
        return Graph(plan(resolved_settings("v4", settings=SETTINGS_OF_OWN).settings))


def test_who_reads_more_than_declared_is_named(tmp_path: Path) -> None:
    graph = _graph(tmp_path, OWN)
    provider = MemoryProvider(None, [], None, market().bars)
    found = {each["component"]: each["what"] for each in window_findings(graph, provider, market().bars["date"].max())}
    assert set(found) == {"reads_one_more", "inherits", "carries"}
    assert found["reads_one_more"] == found["inherits"] == "reads what is older than the 20 days that it declares"
    assert TRACE in found["carries"]


def test_the_built_in_windows_are_those_of_the_settings(tmp_path: Path) -> None:
    windows = declared_windows(_graph(tmp_path, OWN).plan)
    assert windows["entropy"] == 120
    assert windows["recent_return"] == 60
    assert windows["keeps"] == windows["reads_one_more"] == 20


@pytest.mark.parametrize("window", ['"no_setting"', "0", "2.5", '"compounding"'])
def test_a_window_that_is_no_number_of_days_is_refused(window: str, tmp_path: Path) -> None:
    with pytest.raises(FactorError, match=r"features: `keeps` declares the window .* it takes a number of days"):
        _graph(tmp_path, OWN.replace("window=20", f"window={window}", 1))


def test_rows_of_the_window_itself_stay(tmp_path: Path) -> None:
    bars = market().bars
    graph = _graph(tmp_path, OWN.replace("returns.iloc[-20:].sum()", "returns.iloc[-20].fillna(0.0)"))
    found = window_findings(graph, MemoryProvider(None, [], None, bars), pd.Timestamp(bars["date"].max()))
    assert "keeps" not in {each["component"] for each in found}
