"""The lineage of a run or profile: its DAG as a document, as text, and as a picture; and parts of it.

`lineage_document` is what `lineage.json` holds. `part` names the nodes above one, below one or between two; `picture` and
`lineage_text` show the whole or a part, with the nodes that a rung executed marked. Settings, which nearly every node
reads, are left out of the picture, unless they are asked for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.graph.drawing import svg
from tradingview_scraper.pipelines.selection.lineage.graph.layout import LANES, Edge, Node
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import LINEAGE, RUN_FILES

# Inputs that are data rather than settings.
DRAWN_INPUTS = ("provider", "as_of", "rung")


def lineage_document(
    nodes: Iterable[Mapping[str, Any]], tables: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """The DAG as a document, nodes by name.

    A node has `name`, `stage`, `module`, `kind` (input, value, factor, border), `type`, `documentation`, `version` (digest of
    its code and of what that uses), `dependencies`, `reads` (columns, see `lineage.graph.reads`), `validated`, and `reexecuted`:
    whether a further rung does. `tables` are the columns that there were, where that is known.
    """
    known = {} if tables is None else {"tables": {name: list(tables[name]) for name in sorted(tables)}}
    return {
        "schema_version": RUN_FILES[LINEAGE].version,
        **known,
        "nodes": sorted(nodes, key=lambda node: node["name"]),
    }


def reexecuted_names(document: Mapping[str, Any]) -> list[str]:
    """The nodes that every further rung executes anew; empty for a document that is too old to say."""
    return [node["name"] for node in document["nodes"] if node.get("reexecuted")]


def part(
    document: Mapping[str, Any],
    *,
    upstream: str | None = None,
    downstream: str | None = None,
    path: tuple[str, str] | None = None,
) -> set[str]:
    """The nodes that all of these allow: a node and all above it, one and all below it, all on ways from one to another.

    Raises `ConfigurationError` where there is no such node, or no way.
    """
    above = {node["name"]: node["dependencies"] for node in document["nodes"]}
    below: dict[str, list[str]] = {name: [] for name in above}
    for name, parents in above.items():
        for parent in parents:
            below[parent].append(name)
    found = set(above)
    if upstream is not None:
        found &= _reached(upstream, above)
    if downstream is not None:
        found &= _reached(downstream, below)
    if path is not None:
        between = _reached(path[0], below) & _reached(path[1], above)
        if not between:
            raise ConfigurationError(f"no way leads from {path[0]!r} to {path[1]!r}; is it the other way round?")
        found &= between
    return found


def picture(
    document: Mapping[str, Any],
    *,
    title: str,
    reexecuted: Sequence[str] = (),
    only: Collection[str] | None = None,
    asked: Collection[str] = (),
) -> str:
    """The DAG, or only some nodes of it, as SVG; nodes that a further rung re-executes are marked.

    Settings are drawn where they are asked for by name.
    """
    drawn = drawn_nodes(document, only, asked)
    again = frozenset(reexecuted)
    nodes = [picture_node(node, reexecuted=node["name"] in again) for node in drawn.values()]
    edges = [
        Edge(parent, node["name"]) for node in drawn.values() for parent in node["dependencies"] if parent in drawn
    ]
    return svg(nodes, edges, title=title)


def picture_node(node: Mapping[str, Any], *, reexecuted: bool = False, change: str = "") -> Node:
    """A node as a picture needs it."""
    return Node(
        name=node["name"],
        stage=node["stage"],
        module=node["module"],
        kind=node["kind"],
        validated=node["validated"],
        reexecuted=reexecuted,
        change=change,
        title=node["documentation"].split("\n")[0],
    )


def drawn_nodes(
    document: Mapping[str, Any], only: Collection[str] | None = None, asked: Collection[str] = ()
) -> dict[str, Mapping[str, Any]]:
    """The nodes of a picture by name: no settings but those asked for, no columns of the pool that nobody reads."""
    read = {parent for node in document["nodes"] for parent in node["dependencies"]}
    return {
        node["name"]: node
        for node in document["nodes"]
        if (only is None or node["name"] in only) and (_is_drawn(node, read) or node["name"] in asked)
    }


def lineage_text(
    document: Mapping[str, Any],
    *,
    only: Collection[str] | None = None,
    marked: Collection[str] = (),
    mark: str = "re-executed",
) -> str:
    """The DAG, or only some nodes of it, for a person and for `diff`: a line a node, stage by stage, what it reads last.

    `-` is a node, `=` one that is validated; what a rung executed is said in words. Settings stand behind a semicolon.
    """
    inputs = {node["name"] for node in document["nodes"] if node["kind"] == "input"} - set(DRAWN_INPUTS)
    lines: list[str] = []
    for stage in LANES:
        nodes = [n for n in document["nodes"] if n["stage"] == stage and (only is None or n["name"] in only)]
        if stage == "input":
            nodes = [node for node in nodes if node["name"] in _read_at_all(document)]
        if nodes:
            lines += ["", f"{stage} ({len(nodes)})"] if lines else [f"{stage} ({len(nodes)})"]
        if stage == "input" and nodes:
            lines += [f"  - {node['name']}: {_short(node['type'])}" for node in nodes]
            continue
        for node in nodes:
            notes = [node["module"], node["kind"] * (node["kind"] != "value"), mark * (node["name"] in marked)]
            sign = "=" if node["validated"] else "-"
            read = ", ".join(name for name in node["dependencies"] if name not in inputs)
            settings = ", ".join(name for name in node["dependencies"] if name in inputs)
            about = ", ".join(note for note in notes if note)
            arrow = " <- " if read or settings else ""
            lines.append(f"  {sign} {node['name']} ({about}){arrow}{read}{'; ' * bool(settings)}{settings}")
    return "\n".join(lines)


def _short(kind: str) -> str:
    """A type without the modules that its parts come from."""
    words = kind.replace("[", " [ ").replace("]", " ] ").replace(",", " , ").split()
    joined = " ".join(word.rpartition(".")[2] if word != "..." else word for word in words)
    return joined.replace(" [ ", "[").replace(" ]", "]").replace(" ,", ",")


def _read_at_all(document: Mapping[str, Any]) -> set[str]:
    return {parent for node in document["nodes"] for parent in node["dependencies"]}


def _reached(start: str, links: Mapping[str, Collection[str]]) -> set[str]:
    if start not in links:
        near = sorted(name for name in links if start in name or name in start)
        hint = f"; there are {', '.join(near[:8])}" if near else ""
        raise ConfigurationError(f"there is no node {start!r}{hint}. `tvselect lineage` lists them")
    reached, waiting = {start}, [start]
    while waiting:
        new = set(links[waiting.pop()]) - reached
        reached |= new
        waiting += sorted(new)
    return reached


def _is_drawn(node: Mapping[str, Any], read: Collection[str]) -> bool:
    """Settings aren't, nor are the pool's columns that nobody reads."""
    if node["kind"] == "input":
        return node["name"] in DRAWN_INPUTS
    return node["name"] in read or node["dependencies"] != ["pool_columns"]
