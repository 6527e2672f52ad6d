"""A stand-in for the legacy package: its layout and its interface around the reference of the tests.

The real one can't be had here. What `drivers/templates/engine_runner.py.txt` takes of it is there: `build_selection_engine`,
`SelectionRequest`, settings, an engine whose `select` calls its parent's once a rung, and the functions that it
listens to.
"""

import shutil
from pathlib import Path

ORACLE = Path(__file__).resolve().parents[1] / "reference" / "v3_4.py"

SETTINGS = """
from dataclasses import dataclass, field
from functools import lru_cache


class Features:
    pass


@dataclass(frozen=True)
class Settings:
    features: Features = field(default_factory=Features)
    benchmark_symbols: list = field(default_factory=list)
    cluster_lookbacks: list = field(default_factory=list)


@lru_cache
def get_settings():
    return Settings()
"""

ENGINES = """
import dataclasses

import numpy as np

from tradingview_scraper.selection_engines import oracle
from tradingview_scraper.settings import get_settings


@dataclasses.dataclass(frozen=True)
class SelectionRequest:
    top_n: int = 2
    threshold: float = 0.5
    max_clusters: int = 25
    min_momentum_score: float = 0.0
    params: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class SelectionResponse:
    winners: list
    audit_clusters: dict
    spec_version: str
    metrics: dict
    warnings: list
    vetoes: dict
    relaxation_stage: int
    active_thresholds: dict


def get_hierarchical_clusters(answer):
    return np.array(list(answer["clusters"].values())), None


def calculate_permutation_entropy(column):
    return oracle.permutation_entropy(column)


def calculate_efficiency_ratio(column):
    return oracle.efficiency_ratio(column)


def calculate_hurst_exponent(column):
    return oracle.hurst(column)


class Single:
    def select(self, returns, raw_candidates, stats_df, request):
        settings = get_settings()
        params = dict(request.params)
        stage = params.pop("relaxation_stage")
        case = {
            "request": {**dataclasses.asdict(request), "params": params},
            "features": vars(settings.features),
            "benchmark_symbols": settings.benchmark_symbols,
            "cluster_lookbacks": settings.cluster_lookbacks,
        }
        answer = oracle.answer(returns, raw_candidates, stats_df, case)
        get_hierarchical_clusters(answer)
        for function in (calculate_permutation_entropy, calculate_efficiency_ratio, calculate_hurst_exponent):
            for symbol in returns.columns:
                function(returns[symbol])
        found = answer["stages"][stage - 1]
        return SelectionResponse(
            winners=found["winners"],
            audit_clusters={int(label): entry for label, entry in found["selected_by_cluster"].items()},
            spec_version="3.4",
            metrics={name: answer[name] for name in ("alpha_scores", "raw_metrics", "kappa", "shrinkage")},
            warnings=[],
            vetoes=found["vetoes"],
            relaxation_stage=stage,
            active_thresholds=found["active_thresholds"],
        )


class Relaxing(Single):
    def select(self, returns, raw_candidates, stats_df, request):
        for stage in (1, 2, 3, 4):
            asked = dataclasses.replace(request, params={**request.params, "relaxation_stage": stage})
            response = super().select(returns, raw_candidates, stats_df, asked)
            if len(response.winners) >= 15:
                break
        return response
"""

PACKAGE = """
from tradingview_scraper.selection_engines.engines import Relaxing, SelectionRequest, SelectionResponse


def build_selection_engine(name):
    return {"v3.4": Relaxing}[name]()
"""

PROJECT = """
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "tradingview-scraper-stand-in"
version = "0.1"

[tool.setuptools]
packages = ["tradingview_scraper", "tradingview_scraper.selection_engines"]
"""


def write_legacy(folder: Path, init: str = "") -> Path:
    """Write the package below a folder; gives the folder, which is what an interpreter needs on its path."""
    package = folder / "tradingview_scraper"
    engines = package / "selection_engines"
    engines.mkdir(parents=True)
    (package / "__init__.py").write_text(f"{init}\nLEGACY = True\n", encoding="utf-8")
    (package / "settings.py").write_text(SETTINGS, encoding="utf-8")
    (engines / "__init__.py").write_text(PACKAGE, encoding="utf-8")
    (engines / "engines.py").write_text(ENGINES, encoding="utf-8")
    shutil.copy(ORACLE, engines / "oracle.py")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    return folder
