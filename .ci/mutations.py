"""One-token changes of a module: what `.ci/mutants.py` makes of a text, and the swap of a change into the running code.

`mutations` lists the changes: comparisons, arithmetic, `and`, `or` and `not`, numbers one up and one down, flags, conditions
turned round, `return None`, statements, arguments and elements left out, `sorted` and `reversed` gone, least and greatest, any
and all. No text, no annotation and no decorator is changed. Each keeps the lines where they are, so that `swapped_in` finds the
code that it belongs to: it gives the functions in memory the changed body, and constants of the module their changed value.
"""

import ast
import gc
import re
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

COMPARISONS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "is": ("is not",),
    "is not": ("is",),
    "in": ("not in",),
    "not in": ("in",),
}
ARITHMETIC = {
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "//": "/",
    "%": "*",
    "**": "*",
    "&": "|",
    "|": "&",
    "^": "|",
    "<<": ">>",
    ">>": "<<",
}
OPERATORS = re.compile(r"not\s+in\b|is\s+not\b|\b(?:and|or|in|is)\b|\*\*|//|<<|>>|[<>=!]=|[-+*/%&|^<>]")
NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "minimum": "maximum",
    "maximum": "minimum",
    "nanmin": "nanmax",
    "nanmax": "nanmin",
    "sorted": "list",
    "reversed": "iter",
    "startswith": "endswith",
    "partition": "rpartition",
    "rpartition": "partition",
}


class Mutation(NamedTuple):
    """A change of a text: what stands from one place to another is replaced."""

    line: int
    begin: int
    end: int
    replacement: str
    function: int
    """The first line of the outermost function that it is in, decorators included; 0: it is the module's or a class's."""

    def of(self, text: bytes) -> bytes:
        """The changed text."""
        return text[: self.begin] + self.replacement.encode() + text[self.end :]


def mutations(text: bytes) -> list[Mutation]:
    """All changes of a module's text that compile and keep its lines, in the order of the text."""
    found = _Changes(text)
    found.visit(ast.parse(text))
    fit = {change: None for change in sorted(found.changes) if _compiles(change.of(text))}
    return list(fit)


def _compiles(text: bytes) -> bool:
    try:
        compile(text, "changed", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


class _Changes(ast.NodeVisitor):
    def __init__(self, text: bytes) -> None:
        self.text = text
        self.changes: set[Mutation] = set()
        self._function = 0
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def _span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _said(self, node: ast.expr) -> str:
        begin, end = self._span(node)
        return self.text[begin:end].decode()

    def _change(self, begin: int, end: int, replacement: str) -> None:
        lost = self.text[begin:end].count(b"\n") - replacement.count("\n")
        line = self.text[:begin].count(b"\n") + 1
        self.changes.add(Mutation(line, begin, end, replacement + "\\\n" * lost, self._function))

    def _replace(self, node: ast.expr | ast.stmt, replacement: str) -> None:
        self._change(*self._span(node), replacement)

    def _between(self, left: ast.expr, right: ast.expr) -> tuple[int, int, str]:
        """The operator between two operands; comments may hold no operator."""
        begin, end = self._span(left)[1], self._span(right)[0]
        gap = re.sub(rb"#[^\n]*", lambda comment: b" " * len(comment[0]), self.text[begin:end]).decode("latin-1")
        token = OPERATORS.search(gap)
        assert token is not None, gap
        return begin + token.start(), begin + token.end(), " ".join(token[0].split())

    def _negated(self, test: ast.expr) -> None:
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant):
            self._replace(test, f"(not ({self._said(test)}))")

    def _without(self, container: ast.expr, parts: list[ast.expr | ast.keyword]) -> None:
        """Each of several parts left out, with the comma that follows it or comes before it."""
        spans = [self._span(part) for part in parts]
        for number, (begin, end) in enumerate(spans):
            if number + 1 < len(spans):
                end = spans[number + 1][0]
            elif number:
                begin = spans[number - 1][1]
            self._change(begin, end, "")

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, right in zip([node.left, *node.comparators], node.comparators, strict=False):
            begin, end, token = self._between(left, right)
            for other in COMPARISONS[token]:
                self._change(begin, end, other)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            begin, end, token = self._between(left, right)
            self._change(begin, end, "or" if token == "and" else "and")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not isinstance(node.op, ast.MatMult):
            begin, end, token = self._between(node.left, node.right)
            self._change(begin, end, ARITHMETIC[token])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        begin, end, token = self._between(node.target, node.value)
        self._change(begin, end, ARITHMETIC[token])
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        self._replace(node, f"({self._said(node.operand)})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace(node, str(not node.value))
        elif isinstance(node.value, int):
            self._replace(node, str(node.value + 1))
            self._replace(node, f"({node.value - 1})" if node.value < 1 else str(node.value - 1))
        elif isinstance(node.value, float):
            self._replace(node, repr(node.value * 2 + 1))

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._replace(node.value, "None")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):  # a docstring
            return
        self._replace(node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, "pass")  # what it says is the reader's

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace(node, "break")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, "continue")

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], ast.Attribute | ast.Subscript):
            self._replace(node, "pass")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._negated(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negated(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._negated(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negated(test)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if len(node.args) + len(node.keywords) > 1:
            self._without(node, [*node.args, *node.keywords])
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if isinstance(node.ctx, ast.Load) and len(node.elts) > 2:
            self._without(node, list(node.elts))
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        if isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
            self._without(node, list(node.elts))
        self.generic_visit(node)

    def visit_Set(self, node: ast.Set) -> None:
        self._without(node, list(node.elts))
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in NAMES:
            self._replace(node, NAMES[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in NAMES:
            end = self._span(node)[1]
            self._change(end - len(node.attr), end, NAMES[node.attr])
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """What is written to the reader stays; its places aren't those of the text in Python 3.11."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_arguments(self, node: ast.arguments) -> None:
        for default in [*node.defaults, *(each for each in node.kw_defaults if each is not None)]:
            self.visit(default)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.visit(node.args)
        outer = self._function
        self._function = outer or min([node.lineno, *(each.lineno for each in node.decorator_list)])
        for statement in node.body:
            self.visit(statement)
        self._function = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)


def functions(path: str) -> list[FunctionType]:
    """The functions in memory that come from a file."""
    return [each for each in gc.get_objects() if isinstance(each, FunctionType) and each.__code__.co_filename == path]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code and all that are nested in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _place(code: CodeType) -> tuple[str, int, tuple[str, ...], tuple[str, ...]]:
    """What tells a code from the others of its module: names, a line, its arguments and what it closes over."""
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return code.co_qualname, code.co_firstlineno, arguments, code.co_freevars


def swapped_in(mutation: Mutation, text: bytes, path: str, living: list[FunctionType]) -> None:
    """Give the functions of a file, or the constants of its module, what the changed text says."""
    new = mutation.of(text)
    if not mutation.function:
        _constants(text, new, path, living)
        return
    changed = {_place(code): code for code in _codes(compile(new, path, "exec"))}
    for function in living:
        function.__code__ = changed.get(_place(function.__code__), function.__code__)


def _constants(old: bytes, new: bytes, path: str, living: list[FunctionType]) -> None:
    """The module is executed as it was and as it is now, and what differs of constants and defaults is put in its place."""
    home = next(module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == path)
    spaces = []
    for text in (old, new):
        other = ModuleType(f"{home.__name__}_changed")
        vars(other).update({"__file__": path, "__package__": home.__package__})
        sys.modules[other.__name__] = other
        exec(compile(text, path, "exec"), vars(other))
        spaces.append(vars(other))
    for key, value in spaces[1].items():
        was, held = spaces[0][key], vars(home).get(key)
        if isinstance(value, FunctionType):
            for function in living:
                if function.__qualname__ == value.__qualname__ and function.__name__ != "<lambda>":
                    function.__defaults__, function.__kwdefaults__ = value.__defaults__, value.__kwdefaults__
        elif isinstance(value, type) and value.__module__ == home.__name__ + "_changed":
            _class_constants(was, value, held)
        elif not key.startswith("__") and repr(value) != repr(was):
            for module in list(sys.modules.values()):
                if vars(module).get(key) is held:
                    setattr(module, key, value)


def _class_constants(was: type, value: type, held: Any) -> None:
    for name, attribute in vars(value).items():
        if isinstance(attribute, FunctionType):
            living = vars(held)[name]
            living.__defaults__, living.__kwdefaults__ = attribute.__defaults__, attribute.__kwdefaults__
        elif not name.startswith("__") and repr(attribute) != repr(vars(was)[name]):
            setattr(held, name, attribute)
