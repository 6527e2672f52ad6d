"""A lineage graph as one self-contained SVG text, for a run folder, a run page or a README.

In order: the graph is laid out (`lineage.graph.layout`); modules get colours; edges are threaded through the gaps between
boxes; lanes, edges, arrow heads, nodes and the legend are written as text. The text depends on the graph and the title
alone. It needs no script, font or network; its styles are classes under the picture's id, never style attributes, so
that a page with a strict content policy can hold several pictures. Colours follow the reader's light or dark scheme,
nothing is told by colour alone, and a node that is pointed at or focused shows its edges.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from itertools import count
from string import Template

from tradingview_scraper.pipelines.selection.lineage.graph import layout
from tradingview_scraper.pipelines.selection.lineage.graph.layout import Box, Edge, Layout, Node, is_input

__all__ = ["Edge", "Node", "svg"]

TITLE, LINE, SWATCH, MARGIN = 34, 24, 26, layout.MARGIN  # heights of title and legend line, width of a legend's box
CLEAR = 3  # pixels between an edge and a box that it passes, and between edges of different sources in one gap
SIGNS = {"added": "+", "removed": "\N{MINUS SIGN}", "changed": "~"}
# Okabe and Ito's colours stay apart for the colour-blind. More modules than colours repeat them with a broken stripe.
HUES = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2", "#F0E442", "#D55E00")
STRIPES = ("", ' stroke-dasharray="10 3"', ' stroke-dasharray="3 3.5"')
LIGHT = {"paper": "#ffffff", "lane": "#f6f7f9", "rule": "#d3d8de", "ink": "#1c2530", "faint": "#5a6572"}
DARK = {"paper": "#12161c", "lane": "#1a2028", "rule": "#36404c", "ink": "#e8edf3", "faint": "#9aa7b5"}
LIGHT |= {"added": "#007a58", "removed": "#b84e00", "changed": "#0067a3"}
DARK |= {"added": "#2fd0a2", "removed": "#ff8c42", "changed": "#66bdf2"}

STYLE = Template("""
#$id{$light;background:var(--paper)}
@media(prefers-color-scheme:dark){#$id{$dark}}
#$id text{fill:var(--ink);font:${font}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
#$id .title,#$id .lane text{font:600 12px system-ui,sans-serif}
#$id .title{font-size:15px}
#$id .lane rect{fill:var(--lane);stroke:var(--rule)}
#$id .paper{fill:var(--paper)}
#$id .count,#$id .legend text{fill:var(--faint)}
#$id .edge{fill:none;stroke:var(--edge,var(--faint));stroke-opacity:.6}
#$id .spine{stroke:var(--ink);stroke-width:2.5;stroke-opacity:.8}
#$id .heads{fill:var(--faint)}
#$id .box{fill:var(--fill,var(--paper));stroke:var(--line,var(--faint))}
#$id .stripe{stroke:var(--hue);stroke-width:4}
#$id .border .box{fill:var(--ink);stroke:var(--ink)}
#$id .node.border text{fill:var(--paper);font-weight:700}
#$id .reexecuted .box{stroke:var(--ink);stroke-width:2.5}
#$id .border.reexecuted .box{stroke:var(--faint)}
#$id .dot{fill:var(--ink);stroke:var(--paper);stroke-width:1.5}
#$id .check circle{fill:var(--paper);stroke:var(--ink)}
#$id .check path{fill:none;stroke:var(--ink);stroke-width:1.5}
#$id.diff .node:not(.border) .box{fill:var(--paper)}
#$id.diff .edge{stroke-opacity:.3}
$changes
#$id .removed .box,#$id .edge.removed{stroke-dasharray:5 3}
#$id .mark circle{fill:var(--change)}
#$id .mark text.sign{fill:var(--paper);font-weight:700}
#$id .node:is(:hover,:focus){outline:none}
#$id .node:is(:hover,:focus) .box{stroke:var(--ink);stroke-width:3}
#$id:has(.node:is(:hover,:focus)) .edge{stroke-opacity:.12}
$near{stroke:var(--ink);stroke-opacity:1;stroke-width:2}
$palette
""")


def svg(nodes: Sequence[Node], edges: Sequence[Edge], *, title: str) -> str:
    """The picture of a graph; `ValueError` names what can't be drawn. Pictures on one page need different titles."""
    shown = sorted(nodes, key=lambda node: node.name)
    plan = layout.arrange(shown, edges)
    ident = f"dag{sha256(_text(title).encode()).hexdigest()[:6]}"
    colours = _colours(shown)
    changed = {node.change for node in shown} | {edge.change for edge in plan.edges}
    size = f"{len(shown)} nodes, {len(plan.edges)} edges"
    right = max(plan.width, 2 * MARGIN + LINE + layout.text_width(size) + layout.text_width(title) * 15 // layout.FONT)
    legend, low = _legend(shown, colours, changed, TITLE + plan.height, right)
    kind = "lineage diff" if any(changed) else "lineage"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{ident}" class="{kind}" viewBox="0 0 {right} {low}" '
        f'width="{right}" height="{low}" role="group" aria-labelledby="{ident}-title">',
        f'<title id="{ident}-title">{_text(title)}</title>',
        f"<style>{_style(ident, shown, min(len(HUES), len(colours)))}</style>",
        f'<rect class="paper" width="{right}" height="{low}"/>',
        f'<text class="title" x="{MARGIN}" y="26">{_text(title)}</text>',
        f'<text class="count" x="{right - MARGIN}" y="26" text-anchor="end">{size}</text>',
        f'<g transform="translate(0 {TITLE - MARGIN // 2})">',
        *(_lane(stage, box) for stage, box in plan.lanes.items()),
        *_edges(plan, {node.name: node for node in shown}, colours),
        *(_node(node, plan.boxes[node.name], ident, colours) for node in shown),
        "</g>",
        *legend,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _colours(nodes: Iterable[Node]) -> dict[str, int]:
    """A number for each module, in the order of the stages; inputs have none."""
    firsts: dict[str, int] = {}
    for node in nodes:
        if node.module and not is_input(node):
            stage = layout.LANES.index(node.stage)
            firsts[node.module] = min(stage, firsts.get(node.module, stage))
    return {module: i for i, module in enumerate(sorted(firsts, key=lambda m: (firsts[m], m)))}


def _style(ident: str, nodes: Iterable[Node], hues: int) -> str:
    near = [
        f"#{ident}:has(#{ident}-{_slug(node.name)}:is(:hover,:focus)) :is([data-source={name}],[data-target={name}])"
        for node, name in ((node, _css_string(node.name)) for node in nodes)
    ]
    changes = [
        f"#{ident} .{c}{{--change:var(--{c})}}\n"
        f"#{ident}.diff .{c}:not(.border) .box{{fill:var(--{c});fill-opacity:.15}}\n"
        f"#{ident} .{c} .box,#{ident}.diff .edge.{c}{{stroke:var(--{c});stroke-width:2.5;stroke-opacity:1}}"
        for c in SIGNS
    ]
    light, dark = (";".join(f"--{name}:{value}" for name, value in theme.items()) for theme in (LIGHT, DARK))
    palette = f"{_palette(ident, LIGHT, hues)}\n@media(prefers-color-scheme:dark){{\n{_palette(ident, DARK, hues)}\n}}"
    rules = {"near": ",\n".join(near) or f"#{ident} .none", "changes": "\n".join(changes), "palette": palette}
    return STYLE.substitute(rules, id=ident, font=layout.FONT, light=light, dark=dark)


def _palette(ident: str, theme: Mapping[str, str], count: int) -> str:
    """What each hue becomes on a theme's paper: the fill and outline of boxes, the edges that leave them."""
    return "\n".join(
        f"#{ident} .c{i}{{--hue:{hue};--fill:{_mixed(hue, theme['paper'], 0.2)};"
        f"--line:{_mixed(hue, theme['ink'], 0.7)};--edge:{_mixed(hue, theme['ink'], 0.75)}}}"
        for i, hue in enumerate(HUES[:count])
    )


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(*(bytes.fromhex(c[1:]) for c in (colour, other)), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _slug(name: str) -> str:
    """The name as an XML id; different names stay different."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"-{ord(found[0]):x}-", name)


def _css_string(text: str) -> str:
    return '"' + re.sub(r"[^A-Za-z0-9_.-]", lambda found: f"\\{ord(found[0]):x} ", text) + '"'


def _text(text: str) -> str:
    """Escaped for XML, with a replacement character for each that XML does not allow."""
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text))


def _classes(node: Node, colours: Mapping[str, int]) -> str:
    states = ["validated"] * node.validated + ["reexecuted"] * node.reexecuted + [node.change]
    return _words("input" if is_input(node) else node.kind, _colour(node, colours), *states)


def _colour(node: Node, colours: Mapping[str, int]) -> str:
    """The class of a module's colour; inputs, and samples in the legend, have none."""
    return "" if is_input(node) or node.module not in colours else f"c{colours[node.module] % len(HUES)}"


def _words(*words: str) -> str:
    return " ".join(word for word in words if word)


def _lane(stage: str, box: Box) -> str:
    rect = f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="8"/>'
    return f'<g class="lane">{rect}<text x="{box.x + layout.LANE_PAD}" y="{box.y + 20}">{stage}</text></g>'


def _edges(plan: Layout, nodes: Mapping[str, Node], colours: Mapping[str, int]) -> list[str]:
    """One path an edge, the spine and changed ones on top, and one arrow head where edges dock."""
    where = {name: i for i, column in enumerate(plan.columns) for name in column}
    tracks = [_Tracks([plan.boxes[name] for name in column], plan.height) for column in plan.columns]
    drawn, heads = [], set()
    for edge in plan.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        ends, (i, j) = (plan.boxes[edge.source], plan.boxes[edge.target]), (where[edge.source], where[edge.target])
        if i == j:
            column = plan.columns[i]
            path, head = _within(*ends, column.index(edge.target) - column.index(edge.source) == 1)
        else:
            path, head = _across(*ends, edge.source, tracks[i + 1 : j] if i < j else tracks[i - 1 : j : -1])
        spine = source.kind == target.kind == "border"
        words = _words("edge", _colour(source, colours), "spine" * spine, edge.change)
        data = f'data-source="{_text(edge.source)}" data-target="{_text(edge.target)}"'
        drawn.append((bool(edge.change), spine, f'<path class="{words}" {data} d="{path}"/>'))
        heads.add(head)
    paths = [text for *_, text in sorted(drawn, key=lambda item: item[:2])]
    return [*paths, f'<path class="heads" d="{"".join(sorted(heads))}"/>']


class _Tracks:
    """The levels at which edges pass a column: one a source, clear of boxes and, while there is room, of each other."""

    def __init__(self, stack: Sequence[Box], height: int) -> None:
        self.left, self.right = stack[0].x, stack[0].right
        blocked = (range(box.y - CLEAR + 1, box.bottom + CLEAR) for box in stack)
        inside = range(MARGIN + layout.HEADER - 4 * CLEAR, height - MARGIN - CLEAR)
        self._clear = set(inside).difference(*blocked)
        self._free = set(self._clear)
        self._taken: dict[str, int] = {}

    def level(self, source: str, near: int) -> int:
        """The level of a source's edges: the free one nearest to where they come from."""
        if source not in self._taken:
            room = self._free or self._clear
            found = next(y for away in count() for y in (near - away, near + away) if y in room)
            self._free.difference_update(range(found - CLEAR + 1, found + CLEAR))
            self._taken[source] = found
        return self._taken[source]


def _within(source: Box, target: Box, adjacent: bool) -> tuple[str, str]:
    """Path and arrow head of an edge in one column: straight down to the next box, or a bow around those between."""
    if adjacent:
        middle = source.x + source.width // 2
        return f"M{middle} {source.bottom}V{target.y}", f"M{middle} {target.y}l-3 -7h6z"
    x, y, end = source.right, source.middle, target.y + 5
    out = x + min(layout.GUTTER, 12 + (end - y) // 6)
    return f"M{x} {y}C{out} {y} {out} {end} {x} {end}", f"M{x} {end}l7 -3v6z"


def _across(source: Box, target: Box, name: str, passed: Iterable[_Tracks]) -> tuple[str, str]:
    """Path and arrow head of an edge over columns: it keeps its level until the last gutter, so trunks run as one."""
    onward = source.x < target.x
    x, y = source.right if onward else source.x, source.middle
    path = f"M{x} {y}"
    for track in passed:
        level, near, far = track.level(name, y), track.left, track.right
        path += _curve(x, y, near if onward else far, level)
        x, y = far if onward else near, level
        path += f"H{x}"
    end = target.x if onward else target.right
    path += _curve(x, y, end, target.middle)
    return re.sub(r"(H\d+)+(?=H)", "", path), f"M{end} {target.middle}l{-7 if onward else 7} -3v6z"


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    half = (x + to_x) // 2
    return f"H{to_x}" if y == to_y else f"C{half} {y} {half} {to_y} {to_x} {to_y}"


def _node(node: Node, box: Box, ident: str, colours: Mapping[str, int]) -> str:
    data = f'data-name="{_text(node.name)}" data-stage="{node.stage}" data-module="{_text(node.module)}"'
    x, anchor = (box.x + box.width // 2, ' text-anchor="middle"') if is_input(node) else (box.x + 11, "")
    return (
        f'<g id="{ident}-{_slug(node.name)}" class="node {_classes(node, colours)}" {data} tabindex="0">'
        f"<title>{_text(_tooltip(node))}</title>{_shape(node, box, colours)}"
        f'<text x="{x}" y="{box.y + 14}"{anchor}>{_text(layout.label(node.name))}</text>{_marks(node, box)}</g>'
    )


def _tooltip(node: Node) -> str:
    notes = ["validated"] * node.validated + ["re-executed"] * node.reexecuted + [node.change]
    facts = ", ".join(word for word in (node.stage, node.module, *notes) if word)
    return f"{node.name} ({facts})" + (f": {node.title}" if node.title else "")


def _shape(node: Node, box: Box, colours: Mapping[str, int]) -> str:
    radius = box.height // 2 if is_input(node) else 3
    rect = f'<rect class="box" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="{radius}"/>'
    if not _colour(node, colours):
        return rect
    dashes = STRIPES[colours[node.module] // len(HUES) % len(STRIPES)]
    return rect + f'<path class="stripe"{dashes} d="M{box.x + 4} {box.y + 2}v{box.height - 4}"/>'


def _marks(node: Node, box: Box) -> str:
    """A node's states, on corners where no edge docks: change upper left, re-executed lower left, validated right."""
    sign, dot, check = "", "", ""
    if node.change:
        glyph = f'<text class="sign" x="{box.x}" y="{box.y + 5}" text-anchor="middle">{SIGNS[node.change]}</text>'
        sign = f'<g class="mark"><circle cx="{box.x}" cy="{box.y + 1}" r="6"/>{glyph}</g>'
    if node.reexecuted:
        dot = f'<circle class="dot" cx="{box.x + 1}" cy="{box.bottom - 1}" r="4.5"/>'
    if node.validated:
        x, y = box.right - 2, box.bottom - 1
        check = f'<g class="check"><circle cx="{x}" cy="{y}" r="5"/><path d="M{x - 3} {y}l2 2 4 -4"/></g>'
    return sign + dot + check


def _legend(
    nodes: Sequence[Node], colours: Mapping[str, int], changed: set[str], top: int, right: int
) -> tuple[list[str], int]:
    """The modules, then the marks that occur, in lines below the lanes; and where the picture ends."""
    x, y = MARGIN, top + LINE // 2
    parts = ['<g class="legend">']
    for sample, caption in [*((Node("", "policy", module), module) for module in colours), *_samples(nodes, changed)]:
        width = SWATCH + layout.text_width(caption) + 30
        if x > MARGIN and x + width > right:
            x, y = MARGIN, y + LINE
        shape, marks = _shape(sample, box := Box(x, y - 8, SWATCH, 16), colours), _marks(sample, box)
        text = f'<text x="{box.right + 8}" y="{box.y + 12}">{_text(caption)}</text>'
        parts.append(f'<g class="{_classes(sample, colours)}">{shape}{marks}{text}</g>')
        x += width
    return [*parts, "</g>"], y + LINE


def _samples(nodes: Sequence[Node], changed: set[str]) -> list[tuple[Node, str]]:
    """A sample and a caption for each mark that occurs in the picture."""
    blank = Node("", "policy", "")
    found: list[tuple[bool, Node, str]] = [
        (any(is_input(n) for n in nodes), replace(blank, kind="input"), "input"),
        (any(n.kind == "border" for n in nodes), replace(blank, kind="border"), "border of a stage"),
        (any(n.validated for n in nodes), replace(blank, validated=True), "validated"),
        (any(n.reexecuted for n in nodes), replace(blank, reexecuted=True), "re-executed at this rung"),
        *((change in changed, replace(blank, change=change), change) for change in SIGNS),
    ]
    return [(sample, caption) for occurs, sample, caption in found if occurs]
