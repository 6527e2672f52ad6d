"""`promote` and `rollback`: who is champion, moved by evidence, in the project's ledger.

Before a promotion is written, in this order: the evidence is of this profile, these settings and this code; it is against the
champion that stands; the challenger is in it; its verdict is `promote`, or somebody overrides it and says why. The line then
holds who, why, and the evidence: walk, verdict, the challenger's figures and the digest of the whole document.
"""

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.execution.champion import scorer_document
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names
from tradingview_scraper.pipelines.selection.drivers.recording.events import user_code
from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison import (
    comparison_document,
    contestants,
)
from tradingview_scraper.pipelines.selection.drivers.research.verdict.decision import PROMOTE
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.lineage.record import project_ledger
from tradingview_scraper.pipelines.selection.lineage.record.git import GitError, git_text
from tradingview_scraper.pipelines.selection.lineage.record.promotions import ALIAS, MOVED, before_it, standing
from tradingview_scraper.pipelines.selection.lineage.record.trials import recorded_trials
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


def promoted(
    project: Path,
    name: str,
    walk: WalkForward,
    settings: SelectionSettings,
    *,
    anytime: bool = False,
    override: bool = False,
    reason: str = "",
) -> dict[str, Any]:
    """Make a challenger the champion of its profile; what was written.

    `settings` are the profile's as they are now. Call it inside `project_on_path(project)`.

    Raises `ConfigurationError` where the evidence is of something else, or speaks against it and nobody overrides.
    """
    _refuse_other(walk, settings)
    champion, _ = contestants(walk)
    _refuse_other_champion(project, settings.profile, walk, champion)
    document = comparison_document(walk, recorded_trials(project), named=[name], anytime=anytime)
    found = document["challengers"][name]
    if override and not reason.strip():
        raise ConfigurationError("--override needs a reason: --reason 'WHY'")
    if found["verdict"] != PROMOTE and not override:
        raise ConfigurationError(
            f"the evidence says: {found['verdict']} ({found['why']}); who knows better says --override --reason 'WHY'"
        )
    return _moved(
        project,
        {
            "profile": settings.profile,
            "from": champion,
            "to": name,
            "reason": reason.strip() or found["why"],
            "override": found["verdict"] != PROMOTE,
            "evidence": {
                "walk": walk.folder.name,
                "verdict": found["verdict"],
                "digest": json_digest(document),
                "rule": document["rule"],
                "figures": found,
            },
            "scorer": scorer_document(settings.scorers[name]),
        },
    )


def rolled_back(project: Path, profile: str, reason: str) -> dict[str, Any]:
    """Give the place back to who had it before the last promotion; what was written.

    Raises `ConfigurationError` where nobody was promoted, or no reason is given.
    """
    last = standing(project, profile)
    if last is None:
        raise ConfigurationError(f"profile {profile}: no promotion stands, so there is nothing to roll back")
    if not reason.strip():
        raise ConfigurationError("a rollback needs a reason: --reason 'WHY'")
    before = before_it(project, profile)
    return _moved(
        project,
        {
            "profile": profile,
            "from": last.champion,
            "to": last.before if before is None else before.champion,
            "reason": reason.strip(),
            "rollback": True,
        },
    )


def _moved(project: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    event = {"event": MOVED, "run_id": None, "alias": ALIAS, "actor": _actor(project), **facts}
    head = project_ledger.append(project, event)
    return {**event, "line": head.size}


def _actor(project: Path) -> dict[str, str]:
    """Who moves it: git's user of the project's repository, else the user of the machine."""
    try:
        return {"name": git_text(project, "var", "GIT_AUTHOR_IDENT").rsplit(" ", 2)[0], "source": "git"}
    except GitError:
        return {"name": getpass.getuser(), "source": "system"}


def _refuse_other(walk: WalkForward, settings: SelectionSettings) -> None:
    """Raises `ConfigurationError` where a walk is of other settings, or of other code of the user's."""
    asked, now = walk.asked, flat_names(settings.model_dump())
    if asked["profile"] != settings.profile:
        raise ConfigurationError(
            f"walk {walk.folder.name} is of profile {asked['profile']}, not {settings.profile}: it is no evidence for that"
        )
    if asked["settings_digest"] != json_digest(now):
        then = asked["settings"]
        changed = [name for name in sorted({*then, *now}) if json_digest(then.get(name)) != json_digest(now.get(name))]
        raise ConfigurationError(
            f"walk {walk.folder.name} is of other settings than profile {settings.profile} has now: {offenders(changed)}; "
            "walk again, or give the same --set and --market-defaults"
        )
    if asked["code"]["modules"] != user_code(settings):
        raise ConfigurationError(f"your code has changed since walk {walk.folder.name}: walk again")


def _refuse_other_champion(project: Path, profile: str, walk: WalkForward, champion: str) -> None:
    last = standing(project, profile)
    if last is not None and last.champion != champion:
        raise ConfigurationError(
            f"walk {walk.folder.name} is against {champion}, but {last.champion} was promoted since: "
            f'set champion = "@champion" in profile {profile} and walk again'
        )
