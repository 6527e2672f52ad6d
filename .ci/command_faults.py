"""Does every command that writes survive what can happen to it? On a real small disk, by root, on Linux.

    python .ci/command_faults.py --times 6
    python .ci/command_faults.py --only train --only ingest --fault full

Each command is done once on a disk (tmpfs) with room, to see what it takes. Then it meets, `--times` times each:

* full: the disk has room for a part of what it adds. It ends with exit code 1 and says in one line that the disk is full;
* killed: after a part of its time;
* gone: the folder that it reads from (data or lakehouse) vanishes after a part of its time, and is there again afterwards;
* twice: two of them at once. Each is done, or says in one line why it isn't;
* memory: a limit of its addresses (RLIMIT_AS). It is done, or says in one line that there isn't enough (or OpenBLAS does, which
  ends the process itself).

Afterwards, with all there again, `clean` and the command, where it wasn't done, end with 0, `verify --all` too, and nothing
hidden is left. Prints a line per fault that isn't survived, and the counts; exit code 1 where there is one.
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tradingview_scraper.pipelines.selection.drivers.cli.main import main as tvselect
from tradingview_scraper.pipelines.selection.lineage.record import leftovers

ROOM = 512 * 2**20
SOME = ["--from", "2026-06-22", "--to", "2026-06-26"]
RIDGE = [
    *("--set", "universe=returns", "--set", "scorers.mine.kind=learned", "--set", "scorers.mine.role=challenger"),
    *("--set", "scorers.mine.parameters={horizon=2,train=60,stride=6,embargo=1,every=3,estimator='ridge'}"),
]
LAKE = ["--set", "data.provider=lakehouse"]
BEFORE: dict[str, list[list[str]]] = {
    "train": [],
    "compact": [["ingest", "data", "--known-at", "sessions"]],
    "vacuum": [["ingest", "data", "--known-at", "sessions"], ["compact"]],
    "run of a lakehouse": [["ingest", "data", "--known-at", "sessions"]],
    "promote": [["walk-forward", "--quiet", *SOME, "--every", "1d", "--horizons", "1"]],
    "research-page": [["walk-forward", "--quiet", *SOME, "--every", "1d", "--horizons", "1"]],
    "export": [["walk-forward", "--quiet", *SOME, "--every", "1d", "--horizons", "1"]],
}
"""What is done before, on a disk with room."""
COMMANDS: dict[str, list[str]] = {
    "init": ["init", "other"],
    "run": ["run", "--quiet"],
    "run of a lakehouse": ["run", "--quiet", *LAKE],
    "walk-forward": ["walk-forward", "--quiet", *SOME, "--every", "1d", "--horizons", "1"],
    "train": ["train", "mine", "--from", "2026-06-15", "--to", "2026-06-15", *RIDGE],
    "calibrate": ["calibrate", "--worlds", "2"],
    "certify": ["certify"],
    "fragility": ["fragility", "--draws", "2"],
    "anchor": ["anchor", "--output", "kept.checkpoint"],
    "prove": ["prove"],
    "report": ["report"],
    "research-page": ["research-page"],
    "export": ["export", "alphalens", "--output", "factors.parquet"],
    "ingest": ["ingest", "data", "--known-at", "sessions"],
    "compact": ["compact"],
    "vacuum": ["vacuum", "--keep", "1"],
    "promote": ["promote", "rank_average", "--evidence", "@latest", "--override", "--reason", "to try it"],
}


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    said: str
    seconds: float


def started(words: Sequence[str], project: Path, said: int, memory: int | None = None) -> int:
    """The process of a command, which writes what it says into a file; with a limit of its addresses where one is given."""
    child = os.fork()
    if child:
        return child
    os.chdir(project)
    os.dup2(said, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    leftovers.QUIET_SECONDS = -1.0
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    code = 70
    try:
        tvselect(list(words))
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(
    words: Sequence[str],
    project: Path,
    *,
    after: float = 0.0,
    then: Callable[[int], None] | None = None,
    memory: int | None = None,
) -> Ended:
    """A command in a process of its own; after some seconds something happens to it."""
    with tempfile.TemporaryFile() as said:
        begun, child = time.monotonic(), started(words, project, said.fileno(), memory)
        if then is not None:
            time.sleep(after)
            then(child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return Ended(code, said.read().decode(errors="replace"), time.monotonic() - begun)


class Disk:
    """A small disk, on which there is a project."""

    def __init__(self, place: Path, project: Path) -> None:
        self.place = place
        self._resize(ROOM)
        shutil.copytree(project, self.project)

    @property
    def project(self) -> Path:
        """Where the project lies."""
        return self.place / "project"

    def room(self, size: int) -> None:
        """Leave so much room, in bytes."""
        self._resize(self.used() + max(size, 0))

    def plenty(self) -> None:
        """Leave room for all."""
        self._resize(ROOM)

    def used(self) -> int:
        """Bytes that are taken."""
        disk = os.statvfs(self.place)
        return (disk.f_blocks - disk.f_bfree) * disk.f_frsize

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.place)], check=True)


@contextmanager
def disk_with(project: Path) -> Iterator[Disk]:
    """A small disk with a copy of a project."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder], check=True)
        try:
            yield Disk(Path(folder), project)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def wrong_after(disk: Disk, words: Sequence[str], *, repeated: bool = True) -> str:
    """What is wrong once there is room again, `clean` has cleaned and the command was given once more."""
    disk.plenty()
    once_more = [words] if repeated else []
    for again in (["clean"], *once_more, ["verify", "--all"]):
        end = ended(again, disk.project)
        if end.code:
            return f"then `{' '.join(again)}` ends with {end.code}: {end.said.strip()[-400:]}"
    hidden = [path for path in disk.project.rglob(".*") if path.name.endswith((".tmp", ".partial"))]
    return f"left: {[str(path.relative_to(disk.project)) for path in hidden]}" if hidden else ""


def wrong_end(end: Ended, codes: Sequence[int], word: str = "") -> str:
    """What is wrong with how a command ended: it is done, or has one of these codes and says why, with a word of it."""
    if end.code == 0:
        return ""
    lines = end.said.strip().splitlines()
    if end.code == 1 and lines and lines[-1].startswith("OpenBLAS error: Memory"):
        return ""
    if end.code not in codes or not lines or not lines[-1].startswith("tvselect: ") or "Traceback" in end.said:
        return f"ends with {end.code}: {end.said.strip()[-400:]}"
    return "" if word in lines[-1] else f"says {lines[-1]}"


class Bench:
    """A command on a project, and what it takes with nothing in its way."""

    def __init__(self, name: str, project: Path, times: int) -> None:
        self._words, self._project, self._times = COMMANDS[name], project, times
        self._source = "lakehouse" if (project / "lakehouse").exists() else "data"
        self._once = name in ("init", "promote")
        with disk_with(project) as disk:
            before = disk.used()
            self.whole = ended(self._words, disk.project)
            self._added = disk.used() - before

    def full(self) -> Iterator[tuple[str, str]]:
        """Room for a part."""
        for step in range(self._times):
            with disk_with(self._project) as disk:
                disk.room(self._added * step // self._times)
                end = ended(self._words, disk.project)
                wrong = wrong_end(end, (1,), "the disk is full") or self._after(disk, end)
                yield f"room for {step}/{self._times} of {self._added >> 10} kB", wrong

    def killed(self) -> Iterator[tuple[str, str]]:
        """Killed after a part of its time."""
        for part, seconds in self._moments():
            with disk_with(self._project) as disk:
                end = ended(self._words, disk.project, after=seconds, then=lambda child: os.kill(child, signal.SIGKILL))
                yield f"killed after {part}", self._after(disk, end)

    def gone(self) -> Iterator[tuple[str, str]]:
        """Without what it reads, after a part of its time."""
        for part, seconds in self._moments():
            with disk_with(self._project) as disk:
                source, aside = disk.project / self._source, disk.place / "aside"
                end = ended(self._words, disk.project, after=seconds, then=lambda _, a=source, b=aside: a.rename(b))
                if source.exists():  # what was begun there, where the source was its place
                    shutil.rmtree(source)
                aside.rename(source)
                yield f"without {self._source} after {part}", wrong_end(end, (1, 2, 3)) or self._after(disk, end)

    def twice(self) -> Iterator[tuple[str, str]]:
        """Two at once, the second a little later each time."""
        for number in range(self._times):
            with disk_with(self._project) as disk, tempfile.TemporaryFile() as said:
                child = started(self._words, disk.project, said.fileno())
                time.sleep(self.whole.seconds * number / self._times / 2)
                second = ended(self._words, disk.project)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                said.seek(0)
                first = Ended(code, said.read().decode(errors="replace"), 0.0)
                wrong = wrong_end(first, (1, 2)) or wrong_end(second, (1, 2)) or self._after(disk, first)
                yield (
                    f"two at once, {number}",
                    wrong or ("" if 0 in (first.code, second.code) else f"neither: {first.said}"),
                )

    def memory(self) -> Iterator[tuple[str, str]]:
        """With fewer addresses than it would take."""
        for step in range(self._times):
            with disk_with(self._project) as disk:
                limit = (400 + step * 1600 // self._times) * 2**20
                end = ended(self._words, disk.project, memory=limit)
                yield (
                    f"{limit >> 20} MB of addresses",
                    wrong_end(end, (1, 2), "of addresses" if limit < 2**30 else "memory") or self._after(disk, end),
                )

    def _moments(self) -> Iterator[tuple[str, float]]:
        for step in range(1, self._times + 1):
            share = step / (self._times + 1)
            yield f"{share:.0%} of {self.whole.seconds:.1f} s", self.whole.seconds * share

    def _after(self, disk: Disk, end: Ended) -> str:
        done = end.code == 0 or (self._once and ended(self._words, disk.project).code in (0, 2))
        return wrong_after(disk, self._words, repeated=not done)


FAULTS: dict[str, Callable[[Bench], Iterator[tuple[str, str]]]] = {
    "full": Bench.full,
    "killed": Bench.killed,
    "gone": Bench.gone,
    "twice": Bench.twice,
    "memory": Bench.memory,
}


def main() -> int:
    """Whether a fault wasn't survived, as an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=COMMANDS)
    parser.add_argument("--fault", action="append", choices=FAULTS)
    parser.add_argument("--times", type=int, default=6)
    asked = parser.parse_args()
    if sys.platform != "linux" or os.geteuid():
        print("a small disk needs root on Linux")
        return 0
    survived = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain"
        for words in (["init", str(plain)], ["run", "--quiet", "--project", str(plain)]):
            assert ended(words, Path(folder)).code == 0, words
        for name in asked.only or COMMANDS:
            project = Path(folder) / name.replace(" ", "-")
            shutil.copytree(plain, project)
            for words in BEFORE.get(name, []):
                end = ended(words, project)
                assert end.code == 0, (words, end)
            bench = Bench(name, project, asked.times)
            assert bench.whole.code == 0, (name, bench.whole)
            for fault in asked.fault or FAULTS:
                found = list(FAULTS[fault](bench))
                wrong = [(what, how) for what, how in found if how]
                for what, how in wrong:
                    print(f"{name}, {what}: {how}", flush=True)
                print(f"{name}, {fault}: {len(found) - len(wrong)} of {len(found)} survived", flush=True)
                tried, survived = tried + len(found), survived + len(found) - len(wrong)
    print(f"{survived} of {tried} faults survived")
    return int(survived < tried)


if __name__ == "__main__":
    sys.exit(main())
