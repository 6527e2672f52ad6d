"""A run over the simulated market in which a learned scorer took part, made once a session."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

from support.market import SETTINGS
from support.walks import provider, walked
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.drivers.recording.run import recorded
from tradingview_scraper.pipelines.selection.drivers.research.learning import training

FIT, AS_OF = "2026-05-20", "2026-05-26"
TOLD: dict[str, Any] = {
    "kind": "learned",
    "role": "challenger",
    "parameters": {"horizon": 2, "train": 100, "stride": 6, "embargo": 1, "every": 3, "estimator": "ridge"},
}


def request(project: Path, **asked: Any) -> Request:
    """A request with the learned scorer `mine`."""
    settings = {**SETTINGS, "data.max_scan_age_days": 1000, "scorers.mine": TOLD}
    return replace(requested(project, settings=settings, **asked), provider=provider())


@cache
def learned_run() -> Path:
    """The run's folder; its project has one model, of `FIT`."""
    project = Path(mkdtemp(prefix="learned-"))
    with patch.object(training, "walk_request", lambda *_, **__: walked()):
        asking = request(project, models=False)
        training.train_request(asking, "mine", FIT, FIT, every=None, entry_lag=1, replacing=False)
    return recorded(request(project, as_of=AS_OF)).folder
