"""A fitted pipeline as bytes: skops, but the same for the same model.

skops names what it saves by where it lay in memory, and zips carry the time. Here names are numbers in the order in which they
are met, and the time is 1980, as zips count from.
"""

import io
import json
from collections.abc import Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tradingview_scraper.pipelines.selection.drivers.execution.model_files import skops_io

SCHEMA = "schema.json"
BEGINNING = (1980, 1, 1, 0, 0, 0)


def model_bytes(pipeline: Any) -> bytes:
    """The file of a fitted pipeline. Raises `ConfigurationError` where skops isn't installed."""
    with ZipFile(io.BytesIO(skops_io().dumps(pipeline))) as saved:
        schema = json.loads(saved.read(SCHEMA))
        names = dict(_renamed(schema))
        contents = {names[name]: saved.read(name) for name in saved.namelist() if name != SCHEMA}
    contents[SCHEMA] = json.dumps(schema, indent=1).encode()
    sink = io.BytesIO()
    with ZipFile(sink, "w") as written:
        for name in sorted(contents):
            entry = ZipInfo(name, BEGINNING)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            written.writestr(entry, contents[name], compresslevel=6)
    return sink.getvalue()


def _renamed(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Number the schema's identities and files where they stand; each file's old name with its new one.

    Plain values are numbered one by one: whether two equal texts are one object is an affair of the interpreter.
    """
    numbers: dict[Any, int] = {}
    files: dict[str, str] = {}
    for count, node in enumerate(_nodes(schema)):
        if "__id__" in node:
            key = count if node.get("__loader__") == "JsonNode" else (node["__id__"],)
            node["__id__"] = numbers.setdefault(key, len(numbers) + 1)
        if isinstance(node.get("file"), str):
            old = node["file"]
            node["file"] = files.setdefault(old, f"{len(files) + 1}.{old.rpartition('.')[2]}")
    return iter(files.items())


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema, in the order of the text."""
    if isinstance(value, dict):
        yield value
        for each in list(value.values()):
            yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)
