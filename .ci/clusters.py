"""Are features and walks by real clusters those of one process? Ray and Dask, two workers each, one of them killed half way.

    python .ci/clusters.py

Simulates a market, computes the factors of a selection in chunks and walks some dates: here, on a cluster of two workers, and
once more with one of its workers killed (SIGKILL) while the others work. Compares contexts and all files of the walk, prints the
bytes that a task is sent with. Ends with 1 where something differs. Takes about a minute per cluster; what isn't installed is
skipped, with the reason.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cloudpickle
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market, write_market
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selector
from tradingview_scraper.pipelines.selection.drivers.research.executors.attended import Attended
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import HERE, ExecutorChoice
from tradingview_scraper.pipelines.selection.drivers.research.executors.feature_chunks import feature_chunks
from tradingview_scraper.pipelines.selection.drivers.research.learning.walk_with_models import walk_forward

SETTINGS = {
    "universe": "returns",
    "data.scans": ["none/*.json"],
    "data.instruments": [],
    "data.statistics": [],
    "data.defaults": {"tick_size": 0.01, "lot_size": 1, "price_precision": 2},
}
PACKAGES = {"ray": "ray", "dask": "distributed"}
WORKERS = 2


class Killer:
    """Kills one worker of a cluster when it is told for the second time that something is done."""

    def __init__(self, wanted: bool) -> None:
        self._left, self.killed = 2 if wanted else 0, 0

    def __call__(self, *done: int) -> None:
        """Something is done."""
        self._left -= 1
        if self._left == 0:
            self.killed = max(workers())  # the youngest
            os.kill(self.killed, signal.SIGKILL)


def workers() -> list[int]:
    """The processes below this one that do tasks: Ray's are named so, Dask's are spawned."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    return [number for number in parents if _below(number, parents) and _does_tasks(number)]


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _below(number: int, parents: dict[int, int]) -> bool:
    while number in parents and number != os.getpid():
        number = parents[number]
        if number == os.getpid():
            return True
    return False


def _does_tasks(number: int) -> bool:
    try:
        line = Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False
    return line.startswith(b"ray::") or b"spawn_main" in line


@contextmanager
def weighed() -> Iterator[list[int]]:
    """The bytes of each task that is submitted meanwhile."""
    sizes: list[int] = []
    submitted = Attended.submit_task

    def weighing(executor: Attended, task: Any) -> Any:
        sizes.append(len(cloudpickle.dumps(task)))
        return submitted(executor, task)

    Attended.submit_task = weighing  # type: ignore[method-assign]
    try:
        yield sizes
    finally:
        Attended.submit_task = submitted  # type: ignore[method-assign]


def features(project: Path, choice: ExecutorChoice, killer: Killer) -> str:
    """The digest of a selection whose factors are computed by an executor."""
    settings = resolved_settings("v4", settings=SETTINGS).settings
    provider = FolderProvider(project / "data", settings.data)
    if choice == HERE:
        return Selector(plan(settings)).selected(provider, None).context.digest()
    with feature_chunks(choice, project) as elsewhere:

        def told(name: str, module: str, arguments: Any) -> Any | None:
            found = elsewhere(name, module, arguments)
            if found is not None:
                killer()
            return found

        return Selector(plan(settings), told).selected(provider, None).context.digest()


def walked(project: Path, choice: ExecutorChoice, killer: Killer) -> dict[str, bytes]:
    """All files of a walk by an executor."""
    home = Path(tempfile.mkdtemp(prefix="walk-", dir=project))
    days = pd.read_parquet(project / "data" / "bars.parquet", columns=["date"])["date"].sort_values().unique()
    start, end = days[-40], days[-10]
    asked = {"every": "3d", "data": project / "data", "settings": SETTINGS, "project": home, "progress": killer}
    found = walk_forward(start, end, executor=choice.name, workers=choice.workers, **asked).folder
    return {path.relative_to(found).as_posix(): path.read_bytes() for path in found.rglob("*") if path.is_file()}


def held_against(name: str, project: Path, expected: dict[str, Any]) -> bool:
    """Whether a cluster gives what this process gave, also where it loses a worker; says so."""
    equal = True
    for what, function in (("features", features), ("walk", walked)):
        for wanted in (False, True):
            killer = Killer(wanted)
            with weighed() as sizes:
                same = function(project, ExecutorChoice(name, WORKERS), killer) == expected[what]
            lost = f", worker {'killed' if killer.killed else 'NOT killed'}" if wanted else ""
            print(
                f"{name} {what}{lost}: {'same bytes' if same else 'OTHER BYTES'}; "
                f"{len(sizes)} tasks of {min(sizes):,} to {max(sizes):,} bytes"
            )
            equal &= same and bool(killer.killed) == wanted
    return equal


def main() -> int:
    """Each cluster that is installed against this process."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        write_market(simulated_market(assets=80, days=300), project / "data")
        expected = {"features": features(project, HERE, Killer(False)), "walk": walked(project, HERE, Killer(False))}
        equal = True
        for name, package in PACKAGES.items():
            if find_spec(package) is None:
                print(f"{name}: skipped, for {package} isn't installed (pip install 'tvselect[{name}]')")
            else:
                equal &= held_against(name, project, expected)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
