"""The house as it stands: the import graph of the four folders, measured, and held against the plan.

`python .ci/structure.py [ROOT]` prints it and ends with 1 where something is refused:

1. an import against the plan (`FOLDERS`, `DRIVERS`: who may import whom), or a relative one;
2. a circle of modules or of folders;
3. a file name that stands twice in the four folders, beside those in `REPEATED`;
4. a folder with `__init__.py` that isn't among pyproject's packages.

Imports inside functions count: they are arrows like any other. Those under `if TYPE_CHECKING` count for the plan, but close
no circle of modules. Standard library only.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

NAMESPACE = "tradingview_scraper.pipelines.selection."
FOLDERS: Mapping[str, tuple[str, ...]] = {
    "schemas": (),
    "dataflow": ("schemas",),
    "lineage": ("schemas",),
    "drivers": ("lineage", "dataflow", "schemas"),
}
# Each floor of `drivers` may import itself and what stands below it.
DRIVERS: tuple[tuple[str, ...], ...] = (
    ("execution",),
    ("recording",),
    ("review", "migration", "demo", "research", "lakehouse", "scanning", "testing"),
    ("cli",),
)
REPEATED = ("nodes.py", "__init__.py", "__main__.py")
BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.comprehension, ast.match_case, ast.Assert)


@dataclass(frozen=True)
class Arrow:
    """One module imports another."""

    source: str
    target: str
    typing_only: bool


@dataclass(frozen=True)
class Source:
    """One module, read."""

    name: str
    """Dotted, from the four folders on: `drivers.execution.plan`."""
    path: Path
    lines: int
    arrows: tuple[Arrow, ...]
    relative: int
    complexity: tuple[tuple[int, str], ...]
    """Of each function: 1 and one more per branch."""

    @property
    def folder(self) -> str:
        """The package that it lies in."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


def sources(root: Path) -> list[Source]:
    """Every module of the four folders, by path."""
    paths = sorted(path for top in FOLDERS for path in (root / top).rglob("*.py"))
    names = {dotted(path.relative_to(root)): path for path in paths}
    return [_source(name, path, set(names)) for name, path in names.items()]


def dotted(path: Path) -> str:
    """A file's module name."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _source(name: str, path: Path, known: set[str]) -> Source:
    text = path.read_text("utf-8")
    tree = ast.parse(text, str(path))
    imports = [(node, typing_only) for node, typing_only in _imports(tree)]
    arrows = {
        Arrow(name, target, typing_only) for node, typing_only in imports for target in _targets(node, known) - {name}
    }
    return Source(
        name=name,
        path=path,
        lines=text.count("\n"),
        arrows=tuple(sorted(arrows, key=lambda arrow: (arrow.target, arrow.typing_only))),
        relative=sum(isinstance(node, ast.ImportFrom) and node.level > 0 for node, _ in imports),
        complexity=tuple(_complexities(tree)),
    )


def _imports(tree: ast.AST, typing_only: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, typing_only
        guarded = isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        yield from _imports(node, typing_only or guarded)


def _targets(node: ast.Import | ast.ImportFrom, known: set[str]) -> set[str]:
    """The modules of ours that an import names, each at its deepest."""
    if isinstance(node, ast.Import):
        named = [alias.name for alias in node.names]
    else:
        named = [f"{node.module}.{alias.name}" for alias in node.names]
    found = set()
    for name in named:
        place = name.removeprefix(NAMESPACE)
        if not name.startswith(NAMESPACE):
            continue
        found |= {place} if place in known else {place.rpartition(".")[0]} & known
    return found


def _complexities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = list(ast.walk(node))
            branches = sum(isinstance(each, BRANCHES) for each in inside)
            operands = sum(len(each.values) - 1 for each in inside if isinstance(each, ast.BoolOp))
            yield 1 + branches + operands, node.name


def allowed(source: str, target: str) -> bool:
    """Whether the plan has an arrow between two modules."""
    from_top, to_top = source.partition(".")[0], target.partition(".")[0]
    if from_top != to_top:
        return to_top in FOLDERS[from_top]
    if from_top != "drivers":
        return True
    from_floor, to_floor = _floor(source), _floor(target)
    # `drivers` itself gives the short names of what lies in it.
    if from_floor is None or to_floor is None:
        return from_floor is None
    same_room = source.split(".")[1] == target.split(".")[1]
    return to_floor < from_floor or same_room


def _floor(name: str) -> int | None:
    room = name.split(".")[1] if "." in name else ""
    return next((floor for floor, rooms in enumerate(DRIVERS) if room in rooms), None)


def folder_arrows(found: list[Source]) -> dict[str, set[str]]:
    """Folder to the folders that it imports. `drivers` alone is left out: it imports by name, when asked."""
    folders = {source.name: source.folder for source in found}
    graph: dict[str, set[str]] = {source.folder: set() for source in found}
    for source in found:
        if source.name != "drivers":
            graph[source.folder] |= {folders[arrow.target] for arrow in source.arrows} - {source.folder}
    return graph


def rooms(found: list[Source]) -> dict[str, set[str]]:
    """`drivers` alone: each of its folders, with what lies in it, to those that it imports."""
    graph: dict[str, set[str]] = {source.name.split(".")[1]: set() for source in found if _in_room(source.name)}
    for source in found:
        if _in_room(source.name):
            room = source.name.split(".")[1]
            graph[room] |= {arrow.target.split(".")[1] for arrow in source.arrows if _in_room(arrow.target)} - {room}
    return graph


def _in_room(name: str) -> bool:
    return name.startswith("drivers.")


def floors(graph: Mapping[str, set[str]]) -> int:
    """The number of folders on the longest chain. Raises `CycleError` where there is a circle."""
    height: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        height[name] = 1 + max((height[below] for below in graph[name]), default=0)
    return max(height.values(), default=0)


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def violations(root: Path, found: list[Source]) -> list[str]:
    """Everything that is refused, one line each."""
    said = []
    for source in found:
        place = source.path.relative_to(root)
        if source.relative:
            said.append(f"{place}: {source.relative} relative import(s); write them in full")
        for target in sorted({arrow.target for arrow in source.arrows}):
            if not allowed(source.name, target):
                said.append(f"{place}: imports {target}, against the plan")
    modules = {s.name: {arrow.target for arrow in s.arrows if not arrow.typing_only} for s in found}
    for what, graph in (("modules", modules), ("folders", _without_typing(found))):
        around = circle(graph)
        if around:
            said.append(f"circle of {what}: {' -> '.join(around)}")
    places: dict[str, list[str]] = {}
    for source in found:
        if source.path.name not in REPEATED:
            places.setdefault(source.path.name, []).append(str(source.path.relative_to(root)))
    said += [f"{name} stands twice: {', '.join(paths)}" for name, paths in places.items() if len(paths) > 1]
    packaged = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    for source in found:
        if source.path.name == "__init__.py" and f"{NAMESPACE}{source.name}" not in packaged:
            said.append(f"{source.path.parent.relative_to(root)}: not among pyproject's packages")
    return said


def _without_typing(found: list[Source]) -> dict[str, set[str]]:
    """The folder graph in which a package and its own rooms count as one way only: from the package down."""
    folders = {source.name: source.folder for source in found}
    graph: dict[str, set[str]] = {source.folder: set() for source in found}
    for source in found:
        if source.name == "drivers":
            continue
        for arrow in source.arrows:
            target = folders[arrow.target]
            if not arrow.typing_only and target != source.folder:
                graph[source.folder].add(target)
    return graph


def report(root: Path, found: list[Source]) -> list[str]:
    """The figures, line by line."""
    graph = folder_arrows(found)
    arrows = [(source, arrow.target) for source in found for arrow in source.arrows]
    inside = {(source.name, target) for source, target in arrows if _in_room(source.name) and _in_room(target)}
    drivers = rooms(found)
    files = Counter(source.folder for source in found)
    largest = max(found, key=lambda source: source.lines)
    depth, function, where = max((depth, name, source.name) for source in found for depth, name in source.complexity)
    lines = [f"{name:42} {files[name]:3} files -> {', '.join(sorted(graph[name])) or '-'}" for name in sorted(graph)]
    return [
        *lines,
        f"files {len(found)}, folders {len(graph)}, arrows between modules of drivers {len(inside)}, floors {_height(graph)}",
        f"drivers alone: folders {len(drivers)}, floors {_height(drivers)} (plan: {len(DRIVERS)}), "
        f"arrows between folders {sum(map(len, drivers.values()))}",
        *(f"  {room} -> {', '.join(sorted(below))}" for room, below in sorted(drivers.items()) if below),
        f"largest module {largest.path.relative_to(root)} ({largest.lines} lines), median {median(s.lines for s in found):g}",
        f"largest complexity {depth}: {where}.{function}",
    ]


def _height(graph: Mapping[str, set[str]]) -> str:
    return "none: there is a circle" if circle(graph) else str(floors(graph))


def main(arguments: list[str]) -> int:
    """Print the figures, then what is refused; 1 where there is any."""
    root = Path(arguments[0] if arguments else Path(__file__).resolve().parents[1])
    found = sources(root)
    said = violations(root, found)
    sys.stdout.write("\n".join([*report(root, found), *(f"REFUSED {line}" for line in said)]) + "\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
