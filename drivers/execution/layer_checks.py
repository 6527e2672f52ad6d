"""What a layer of settings may not say, for it would change nothing and nobody would notice.

`profile` and `calibrated` are filled in when settings are read; an empty table adds no entry and removes none, for tables
merge key by key; a built-in profile extends what it extends.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.schemas.built_in_profiles import BUILT_IN
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

FILLED_IN: Mapping[str, str] = {
    "profile": "choose it with --profile, or profile= in Python",
    "calibrated": 'state a share of noise at the gate itself, as in gates.adx.threshold = "null:0.05"',
}
"""Setting that is filled in to what does what its name promises."""


def refuse_idle(layer: Mapping[str, Any], below: Mapping[str, Any], origin: str) -> None:
    """Raises `ConfigurationError` where a layer says what would be without effect on the merged layers `below` it."""
    for name, instead in FILLED_IN.items():
        if name in layer:
            raise ConfigurationError(f"{name}: it is filled in, and can't be set: {instead} (from {origin})")
    for name in emptied(layer, below):
        raise ConfigurationError(
            f"{name}: an empty table changes nothing, for tables merge key by key: name what is to change in it, or leave it "
            f"out (from {origin})"
        )


def emptied(layer: Mapping[str, Any], below: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of the empty tables of a layer where the merged layers below it have entries."""
    for name, value in layer.items():
        held = below.get(name)
        if isinstance(value, Mapping) and isinstance(held, Mapping) and held:
            if value:
                yield from emptied(value, held, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}"


def refuse_extended(name: str, table: Mapping[str, Any]) -> None:
    """Raises `ConfigurationError` where a project's table of a built-in profile says what that extends."""
    if name in BUILT_IN and "extends" in table:
        raise ConfigurationError(
            f"[profile.{name}] extends: {name} is built in and has its own parent; give the profile another name, or take the "
            "line out"
        )
