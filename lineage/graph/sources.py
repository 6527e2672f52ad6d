"""What the source of a node says, read from syntax trees: which code it hangs on, and how it uses its arguments.

`Sources` holds the modules of a project (the package and the user's own), read when first asked for. `digest` names a
function's code together with all that it uses of them, transitively: functions, classes, constants. Comments,
docstrings, layout, annotations of others, the function's own name and decorators that only describe don't count, nor
does where the files lie. `uses` says which columns a function reads of each argument.

What a syntax tree can't tell is left out: methods called on arguments, modules chosen at run time.
"""

import ast
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.util import resolve_name
from json.encoder import encode_basestring_ascii
from typing import Any

from tradingview_scraper.pipelines.selection.schemas.digests import json_digest

# Decorators that say something of a function and change nothing that it computes.
DESCRIBING = ("factor", "intermediate", "tag")
ROWS, WHOLE = "#", ""
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_HOLDERS = (ast.stmt, ast.excepthandler, ast.match_case)
_UNWRITTEN = ("ctx", "kind", "type_comment")
_UNREAD = ("annotation", "returns", "type_params", "type_comment", "kind", "ctx")
Reference = tuple[str, str]


@dataclass(frozen=True)
class Module:
    """The text of a module, and the package against which its relative imports are resolved."""

    text: str
    package: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def definitions(self) -> Mapping[str, ast.stmt]:
        """Top-level name to the statement that defines it."""
        found: dict[str, ast.stmt] = {}
        for statement in self.tree.body:
            for name in _defined(statement):
                found[name] = statement
        return found

    @cached_property
    def imports(self) -> Mapping[str, Reference]:
        """Imported name to (module, name in it); the name is empty where it is the module itself."""
        found: dict[str, Reference] = {}
        for node in _statements(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0],
                        "",
                    )
            elif isinstance(node, ast.ImportFrom):
                origin = resolve_name("." * node.level + (node.module or ""), self.package)
                found |= {alias.asname or alias.name: (origin, alias.name) for alias in node.names}
        return found


class Sources:
    """The modules of a project; `read` answers a module by its name, None where it isn't the project's."""

    def __init__(self, read: Callable[[str], Module | None]) -> None:
        self._module = cache(read)
        self._used = cache(self._references)
        self._text = cache(lambda reference: _text_digest(self._statement(reference)))

    def digest(self, module: str, name: str) -> str:
        """The digest of a definition and of all that it uses; empty where the module or the name isn't known."""
        own = self._statement((module, name))
        if own is None:
            return ""
        others = self._reached((module, name)) - {(module, name)}
        return json_digest([_text_digest(own, nameless=True), sorted(self._text(other) for other in others)])

    def uses(self, module: str, name: str) -> dict[str, tuple[str, ...]]:
        """Argument to what the function reads of it: columns by name, `ROWS` (index, length) or `WHOLE`; () if nothing."""
        found = self._statement((module, name))
        return _uses(found) if isinstance(found, ast.FunctionDef) else {}

    def passes_on(self, module: str, name: str) -> str:
        """The argument that the function returns as it is, empty where it does anything else."""
        found = self._statement((module, name))
        if not isinstance(found, ast.FunctionDef):
            return ""
        body = [statement for statement in found.body if not _is_text(statement)]
        returned = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
        return returned.id if isinstance(returned, ast.Name) else ""

    def _statement(self, reference: Reference) -> ast.stmt | None:
        module = self._module(reference[0])
        return None if module is None else module.definitions.get(reference[1])

    def _reached(self, start: Reference) -> set[Reference]:
        reached, waiting = {start}, [start]
        while waiting:
            new = self._used(waiting.pop()) - reached
            reached |= new
            waiting += new
        return reached

    def _references(self, of: Reference) -> frozenset[Reference]:
        statement = self._statement(of)
        names = set() if statement is None else _read_names(statement)
        found = (self._resolved(of[0], chain) for chain in names)
        return frozenset(reference for reference in found if reference is not None)

    def _resolved(self, where: str, chain: tuple[str, ...]) -> Reference | None:
        """The definition that a dotted name means in a module, by way of imports; None where it isn't the project's."""
        if not chain:
            return None
        module = self._module(where)
        if module is None:  # a namespace package has no text, but modules
            return self._resolved(f"{where}.{chain[0]}", chain[1:])
        if chain[0] in module.definitions:
            return where, chain[0]
        origin, name = module.imports.get(chain[0], ("", ""))
        if not origin:
            return self._resolved(f"{where}.{chain[0]}", chain[1:])
        return self._resolved(origin, (name, *chain[1:]) if name else chain[1:])


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements, those inside others after them: as `ast.walk`, but past the expressions, which hold none."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list) and value and isinstance(value[0], _HOLDERS):
                waiting.extend(value)


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, _DEFINITIONS):
        yield statement.name
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, ast.Tuple):
            yield from (part.id for part in target.elts if isinstance(part, ast.Name))


def _read_names(node: ast.AST) -> set[tuple[str, ...]]:
    """The dotted names that a piece of code reads and doesn't bind itself."""
    read: set[tuple[str, ...]] = set()
    _add_names(node, read, set())
    return read


def _add_names(node: ast.AST, read: set[tuple[str, ...]], bound: set[str]) -> None:
    """Add the dotted names that a piece of code mentions, and those that it binds; a function reads none that it binds."""
    chain = _chain(node)
    if chain:
        read.add(chain)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    elif isinstance(node, ast.arg):
        bound.add(node.arg)
    elif isinstance(node, _FUNCTIONS):
        inside: set[tuple[str, ...]] = set()
        own: set[str] = set()
        _add_parts(node, inside, own, around=read)
        read |= {chain for chain in inside if chain[0] not in own}
        bound |= own
    else:
        _add_parts(node, read, bound, around=read)


def _add_parts(node: ast.AST, read: set[tuple[str, ...]], bound: set[str], around: set[tuple[str, ...]]) -> None:
    """The same of what a node is made of; decorators are read by who is around it."""
    for field in node._fields:
        if field in _UNREAD:
            continue
        value: Any = getattr(node, field, None)
        if isinstance(value, ast.AST):
            _add_names(value, read, bound)
        elif isinstance(value, list):
            decorators = field == "decorator_list"
            for item in value:
                if isinstance(item, ast.AST) and not (decorators and _describes(item)):
                    _add_names(item, around if decorators else read, bound)


def _chain(node: ast.AST) -> tuple[str, ...]:
    """`a.b.c` as its parts; empty where a node is nothing of the kind."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        before = _chain(node.value)
        return (*before, node.attr) if before else ()
    return ()


def _describes(decorator: ast.AST) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (_chain(called) or ("",))[-1] in DESCRIBING


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _text_digest(node: ast.AST | None, nameless: bool = False) -> str:
    return sha256(_json_text(node, nameless).encode()).hexdigest()


def _json_text(node: Any, nameless: bool = False) -> str:
    """A syntax tree as JSON lists, the same for every Python: without places, empty fields, docstrings, descriptions.

    Written at once: to make the lists first takes as long again, and every run writes half a megabyte.
    """
    if isinstance(node, ast.Name):  # every third one
        return f'["Name", ["id", {encode_basestring_ascii(node.id)}]]'
    if isinstance(node, list):
        return f"[{', '.join([_json_text(item) for item in node])}]"
    if not isinstance(node, ast.AST):
        return encode_basestring_ascii(node if isinstance(node, str) else repr(node))
    parts = [f'"{type(node).__name__}"']
    for field in node._fields:
        if field in _UNWRITTEN:
            continue
        value: Any = getattr(node, field, None)
        if field == "decorator_list":
            value = [item for item in value if not _describes(item)]
        elif field == "body" and isinstance(value, list):
            value = [item for item in value if not _is_text(item)]
        elif field == "name" and nameless:
            continue
        if value is not None and value != [] and value != "":
            parts.append(f'["{field}", {_json_text(value)}]')
    return f"[{', '.join(parts)}]"


def _uses(function: ast.FunctionDef) -> dict[str, tuple[str, ...]]:
    arguments = {argument.arg: argument.annotation for argument in (*function.args.args, *function.args.kwonlyargs)}
    around = {child: parent for parent in ast.walk(function) for child in ast.iter_child_nodes(parent)}
    found: dict[str, set[str]] = {name: set() for name in arguments}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in arguments and isinstance(node.ctx, ast.Load):
            found[node.id] |= _used(node, around, arguments[node.id])
    return {name: (WHOLE,) if WHOLE in used else tuple(sorted(used)) for name, used in found.items()}


def _used(name: ast.Name, around: Mapping[ast.AST, ast.AST], annotation: ast.expr | None) -> set[str]:
    """What one mention of an argument reads of it."""
    parent = around[name]
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "len":
        return {ROWS}
    if isinstance(parent, ast.Subscript) and parent.value is name:
        return _columns(parent.slice)
    if isinstance(parent, ast.Attribute):
        if isinstance(annotation, ast.Name) and annotation.id[:1].isupper():  # a record: its fields are its columns
            return {parent.attr}
        if parent.attr in ("index", "columns"):
            return {ROWS}
        cell = around[parent]
        if parent.attr in ("loc", "at") and isinstance(cell, ast.Subscript) and isinstance(cell.slice, ast.Tuple):
            return _columns(cell.slice.elts[-1])
    return {WHOLE}


def _columns(key: ast.expr) -> set[str]:
    keys = key.elts if isinstance(key, ast.List) else [key]
    named = {item.value for item in keys if isinstance(item, ast.Constant) and isinstance(item.value, str)}
    return named if len(named) == len(keys) else {WHOLE}
