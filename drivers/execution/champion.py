"""`champion = "NAME"` or `"@champion"` in a profile: the parts of the scorers follow from it.

It stands at the top of a profile (`[base]`, `[profile.NAME]`, `--set champion=@champion`) and is resolved before the settings
are: the named scorer becomes the champion, whoever was it a challenger. `@champion` is the scorer whose promotion stands
in the project's ledger; as long as there is none, the profile's own parts hold.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import given, suggestion
from tradingview_scraper.pipelines.selection.lineage.record.promotions import REFERENCE, Promotion, standing
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RUNS
from tradingview_scraper.pipelines.selection.schemas.settings import ScorerSettings

KEY = "champion"
PARTS = ("role", "enabled")
"""What of a scorer's settings says which part it plays, not what it is."""


def with_champion(
    document: Mapping[str, Any], origins: Mapping[str, str], profile: str, project: Path | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The merged settings and their origins, with `champion` turned into the parts of the scorers.

    Raises `ConfigurationError` where there is no such scorer, or it isn't any more what was promoted; and
    `VerificationError` where the project's ledger can't be read.
    """
    left = {name: value for name, value in document.items() if name != KEY}
    where = {name: origin for name, origin in origins.items() if name != KEY}
    name, origin = document.get(KEY), origins.get(KEY, "")
    if name == REFERENCE:
        promotion = standing(project, profile) if project is not None else None
        name = None if promotion is None else promotion.champion
        origin = "" if promotion is None else f"promotion ({RUNS}/{LEDGER} line {promotion.line})"
        if promotion is not None:
            _refuse_changed(left.get("scorers", {}), promotion)
    if name is None:
        return left, where
    scorers: Mapping[str, Any] = left.get("scorers", {})
    if not isinstance(name, str) or name not in scorers:
        meant = f"; {suggestion(name, scorers)}" if isinstance(name, str) else ""
        raise ConfigurationError(
            f"{KEY} is {given(name)} ({origin}) that names no scorer{meant}, or {REFERENCE} for the one promoted"
        )
    former = {each: "challenger" for each, settings in scorers.items() if settings.get("role") == "champion"}
    parts = {**former, name: "champion"}
    left["scorers"] = {**scorers, **{each: {**scorers[each], "role": part} for each, part in parts.items()}}
    return left, {**where, **{f"scorers.{each}.role": origin for each in parts}}


def scorer_document(settings: ScorerSettings) -> dict[str, Any]:
    """What a scorer is, without the part that it plays: what a promotion is of."""
    return {name: value for name, value in settings.model_dump(mode="json").items() if name not in PARTS}


def _refuse_changed(scorers: Mapping[str, Any], promotion: Promotion) -> None:
    """A promotion is of a scorer as it was: another one under its name has no evidence."""
    name = promotion.champion
    try:
        now = scorer_document(ScorerSettings.model_validate(scorers.get(name, {})))
    except ValidationError:
        now = {}
    changed = sorted(each for each, value in promotion.scorer.items() if now.get(each) != value)
    if changed:
        raise ConfigurationError(
            f"scorers.{name} was promoted for profile {promotion.profile} and has changed since, in {', '.join(changed)}: "
            "set it back, `tvselect rollback`, or promote it anew on new evidence"
        )
