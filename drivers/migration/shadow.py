"""`tvselect shadow`: both policies on one input, and for whatever differs the setting that makes it so.

1. `compared_settings`: v3.4's settings and v4's, the former with the settings that only say how the input is shaped
   (`SHAPE`) taken from v4: v3.4 was always handed frames of the right columns and rows by its orchestrator.
2. `flips`: the settings in which these two differ, in the order of the dataflow (`ORDER`).
3. `walked`: one selection after the other, each with one more setting turned from v3.4's value to v4's.
4. `attributed`: every asset whose fate differs between the two ends is charged to the flip after which it stays as v4
   has it. That is one flip an asset, so the causes add up to the whole difference.

The charge depends on the order: where two settings are needed for a change, the one that is flipped later is named. The
order is that of the dataflow, so an upstream setting is charged with what it does under v3.4's policy, a downstream one
with what it adds. An asset that leaves on the way and comes back differs in nothing, and is counted apart.
`drivers.migration.shadow_report` writes the document.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Source, Tables
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import provider_of
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import (
    leaves,
    resolved_settings,
    validated_settings,
)
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, selected
from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import incumbent_settings
from tradingview_scraper.pipelines.selection.schemas.errors import StageError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

# How the input is shaped, not what is decided on it: v4's in both.
SHAPE = (
    *("universe", "data.lookback", "data.symbol_join", "data.strip_suffixes", "data.strict"),
    *(
        "data.bars",
        "data.closes",
        "data.returns",
        "data.candidates",
        "data.scans",
        "data.instruments",
        "data.statistics",
        "data.provider",
        "data.parameters",
    ),
)
# First what only changes last bits (and makes every further step quicker), then stage by stage, each stage's part of
# `compat` after its own section. The momentum floor moves from recruitment to the gates: both sides of that stand
# together, before a rung can be climbed for want of shorts. `compat` by itself is what is left of it: policy.
ORDER = (
    *("compat.correlation_method", "compat.condition_number", "compat.summation"),
    *("data", "compat.missing_identity", "compat.candidate_lookup", "compat.adv_names"),
    *("features", "compat.trading_calendar", "compat.thin_volatility", "compat.entropy_gaps", "compat.entropy_ties"),
    *("compat.unknown_entropy", "compat.thin_hurst", "compat.unknown_hurst", "compat.missing_adx"),
    *("compat.missing_value_traded", "compat.missing_adv", "compat.exempting_hurdle", "compat.direction_aware"),
    *("compat.metadata_rule", "weights", "probabilities", "scorers", "scoring_universe", "clusters", "benchmarks"),
    *("gates.momentum", "compat.min_momentum", "gates", "recruitment", "compat", "ladder", "synthesis"),
)
# It refuses settings instead of deciding anything: last, when all others are v4's.
LAST = "unattainable"
ABSENT = "not in the pool"
MISSING = object()


@dataclass(frozen=True)
class Flip:
    """One setting turned from v3.4's value to v4's; `None` where a side doesn't have it."""

    setting: str
    incumbent: Any
    v4: Any


@dataclass(frozen=True)
class Step:
    """Where everybody stands after a flip."""

    flip: Flip | None
    """None for the start: v3.4."""
    fates: Mapping[str, str]
    """Asset to what became of it: `winner LONG`, `vetoed`, ..."""
    rung: int
    """The rung that the ladder was climbed to. A flip that changes it moves assets that it doesn't touch itself."""


@dataclass(frozen=True)
class Change:
    """One asset that isn't the same under v4."""

    asset: str
    before: str
    after: str
    cause: str
    """The setting after whose flip it stays as v4 has it."""
    path: tuple[tuple[str, str], ...]
    """Every flip that moved it, and where to."""

    @property
    def of_a_winner(self) -> bool:
        """Whether it wins under one of the two."""
        return self.before.startswith("winner") or self.after.startswith("winner")


@dataclass(frozen=True)
class Shadow:
    """The two selections and all that lies between them."""

    incumbent: Selection
    v4: Selection
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    passing: tuple[str, ...]
    """Assets that some flip moved and a later one moved back."""
    sources: tuple[Source, ...]


class Held(DiscoveryProvider):
    """A provider's tables as of one date, read once for every step alike."""

    def __init__(self, provider: DiscoveryProvider) -> None:
        self._provider = provider
        self._tables: Tables | None = None

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """What was read at the first call."""
        if self._tables is None:
            self._tables = self._provider.tables(as_of)
        return self._tables


def shadowed(
    data: Path,
    as_of: pd.Timestamp | None,
    *,
    project: Path | None = None,
    incumbent: Mapping[str, Any] | None = None,
    tell: Callable[[int, int, Flip], None] = lambda number, count, flip: None,
) -> Shadow:
    """Both policies on a data folder. `incumbent` is v3.4's request and settings as the recordings have them.

    Call it inside `project_on_path(project)`. Raises what `select` raises, and `StageError` where the last step isn't v4.
    """
    before, after = compared_settings(project, incumbent)
    provider = Held(provider_of(after.data, data))
    start, end = selected(provider, plan(before), as_of), selected(provider, plan(after), as_of)
    steps = walked(provider, as_of, start, after, tell)
    if dict(steps[-1].fates) != fates(end):
        unlike = [asset for asset, fate in fates(end).items() if steps[-1].fates.get(asset) != fate]
        raise StageError(f"shadow: with every setting flipped these assets still differ from v4: {offenders(unlike)}")
    changes, passing = attributed(steps)
    return Shadow(start, end, tuple(steps), changes, passing, start.sources)


def compared_settings(
    project: Path | None = None, incumbent: Mapping[str, Any] | None = None
) -> tuple[SelectionSettings, SelectionSettings]:
    """v3.4's settings, as far as input is concerned those of v4, and v4's."""
    after = resolved_settings("v4", project=project).settings
    document = after.model_dump()
    shape = {name: value_at(document, name) for name in SHAPE}
    told = {**incumbent_settings(incumbent or {}), **shape}
    return resolved_settings("v3.4", project=project, settings=told).settings, after


def flips(before: SelectionSettings, after: SelectionSettings) -> list[Flip]:
    """The settings in which two differ, in the order in which they are flipped."""
    one, other = before.model_dump(), after.model_dump()
    names = [name for name in dict.fromkeys([*leaves(other), *leaves(one)]) if name != "profile"]
    unlike = [name for name in names if not same(value_at(one, name), value_at(other, name))]
    return [
        Flip(name, stated(value_at(one, name)), stated(value_at(other, name))) for name in sorted(unlike, key=place_of)
    ]


def place_of(name: str) -> int:
    """Where a setting stands in the order of flips; those of one section keep the profile's order."""
    if name == LAST:
        return len(ORDER) + 1
    return next((at for at, first in enumerate(ORDER) if name == first or name.startswith(f"{first}.")), len(ORDER))


def walked(
    provider: DiscoveryProvider,
    as_of: pd.Timestamp | None,
    start: Selection,
    after: SelectionSettings,
    tell: Callable[[int, int, Flip], None],
) -> list[Step]:
    """Everybody's fate at v3.4 and after each flip."""
    document, target = start.settings.model_dump(), after.model_dump()
    steps = [Step(None, fates(start), start.rungs[-1].number)]
    path = flips(start.settings, after)
    for number, flip in enumerate(path, start=1):
        tell(number, len(path), flip)
        document = with_value(document, flip.setting.split("."), value_at(target, flip.setting))
        settings = validated_settings(document, {})
        selection = selected(provider, plan(settings), as_of)
        steps.append(Step(flip, fates(selection), selection.rungs[-1].number))
    return steps


def fates(selection: Selection) -> dict[str, str]:
    """Asset to what became of it; winners with their direction."""
    table = selection.context.standings
    return {
        str(asset): f"{outcome} {direction}" if outcome == "winner" else outcome
        for asset, outcome, direction in zip(
            table.index, table["outcome"].tolist(), table["direction"].tolist(), strict=True
        )
    }


def attributed(steps: Sequence[Step]) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """The changes from the first step to the last, each with its cause, and the assets that only passed through one."""
    assets = dict.fromkeys(asset for step in steps for asset in step.fates)
    changes, passing = [], []
    for asset in assets:
        path = moves(asset, steps)
        before, after = (step.fates.get(asset, ABSENT) for step in (steps[0], steps[-1]))
        if before != after:
            changes.append(Change(asset, before, after, path[-1][0], path))
        elif path:
            passing.append(asset)
    return tuple(changes), tuple(passing)


def moves(asset: str, steps: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    """The flips that moved an asset, each with where to."""
    found = []
    for previous, step in itertools.pairwise(steps):
        fate = step.fates.get(asset, ABSENT)
        if step.flip is not None and fate != previous.fates.get(asset, ABSENT):
            found.append((step.flip.setting, fate))
    return tuple(found)


def causes(changes: Iterable[Change]) -> dict[str, int]:
    """Setting to the number of assets that it is charged with, most first."""
    counted: dict[str, int] = {}
    for change in changes:
        counted[change.cause] = counted.get(change.cause, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def value_at(document: Mapping[str, Any], dotted: str) -> Any:
    """The value of a dotted name, `MISSING` where there is none."""
    value: Any = document
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return MISSING
        value = value[part]
    return value


def with_value(document: Mapping[str, Any], parts: Sequence[str], value: Any) -> dict[str, Any]:
    """The document with one value set, or with `MISSING` taken out."""
    first, *rest = parts
    result = dict(document)
    if rest:
        result[first] = with_value(result.get(first, {}), rest, value)
    elif value is MISSING:
        result.pop(first, None)
    else:
        result[first] = value
    return result


def same(one: Any, other: Any) -> bool:
    """Whether two values of a setting are equal, NaN being equal to itself."""
    return one is other or one == other or repr(one) == repr(other) == "nan"


def stated(value: Any) -> Any:
    """A value for the report: None where there is none."""
    return None if value is MISSING else value
