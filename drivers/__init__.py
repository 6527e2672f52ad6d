"""What a notebook needs, under one name each; nothing is imported before it is asked for."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# Hamilton's plug-ins cost seconds at import; the one that is needed is imported by name.
os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")

if TYPE_CHECKING:
    from tradingview_scraper.pipelines.selection.drivers.execution.climb import RungResult
    from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection
    from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
    from tradingview_scraper.pipelines.selection.drivers.recording.run import Run, run
    from tradingview_scraper.pipelines.selection.drivers.research.learning.walk_with_models import walk_forward
    from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward

_HOMES = {
    "RungResult": "execution.climb",
    "Run": "recording.run",
    "Selection": "execution.result",
    "run": "recording.run",
    "WalkForward": "research.walks.walk_forward",
    "select": "execution.selection",
    "walk_forward": "research.learning.walk_with_models",
}

__all__ = ["Run", "RungResult", "Selection", "WalkForward", "run", "select", "walk_forward"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
