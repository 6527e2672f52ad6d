"""Leaks are planted in a project's own modules and provider: each is named. Factors that only look at others are not."""

import json
from pathlib import Path

import pytest

from support.market import SETTINGS, market
from tradingview_scraper.pipelines.selection.drivers.demo.market import write_market
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
from tradingview_scraper.pipelines.selection.drivers.research.causality.certificate_text import certificate_text
from tradingview_scraper.pipelines.selection.drivers.research.causality.certification import certified, kept
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

HEAD = """
import pandas as pd
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor

KEPT = {}
"""
FACTOR = """
@factor()
def {name}(returns: pd.DataFrame) -> pd.Series:
    \"\"\"Of the test.\"\"\"
"""
LEGITIMATE = {
    "own_rank": "    return returns.mean().rank(pct=True)\n",
    "own_place": "    level = returns.iloc[-20:].mean()\n    return (level - level.mean()) / level.std()\n",
    "own_excess": "    return returns.sum() - returns.sum().median()\n",
    "own_beta": "    market = returns.mean(axis=1)\n    return returns.apply(lambda each: each.cov(market)) / market.var()\n",
}
LEAKS = {
    "fitted on all dates": """
    if "scale" not in KEPT or len(returns) and returns.index[-1] > KEPT["until"]:
        KEPT.update(scale=returns.std(), until=returns.index[-1])
    return returns.mean() / KEPT["scale"].reindex(returns.columns)
""",
}
PROVIDER = """
from dataclasses import replace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider


class Peeking(FolderProvider):
    def tables(self, as_of):
        known, whole = super().tables(as_of), super().tables(None)
        closes = whole.bars.drop_duplicates(["symbol", "date"]).pivot(index="date", columns="symbol", values="close")
        level = {level}
        bars = known.bars[known.bars["symbol"].map(level).fillna(1.0) > 0.0]
        return replace(known, bars=bars)
"""
PEEKS = {
    "shifted by a day": "closes.pct_change(fill_method=None).shift(-1).iloc[-40:].sum() + 0.05",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certified") / "data"
    write_market(market(), folder)
    return folder


def certificate(project: Path, data: Path, bodies: dict[str, str]) -> dict:  # type: ignore[type-arg]
    project.mkdir()
    settings = {**SETTINGS, "universe": "returns", "recruitment.floor": 3}
    if bodies:
        factors = [FACTOR.format(name=name) + body for name, body in bodies.items()]
        (project / "own_factors.py").write_text("".join([HEAD, *factors]))
        settings |= {"features.modules": ["own_factors"], **{f"weights.{name}": 1.0 for name in bodies}}
    with project_on_path(project):
        return certified(requested(project, data=data, settings=settings), dates=1)


def test_factors_that_look_at_the_other_assets_are_certified(data: Path, tmp_path: Path) -> None:
    found = certificate(tmp_path / "project", data, LEGITIMATE)
    assert found["differing"] == []
    assert found["valid"]
    assert {*LEGITIMATE} < {*found["components"]["factor"]}
    counts = {kind: len(names) for kind, names in found["components"].items()}
    assert counts["scorer"] == 2
    assert counts["gate"] > 8
    assert certificate_text(found).endswith("certified: no answer differs in a bit")
    path = kept(tmp_path / "project", found)
    assert json.loads(path.read_text()) == found
    assert kept(tmp_path / "project", found) == path


@pytest.mark.parametrize("name", LEAKS)
def test_what_a_factor_knows_of_later_dates_is_named(name: str, data: Path, tmp_path: Path) -> None:
    found = certificate(tmp_path / "project", data, {"own": LEAKS[name]})
    assert not found["valid"]
    assert {(each["kind"], each["component"]) for each in found["differing"]} == {("factor", "own")}
    assert "not certified: what comes after a date shows in\n  factor own: another answer" in certificate_text(found)


@pytest.mark.parametrize("name", PEEKS)
def test_what_a_provider_knows_of_later_dates_is_named(name: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "own_provider.py").write_text(PROVIDER.replace("{level}", PEEKS[name]))
    settings = {**SETTINGS, "universe": "returns", "recruitment.floor": 3, "data.provider": "own_provider:Peeking"}
    with project_on_path(tmp_path):
        found = certified(requested(tmp_path, data=data, settings=settings), dates=1)
    assert "ingestion" in {each["kind"] for each in found["differing"]}


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with project_on_path(tmp_path), pytest.raises(ConfigurationError, match="certify takes a folder of tables"):
        certified(requested(tmp_path, data=tmp_path / "nowhere"))
