"""How much do the tests notice? Changes a module by one token at a time and runs the tests that mirror it.

    python .ci/mutants.py dataflow/policy --count 60 --seed 1

Takes files or folders; `mutations` says what is changed, and the seed draws the order. Works on a copy of the tree, without
../shared beside it: what a fresh clone notices counts. In this order: pytest collects the folders of tests that mirror the
modules' own (`--own`: their files alone; `--tests` adds more) and runs them once, unchanged, which gives their seconds and the
functions of the modules that each calls. Per mutant a fork then swaps the change into the running code and runs the tests that
call the changed function, the quickest first, until one fails. What no test calls has survived. A module that other processes
run as a file (`standalone_verifier`) is changed in the copy as well.

Prints each survivor as FILE:LINE and the change, and a line per module. A mutant whose tests take more than three times the CPU
that they take without it loops, and counts as killed; one that only waits is printed as timed out and counts as neither. Exit
code 1 where the share killed is below `--at-least`. Mutants that no test can tell from the code count as equivalent:
`tests/survivors.toml` names them, with the reason; one that fits no mutant any more is printed as stale.
"""

import argparse
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from types import FrameType, ModuleType
from typing import IO, Any

import hypothesis
import pytest
from mutations import Mutation, functions, mutations, swapped_in

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = ROOT / "tests" / "survivors.toml"
TREE = ("dataflow", "schemas", "drivers", "lineage", "tests", "docs", ".ci", "pyproject.toml", "README.md")
PACKAGE = "tradingview_scraper.pipelines.selection"
# Run by other processes as files, so that the copy must be changed.
FILES = ("lineage/record/standalone_verifier.py",)
IMPORTED = (
    "hamilton",
    "hypothesis",
    "jsonschema",
    "numpy",
    "pandas",
    "pandera",
    "pyarrow",
    "pydantic",
    "scipy",
    "sklearn",
)
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly", "-m", "not slow")


@dataclass
class Module:
    """A module, what becomes of it, and where it lies in the copy."""

    name: str
    path: str
    text: bytes
    waiting: list[Mutation]
    outcomes: Counter[str] = field(default_factory=Counter)


def modules(paths: list[Path], copy: Path) -> list[Module]:
    """The modules in these files and folders, each with all its mutants."""
    found = [each for path in paths for each in ([path] if path.suffix == ".py" else sorted(path.rglob("*.py")))]
    texts = {path: (ROOT / path).read_bytes() for path in found if path.name != "__init__.py"}
    return [Module(path.as_posix(), str(copy / path), text, mutations(text)) for path, text in texts.items()]


def change(module: Module, mutation: Mutation) -> str:
    """The lines that differ, on one line."""
    old, new = (text.decode().splitlines() for text in (module.text, mutation.of(module.text)))
    differing = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    return "  ".join(
        f"{sign} {' '.join(line.split())}" for pair in differing for sign, line in zip("-+", pair, strict=True)
    )


def equivalents() -> Counter[tuple[str, str]]:
    """Module and change, without its spaces, of each mutant that is known to do the same as the code."""
    entries = tomllib.loads(EQUIVALENT.read_text("utf-8"))["equivalent"] if EQUIVALENT.exists() else []
    return Counter({(entry["module"], "".join(entry["change"].split())): 0 for entry in entries})


class Tests:
    """A plugin of pytest: in place of one run of the tests, one without any change, and one per mutant in a fork."""

    def __init__(self, chosen: list[Module], given: argparse.Namespace, scratch: Path, out: IO[str]) -> None:
        self.chosen, self.given, self.scratch, self.out = chosen, given, scratch, out
        self.known = equivalents()
        self.complete = False
        self._called: set[str] = set()
        self._called_in_setup: set[str] = set()

    def pytest_runtestloop(self, session: Any) -> bool:
        """All of it."""
        for module in self.chosen:
            module.path = _file(importlib.import_module(f"{PACKAGE}.{module.name[:-3].replace('/', '.')}"))
        report = self.scratch / "unchanged.json"
        if self._forked(session, session.items, self._watch, 1800, report):
            return True
        seconds, callers, imported = json.loads(report.read_text())
        for name in imported:  # Once, before the forks: what tests import as they need it.
            if name.split(".")[0] in IMPORTED and name not in sys.modules:
                with suppress(ImportError):
                    importlib.import_module(name)
        living = {module.name: functions(module.path) for module in self.chosen}
        self.complete = True
        waiting = [(module, mutation) for module in self.chosen for mutation in module.waiting]
        random.Random(self.given.seed).shuffle(waiting)
        stopped: list[int] = []  # What was found until then is told all the same.
        signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
        until, done = time.monotonic() + self.given.seconds, 0
        for module, mutation in waiting:
            if stopped or time.monotonic() > until or done >= self.given.count:
                break
            said = change(module, mutation)
            if (key := (module.name, "".join(said.split()))) in self.known:
                self.known[key] += 1
                module.outcomes["equivalent"] += 1
                continue
            call = f"{module.name}:{mutation.function}"
            items = [item for item in session.items if not mutation.function or call in callers[item.nodeid]]
            items.sort(key=lambda item: ("sample_run" in item.fixturenames, seconds[item.nodeid]))
            swap = partial(swapped_in, mutation, module.text, module.path, living[module.name])
            if module.name in FILES:
                Path(module.path).write_bytes(mutation.of(module.text))
            limit = 3 * sum(seconds[item.nodeid] for item in items) + 5
            code = self._forked(session, items, swap, limit)
            if module.name in FILES:
                Path(module.path).write_bytes(module.text)
            outcome = {0: "survived", -signal.SIGALRM: "timed out"}.get(code, "killed")  # one that loops is noticed
            module.outcomes[outcome] += 1
            done += 1
            if outcome != "killed":
                reached = "" if items else "  (no test calls it)"
                print(f"{outcome:9} {module.name}:{mutation.line}  {said}{reached}", file=self.out, flush=True)
        return True

    def pytest_runtest_call(self) -> None:
        """What was called until now, the fixtures of the test called."""
        self._called_in_setup = set(self._called)

    def _watch(self) -> None:
        names = {module.path: module.name for module in self.chosen}

        def trace(frame: FrameType, event: str, _: object) -> None:
            if frame.f_code.co_filename in names:
                self._called.add(f"{names[frame.f_code.co_filename]}:{frame.f_code.co_firstlineno}")

        threading.settrace(trace)
        sys.settrace(trace)

    def _forked(
        self, session: Any, items: list[Any], begin: Callable[[], None], limit: float, report: Path | None = None
    ) -> int:
        """0 where no test fails; else 1, or the number of the signal, negative, that ended the fork."""
        base = self.scratch / "basetemp"
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGPROF):
                    signal.signal(number, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_PROF, limit)
                signal.alarm(60 + int(10 * limit))
                base.mkdir()
                session.config._tmp_path_factory._basetemp = base
                begin()
                code = int(self._fails(session, items, report))
            except BaseException:  # a fork ends here, whatever the mutant does
                traceback.print_exc()
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        shutil.rmtree(base, ignore_errors=True)
        return code

    def _fails(self, session: Any, items: list[Any], report: Path | None) -> bool:
        """Whether a test fails; seconds and callers of each go into the report. Who shares a fixture calls what it called."""
        seconds: dict[str, float] = {}
        callers: dict[str, set[str]] = {item.nodeid: set() for item in items}
        supported: set[str] = set()
        for item, following in zip_longest(items, items[1:]):
            self._called.clear()
            begun = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return True
            seconds[item.nodeid] = time.process_time() - begun
            callers[item.nodeid] |= self._called
            if _supported(item):
                supported |= self._called
            for other in items if report and self._called_in_setup else ():
                if _shared(item) & _shared(other):
                    callers[other.nodeid] |= self._called_in_setup
            self._called_in_setup = set()
        for item in filter(_supported, items):
            callers[item.nodeid] |= supported
        if report:
            found = {name: sorted(calls) for name, calls in callers.items()}
            report.write_text(json.dumps([seconds, found, list(sys.modules)]), "utf-8")
        return False


def _supported(item: Any) -> bool:
    """Whether its module draws on tests/support, which keeps what it made for the next who asks."""
    return any(str(getattr(value, "__module__", "")).startswith("support.") for value in vars(item.module).values())


def _file(module: ModuleType) -> str:
    """Where its code comes from: the copy, through the links that give the package its name."""
    if module.__file__ is None or not Path(module.__file__).resolve().is_relative_to(Path.cwd()):
        raise RuntimeError(f"{module.__name__} comes from {module.__file__}, not from the copy")
    return module.__file__


def _shared(item: Any) -> set[str]:
    """The fixtures of a test that others may have, too."""
    found = item._fixtureinfo.name2fixturedefs
    shared = {name for name, definitions in found.items() if definitions[-1].scope != "function"}
    return shared - {"tmp_path_factory", "request", "pytestconfig"}


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="modules or folders, relative to the root")
    parser.add_argument("--seconds", type=float, default=600.0, help="the budget, once all tests ran unchanged (600)")
    parser.add_argument("--count", type=int, default=10**9, help="how many mutants at most (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", action="append", default=[], help="further tests than the mirrored ones")
    parser.add_argument(
        "--own", action="store_true", help="of the mirrored tests only the modules' own files, not their folders"
    )
    parser.add_argument(
        "--skip", default="", help="words in the names of tests that are left out, as pytest's -k has them"
    )
    parser.add_argument("--at-least", type=float, default=0.0, help="the percentage killed below which it fails")
    given = parser.parse_args()

    out, told = os.fdopen(os.dup(1), "w"), [os.dup(1), os.dup(2)]
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name).resolve() / "tree"
        copy.mkdir()
        for part in TREE:
            if (source := ROOT / part).is_dir():
                shutil.copytree(source, copy / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / part)
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy / ".ci/types")
        sys.path.insert(0, str(copy / ".ci/types"))
        chosen = modules(given.paths, copy)
        mirrors = [copy / "tests" / module.name for module in chosen]
        own = [test for path in mirrors for test in path.parent.glob(f"test_{path.stem}*.py")]
        places = {str(test.relative_to(copy) if given.own else test.relative_to(copy).parent) for test in own}
        tests = sorted(places | set(given.tests))
        plugin = Tests(chosen, given, copy.parent, out)
        log = os.open(copy.parent / "log", os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        # An example that fails is enough: the least one, which takes long to find, is nobody's.
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutants", phases=phases, database=None, derandomize=True, deadline=None)
        hypothesis.settings.load_profile("mutants")
        pytest.main([*OPTIONS, *(["-k", f"not ({given.skip})"] if given.skip else []), *tests], plugins=[plugin])
        os.chdir(ROOT)
        os.dup2(told[0], 1)
        os.dup2(told[1], 2)
        if not plugin.complete:
            print(Path(copy.parent / "log").read_text("utf-8"), "\nwithout any change a test fails", file=out)
            return 2

    print(
        f"\n{'module':44} {'killed':>7} {'survived':>9} {'timed out':>10} {'equivalent':>11} {'possible':>9}", file=out
    )
    outcomes: Counter[str] = Counter()
    for module in chosen:
        outcomes += module.outcomes
        counts = [module.outcomes[outcome] for outcome in ("killed", "survived", "timed out", "equivalent")]
        print("{:44} {:>7} {:>9} {:>10} {:>11} {:>9}".format(module.name, *counts, len(module.waiting)), file=out)
    names = {module.name for module in chosen}
    if sum(outcomes.values()) == sum(len(module.waiting) for module in chosen):
        for module_name, said in (key for key, times in plugin.known.items() if key[0] in names and not times):
            print(f"stale in {EQUIVALENT.name}: {module_name}  {said}", file=out)
    done = outcomes["killed"] + outcomes["survived"]
    share = 100.0 * outcomes["killed"] / max(done, 1)
    print(f"{share:.1f} % of {done} mutants killed, seed {given.seed}", file=out, flush=True)
    return int(share < given.at_least)


if __name__ == "__main__":
    sys.exit(main())
