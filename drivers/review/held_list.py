"""The list of an earlier run as a setting: who is held when the next selection is made.

A selection has no memory: what it is to know of the list before is `recruitment.held`, recorded like every setting.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from tradingview_scraper.pipelines.selection.lineage.record.run_record import run_with_result
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder


def held_list(project: Path, reference: str) -> tuple[str, ...]:
    """The winners of a run with their directions, `AAPL LONG` each, by symbol.

    Raises `ConfigurationError` where no run is meant, `VerificationError` where it can't be read.
    """
    run = run_with_result(run_folder(project, reference))
    return tuple(sorted(f"{symbol} {standing['direction']}" for symbol, standing in run.winners.items()))


def held_assignment(held: Sequence[str]) -> str:
    """The setting as `--set` takes it."""
    return f"recruitment.held={json.dumps(list(held))}"
