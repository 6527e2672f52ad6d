"""The trials of a project: every idea that was held against its data, counted so that a verdict can be deflated for them.

A trial is what was tried (a scorer under its settings, a set of weights), named by the digest of all that makes it another.
Trials lie in the project's ledger, `runs/audit.jsonl`, in lines `trials.recorded`, so the chain covers them and
`verify` finds one that was taken out. Who tries the same again, over other dates too, has tried once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record import ledger, project_ledger
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RUNS

RECORDED = "trials.recorded"


@dataclass(frozen=True)
class Trial:
    """One idea that was held against the data."""

    kind: str
    """What was tried: `scorer`, `tuning`."""
    name: str
    """Its name for people."""
    digest: str
    """Of all that makes it another trial (`sha256:` and 64 hex digits)."""
    what: str
    """Where it was tried, such as `walk 88dd5eab28606208`."""


def record_trials(project: Path, trials: Sequence[Trial]) -> None:
    """Add to the project's ledger those trials that it doesn't have, one line for all; no line where it has them all.

    A known digest that was tried elsewhere (another `what`) is added too: that is no further trial, but a further look.

    Raises `VerificationError` where the ledger can't be read.
    """
    known = set(recorded_trials(project))
    new = [trial for trial in dict.fromkeys(trials) if trial not in known]
    if not new:
        return
    event = {"event": RECORDED, "run_id": None, "trials": [asdict(trial) for trial in new]}
    project_ledger.append(project, event)


def recorded_trials(project: Path) -> list[Trial]:
    """Every recorded trial, each look at it, oldest first. Raises `VerificationError` where the ledger can't be read."""
    path = project / RUNS / LEDGER
    if not path.exists():
        return []
    return [trial for event in ledger.read(path) if event.get("event") == RECORDED for trial in _trials(event)]


def _trials(event: Mapping[str, Any]) -> list[Trial]:
    """The trials that a line tells. Raises `VerificationError` where it lacks a part of one."""
    try:
        return [Trial(*(str(each[name]) for name in ("kind", "name", "digest", "what"))) for each in event["trials"]]
    except (KeyError, TypeError):
        raise VerificationError(
            f"{RUNS}/{LEDGER}: line {event.get('seq')} tells no whole trials; `tvselect verify --all` says what changed"
        ) from None


def trial_count(project: Path) -> int:
    """The number of different trials, by digest."""
    return len({trial.digest for trial in recorded_trials(project)})
