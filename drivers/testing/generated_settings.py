"""Hypothesis strategies for settings: a profile with a few of its values changed to others that the model allows.

What a value may be changed to is read off the model's own JSON Schema (`alternatives`), so that a new setting takes part.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import flat_names, resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import schema_at
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

SECTIONS = ("checks", "clusters", "features", "gates", "probabilities", "recruitment", "scoring_universe", "weights")
"""What changes as a rule: what is computed and decided, not where tables lie nor what only v3.4 needs."""


def alternatives(name: str, value: Any) -> list[Any]:
    """Other values that a setting may have, near the one it has; none where it is text, a list or a table of one's own."""
    schema = schema_at(name.split("."))
    if "enum" in schema:
        return [each for each in schema["enum"] if each != value]
    if isinstance(value, bool):
        return [not value]
    if schema.get("type") not in ("integer", "number") or not isinstance(value, int | float):
        return []
    near = [value * 2, value / 2, value + 1, value - 1, value + 0.01, value - 0.01]
    if schema["type"] == "integer":
        near = [int(each) for each in near]
    return [each for each in dict.fromkeys(near) if each != value and _within(each, schema)]


def _within(value: float, schema: Mapping[str, Any]) -> bool:
    low, high = schema.get("minimum", -float("inf")), schema.get("maximum", float("inf"))
    above, below = schema.get("exclusiveMinimum", -float("inf")), schema.get("exclusiveMaximum", float("inf"))
    return bool(low <= value <= high and above < value < below)


@cache
def _choices(profile: str) -> Mapping[str, list[Any]]:
    held = flat_names(resolved_settings(profile).settings.model_dump())
    return {name: found for name, value in held.items() if (found := alternatives(name, value))}


@st.composite
def setting_changes(
    draw: st.DrawFn, profile: str = "v4", *, sections: Sequence[str] = SECTIONS, most: int = 3
) -> dict[str, Any]:
    """Changes of a built-in profile, dotted, as `select(settings=...)` takes them; a run with them is not refused.

    Parameters
    ----------
    sections : of the settings, from which values are changed.
    most : changes at most.
    """
    choices = _choices(profile)
    names = [name for name in choices if name.partition(".")[0] in sections]
    chosen = draw(st.lists(st.sampled_from(names), max_size=most, unique=True))
    changes = {name: draw(st.sampled_from(choices[name])) for name in chosen}
    try:
        plan(resolved_settings(profile, settings=changes).settings)
    except ConfigurationError:
        assume(False)
    return changes


def changed_settings(profile: str = "v4", **limits: Any) -> st.SearchStrategy[SelectionSettings]:
    """Settings of a built-in profile with a few values changed: valid ones. `limits` are those of `setting_changes`."""
    return setting_changes(profile, **limits).map(lambda changes: resolved_settings(profile, settings=changes).settings)
