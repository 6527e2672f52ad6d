"""Whether a JSON value fits one of the JSON Schemas that this package publishes.

A validator for the part of the standard (draft 2020-12) that those schemas use, so that `verify` gives the same verdict
on every machine and starts at once; a test holds it against `jsonschema`. A schema with any other keyword is refused.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == int(value),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
_SAYS_NOTHING = frozenset({"$schema", "$id", "$defs", "title", "description"})
Schema = Mapping[str, Any]


@cache
def published(name: str) -> Schema:
    """A schema of this package by its file name, such as `audit.schema.json`."""
    text = resources.files("tradingview_scraper.pipelines.selection.schemas").joinpath(name).read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def violations(value: Any, schema: Schema, root: Schema | None = None, where: str = "$") -> Iterator[str]:
    """What is wrong with `value`, a clause each, with the place (`$.head.size`).

    Raises `ValueError` where the schema uses a keyword that isn't known here.
    """
    whole = schema if root is None else root
    for keyword, wanted in schema.items():
        if keyword not in _SAYS_NOTHING:
            check = _CHECKS.get(keyword)
            if check is None:
                raise ValueError(f"{where}: the schema's keyword {keyword!r} isn't known to this validator")
            yield from check(value, wanted, whole, where)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _reference(value: Any, wanted: str, root: Schema, where: str) -> Iterator[str]:
    target: Any = root
    for part in wanted.removeprefix("#/").split("/"):
        target = target[part]
    return violations(value, target, root, where)


def _type(value: Any, wanted: str | list[str], root: Schema, where: str) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not any(_TYPES[name](value) for name in names):
        yield f"{where} is no {' or '.join(names)}"


def _const(value: Any, wanted: Any, root: Schema, where: str) -> Iterator[str]:
    if value != wanted:
        yield f"{where} is not {wanted!r}"


def _enum(value: Any, wanted: list[Any], root: Schema, where: str) -> Iterator[str]:
    if value not in wanted:
        yield f"{where} is none of {', '.join(map(str, wanted))}"


def _minimum(value: Any, wanted: float, root: Schema, where: str) -> Iterator[str]:
    if _is_number(value) and value < wanted:
        yield f"{where} is below {wanted}"


def _min_length(value: Any, wanted: int, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, str) and len(value) < wanted:
        yield f"{where} is shorter than {wanted}"


def _pattern(value: Any, wanted: str, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(wanted, value):
        yield f"{where} doesn't match {wanted}"


def _required(value: Any, wanted: list[str], root: Schema, where: str) -> Iterator[str]:
    missing = [name for name in wanted if isinstance(value, dict) and name not in value]
    if missing:
        yield f"{where} lacks {', '.join(missing)}"


def _properties(value: Any, wanted: Schema, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, schema in wanted.items():
            if name in value:
                yield from violations(value[name], schema, root, f"{where}.{name}")


def _additional(value: Any, wanted: Schema, root: Schema, where: str) -> Iterator[str]:
    # Of the published schemas those that have this keyword have no `properties` beside it: every entry counts.
    if isinstance(value, dict):
        for name, item in value.items():
            yield from violations(item, wanted, root, f"{where}.{name}")


def _items(value: Any, wanted: Schema, root: Schema, where: str) -> Iterator[str]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from violations(item, wanted, root, f"{where}[{position}]")


def _any_of(value: Any, wanted: list[Schema], root: Schema, where: str) -> Iterator[str]:
    if all(next(violations(value, schema, root, where), None) is not None for schema in wanted):
        yield f"{where} fits none of {len(wanted)} alternatives"


_CHECKS: Mapping[str, Callable[[Any, Any, Schema, str], Iterator[str]]] = {
    "$ref": _reference,
    "additionalProperties": _additional,
    "anyOf": _any_of,
    "const": _const,
    "enum": _enum,
    "items": _items,
    "minimum": _minimum,
    "minLength": _min_length,
    "pattern": _pattern,
    "properties": _properties,
    "required": _required,
    "type": _type,
}
