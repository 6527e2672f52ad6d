"""How much do the tests notice? Changes a module by one token at a time and runs the tests that mirror it.

    pip install -e '.[test,mutation]'
    python .ci/mutants.py dataflow/policy --count 60 --seed 1

Takes files or folders. The mutants are cosmic-ray's, in an order drawn by the seed, so that a budget of mutants or seconds
gives a fair sample. Works on a copy of the tree, without ../shared beside it. Per mutant a fork runs `pytest -x` on the
module's own test file, and if that notices nothing, on the folder of tests that mirrors its own; `--tests` adds more.
`--keep-samples` makes the sample runs of the tests once, with the code as it is: for what only reads finished runs. A test
that holds a run against the code of now (`tests/drivers/review/test_reproduce.py`: every change of a module is another code
to it) notices a mere comment then, and the tool refuses it: `--ignore` it, and measure its module without `--keep-samples`.

Prints each survivor as FILE:LINE and the change, a table, and a line per path. A mutant whose tests run three times as long
as without it is printed as timed out and counts as neither: it may loop for ever, or the machine may be busy. Exit code 1
where the share killed is below `--at-least`. Mutants that no test can tell from the code are left out:
`tests/survivors.toml` names them, with the reason.
"""

import argparse
import ast
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import ndiff
from itertools import zip_longest
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = ROOT / "tests" / "survivors.toml"
TREE = ("dataflow", "schemas", "drivers", "lineage", "tests", "docs", ".ci", "pyproject.toml", "README.md")
SAMPLES = "TVSELECT_TEST_SAMPLES"
# Imported once, before the forks: what the tests would spend most of their time on.
HEAVY = (
    "hamilton.driver",
    "pandas",
    "pandera",
    "pyarrow.parquet",
    "pydantic",
    "pytest",
    "scipy.stats",
    "sklearn.cluster",
)
# The first two want names to work on; `==` and `is` are the same for strings that Python interns. On booleans the product is
# the and, the sum is the or (of flags too), and on sets neither is defined: that such a line runs, ten other changes show.
UNUSED = (
    "core/VariableReplacer",
    "core/VariableInserter",
    *(f"core/ReplaceComparisonOperator_{pair}" for pair in ("Eq_Is", "NotEq_IsNot")),
    *(f"core/ReplaceBinaryOperator_{pair}" for pair in ("BitAnd_Mul", "BitOr_Add")),
)


@dataclass(frozen=True)
class Mutant:
    """One change of one module."""

    module: Path
    operator: str
    occurrence: int


def modules(paths: list[Path]) -> list[Path]:
    """The modules in these files and folders, relative to the root."""
    found = [each for path in paths for each in ([path] if path.suffix == ".py" else sorted(path.rglob("*.py")))]
    return [path for path in found if path.name != "__init__.py"]


def mutants(module: Path) -> Iterator[Mutant]:
    """All changes that the operators can make in a module."""
    nodes = list(ast_nodes(get_ast((ROOT / module).read_text("utf-8"))))
    for name in sorted(set(operator_names()) - set(UNUSED)):
        operator = get_operator(name)()
        positions = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        yield from (Mutant(module, name, number) for number in range(positions))


def mutated(mutant: Mutant, text: str) -> str | None:
    """The changed text; None where it is no Python, or nothing changes but annotations, which don't run."""
    changed = mutate_code(text, get_operator(mutant.operator)(), mutant.occurrence)
    try:
        same = changed is None or _without_annotations(changed) == _without_annotations(text)
    except SyntaxError:
        return None
    return None if same else str(changed)


def _without_annotations(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                setattr(node, name, ast.Constant(0))
    return ast.dump(tree)


def own_tests(module: Path) -> Path:
    """The file of tests that mirrors a module."""
    return Path("tests") / module.parent / f"test_{module.name}"


def mirrored(module: Path, further: list[str]) -> list[list[str]]:
    """What pytest runs, one after the other: the module's own test file, the folder that mirrors its own, the further."""
    steps = [[str(path)] for path in (own_tests(module), Path("tests") / module.parent) if (ROOT / path).exists()]
    return [*steps, further] if further else steps


def exit_code(tests: Sequence[str], limit: int, ignored: Sequence[str] = ()) -> int:
    """What pytest ends with in a fork; the number of the signal, negative, where one ended it."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.alarm(limit)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow"]
        options += [f"--ignore={path}" for path in ignored]
        os._exit(int(sys.modules["pytest"].main([*options, *tests])))  # type: ignore[attr-defined]
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def change(old: str, new: str) -> str:
    """The lines that differ, on one line."""
    lines = [line for line in ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]
    return "  ".join(" ".join(line.split()) for line in lines)


def first_line(old: str, new: str) -> int:
    """The number of the first line that differs, from 1."""
    pairs = zip_longest(old.splitlines(), new.splitlines())
    return next(number for number, (one, other) in enumerate(pairs, 1) if one != other)


def equivalents() -> set[tuple[str, str]]:
    """Module and change of each mutant that is known to do the same as the code."""
    entries = tomllib.loads(EQUIVALENT.read_text("utf-8"))["equivalent"] if EQUIVALENT.exists() else []
    return {(entry["module"], entry["change"]) for entry in entries}


def summary(path: Path, killed: Counter[Path], survived: Counter[Path], total: Counter[Path]) -> str:
    """What became of the mutants of a file or folder, on one line."""
    dead, alive, possible = (
        sum(count for module, count in counts.items() if module.is_relative_to(path))
        for counts in (killed, survived, total)
    )
    share = 100.0 * dead / max(dead + alive, 1)
    return f"{path} killed {dead} of {dead + alive} ({share:.0f} %), sampled from {possible}"


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="modules or folders, relative to the root")
    parser.add_argument("--seconds", type=float, default=600.0, help="the budget, once all tests ran unchanged (600)")
    parser.add_argument("--count", type=int, default=10**9, help="how many mutants at most (default: all)")
    parser.add_argument("--keep-samples", action="store_true", help="make the tests' sample runs once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", action="append", default=[], help="further tests, run after the mirrored ones")
    parser.add_argument(
        "--ignore", action="append", default=[], help="tests that are left out, with the module that they mirror"
    )
    parser.add_argument("--at-least", type=float, default=0.0, help="the percentage killed below which it fails")
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "tree"
        copy.mkdir()
        for part in TREE:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / part)
        os.chdir(copy)
        # No .pyc: one of a mutant could be taken for the next one's.
        os.environ |= {"PYTHONPATH": str(copy / ".ci/types"), "PYTHONDONTWRITEBYTECODE": "1"}
        if given.keep_samples:
            os.environ[SAMPLES] = str(Path(name) / "samples")
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(copy / ".ci/types"))
        for heavy in HEAVY:
            importlib.import_module(heavy)

        chosen = [module for module in modules(given.paths) if own_tests(module).as_posix() not in given.ignore]
        tests = {module: mirrored(module, given.tests) for module in chosen}
        steps = sorted({tuple(step) for found in tests.values() for step in found})
        if given.keep_samples:
            for step in steps:  # Made before the comment comes, so that who compares runs with the code notices it.
                exit_code(step, 600, given.ignore)
        limits = {}
        for module in chosen:  # A test that notices a comment says nothing of a mutant.
            (copy / module).write_text((ROOT / module).read_text("utf-8") + "# the same\n", "utf-8")
        for wanted in steps:
            begun = time.monotonic()
            if code := exit_code(wanted, 600, given.ignore):
                print(f"without any change but a comment, pytest {' '.join(wanted)} ends with {code}")
                return 2
            limits[wanted] = int(3 * (time.monotonic() - begun)) + 10
        waiting = [mutant for module in chosen for mutant in mutants(module)]
        total = Counter(mutant.module for mutant in waiting)
        random.Random(given.seed).shuffle(waiting)
        killed: Counter[Path] = Counter()
        survived: Counter[Path] = Counter()
        stopped: list[int] = []  # What was found until then is told all the same.
        signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
        until = time.monotonic() + given.seconds
        known = equivalents()
        for mutant in waiting:
            if stopped or time.monotonic() > until or killed.total() + survived.total() >= given.count:
                break
            place = copy / mutant.module
            text = place.read_text("utf-8")
            changed = mutated(mutant, text)
            if changed is None or (str(mutant.module), change(text, changed)) in known:
                total[mutant.module] -= 1
                continue
            place.write_text(changed, "utf-8")
            ends = (exit_code(step, limits[tuple(step)], given.ignore) for step in tests[mutant.module])
            code = next((end for end in ends if end), 0)
            seen = f"{mutant.module}:{first_line(text, changed)}  {change(text, changed)}"
            if code == 0:
                survived[mutant.module] += 1
                print(f"survived  {seen}", flush=True)
            elif code == -signal.SIGALRM:
                print(f"timed out {seen}", flush=True)
            else:
                killed[mutant.module] += 1
            place.write_text(text, "utf-8")

    print(f"\n{'module':44} {'killed':>7} {'survived':>9} {'possible':>9}")
    for module in chosen:
        print(f"{module!s:44} {killed[module]:>7} {survived[module]:>9} {total[module]:>9}")
    for path in given.paths:
        print(summary(path, killed, survived, total))
    done = killed.total() + survived.total()
    share = 100.0 * killed.total() / max(done, 1)
    print(f"{share:.0f} % of {done} mutants killed, seed {given.seed}")
    return int(share < given.at_least)


if __name__ == "__main__":
    sys.exit(main())
