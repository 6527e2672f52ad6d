"""A walk over the simulated market, computed once a session; and what it takes to walk it otherwise."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd

from support.market import SETTINGS, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.research.learning.walk_with_models import walk_forward
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import walk_document
from tradingview_scraper.pipelines.selection.drivers.research.page.walk_curves import walk_curves
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward

EARLY = "2026-02-02"
"""From when on the scans of the market are known here, so that there is a history to walk."""


def scans() -> list[dict[str, Any]]:
    """Each scanner's first export, as if it were of `EARLY`."""
    found: dict[str, dict[str, Any]] = {}
    for document in market().scans.values():
        found.setdefault(document["meta"]["scanner"], document)
    dated = deepcopy(list(found.values()))
    for document in dated:
        document["meta"]["asof"] = EARLY
    return dated


def provider(bars: pd.DataFrame | None = None) -> MemoryProvider:
    """The market's tables, with other bars if given."""
    return MemoryProvider(None, scans(), market().statistics, market().bars if bars is None else bars)


def walk(project: Path, start: str = "2026-03-02", end: str = "2026-03-14", **arguments: Any) -> WalkForward:
    """A walk over the market; by default three dates six sessions apart."""
    settings = {**SETTINGS, "data.max_scan_age_days": 1000, **arguments.pop("settings", {})}
    given: dict[str, Any] = {"every": "6d", "provider": provider(), **arguments}
    return walk_forward(start, end, project=project, settings=settings, **given)


@cache
def walked() -> WalkForward:
    """Ten dates, with ablation."""
    return walk(Path(mkdtemp(prefix="walk-")), "2026-03-02", "2026-04-27", ablation=True)


@cache
def measured() -> dict[str, Any]:
    """What its page is made of."""
    return {"document": walk_document(walked(), 10.0), "curves": walk_curves(walked()), "trials": 7}


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
