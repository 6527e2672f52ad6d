"""What changed between two lineage documents: nodes and edges, as a document, as text, as one picture.

A node is *changed* where its code did (its own function, or anything that uses), or its module, type, stage or
declaration. A node that went while another with the very same code came was *renamed*; who reads it has changed too,
for an argument's name is code. Settings count as nodes, but aren't drawn.

In this order: `lineage_difference`, `difference_text`, `difference_picture`.
"""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.graph.document import drawn_nodes, picture_node
from tradingview_scraper.pipelines.selection.lineage.graph.drawing import svg
from tradingview_scraper.pipelines.selection.lineage.graph.layout import Edge

SCHEMA_VERSION = "1.0"
# Field of a node -> how a change of it is called.
COMPARED = {"version": "code", "module": "module", "type": "type", "stage": "stage", "declared": "declaration"}
Nodes = Mapping[str, Mapping[str, Any]]


def lineage_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Nodes added, removed, renamed (old name to new) and changed (name to what), edges added and removed; all sorted."""
    old, new = _nodes(before), _nodes(after)
    changed = {name: what for name in sorted(old.keys() & new.keys()) if (what := _changes(old[name], new[name]))}
    old_edges, new_edges = _edges(old), _edges(new)
    return {
        "schema_version": SCHEMA_VERSION,
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "renamed": _renamed(old, new),
        "changed": changed,
        "edges_added": [list(edge) for edge in sorted(new_edges - old_edges)],
        "edges_removed": [list(edge) for edge in sorted(old_edges - new_edges)],
    }


def difference_text(difference: Mapping[str, Any], before: str, after: str) -> str:
    """For a person: a line a change, `+` added, `-` removed, `>` renamed, `~` changed and what of it."""
    renamed = difference["renamed"]
    lines = [f"  > {old} is now {new}" for old, new in renamed.items()]
    lines += [f"  + {name}" for name in difference["added"] if name not in renamed.values()]
    lines += [f"  - {name}" for name in difference["removed"] if name not in renamed]
    lines += [f"  ~ {name}: {', '.join(what)}" for name, what in difference["changed"].items()]
    edges = [f"  + {source} -> {target}" for source, target in difference["edges_added"]]
    edges += [f"  - {source} -> {target}" for source, target in difference["edges_removed"]]
    if not lines and not edges:
        return f"{before} and {after}: the same nodes, edges and code"
    parts = [f"from {before} to {after}"]
    parts += ["", f"nodes ({len(lines)})", *lines] if lines else []
    parts += ["", f"edges ({len(edges)})", *edges] if edges else []
    return "\n".join(parts)


def difference_picture(before: Mapping[str, Any], after: Mapping[str, Any], *, title: str) -> str:
    """Both DAGs in one picture, with what came, went and changed marked; as SVG.

    What went is left out where it would close a circle with what came.
    """
    difference = lineage_difference(before, after)
    shown, gone = drawn_nodes(after), drawn_nodes(before)
    drawn = {**gone, **shown}
    states = dict.fromkeys(difference["changed"], "changed")
    states |= {name: "added" for name in shown if name in difference["added"]}
    states |= {name: "removed" for name in gone if name in difference["removed"]}
    nodes = [picture_node(node, change=states.get(name, "")) for name, node in sorted(drawn.items())]
    came = {(source, target) for source, target in difference["edges_added"]}
    edges = [
        Edge(parent, name, "added" if (parent, name) in came else "")
        for name, node in shown.items()
        for parent in node["dependencies"]
        if parent in drawn
    ]
    ends = difference["edges_removed"]
    went = [Edge(source, target, "removed") for source, target in ends if source in drawn and target in drawn]
    try:
        return svg(nodes, [*edges, *went], title=title)
    except ValueError:
        return svg(nodes, edges, title=title)


def _nodes(document: Mapping[str, Any]) -> Nodes:
    """Nodes by name, without what Hamilton itself is configured with: nothing reads that."""
    read = {parent for node in document["nodes"] for parent in node["dependencies"]}
    return {node["name"]: node for node in document["nodes"] if node["kind"] != "input" or node["name"] in read}


def _edges(nodes: Nodes) -> set[tuple[str, str]]:
    return {(parent, name) for name, node in nodes.items() for parent in node["dependencies"]}


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [what for field, what in COMPARED.items() if old.get(field) != new.get(field)]


def _renamed(old: Nodes, new: Nodes) -> dict[str, str]:
    """Old name to new, where code and stage are the same and no third node's are."""
    came = _by_code(new, new.keys() - old.keys())
    went = _by_code(old, old.keys() - new.keys())
    return {
        went[code][0]: came[code][0]
        for code in sorted(went, key=lambda code: went[code])
        if len(went[code]) == len(came.get(code, ())) == 1
    }


def _by_code(nodes: Nodes, names: set[str]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for name in sorted(names):
        if nodes[name]["version"]:
            found.setdefault((nodes[name]["stage"], nodes[name]["version"]), []).append(name)
    return found
