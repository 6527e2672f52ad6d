"""What is wrong with a setting, in plain words: what it must be, what was given, and by which layer.

`wrong_settings` turns the model's errors into one clause per setting. What a setting must be is read off the model's own
JSON Schema, so that a new setting needs no words of its own; a name that there isn't gets the nearest one that there is.
"""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError

from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

Schema = Mapping[str, Any]
SHOWN = 5
LISTED = 12
"""Names up to which all are listed where none is near."""
_PLAIN: Mapping[str, str] = {
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}
_BOUNDS: Mapping[str, str] = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
}


def wrong_settings(error: ValidationError, origins: Mapping[str, str]) -> str:
    """One clause per wrong setting, the first few of them: its name, what it must be, what it is, and who said so."""
    errors = error.errors(include_url=False)
    inner = {found["loc"][:end] for found in errors for end in range(len(found["loc"]))}
    # A list of which an entry is wrong is reported as too short, too: the entry says it all.
    clauses = list(dict.fromkeys(_clause(found, origins) for found in errors if found["loc"] not in inner))
    more = f"; and {len(clauses) - SHOWN} more" if len(clauses) > SHOWN else ""
    return "; ".join(clauses[:SHOWN]) + more


def suggestion(name: str, known: Iterable[str]) -> str:
    """`did you mean A?`, else the names that there are, if they are few; empty if there are many."""
    names = sorted(known)
    folded = {each.lower(): each for each in names}
    found = difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.6)
    if found:
        return f"did you mean {' or '.join(folded[each] for each in found)}?"
    return f"there are {', '.join(names)}" if 0 < len(names) <= LISTED else ""


def given(value: Any) -> str:
    """A value as a person would name it; a text isn't repeated, for it may be a secret that went to the wrong place."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "text"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int | float):
        # Python itself refuses to write out a number of thousands of digits.
        return "a number of thousands of digits" if abs(value) > 10**30 else f"{value!r}"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, Sequence):
        return "a list" if value else "an empty list"
    return short(str(value))


def origin_near(path: Sequence[str], origins: Mapping[str, str], *, gone: bool = False) -> str:
    """The layer that a wrong value came from: the nearest leaf at or above it, else the last that set one below.

    A setting that is `gone` is missing beside those of its table.
    """
    for end in range(len(path), 0, -1):
        name = ".".join(path[:end])
        if name in origins:
            return origins[name]
    name = ".".join(path[:-1] if gone else path)
    below = [where for leaf, where in origins.items() if leaf.startswith(f"{name}.")]
    return next((where for where in reversed(below) if not where.startswith("built-in")), "")


def _clause(found: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    path = [str(part) for part in found["loc"] if part != "[key]"]
    gone = found["type"] == "missing"
    if gone and path[-1].isdecimal():
        found, path, gone = {**found, "type": "too_short"}, path[:-1], False
    name = ".".join(path) or "settings"
    origin = origin_near(path, origins, gone=gone) if path else ""
    return f"{name}: {_complaint(found, path)}" + (f" (from {origin})" if origin else "")


def _complaint(found: Mapping[str, Any], path: Sequence[str]) -> str:
    kind = found["type"]
    if kind == "extra_forbidden":
        meant = _meant(path)
        return "unknown setting" + (f"; {meant}" if meant else "")
    if kind == "missing":
        return "is missing"
    if kind in ("value_error", "assertion_error"):
        message = str(found["msg"]).partition(", ")[2] or str(found["msg"])
        return message[:1].lower() + message[1:]
    if "[key]" in found["loc"]:
        names = _choices(schema_at(path[:-1]).get("propertyNames", {}))
        pattern = next(iter(schema_at(path[:-1]).get("patternProperties", {})), "")
        rule = f"it takes {', '.join(names)}" if names else _NAMES.get(pattern, f"a name is like {pattern}")
        return f"no such name here: {rule}"
    if kind == "finite_number":
        return f"must be a finite number, got {given(found['input'])}"
    expected = _expected(schema_at(path))
    hint = ""
    if kind == "literal_error" and isinstance(found["input"], str):
        hint = suggestion(found["input"], _choices(schema_at(path)))
    return f"must be {expected}, got {given(found['input'])}" + (f"; {hint}" if hint.startswith("did") else "")


def _meant(path: Sequence[str]) -> str:
    """The setting that was probably meant: beside it, else one of that name elsewhere."""
    parent = ".".join(path[:-1])
    siblings = schema_at(path[:-1]).get("properties", {})
    close = suggestion(path[-1], siblings)
    if close.startswith("did"):
        return close if not parent else close.replace("did you mean ", f"did you mean {parent}.", 1)
    last = {name.rpartition(".")[2]: name for name in reversed(_all_names())}
    found = difflib.get_close_matches(path[-1], last, n=3)
    return f"did you mean {' or '.join(last[each] for each in found)}?" if found else ""


def _expected(schema: Schema) -> str:
    """What a value must be, by its schema."""
    choices = _choices(schema)
    if choices:
        return choices[0] if len(choices) == 1 else f"one of {', '.join(map(str, choices))}"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_expected(_resolved(each)) for each in schema["anyOf"]))
    kind = schema.get("type", "")
    if kind in ("integer", "number"):
        bounds = " and ".join(f"{sign} {schema[key]:g}" for key, sign in _BOUNDS.items() if key in schema)
        return ("a whole number" if kind == "integer" else "a number") + (f" {bounds}" if bounds else "")
    if kind == "string" and "pattern" in schema:
        return f"text such as {_EXAMPLES.get(str(schema['pattern']), schema['pattern'])}"
    if kind == "array":
        count = schema.get("minItems")
        if count and count == schema.get("maxItems"):
            return f"a list of {count} numbers"
        return "a list" if not count else "a list with at least one entry"
    return _PLAIN.get(kind, "another value")


_NAMES: Mapping[str, str] = {
    r"^[a-z][a-z0-9_]*$": "a name has lower case letters, digits and _",
    r"^(default|[A-Z0-9_]+)$": "a market is written in capitals (CRYPTO), and `default` stands for all others",
}
_EXAMPLES: Mapping[str, str] = {r"^[1-9][0-9]*[mhdwM]$": "1d or 4h"}


def _choices(schema: Schema) -> list[str]:
    return [str(each) for each in schema.get("enum", [schema["const"]] if "const" in schema else [])]


@cache
def _root() -> Schema:
    return SelectionSettings.model_json_schema()


def _resolved(schema: Schema) -> Schema:
    while "$ref" in schema:
        found: Schema = _root()["$defs"][str(schema["$ref"]).rpartition("/")[2]]
        schema = found
    return schema


def schema_at(path: Sequence[str]) -> Schema:
    """The schema of a setting; that of anything where there is none."""
    schema = _root()
    for part in path:
        schema = _resolved(schema)
        inner = schema.get("properties", {}).get(part)
        if inner is None:
            other = schema.get("additionalProperties") or schema.get("items") or {}
            inner = other if isinstance(other, Mapping) else {}
            positions = schema.get("prefixItems", [])
            if part.isdecimal() and int(part) < len(positions):
                inner = positions[int(part)]
            if not inner and "patternProperties" in schema:
                inner = next(iter(schema["patternProperties"].values()))
        schema = inner
    return _resolved(schema)


@cache
def _all_names() -> tuple[str, ...]:
    """The dotted names of all settings with a name of their own."""

    def below(schema: Schema, prefix: str) -> list[str]:
        names: list[str] = []
        for name, inner in _resolved(schema).get("properties", {}).items():
            names += below(inner, f"{prefix}{name}.") or [f"{prefix}{name}"]
        return names

    return tuple(below(_root(), ""))


def short(text: str, width: int = 60) -> str:
    """A text cut to a width."""
    return text if len(text) <= width else f"{text[: width - 3]}..."
