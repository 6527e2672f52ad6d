"""Who is champion by evidence: the promotions and rollbacks of a project's ledger, folded.

Each move is a line `alias.moved` of the alias `champion` for one profile: from whom, to whom, by whom, why, on which
evidence. The last promotion that wasn't rolled back stands. Nothing else says who stands, so the chain covers it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RUNS

MOVED, ALIAS = "alias.moved", "champion"
REFERENCE = "@champion"


@dataclass(frozen=True)
class Promotion:
    """A promotion that stands."""

    profile: str
    champion: str
    """The scorer's name."""
    scorer: Mapping[str, Any]
    """Its settings when it was promoted, but for the part that it plays."""
    before: str
    """The champion until then."""
    line: int
    """Of the project's ledger."""


def standing(project: Path, profile: str) -> Promotion | None:
    """The promotion that stands for a profile, None where there is none.

    Raises `VerificationError` where the ledger can't be read.
    """
    stack = _stacks(project).get(profile, [])
    return stack[-1] if stack else None


def before_it(project: Path, profile: str) -> Promotion | None:
    """The promotion that stands once the last one is rolled back; None where there is none."""
    stack = _stacks(project).get(profile, [])
    return stack[-2] if len(stack) > 1 else None


def last_standing(project: Path) -> Promotion | None:
    """Of the promotions that stand, whatever their profile, the last; None where there is none."""
    tops = [stack[-1] for stack in _stacks(project).values() if stack]
    return max(tops, key=lambda each: each.line, default=None)


def run_of_champion(project: Path, champion: Promotion) -> str | None:
    """The id of the last finished run of the promotion's profile that the promoted scorer decided; None: there is none."""
    runs = [
        str(event["run_id"])
        for event in ledger.read(project / RUNS / LEDGER)
        if event.get("event") == "run.completed"
        and event.get("profile") == champion.profile
        and event.get("champion") == champion.champion
        and isinstance(number := event.get("seq"), int)
        and number > champion.line
    ]
    return runs[-1] if runs else None


def _stacks(project: Path) -> dict[str, list[Promotion]]:
    """Profile to its promotions, those rolled back left out, oldest first."""
    path = project / RUNS / LEDGER
    found: dict[str, list[Promotion]] = {}
    for event in ledger.read(path) if path.exists() else ():
        if event.get("event") != MOVED or event.get("alias") != ALIAS:
            continue
        stack = found.setdefault(str(event.get("profile")), [])
        if event.get("rollback"):
            del stack[-1:]
        else:
            stack.append(_promotion(event))
    return found


def _promotion(event: Mapping[str, Any]) -> Promotion:
    """The promotion that a line tells. Raises `VerificationError` where the line lacks a part of it."""
    try:
        return Promotion(
            profile=str(event["profile"]),
            champion=str(event["to"]),
            scorer={**event["scorer"]},
            before=str(event["from"]),
            line=int(event["seq"]),
        )
    except (KeyError, TypeError, ValueError):
        raise VerificationError(
            f"{RUNS}/{LEDGER}: line {event.get('seq')} is no whole promotion; `tvselect verify --all` says what changed"
        ) from None
