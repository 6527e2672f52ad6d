"""Exact column lineage: from an output's column back to the columns of the source tables.

Pure, over the lineage document: each node's `reads` says which columns of which nodes its columns are made from, and
how. Along a path the weakest link counts, over several paths the strongest:

* DIRECT: the values are made from these;
* INDIRECT: these only decide which value there is (a condition, a group, a key);
* ROWS: these only decide which assets and days there are at all.

Where a path comes to rows, only what decides a node's rows is followed further (`INDEX`).
A column that a node doesn't account for degrades to the whole node, which names too much rather than too little. The
sources are the columns of the tables that the one node that reads the provider brings. Where the document lists the
columns that there were (a run's does), only these are named.

In this order: `place_of` (what a person may call a column), `column_lineage`, `column_text`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.graph.reads import DIRECT, INDIRECT, ROWS
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders

STRENGTH = (DIRECT, INDIRECT, ROWS)
PROVIDER = "provider"
# Where a bare column name is looked for, in this order.
FRAMES = (
    "feature_store",
    "inference_outputs",
    "decisions",
    "standings",
    "raw_pool",
    "winners",
    "clusters",
    "statistics",
)
# File of a run -> the node that it is.
FILES = {"features": "feature_store", "inference": "inference_outputs", "pool": "raw_pool"}
HEADINGS = {
    DIRECT: "made from",
    INDIRECT: "decided by (a condition, a group, a key)",
    ROWS: "which assets and days there are",
}
# Stands for a column: which rows a node has.
INDEX = "#"
Place = tuple[str, str]


@dataclass(frozen=True, order=True)
class _Found:
    """How a source column reaches a place: the weakest link, the length and the nodes of the best path."""

    weakness: int
    length: int
    path: tuple[str, ...]


class _Tracer:
    """The walk from a column to its sources; every place is traced once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.nodes: Mapping[str, Mapping[str, Any]] = {node["name"]: node for node in document["nodes"]}
        self._tables: Mapping[str, Collection[str]] | None = document.get("tables")
        self._traced: dict[Place, dict[str, _Found]] = {}

    def sources(self, place: Place) -> dict[str, _Found]:
        """Source column to how it reaches this place."""
        if place not in self._traced:
            name, column = place
            self._traced[place] = {}  # nothing to be found on the way through itself
            self._traced[place] = dict(self._read(column)) if self._is_source(name) else self._followed(place)
        return self._traced[place]

    def steps(self, place: Place) -> Iterator[tuple[Place, str]]:
        """The places that a place is made from, and how."""
        name, column = place
        for entry, rest in self._entries(name, column):
            others = (_filled(other, rest, entry["column"]) for other in entry.get("unless", ()))
            source = self._place(name, _filled(entry["source"], rest, entry["column"]))
            if source is not None and not any(self._exists(other) for other in others):
                keyed = entry["how"] == ROWS and source[1]
                whole = column == INDEX or entry["how"] == ROWS
                yield (source[0], INDEX) if whole and not keyed else source, entry["how"]

    def _entries(self, name: str, column: str) -> list[tuple[Mapping[str, Any], str]]:
        """What a node says of a column, and what of the column that leaves open."""
        entries = self.nodes[name].get("reads", ())
        whole = [(entry, "") for entry in entries]
        if column == INDEX:
            return [item for item in whole if item[0]["column"] in ("", "*")] or whole
        matched = [(entry, rest) for entry in entries if (rest := _rest(entry["column"], column)) is not None]
        named = any(entry["column"] not in ("", "*") for entry in entries)
        unaccounted = column and named and not any(entry["column"] for entry, _ in matched)
        return whole if unaccounted else matched

    def _followed(self, place: Place) -> dict[str, _Found]:
        best: dict[str, _Found] = {}
        for source, how in self.steps(place):
            for field, found in self.sources(source).items():
                weakness = max(found.weakness, STRENGTH.index(how))
                here = _Found(weakness, found.length + 1, (*found.path, place[0]))
                best[field] = min(best.get(field, here), here)
        return best

    def _is_source(self, name: str) -> bool:
        return PROVIDER in self.nodes[name]["dependencies"]

    def _read(self, column: str) -> Iterator[tuple[str, _Found]]:
        """The source columns that are meant: one, a table's, or all."""
        table, _, field = column.partition(".")
        found = _Found(0, 0, ())
        if column == INDEX:
            return  # the keys that make rows are named as columns
        if self._tables is None:
            yield column or "every table", found
            return
        for name in [table] if table else sorted(self._tables):
            known = self._tables.get(name)
            if known is not None and not known:
                yield name, found  # a matrix: its columns are assets
            elif known and field:
                if field in known:
                    yield f"{name}.{field}", found
            else:
                yield from ((f"{name}.{each}", found) for each in sorted(known or ()))

    def _exists(self, text: str) -> bool:
        """Whether a place has sources that are known to be there."""
        place = self._place("", text)
        if self._tables is None or place is None:
            return False
        return any(found.weakness == 0 for found in self.sources(place).values())

    def _place(self, reader: str, text: str) -> Place | None:
        """Node and column of a dotted text: the longest name of a node (that the reader depends on) and the rest."""
        known = self.nodes[reader]["dependencies"] if reader else self.nodes
        parts = text.split(".")
        for cut in range(len(parts), 0, -1):
            name = ".".join(parts[:cut])
            if name in known:
                return None if self.nodes[name]["kind"] == "input" else (name, ".".join(parts[cut:]))
        return None


def place_of(document: Mapping[str, Any], name: str) -> Place:
    """The node and column that a name means: a node, `node.column`, or a column of an output frame.

    Raises `ConfigurationError` where there is none.
    """
    nodes = {node["name"]: node for node in document["nodes"] if node["kind"] != "input"}
    parts = name.split(".")
    if parts[0] in FILES:
        parts[0] = FILES[parts[0]]
    for cut in range(len(parts), 0, -1):
        node, column = ".".join(parts[:cut]), ".".join(parts[cut:])
        if node in nodes and (not column or _has(nodes, node, column)):
            return node, column
    for frame in FRAMES:
        if name and frame in nodes and _has(nodes, frame, name, any_source=False):
            return frame, name
    near = sorted(known for known in nodes if parts[-1] in known or known in name)
    hint = f"; there are {offenders(near)}" if near else ""
    raise ConfigurationError(f"there is no column or node {name!r}{hint}. `tvselect lineage` lists the nodes")


def column_lineage(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The source columns of an output column: each with how it is read, and the nodes on its shortest way.

    `nodes` are all nodes on the ways that are more than ROWS. Raises `ConfigurationError` where there is no such column.
    """
    tracer = _Tracer(document)
    place = place_of(document, name)
    found = tracer.sources(place)
    fields = [
        {"field": field, "type": STRENGTH[found[field].weakness], "via": list(found[field].path)}
        for field in sorted(found, key=lambda field: (found[field].weakness, field))
    ]
    return {
        "column": name,
        "node": place[0],
        "fields": fields,
        "nodes": sorted(_between(tracer, place)),
    }


def column_text(lineage: Mapping[str, Any]) -> str:
    """For a person: the source columns by how they are read, each with the way that it takes."""
    lines = [f"{lineage['column']}  (node {lineage['node']})"]
    for kind in STRENGTH:
        fields = [entry for entry in lineage["fields"] if entry["type"] == kind]
        if not fields:
            continue
        lines.append(f"\n{kind}: {HEADINGS[kind]}")
        width = max(len(entry["field"]) for entry in fields)
        if kind == ROWS:
            lines += _wrapped([entry["field"] for entry in fields])
        else:
            lines += [f"  {entry['field']:{width}}  > {' > '.join(entry['via'])}" for entry in fields]
    return "\n".join([*lines, f"\n{len(lineage['nodes'])} nodes on the way:", *_wrapped(lineage["nodes"])])


def _has(nodes: Mapping[str, Mapping[str, Any]], node: str, column: str, any_source: bool = True) -> bool:
    """Whether a node accounts for a column: by its name, or because what it reads does.

    A source, and a node that names none of its columns, may have any.
    """
    if PROVIDER in nodes[node]["dependencies"] or not _has_names(nodes[node]):
        return any_source
    for entry in nodes[node].get("reads", ()):
        rest = _rest(entry["column"], column) if entry["column"] else None
        if rest is None or ("*" in entry["column"] and "*" not in entry["source"]):
            continue
        if "*" not in entry["column"] and not rest:
            return True
        if any(
            _has(nodes, *split, any_source) for split in _splits(_filled(entry["source"], rest, entry["column"]), nodes)
        ):
            return True
    return False


def _has_names(node: Mapping[str, Any]) -> bool:
    return any(entry["column"] for entry in node.get("reads", ()))


def _splits(text: str, nodes: Collection[str]) -> Iterator[Place]:
    parts = text.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        if ".".join(parts[:cut]) in nodes:
            yield ".".join(parts[:cut]), ".".join(parts[cut:])


def _rest(target: str, column: str) -> str | None:
    """What of a column its target leaves open; None where the target isn't about this column."""
    if not target or not column:
        return ""
    if "*" in target:
        before, _, after = target.partition("*")
        whole = column.startswith(before) and column.endswith(after) and len(column) > len(before + after)
        if whole:
            return column[len(before) : len(column) - len(after)]
        return "" if before.startswith(f"{column}.") else None
    if column == target or target.startswith(f"{column}."):
        return ""
    return column.removeprefix(f"{target}.") if column.startswith(f"{target}.") else None


def _filled(source: str, rest: str, target: str) -> str:
    """A source with what its target left open."""
    if "*" in source:
        return source.replace("*", rest) if rest else source.replace(".*", "").replace("*", "")
    return f"{source}.{rest}" if rest and "*" not in target else source


def _between(tracer: _Tracer, start: Place) -> set[str]:
    """The nodes on all ways to sources that carry values or decide them."""
    seen, waiting = {start}, [start]
    while waiting:
        for place, how in tracer.steps(waiting.pop()):
            if how != ROWS and place not in seen and any(f.weakness < 2 for f in tracer.sources(place).values()):
                seen.add(place)
                waiting.append(place)
    return {name for name, _ in seen}


def _wrapped(names: Iterable[str], width: int = 110) -> list[str]:
    lines = [" "]
    for name in names:
        if len(lines[-1]) + len(name) > width:
            lines.append(" ")
        lines[-1] += f" {name}"
    return lines
