"""The lineage of a run: its DAG as a document, and as a picture.

`lineage_document` is what `lineage.json` holds: every node with its stage, module, type and dependencies. `picture` draws it;
settings, which nearly every node reads, are left out of the picture.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.drawing import svg
from tradingview_scraper.pipelines.selection.lineage.layout import Edge, Node

SCHEMA_VERSION = "1.0"
# Inputs that are data rather than settings.
DRAWN_INPUTS = ("provider", "as_of", "rung")


def lineage_document(nodes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The DAG as a document, nodes by name.

    A node has `name`, `stage`, `module`, `kind` (input, value, factor, border), `type`, `documentation`, `version` (digest of
    its source) and `dependencies`.
    """
    return {"schema_version": SCHEMA_VERSION, "nodes": sorted(nodes, key=lambda node: node["name"])}


def picture(document: Mapping[str, Any], *, title: str, reexecuted: Sequence[str] = ()) -> str:
    """The DAG as SVG; nodes that a further rung re-executes are marked."""
    read = {parent for node in document["nodes"] for parent in node["dependencies"]}
    drawn = {node["name"]: node for node in document["nodes"] if _is_drawn(node, read)}
    again = frozenset(reexecuted)
    nodes = [
        Node(
            name=node["name"],
            stage=node["stage"],
            module=node["module"],
            kind=node["kind"],
            validated=node["validated"],
            reexecuted=node["name"] in again,
            title=node["documentation"].split("\n")[0],
        )
        for node in drawn.values()
    ]
    edges = [
        Edge(parent, node["name"]) for node in drawn.values() for parent in node["dependencies"] if parent in drawn
    ]
    return svg(nodes, edges, title=title)


def _is_drawn(node: Mapping[str, Any], read: Collection[str]) -> bool:
    """Settings aren't, nor are the pool's columns that nobody reads."""
    if node["kind"] == "input":
        return node["name"] in DRAWN_INPUTS
    return node["name"] in read or node["dependencies"] != ["pool_columns"]
