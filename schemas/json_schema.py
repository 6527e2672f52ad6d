"""Whether a JSON value fits one of the JSON Schemas that this package publishes.

The schemas are of draft 2020-12; fastjsonschema compiles what they use of it, which is the same in draft 7 (a test holds the
verdicts against `jsonschema`). Both the library and the compiled schema are had when they are first asked for.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

Schema = Mapping[str, Any]


@cache
def published(name: str) -> Schema:
    """A schema of this package by its file name, such as `audit.schema.json`."""
    text = resources.files("tradingview_scraper.pipelines.selection.schemas").joinpath(name).read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def violation(value: Any, name: str) -> str | None:
    """The first thing that is wrong with `value` by the schema of that file name, with its place (`$.head.size`).

    None where it fits.
    """
    from fastjsonschema import JsonSchemaValueException

    try:
        _compiled(name)(value, name_prefix="$")
    except JsonSchemaValueException as error:
        return str(error.message)
    return None


@cache
def _compiled(name: str) -> Callable[..., object]:
    import fastjsonschema

    # Neither fills in defaults nor checks formats: a verdict leaves the value as it is and is the same everywhere.
    check: Callable[..., object] = fastjsonschema.compile(dict(published(name)), use_default=False, use_formats=False)
    return check
