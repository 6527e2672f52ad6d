"""How a node says which columns it reads: statements beside the node, for what its syntax tree doesn't tell.

A node function in the dataflow may carry Hamilton's `@tag(reads=[...])`; each statement is

    TARGET < SOURCE SOURCE ... [if SETTING = VALUE]

`TARGET` is a column of the node, `*` any column, and left out (with `<`) it is all there is. A `SOURCE` is an
argument of the function or `argument.column`; `*` in it is the target's column, `$setting` the value of a setting. A source
is read for its values; with `~` before it, it only decides which value there is (a condition, a group, a key), with
`#` which rows there are. `a|b` reads b where there is no a; `{a,b}` stands for either. `SETTING != VALUE` works too.

In this order: `Reads` (what it comes to), `parsed` (statements), `derived` (what the syntax tree tells), `resolved` (arguments
become the nodes that Hamilton wires to them).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

DIRECT, INDIRECT, ROWS = "DIRECT", "INDIRECT", "ROWS"
_MARKS = {"~": INDIRECT, "#": ROWS}
_CONDITION = re.compile(r"(.*?)(?:\sif\s+([\w.]+)\s*(!?=)\s*(\S+))?$", re.DOTALL)
Setting = Callable[[str], object]


@dataclass(frozen=True)
class Reads:
    """One column (empty: every column) of a node reads one source, `node` or `node.column`, in one way."""

    column: str
    source: str
    how: str = DIRECT
    unless: tuple[str, ...] = ()
    """Sources that are read instead where there are any."""

    def document(self) -> dict[str, Any]:
        """As `lineage.json` has it."""
        return {
            "column": self.column,
            "source": self.source,
            "how": self.how,
            **({"unless": list(self.unless)} if self.unless else {}),
        }


def parsed(statements: Iterable[str], setting: Setting) -> list[Reads]:
    """What the statements say under these settings.

    Raises `ValueError` naming a statement that isn't one, and whatever `setting` raises for a name it doesn't know.
    """
    found: list[Reads] = []
    for statement in statements:
        match = _CONDITION.match(statement.strip())
        text, name, sign, value = match.groups() if match else ("", None, "", "")
        if name is None or (_text(setting(name)) == value) == (sign == "="):
            target, arrow, sources = text.rpartition("<")
            if not sources.strip() or (arrow and not target.strip()):
                raise ValueError(f"reads: {statement!r} is no statement: write `column < source ~source #source`")
            found += _read(target.strip(), sources.split(), setting)
    return found


def derived(uses: Mapping[str, Sequence[str]], passes_on: str) -> list[Reads]:
    """What a function's syntax tree tells: `uses` and `passes_on` of `lineage.graph.sources.Sources`."""
    if passes_on:
        return [Reads("*", f"{passes_on}.*")]
    marks = {"#": ("", ROWS), "": ("", DIRECT)}
    found = []
    for argument, columns in uses.items():
        for column in columns:
            suffix, how = marks.get(column, (f".{column}", DIRECT))
            found.append(Reads("", argument + suffix, how))
    return found


def resolved(
    node: str, reads: Iterable[Reads], dependencies: Collection[str], groups: Mapping[str, Mapping[str, str]]
) -> list[Reads]:
    """The same with nodes for arguments: of the node's own sub-dataflow, or each member of a group that is injected.

    Settings and other arguments that are no dependencies drop out.
    """
    found: dict[Reads, None] = {}
    for item in reads:
        for read in _ungrouped(item, groups):
            source = _node(node, read.source, dependencies)
            others = (_node(node, other, dependencies) for other in read.unless)
            if source:
                found[replace(read, source=source, unless=tuple(other for other in others if other))] = None
    return list(found)


def _read(target: str, sources: Iterable[str], setting: Setting) -> list[Reads]:
    found = []
    for source in sources:
        how = _MARKS.get(source[0], DIRECT)
        options = [_filled(option, setting) for option in source.lstrip("~#").split("|")]
        for column in _unbraced(target):
            for i, option in enumerate(options):
                before = tuple(place for earlier in options[:i] for place in _unbraced(earlier))
                found += [
                    Reads(column, _starred(place, column), how, tuple(_starred(other, column) for other in before))
                    for place in _unbraced(option)
                ]
    return found


def _filled(source: str, setting: Setting) -> str:
    return re.sub(r"\$(\w+)", lambda named: _text(setting(named[1])), source)


def _starred(source: str, column: str) -> str:
    """A source under a column that has a name."""
    return source if column in ("", "*") or "*" in column else source.replace("*", column)


def _unbraced(text: str) -> list[str]:
    match = re.match(r"(.*?)\{(.*?)\}(.*)$", text)
    if match is None:
        return [text]
    return [match[1] + part.strip() + rest for part in match[2].split(",") for rest in _unbraced(match[3])]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ungrouped(read: Reads, groups: Mapping[str, Mapping[str, str]]) -> list[Reads]:
    root, _, rest = read.source.partition(".")
    members = groups.get(root)
    if members is None:
        return [read]
    if rest == "*":
        # An argument is the whole of a member, a statement with a target says where in the column the member's name stands.
        return [
            replace(read, column=read.column.replace("*", name) if "*" in read.column else name, source=source)
            for name, source in members.items()
        ]
    name, _, column = rest.partition(".")
    if name in members:
        return [replace(read, source=f"{members[name]}.{column}" if column else members[name])]
    return [replace(read, source=source) for source in members.values()]


def _node(node: str, source: str, dependencies: Collection[str]) -> str:
    """The source with the node that its argument is wired to; empty where there is none."""
    argument, dot, column = source.partition(".")
    above = node.rpartition(".")[0]
    for name in (argument, f"{node}.{argument}", f"{above}.{argument}"):
        if name in dependencies:
            return name + dot + column
    # A source that a group has given is a node's name already, perhaps with dots of its own.
    return source if any(source == name or source.startswith(f"{name}.") for name in dependencies) else ""
