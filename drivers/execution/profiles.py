"""Settings from their layers, with the origin of every value.

Lowest first: the built-in profile (`schemas/profiles/*.toml`, each perhaps extending another), `[base]` and `[profile.NAME]`
of the project's `tvselect.toml`, environment (`TVSELECT__SECTION__KEY=value`), command line (`--set section.key=value`),
`settings=` in Python. Tables merge key by key, everything else replaces. Last, `champion` (see there) gives the scorers
their parts.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import accumulate
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from tradingview_scraper.pipelines.selection.drivers.execution.champion import with_champion
from tradingview_scraper.pipelines.selection.drivers.execution.layer_checks import refuse_extended, refuse_idle
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import (
    ANY,
    Known,
    stated_shares,
    with_placeholders,
    with_thresholds,
)
from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import (
    given,
    schema_at,
    short,
    suggestion,
    wrong_settings,
)
from tradingview_scraper.pipelines.selection.schemas.built_in_profiles import BUILT_IN
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.market_defaults import MARKET_DEFAULTS
from tradingview_scraper.pipelines.selection.schemas.read_only import ReadOnlyDict
from tradingview_scraper.pipelines.selection.schemas.run_files import CALIBRATIONS
from tradingview_scraper.pipelines.selection.schemas.section import Section
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

PROJECT_FILE = "tvselect.toml"
ENVIRONMENT_PREFIX = "TVSELECT__"
BUILT_IN_LAYER = "built-in"
Layer = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Resolved:
    """Settings and, for each leaf (`features.entropy_window`), the layer that its value came from."""

    settings: SelectionSettings
    origins: Mapping[str, str]
    shares: Mapping[str, float] = field(default_factory=ReadOnlyDict)
    """Gate to the share of noise that the profile states as its threshold, where it states one."""


def resolved_settings(
    profile: str = "v4",
    *,
    project: Path | None = None,
    environment: Mapping[str, str] | None = None,
    command_line: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    market_defaults: str | None = None,
    known: Known | None = ANY,
) -> Resolved:
    """The settings of a profile through all layers.

    `market_defaults` names an entry of `schemas.market_defaults`: metadata for assets that come without, which `settings`
    and the command line may still change.
    `known` says which calibrations count for thresholds that are shares of noise; with None these are placeholders, for who
    reads settings and runs nothing.
    `settings` may be nested (`{"clusters": {"threshold": 0.9}}`) or dotted (`{"clusters.threshold": 0.9}`).
    Raises `ConfigurationError` naming the setting that is unknown or wrong, and the layer it came from.
    """
    layers = [
        *profile_layers(profile, project_document(project)),
        ("environment", environment_layer(environment or {})),
        *market_layers(market_defaults),
        ("command line", assignments_layer(command_line)),
        ("settings=", nested(settings or {})),
    ]
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        if not origin.startswith(BUILT_IN_LAYER):
            refuse_idle(layer, merged, origin)
        merged = merge(merged, layer)
        own = dict.fromkeys(leaves(layer), origin)
        # A layer that replaces a table's leaf also replaces what an earlier layer put below it.
        origins = {known: where for known, where in origins.items() if own.keys().isdisjoint(_above(known))} | own
    merged, origins = with_champion(merged, origins, profile, project)
    stated = {**merged, "profile": profile}
    shares = stated_shares(stated)
    origins |= {f"calibrated.{name}": CALIBRATIONS for name in shares}
    numbered = with_placeholders(stated) if known is None else with_thresholds(stated, project, known)
    return Resolved(validated_settings(numbered, origins), origins, ReadOnlyDict(shares))


def _above(key: str) -> Iterator[str]:
    """The tables that a dotted key lies in."""
    return accumulate(key.split(".")[:-1], "{}.{}".format)


def validated_settings(document: Mapping[str, Any], origins: Mapping[str, str]) -> SelectionSettings:
    """The frozen model; raises `ConfigurationError` with one clause a wrong setting."""
    try:
        return SelectionSettings.model_validate(document)
    except ValidationError as error:
        clauses = wrong_settings(error, origins)
        raise ConfigurationError(f"{clauses}. `tvselect config show` lists all settings") from None


def profile_layers(profile: str, document: Mapping[str, Any]) -> list[Layer]:
    """The layers of a profile from built-in to the project's own, lowest first."""
    own = document.get("profile", {}).get(profile)
    if own is None and profile not in BUILT_IN:
        names = sorted({*BUILT_IN, *document.get("profile", {})})
        raise ConfigurationError(f"there is no profile {profile!r}; {suggestion(profile, names)}")
    parent = profile if profile in BUILT_IN else str((own or {}).get("extends", "v4"))
    layers = [*built_in_layers(parent)] if parent in BUILT_IN else profile_layers(parent, document)
    if parent in BUILT_IN and document.get("base"):
        layers.append((f"{PROJECT_FILE} [base]", document["base"]))
    if own:
        layers.append((f"{PROJECT_FILE} [profile.{profile}]", without(own, "extends")))
    return layers


def built_in_layers(profile: str) -> list[Layer]:
    """A built-in profile and the ones that it extends, lowest first."""
    text = (
        resources.files("tradingview_scraper.pipelines.selection.schemas")
        .joinpath(f"profiles/{profile}.toml")
        .read_text("utf-8")
    )
    document = tomllib.loads(text)
    parents = built_in_layers(document["extends"]) if "extends" in document else []
    return [*parents, (f"{BUILT_IN_LAYER} {profile}", without(document, "extends"))]


def project_document(project: Path | None) -> Mapping[str, Any]:
    """The project's `tvselect.toml`, empty where there is none.

    Raises `ConfigurationError` where it can't be read, or holds anything but tables of settings.
    """
    path = None if project is None else project / PROJECT_FILE
    if path is None or not path.exists():
        return {}
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{PROJECT_FILE} isn't UTF-8 text (byte {error.start} is {error.object[error.start]:#04x}): save it as UTF-8"
        ) from None
    except RecursionError:
        raise ConfigurationError(f"{PROJECT_FILE} is nested too deeply to be read") from None
    except OSError as error:
        raise ConfigurationError(f"{PROJECT_FILE} can't be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ConfigurationError(f"{PROJECT_FILE} can't be read: {str(error).splitlines()[0]}") from None
    unknown = sorted(document.keys() - {"base", "profile"})
    if unknown:
        raise ConfigurationError(
            f"{PROJECT_FILE} has {', '.join(unknown)}: it holds [base] and [profile.NAME] tables only"
        )
    profiles = document.get("profile", {})
    _refuse_no_table("base", document.get("base", {}))
    _refuse_no_table("profile", profiles)
    for name, table in profiles.items():
        _refuse_no_table(f"profile.{name}", table)
        refuse_extended(name, table)
    for name, table in profiles.items():
        _refuse_unrooted(name, table, profiles)
    return document


def _refuse_no_table(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{PROJECT_FILE}: {name} must be a table, [{name}], got {given(value)}")


def _refuse_unrooted(name: str, table: Mapping[str, Any], profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises `ConfigurationError` where a profile extends itself or one that there isn't."""
    parent = table.get("extends", "v4")
    if not isinstance(parent, str):
        raise ConfigurationError(f"[profile.{name}] extends must be the name of a profile, got {given(parent)}")
    if name not in BUILT_IN and parent not in BUILT_IN and parent not in profiles:
        raise ConfigurationError(
            f"[profile.{name}] extends {parent!r}, which there isn't; {suggestion(parent, {*BUILT_IN, *profiles} - {name})}"
        )
    seen = [name]
    while isinstance(parent, str) and parent in profiles and parent not in BUILT_IN:
        if parent in seen:
            raise ConfigurationError(f"[profile.{name}] extends itself by way of {', '.join(seen)}")
        seen.append(parent)
        parent = profiles[parent].get("extends", "v4")


def market_layers(name: str | None) -> list[Layer]:
    """`--market-defaults NAME` as a layer, none where it isn't given. Raises `ConfigurationError` where there is none."""
    if name is None:
        return []
    if name not in MARKET_DEFAULTS:
        raise ConfigurationError(f"--market-defaults: there is no market {name!r}; {suggestion(name, MARKET_DEFAULTS)}")
    return [(f"command line --market-defaults {name}", {"data": {"defaults": dict(MARKET_DEFAULTS[name].values)}})]


def environment_layer(environment: Mapping[str, str]) -> dict[str, Any]:
    """`TVSELECT__CLUSTERS__THRESHOLD=0.9` as a layer."""
    return assignments_layer(
        [
            f"{_setting_name(name.removeprefix(ENVIRONMENT_PREFIX))}={value}"
            for name, value in sorted(environment.items())
            if name.startswith(ENVIRONMENT_PREFIX)
        ]
    )


def _setting_name(variable: str) -> str:
    """`FEATURES__ANNUALISATION__CRYPTO` as a setting: in small letters, but for names that aren't (a market, an asset)."""
    path: list[str] = []
    for part in variable.split("__"):
        named = schema_at(path).get("patternProperties", {})
        as_given = ".".join(path) in own_tables() or (
            named and not any(re.search(each, part.lower()) for each in named)
        )
        path.append(part if as_given else part.lower())
    return ".".join(path)


def assignments_layer(assignments: Sequence[str]) -> dict[str, Any]:
    """`section.key=value` texts as a layer; values are TOML, a bare word is text."""
    flat: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not all(part.strip() for part in name.split(".")):
            raise ConfigurationError(f"{short(assignment)} is no setting: write section.key=value")
        flat[_plain_name(name.strip())] = toml_value(text.strip())
    return nested(flat)


def _plain_name(name: str) -> str:
    """The name of a setting without the quotes that TOML puts around a key with dots: data.exclude."BRK.B"."""
    return re.sub(r"""(?<=\.)(["'])(.+)\1$""", r"\2", name)


def toml_value(text: str) -> Any:
    """A TOML value, or the text itself where it is none."""
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # a number of thousands of digits is a ValueError of Python's own
        return text
    return document["value"] if len(document) == 1 else text


def nested(settings: Mapping[str, Any], inside: str = "") -> dict[str, Any]:
    """Dotted names as nested tables; in a table of the user's own names (`data.exclude`) a key stays whole: BRK.B."""
    result: dict[str, Any] = {}
    for name, value in settings.items():
        key, dot, rest = (str(name), "", "") if inside in own_tables() else str(name).partition(".")
        if dot:
            value = {rest: value}
        path = f"{inside}.{key}" if inside else key
        result = merge(result, {key: nested(value, path) if isinstance(value, Mapping) else value})
    return result


@cache
def own_tables() -> frozenset[str]:
    """The tables whose keys are names of the user's own (assets, markets), which may hold dots."""
    found = set()
    for section, own_field in SelectionSettings.model_fields.items():
        kind = own_field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            for name, own in kind.model_fields.items():
                if get_origin(own.annotation) is dict and get_args(own.annotation)[0] is str:
                    found.add(f"{section}.{name}")
    return frozenset(found)


def merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key; where either side is no table the upper one stands."""
    result = dict(lower)
    for name, value in upper.items():
        held = result.get(name)
        result[name] = merge(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value
    return result


def leaves(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The dotted names of all values that are no tables (or empty ones)."""
    names: list[str] = []
    for name, value in table.items():
        dotted = f"{prefix}{name}"
        names += leaves(value, f"{dotted}.") if isinstance(value, Mapping) and value else [dotted]
    return names


def without(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The table less one entry."""
    return {key: value for key, value in table.items() if key != name}


def flat_names(table: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted name to value."""
    values: dict[str, Any] = {}
    for name in leaves(table):
        value: Any = table
        for part in _parts(name, table):
            value = value[part]
        values[name] = value
    return values


def _parts(dotted: str, table: Mapping[str, Any]) -> list[str]:
    """The path of a dotted name; keys may hold dots themselves (an asset in `data.exclude`)."""
    for name in table:
        if dotted == name:
            return [name]
        if dotted.startswith(f"{name}.") and isinstance(table[name], Mapping):
            return [name, *_parts(dotted.removeprefix(f"{name}."), table[name])]
    return [dotted]


def origin_of(name: str, origins: Mapping[str, str]) -> str:
    """The layer of a setting, or of the table that holds it."""
    while name:
        if name in origins:
            return origins[name]
        name = name.rpartition(".")[0]
    return "default"
