"""The trials that a walk makes: each of its scorers, whatever part it plays.

What makes a scorer another trial: its kind, parameters and weights; all settings that shape the selection (features, gates,
ladder, clusters, seats); the digests of the user's code. What doesn't: the dates, the data, which scorers stand beside it,
and whether it is the champion. A setting that the scorer never reads counts all the same: too many trials is the safe side.
"""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.trials import Trial
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest

OF_THE_DATA = ("data", "checks", "scanners", "scanning", "profile")
"""Sections of the settings that say what is looked at, not what is tried."""
SCORERS = "scorers"
NO_PART = ("role", "enabled")
"""Settings of a scorer that say which part it plays."""


def scorer_trials(asked: Mapping[str, Any], walk: str) -> dict[str, Trial]:
    """Scorer to its trial, for what a walk was asked (`walk.json`)."""
    settings: Mapping[str, Any] = asked["settings"]
    shared = {name: value for name, value in settings.items() if name.partition(".")[0] not in (*OF_THE_DATA, SCORERS)}
    found = {}
    for scorer in scorer_names(settings):
        prefix = f"{SCORERS}.{scorer}."
        own = {name.removeprefix(prefix): value for name, value in settings.items() if name.startswith(prefix)}
        parts = {
            "scorer": {name: value for name, value in own.items() if name not in NO_PART},
            "settings": shared,
            "modules": asked["code"]["modules"],
        }
        found[scorer] = Trial("scorer", scorer, json_digest(parts), f"walk {walk}")
    return found


def scorer_names(settings: Mapping[str, Any]) -> list[str]:
    """The enabled scorers of flat settings, sorted."""
    names = sorted({name.split(".")[1] for name in settings if name.startswith(f"{SCORERS}.")})
    return [name for name in names if settings[f"{SCORERS}.{name}.enabled"]]
