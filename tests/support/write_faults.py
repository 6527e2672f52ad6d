"""A run of the sample whose n-th write fails, or kills the process: every write of a record goes through `files.os`.

The selection and the bytes of its artifacts are made once; a run with a fault writes them again, into a project without runs.
"""

import errno
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest import mock

from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.recording import run as recording
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.lineage.record import files, ledger, leftovers
from tradingview_scraper.pipelines.selection.schemas.errors import StorageError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RUNS

GROWING = ("write", "fsync", "replace", "rename", "makedirs")
CALLS = (*GROWING, "open", "ftruncate", "unlink")
FAULTS = ("full", "failing", "killed")


class Faulty:
    """`os`, counting its calls that change a disk; from the n-th on the disk is full, or this one fails, or kills."""

    def __init__(self, fault: str = "", at: int = -1) -> None:
        self.fault, self.at, self.done = fault, at, 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(os, name)
        return self._watched(name, call) if name in CALLS else call

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            if name == "open" and not arguments[1] & os.O_CREAT:
                return call(*arguments, **named)
            number, self.done = self.done, self.done + 1
            hit = number == self.at or (self.fault == "full" and number > self.at >= 0 and name in GROWING)
            if not hit:
                return call(*arguments, **named)
            if name == "write":  # half of it is on the disk
                call(arguments[0], arguments[1][: len(arguments[1]) // 2])
            if self.fault == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            number = errno.ENOSPC if self.fault == "full" else errno.EIO
            raise OSError(number, os.strerror(number))

        return watched


@contextmanager
def bench(project: Path) -> Iterator["Bench"]:
    """A project's run, ready to be written again and again; the project's earlier runs go."""
    with project_on_path(project), ExitStack() as patches:
        request = requested(project, as_of="2026-06-30")
        selection = recording.selected(request.provider, request.plan, request.as_of)
        made = {
            "selected": lambda *given, **named: selection,
            "artifact_files": _always(recording.artifact_files(selection)),
            "events.opening": _always(recording.events.opening(request)),
            "events.closing": _closing(recording.events.closing, selection),
        }
        for name, answer in made.items():
            patches.enter_context(mock.patch(f"{recording.__name__}.{name}", answer))
        patches.enter_context(mock.patch.object(leftovers, "QUIET_SECONDS", -1.0))
        yield Bench(request)


def _always(answer: Any) -> Callable[[Any], Any]:
    return lambda *given: answer


def _closing(closing: Callable[..., Any], selection: Any) -> Callable[..., Any]:
    made = closing(selection, [])
    return lambda found, artifacts, fragility: {**made, "artifacts": [asdict(artifact) for artifact in artifacts]}


class Bench:
    """One run, written again and again on disks that fail."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.project, self.runs = request.project, request.project / RUNS
        self.writes = self._counted()

    def _counted(self) -> int:
        disk = Faulty()
        self.reset()
        self.written(Faulty())
        self.written(disk)
        return disk.done

    def reset(self) -> None:
        """No runs."""
        shutil.rmtree(self.runs, ignore_errors=True)

    def written(self, disk: Faulty) -> None:
        """Record the run on a disk."""
        with mock.patch.object(files, "os", disk):
            recording.recorded(self._request)

    def outcome(self, fault: str, at: int) -> str:
        """Empty where the fault was survived, else what is wrong: after a run before it, and before one after it."""
        self.reset()
        self.written(Faulty())
        if fault == "killed":
            child = os.fork()
            if child == 0:
                self.written(Faulty(fault, at))
                os._exit(1)
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
                return "the process wasn't killed"
        else:
            try:
                self.written(Faulty(fault, at))
            except StorageError as error:
                if "can't be written" not in str(error) or error.errno not in (errno.ENOSPC, errno.EIO):
                    return f"says {error}"
            else:
                if fault == "full":
                    return "nobody noticed"
        return self._unsound(1) or self._after()

    def _unsound(self, least: int) -> str:
        """What is wrong with the runs that have a final name."""
        found = verified(self.project, everything=True)
        named = [path for path in self.runs.iterdir() if path.is_dir() and path.name[0] not in ".t"]
        problems = [problem for problem in found["problems"] if not self._mendable(problem)]
        return f"{problems}" if problems or len(named) < least else ""

    def _mendable(self, problem: dict[str, Any]) -> bool:
        """A torn last line is what the next writer sets aside; a nameless run is what `clean` names."""
        nameless = {path.name[1:].removesuffix(".partial") for path in leftovers.left_over(self.project).nameless}
        return problem["kind"] == "torn" or (problem["kind"] == "missing" and Path(problem["file"]).name in nameless)

    def _after(self) -> str:
        """What is wrong once `clean` has cleaned and the next run has run."""
        left = leftovers.left_over(self.project)
        for path in left.dead:
            leftovers.removed(path)
        for path in left.nameless:
            leftovers.finished(path)
        hidden = sorted(path.name for path in self.runs.rglob(".*"))
        if hidden:
            return f"left: {hidden}"
        self.written(Faulty())
        found = verified(self.project, everything=True)
        lines = sum(event["event"] == "run.completed" for event in ledger.read(self.runs / LEDGER))
        return "" if found["ok"] and found["runs"] == lines else f"{found['problems']} in {found['runs']} runs"
