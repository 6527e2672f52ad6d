"""A finished walk in which one challenger knows what moves the returns, and others know nothing."""

from functools import cache
from pathlib import Path

import pandas as pd

from support.scripts import script
from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward


@cache
def planted_panel(seed: int = 0, idle: int = 2, strength: float = 0.1) -> pd.DataFrame:
    """56 weekly dates of 80 assets."""
    panel: pd.DataFrame = script("null_worlds").planted_panel(seed, idle, strength, days=350, assets=80)
    return panel


@cache
def contest() -> WalkForward:
    """A walk of that panel: `champion`, and the challengers `knows`, `idle0`, `idle1`."""
    real = walked().asked
    settings = {name: value for name, value in real["settings"].items() if not name.startswith("scorers.")}
    for name in ("champion", "knows", "idle0", "idle1"):
        role = "champion" if name == "champion" else "challenger"
        settings |= {f"scorers.{name}.kind": name, f"scorers.{name}.role": role, f"scorers.{name}.enabled": True}
    walk = WalkForward(Path("walks/0123456789abcdef"), {**real, "settings": settings, "every": 5, "horizons": [5]}, ())
    vars(walk)["panel"] = planted_panel()  # where the cached property keeps it
    return walk
