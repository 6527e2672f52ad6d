"""Resolved settings for people: what `config show` prints. Imports neither pandas nor the dataflow, so that it starts at once."""

from typing import Any

from tradingview_scraper.pipelines.selection.drivers.execution.profiles import Resolved, flat_names, origin_of
from tradingview_scraper.pipelines.selection.lineage.record.encoding import toml
from tradingview_scraper.pipelines.selection.schemas.canonical import plain


def settings_document(resolved: Resolved) -> dict[str, Any]:
    """Each setting with its value and the layer it came from."""
    return {
        name: {"value": plain(value), "origin": origin_of(name, resolved.origins)}
        for name, value in flat_names(resolved.settings.model_dump()).items()
    }


def settings_text(resolved: Resolved, with_origin: bool) -> str:
    """The settings as TOML, or one a line with its layer."""
    if not with_origin:
        return toml(resolved.settings.model_dump(exclude_none=True)).decode().rstrip()
    values = flat_names(resolved.settings.model_dump())
    width = max(map(len, values))
    return "\n".join(
        f"{name:{width}}  {value!r:<28}  {origin_of(name, resolved.origins)}" for name, value in values.items()
    )
