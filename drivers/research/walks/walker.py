"""One date after the other: the selection as of the date, its rows written, how it ended.

`Walker` is what a process needs to walk dates, and builds its graph once. `date_tasks` gives it the dates, here or in processes
of their own; who walks a date changes no byte of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selector
from tradingview_scraper.pipelines.selection.drivers.recording.page.model_facts import model_facts, overdue
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_folder import HeldFolder
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.drivers.research.walks.panel_rows import panel_rows
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_files import selection_before, write_date
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, StageError
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


@dataclass(frozen=True)
class Walk:
    """All that a process is told."""

    settings: SelectionSettings
    provider: DiscoveryProvider
    outcomes: Outcomes
    horizons: tuple[int, ...]
    entry_lag: int
    folder: Path
    ablation: bool = False
    """Whether each date is also selected without parts of the selection."""


class Walker:
    """Walks dates of one walk."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        # What consecutive dates share lives as long as the provider of this walk, and nowhere else.
        bars = walk.provider.bars if isinstance(walk.provider, HeldFolder) else None
        self._selector = Selector(plan(walk.settings, walk.folder / MODELS), bars)

    def walk(self, date: pd.Timestamp) -> pd.Timestamp:
        """Select as of the date and write what came of it; the date.

        Data that refuses is an end like another. Raises `ConfigurationError`, naming the date, where the user's code or
        settings can't be used: that is to be mended, and no answer.
        """
        walk = self._walk
        try:
            before = selection_before(walk.folder, date) if carries_over(walk) else None
            selection = self._selector.selected(walk.provider, date, before=before)
        except (DataContractError, StageError) as error:
            write_date(walk.folder, _end(date, "refused", reason=str(error)), None)
            return date
        except ConfigurationError as error:
            raise type(error)(f"{date.date()}: {error}") from error
        rows = panel_rows(selection, date, walk.outcomes, walk.horizons, walk.entry_lag, ablation=walk.ablation)
        counts = {
            "assets": len(rows),
            "eligible": int(rows["eligible"].sum()),
            "winners": int(rows["winner"].sum()),
            "rung": selection.rungs[-1].number,
            "overdue": overdue(model_facts(selection)),
            "ended": {str(each): int((rows["sessions_left"] < walk.entry_lag + each).sum()) for each in walk.horizons},
        }
        status = "selected" if selection.reached_floor else "short" if counts["winners"] else "nobody"
        write_date(walk.folder, _end(date, status, reason=selection.shortfall or "", **counts), rows)
        return date


def carries_over(walk: Walk) -> bool:
    """Whether a date's list hangs on the selection of the date before, so that dates can't be walked at once."""
    return walk.settings.recruitment.stay > 0 or walk.settings.clusters.inertia > 0


def _end(date: pd.Timestamp, status: str, **facts: Any) -> dict[str, Any]:
    return {"date": str(date.date()), "status": status, **facts}
