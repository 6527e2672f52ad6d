"""Does every command that writes survive a disk that fills, and a kill? On a real small disk, by root, on Linux.

    python .ci/full_disks.py --steps 10 --kills 6
    python .ci/full_disks.py --only train --only ingest

Each command is done once on a disk (tmpfs) with room, to see how much it adds. Then it is done again with room for a part of it
only, step by step; and killed after a part of its time. Afterwards it has said in one line that the disk is full, with exit code
1; with room again `clean` and the same command end with 0, `verify --all` too, and nothing hidden is left. Prints a line per
fault that isn't survived, and the counts; exit code 1 where there is one.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tradingview_scraper.pipelines.selection.drivers.cli.main import main as tvselect
from tradingview_scraper.pipelines.selection.lineage.record import leftovers

ROOM = 512 * 2**20
SOME = ["--from", "2026-06-22", "--to", "2026-06-26"]
RIDGE = [
    *("--set", "scorers.mine.kind=learned", "--set", "scorers.mine.role=challenger"),
    *("--set", "scorers.mine.parameters={horizon=2,train=140,stride=6,embargo=1,every=3,estimator='ridge'}"),
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
    "train": ["train", "mine", "--from", "2026-06-22", "--to", "2026-06-26", *RIDGE],
    "calibrate": ["calibrate", "--worlds", "2"],
    "certify": ["certify"],
    "anchor": ["anchor", "--output", "kept.checkpoint"],
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


def ended(words: Sequence[str], project: Path, kill_after: float | None = None) -> Ended:
    """A command in a process of its own, killed after a time where one is given."""
    with tempfile.TemporaryFile() as said:
        started, child = time.monotonic(), os.fork()
        if not child:
            _done(words, project, said.fileno())
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        return Ended(code, said.read().decode(errors="replace"), time.monotonic() - started)


def _done(words: Sequence[str], project: Path, errors: int) -> None:
    """In the child: the command, with nothing on stdout."""
    os.chdir(project)
    os.dup2(errors, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    leftovers.QUIET_SECONDS = -1.0
    code = 70
    try:
        tvselect(list(words))
    except SystemExit as error:
        code = int(error.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(code)


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


def wrong_full(end: Ended) -> str:
    """What is wrong with how a command ended that had no room; nothing where there was enough."""
    if end.code == 0:
        return ""
    lines = end.said.strip().splitlines()
    if end.code != 1 or not lines or not lines[-1].startswith("tvselect: ") or "Traceback" in end.said:
        return f"ends with {end.code}: {end.said.strip()[-400:]}"
    return "" if "the disk is full" in lines[-1] else f"says {lines[-1]}"


def faults(name: str, project: Path, steps: int, kills: int) -> Iterator[tuple[str, str]]:
    """Each fault of a command, and what is wrong after it."""
    words = COMMANDS[name]
    with disk_with(project) as disk:
        before = disk.used()
        whole = ended(words, disk.project)
        added = disk.used() - before
        if whole.code:
            yield "with room", f"ends with {whole.code}: {whole.said[-400:]}"
            return
    for step in range(steps):
        with disk_with(project) as disk:
            disk.room(added * step // steps)
            end = ended(words, disk.project)
            wrong = wrong_full(end) or wrong_after(disk, words, repeated=end.code != 0)
            yield f"room for {step}/{steps} of {added >> 10} kB", wrong
    for kill in range(1, kills + 1):
        with disk_with(project) as disk:
            ended(words, disk.project, whole.seconds * kill / (kills + 1))
            once = name in ("init", "promote") and ended(words, disk.project).code == 2  # done before the kill
            yield (
                f"killed after {kill}/{kills + 1} of {whole.seconds:.1f} s",
                wrong_after(disk, words, repeated=not once),
            )


def main() -> int:
    """Whether a fault wasn't survived, as an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=COMMANDS)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--kills", type=int, default=6)
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
            found = list(faults(name, project, asked.steps, asked.kills))
            wrong = [(fault, what) for fault, what in found if what]
            for fault, what in wrong:
                print(f"{name}, {fault}: {what}", flush=True)
            print(f"{name}: {len(found) - len(wrong)} of {len(found)} survived", flush=True)
            tried, survived = tried + len(found), survived + len(found) - len(wrong)
    print(f"{survived} of {tried} faults survived")
    return int(survived < tried)


if __name__ == "__main__":
    sys.exit(main())
