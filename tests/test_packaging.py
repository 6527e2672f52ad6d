"""What must hold of the package as a whole: nothing of the legacy engines inside, nothing of ours at the top level."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("dataflow", "schemas", "drivers", "lineage")
SOURCES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
LEGACY = "tradingview_scraper.selection_engines"
EVERYTHING = """
import pkgutil, sys
from importlib import import_module
base = "tradingview_scraper.pipelines.selection"
for part in {parts!r}:
    package = import_module(f"{{base}}.{{part}}")
    for found in pkgutil.walk_packages(package.__path__, f"{{base}}.{{part}}."):
        import_module(found.name)
print(*sorted(sys.modules))
"""


def test_the_lock_has_every_dependency_at_a_version_that_is_allowed() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    pinned = {canonicalize_name(name): version for name, version in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    for line in (*project["dependencies"], *extras["test"], *extras["docs"], *extras["mlflow"], *extras["plot"]):
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), f"{line}: run `make lock`"


def imported(path: Path) -> set[str]:
    """Every module that a source file imports by name, with what it takes from it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
            assert node.level == 0, f"{path.name}, line {node.lineno}: a relative import"
        elif isinstance(node, ast.Call) and any(isinstance(value, ast.Constant) for value in node.args):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                names |= {str(value.value) for value in node.args if isinstance(value, ast.Constant)}
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_imports_the_legacy_engines(path: Path) -> None:
    names = imported(path)
    assert not {name for name in names if name == LEGACY or name.startswith(f"{LEGACY}.")}
    assert not {name for name in names if name.split(".")[0] in PARTS}


def test_everything_imports_and_nothing_lands_at_the_top_level() -> None:
    code = EVERYTHING.format(parts=PARTS)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    modules = set(done.stdout.split())
    assert not modules & set(PARTS)
    assert not {name for name in modules if name.startswith(LEGACY)}
    expected = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in SOURCES}
    expected = {name.removesuffix(".__init__") for name in expected}
    assert {f"tradingview_scraper.pipelines.selection.{name}" for name in expected} <= modules


def test_a_source_distribution_has_what_tests_and_documents_it() -> None:
    lines = (ROOT / "MANIFEST.in").read_text("utf-8").splitlines()
    named = {
        word
        for line in lines
        if line.startswith(("graft", "include", "recursive-include"))
        for word in line.split()[1:]
    }
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    tops = {path.partition("/")[0] for path in tracked}
    by_itself = {*PARTS, "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", ".gitignore"}
    assert tops - named - by_itself == set()
