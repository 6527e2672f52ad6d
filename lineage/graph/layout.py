"""Where every node and edge of a lineage graph goes: pure coordinates, no drawing.

In order: the graph is checked; inputs move in with the first stage that reads them; each stage is layered by longest
path and its ranks folded into columns of at most so many rows (several heights are tried, the best proportions win);
sweeps of barycentre ordering set the rows. A stage is a lane, the lanes stand left to right, the stages' borders on
one bottom row, the spine. Every choice is a total order that ends in a name: the result depends on the graph alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate, groupby, pairwise
from math import ceil, floor
from operator import itemgetter
from unicodedata import combining, east_asian_width

from tradingview_scraper.pipelines.selection.schemas.stages import STAGES

LANES = ("input", *STAGES)
KINDS = ("input", "value", "factor", "border")
CHANGES = ("", "added", "removed", "changed")
FONT, BOX, LONGEST_NAME = 11, 20, 34  # pixels, pixels, characters
UNIT = 16  # half the pitch of rows: a wrapped rank's columns stand half a row apart, so that edges pass between boxes
GUTTER, LANE_PAD, LANE_GAP, HEADER, MARGIN = 28, 14, 12, 34, 16
SWEEPS = 12
ASPECT = 2.2  # the wanted width for a height of one
BOW_COST = 50  # pixels of width worth spending to save one edge that bows around boxes of its own column

Ranks = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Node:
    """One value of the dataflow, as a picture needs it."""

    name: str
    stage: str
    module: str
    kind: str = "value"
    validated: bool = False
    reexecuted: bool = False
    change: str = ""
    title: str = ""


@dataclass(frozen=True)
class Edge:
    """One dependency: `target` reads `source`."""

    source: str
    target: str
    change: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle, by its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The x of the right side."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The y of the lower side."""
        return self.y + self.height

    @property
    def middle(self) -> int:
        """The y of the centre line, where edges dock."""
        return self.y + self.height // 2


@dataclass(frozen=True)
class Layout:
    """A whole picture: boxes by node name, lanes by stage, each column's names from top to bottom, the edges sorted."""

    width: int
    height: int
    boxes: Mapping[str, Box]
    lanes: Mapping[str, Box]
    columns: Ranks
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class _Graph:
    """The checked graph: nodes and neighbours in the order of names, each node's lane and its rank there."""

    nodes: Mapping[str, Node]
    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]
    lane: Mapping[str, str]
    rank: Mapping[str, int]
    width: Mapping[str, int]
    """Of the box that a node takes."""


@dataclass(frozen=True)
class _Column:
    """Nodes above each other, rank by rank, the border last; `shift` lowers every other column of a wrapped rank."""

    stage: str
    width: int
    ranks: Ranks
    shift: int = 0
    border: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        return _flat(self.ranks) + self.border


def arrange(nodes: Iterable[Node], edges: Iterable[Edge]) -> Layout:
    """Lay out a graph; `ValueError` names what is wrong: a name twice, an unknown stage or endpoint, a cycle."""
    by_name = _checked_nodes(nodes)
    links = _checked_edges(by_name, edges)
    graph = _graph(by_name, links)
    columns = _best_columns(graph)
    rows = _rows(graph, columns)
    lefts, sides, width = _lefts(graph, columns)
    top = MARGIN + HEADER
    boxes = {
        name: Box(left, top + UNIT * rows[name], column.width, BOX)
        for column, left in zip(columns, lefts, strict=True)
        for name in column.members
    }
    low = max((box.bottom for box in boxes.values()), default=top) + LANE_PAD
    lanes = {stage: Box(left, MARGIN, right - left, low - MARGIN) for stage, (left, right) in sides.items()}
    stacks = tuple(tuple(sorted(column.members, key=lambda name: boxes[name].y)) for column in columns)
    return Layout(width, low + MARGIN, boxes, lanes, stacks, links)


@cache
def text_width(text: str) -> int:
    """Pixels that a text takes in a monospaced font, wide East Asian characters counted double."""
    cells = sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
    return ceil(cells * FONT * 0.605)


def label(name: str) -> str:
    """The name as drawn: one too long for any picture keeps its beginning and end."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 13]}…{name[-12:]}"


def is_input(node: Node) -> bool:
    """Whether a node comes from outside the dataflow."""
    return node.kind == "input" or node.stage == "input"


def _checked_nodes(nodes: Iterable[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        if node.name in found:
            raise ValueError(f"two nodes are named {node.name!r}")
        for word, known in ((node.stage, LANES), (node.kind, KINDS), (node.change, CHANGES)):
            if word not in known:
                raise ValueError(f"node {node.name!r} has the unknown word {word!r}, not one of {', '.join(known)}")
        found[node.name] = node
    return dict(sorted(found.items()))


def _checked_edges(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The edges sorted, repeated ones once."""
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        key = edge.source, edge.target
        unknown = [repr(end) for end in key if end not in nodes]
        if unknown:
            raise ValueError(f"edge {key[0]!r} -> {key[1]!r} names the unknown node {' and '.join(unknown)}")
        if edge.change not in CHANGES or found.setdefault(key, edge) != edge:
            raise ValueError(f"edge {key[0]!r} -> {key[1]!r} has an unknown or a second change {edge.change!r}")
    return tuple(found[key] for key in sorted(found))


def _graph(nodes: Mapping[str, Node], links: Iterable[Edge]) -> _Graph:
    before: dict[str, tuple[str, ...]] = dict.fromkeys(nodes, ())
    after = dict(before)
    for edge in links:
        before[edge.target] += (edge.source,)
        after[edge.source] += (edge.target,)
    try:
        order = tuple(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise ValueError(f"the graph has a cycle: {' -> '.join(error.args[1])}") from None
    first = min((n.stage for n in nodes.values() if n.stage != "input"), key=LANES.index, default="input")
    lane = {name: node.stage for name, node in nodes.items()}
    for name in reversed(order):
        if lane[name] == "input":
            lane[name] = min((lane[target] for target in after[name]), key=LANES.index, default=first)
    rank: dict[str, int] = {}
    for name in order:
        near = [rank[source] for source in before[name] if lane[source] == lane[name]]
        rank[name] = -1 if is_input(nodes[name]) and not near else max(near, default=-1) + 1
    return _Graph(nodes, before, after, lane, rank, {name: text_width(label(name)) + 20 for name in nodes})


def _best_columns(graph: _Graph) -> list[_Column]:
    """The columns for the number of rows whose picture comes nearest to the wanted proportions."""
    # Most columns are among those of several heights.
    price = cache(lambda column: column.width + GUTTER + BOW_COST * _bows(graph, column))
    tried = {height: _columns(graph, height, price) for height in range(4, 41, 2)}

    def strangeness(height: int) -> tuple[float, int]:
        tall = 2 * MARGIN + HEADER + LANE_PAD + UNIT * (2 * height + 3)
        ratio = _lefts(graph, tried[height])[2] / tall / ASPECT
        return max(ratio, 1 / ratio), height

    return tried[min(tried, key=strangeness)]


def _columns(graph: _Graph, height: int, price: Callable[[_Column], int]) -> list[_Column]:
    columns: list[_Column] = []
    for stage in LANES:
        names = [name for name in graph.nodes if graph.lane[name] == stage]
        border = [name for name in names if _on_spine(graph, name)]
        by_rank = sorted((graph.rank[name], name) for name in names if name not in border)
        ranks = {rank: [name for _, name in group] for rank, group in groupby(by_rank, key=itemgetter(0))}
        inputs = ranks.pop(-1, [])
        body = _folded(graph, stage, list(ranks.values()), height, price)
        if border:
            last = body.pop() if body else _Column(stage, 0, ())
            body.append(replace(last, width=max(last.width, _width(graph, border)), border=tuple(border)))
        columns += (_wrapped(graph, stage, inputs, height) if inputs else []) + body
    return columns


def _on_spine(graph: _Graph, name: str) -> bool:
    return graph.nodes[name].kind == "border" and all(graph.lane[t] != graph.lane[name] for t in graph.after[name])


def _flat(ranks: Ranks) -> tuple[str, ...]:
    return tuple(name for rank in ranks for name in rank)


def _width(graph: _Graph, names: Iterable[str]) -> int:
    return max(map(graph.width.__getitem__, names))


def _wrapped(graph: _Graph, stage: str, names: Sequence[str], height: int) -> list[_Column]:
    """One rank as one column, or as several of even length; modules stay together."""
    ranked = sorted(names, key=lambda name: (graph.nodes[name].module, name))
    count = ceil(len(ranked) / height)
    parts = [tuple(ranked[a:b]) for a, b in pairwise(len(ranked) * i // count for i in range(count + 1))]
    return [_Column(stage, _width(graph, part), (part,), i % 2) for i, part in enumerate(parts)]


def _folded(
    graph: _Graph, stage: str, ranks: Sequence[Sequence[str]], height: int, price: Callable[[_Column], int]
) -> list[_Column]:
    """Consecutive ranks share a column where that saves more width than its bowed edges cost: the cheapest split."""
    best: list[tuple[int, list[_Column]]] = [(0, [])]
    for end in range(1, len(ranks) + 1):
        options = []
        for start in range(end):
            part = tuple(tuple(rank) for rank in ranks[start:end])
            if start == end - 1:
                new = _wrapped(graph, stage, part[0], height)
            elif sum(map(len, part)) + len(part) / 2 <= height:
                new = [_Column(stage, _width(graph, _flat(part)), part)]
            else:
                continue
            options.append((best[start][0] + sum(map(price, new)), best[start][1] + new))
        best.append(min(options, key=lambda option: (option[0], len(option[1]))))
    return best[-1][1]


def _bows(graph: _Graph, column: _Column) -> int:
    place = {name: i for i, name in enumerate(column.members)}
    return sum(place[name] - place.get(source, len(place)) > 1 for name in place for source in graph.before[name])


def _lefts(graph: _Graph, columns: Sequence[_Column]) -> tuple[list[int], dict[str, tuple[int, int]], int]:
    """The left side of each column, the two sides of each lane, the width of the picture."""
    lefts: list[int] = []
    sides: dict[str, tuple[int, int]] = {}
    end = MARGIN - LANE_GAP
    for i, column in enumerate(columns):
        gutter = _gutter(graph, column)
        if column.stage in sides:
            start = sides[column.stage][0]
            lefts.append(lefts[-1] + columns[i - 1].width + gutter)
        else:
            start = end + LANE_GAP
            lefts.append(start + max(LANE_PAD, gutter - LANE_GAP - LANE_PAD))
        end = max(lefts[-1] + column.width, start + text_width(column.stage) + LANE_PAD) + LANE_PAD
        sides[column.stage] = start, end
    return lefts, sides, max(end, MARGIN) + MARGIN


def _gutter(graph: _Graph, column: _Column) -> int:
    """The room before a column: more for more edges that end there, so that their curves stay apart."""
    here = set(column.members)
    ends = sum(source not in here for name in here for source in graph.before[name])
    return GUTTER + (min(ends, GUTTER) if ends > 1 else 0)


def _rows(graph: _Graph, columns: Sequence[_Column]) -> dict[str, int]:
    """The row of each node, in half rows: sweeps to and fro pull nodes level with their neighbours."""
    room = max((_offsets(c.ranks)[-1] + 2 + c.shift for c in columns if c.ranks), default=0)
    ranks = [column.ranks for column in columns]
    rows: dict[str, float] = {}
    for column in columns:
        rows.update(_settled(column.ranks, dict.fromkeys(column.members, room / 2), room, column.shift))
        rows.update({name: room + 2.0 + 2 * i for i, name in enumerate(column.border)})
    for sweep in range(SWEEPS):
        onward, settling = sweep % 2 == 0, sweep >= SWEEPS - 2
        for i in range(len(columns)) if onward else reversed(range(len(columns))):
            wish = _wishes(graph, ranks[i], rows, onward or settling, not onward or settling)
            ranks[i] = tuple(_sorted_rank(graph, rank, wish) for rank in ranks[i])
            rows.update(_settled(ranks[i], wish, room, columns[i].shift))
    return {name: int(row) for name, row in rows.items()}


def _offsets(ranks: Ranks) -> list[int]:
    """How far each node is below the first, at least: two half rows, three where a rank ends and an arrow may drop."""
    gaps = [3 if i and not j else 2 for i, rank in enumerate(ranks) for j in range(len(rank))]
    return list(accumulate(gaps[1:], initial=0))


def _wishes(graph: _Graph, ranks: Ranks, rows: Mapping[str, float], sources: bool, targets: bool) -> dict[str, float]:
    """The mean row of each node's neighbours on the wanted sides; those on the spine would pull all down."""
    wish = {}
    for name in _flat(ranks):
        near = (graph.before[name] if sources else ()) + (graph.after[name] if targets else ())
        level = [rows[other] for other in near if not _on_spine(graph, other)]
        wish[name] = sum(level) / len(level) if level else rows[name]
    return wish


def _sorted_rank(graph: _Graph, rank: Sequence[str], wish: Mapping[str, float]) -> tuple[str, ...]:
    """By module, then by wish: a module as one block of one colour reads better than the fewest crossings."""
    module = {name: graph.nodes[name].module for name in rank}
    blocks = {block: [wish[name] for name in sorted(rank) if module[name] == block] for block in module.values()}
    level = {block: sum(wishes) / len(wishes) for block, wishes in blocks.items()}
    return tuple(sorted(rank, key=lambda name: (level[module[name]], module[name], wish[name], name)))


def _settled(ranks: Ranks, wish: Mapping[str, float], room: int, shift: int) -> dict[str, float]:
    """The rows nearest to the wishes (by least squares) that keep order and distances, on the column's grid."""
    names, offsets = _flat(ranks), _offsets(ranks)
    blocks: list[tuple[float, int]] = []
    for name, offset in zip(names, offsets, strict=False):
        blocks.append((wish[name] - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    starts = (min(max(start, 0), room - offsets[-1] - 2) for start, count in blocks for _ in range(count))
    grid = (floor((start - shift) / 2 + 0.5) * 2 + shift for start in starts)
    return {name: float(row + offset) for name, row, offset in zip(names, grid, offsets, strict=False)}
