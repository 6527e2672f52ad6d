"""The runs of a project: their ids, their receipts, and how people refer to them. Imports nothing heavy."""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.promotions import (
    REFERENCE,
    last_standing,
    run_of_champion,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RECEIPT, RUNS

BROKEN = "BROKEN"
"""The status of a run whose receipt can't be read."""
_BACK = re.compile(r"@(?:latest)?(?:~([0-9]{1,6}))?(?<!@)")
_SHORTEST = 8
"""Characters of a reference that are compared with run ids: a date."""


def new_run_id(runs: Path) -> str:
    """An id that sorts by time and that no run has."""
    while True:
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.urandom(3).hex()}"
        if not (runs / run_id).exists():
            return run_id


def run_names(project: Path) -> list[str]:
    """The ids of all finished and failed runs, in the order of the project's ledger, which no clock can disturb.

    Runs that it doesn't know come first, by name: none of them is the latest while there is another.
    """
    places = _line_numbers(project / RUNS / LEDGER)
    names = sorted(path.parent.name for path in (project / RUNS).glob(f"*/{RECEIPT}"))
    return sorted(names, key=lambda name: places.get(name, 0))


def receipts(project: Path) -> list[Mapping[str, Any]]:
    """The receipts of all finished and failed runs, oldest first.

    One that can't be read is told by its folder's name and the status BROKEN: a list of runs needs all of them.
    """
    found: list[Mapping[str, Any]] = []
    for name in run_names(project):
        try:
            found.append(receipt(project / RUNS / name))
        except VerificationError:
            found.append({"run_id": name, "status": BROKEN})
    return found


def run_before(project: Path, run_id: str) -> Path | None:
    """The folder of the last finished run before this one that has the same profile; None where there is none."""
    found = receipts(project)
    place = next((place for place, each in enumerate(found) if each["run_id"] == run_id), 0)
    profile = found[place].get("profile") if found else None
    before = [
        each["run_id"] for each in found[:place] if each.get("status") == "FINISHED" and each.get("profile") == profile
    ]
    return project / RUNS / before[-1] if before else None


class Facts(dict[str, Any]):
    """An object of a receipt; who asks for a fact that it lacks gets `VerificationError`."""

    run: str
    """The folder's name."""

    def __missing__(self, name: str) -> Any:
        raise VerificationError(
            f"the {RECEIPT} of the run {self.run} doesn't say {name}: another version wrote it, or it was changed; "
            f"`tvselect verify {self.run}`"
        )


def receipt(folder: Path) -> Mapping[str, Any]:
    """A run's receipt: `Facts`.

    Raises `VerificationError` where it is missing or no receipt.
    """

    def facts(content: dict[str, Any]) -> Facts:
        found = Facts(content)
        found.run = folder.name
        return found

    try:
        found = json.loads((folder / RECEIPT).read_text("utf-8"), object_hook=facts)
    except (OSError, ValueError, RecursionError) as error:
        raise VerificationError(f"the run {folder.name} has no readable {RECEIPT}: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("run_id"), str) or not found["run_id"].isascii():
        raise VerificationError(f"the {RECEIPT} of the run {folder.name} names no run")
    return found


def run_folder(project: Path, reference: str) -> Path:
    """The folder of the run that is meant: an id, the beginning of one, `@latest`, or `@latest~1`, the one before it.

    `@~1` is short for `@latest~1`. `@champion` is the last run that the scorer promoted last has decided. Raises
    `ConfigurationError` where none or several are meant.
    """
    names = run_names(project)
    if not names:
        raise ConfigurationError(f"there are no runs in {RUNS}/: `tvselect run` makes one")
    if reference == REFERENCE:
        return project / RUNS / _of_champion(project)
    if reference.startswith("@"):
        back = _steps(reference)
        if back >= len(names):
            raise ConfigurationError(f"{reference}: there {_counted(len(names))}, and @latest~0 is the last")
        return project / RUNS / names[-1 - back]
    meant = [name for name in names if name.startswith(reference)] if reference else []
    if len(meant) != 1:
        which = (
            f"several runs begin with {reference!r}: {', '.join(meant[:5])}"
            if meant
            else f"there is no run {reference!r}"
        )
        raise ConfigurationError(f"{which}{_nearest(reference, names)}; `tvselect ls` lists them, @latest is the last")
    return project / RUNS / meant[0]


def _line_numbers(path: Path) -> dict[str, int]:
    """Run to the last line of the project's ledger on its end; lines that can't be read are `verify`'s to name."""
    places: dict[str, int] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return places
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and event.get("event") in ("run.completed", "run.failed"):
            places[str(event.get("run_id"))] = number
    return places


def _of_champion(project: Path) -> str:
    """The id of the champion's last run."""
    champion = last_standing(project)
    if champion is None:
        raise ConfigurationError(f"{REFERENCE}: nobody has been promoted in this project; `tvselect promote` does")
    found = run_of_champion(project, champion)
    if found is None:
        raise ConfigurationError(
            f"{REFERENCE}: {champion.champion} has decided no run of profile {champion.profile} since it was promoted"
        )
    return found


def is_reference(project: Path, text: str) -> bool:
    """Whether a text names a run rather than an asset: it begins with @, or as the id of a run does."""
    if not text[:_SHORTEST].isdecimal() or len(text) < _SHORTEST:
        return text.startswith("@")
    return any(name.startswith(text) for name in run_names(project))


def _steps(reference: str) -> int:
    """How many runs before the last one is meant."""
    found = _BACK.fullmatch(reference)
    if found is None:
        raise ConfigurationError(f"{reference!r} is no reference to a run: write @latest, @latest~1 or @champion")
    return int(found[1] or 0)


def _nearest(reference: str, names: list[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(reference, names, n=1, cutoff=0.8)
    return f"; did you mean {found[0]}?" if found else ""


def _counted(count: int) -> str:
    return "is only 1 run" if count == 1 else f"are only {count} runs"
