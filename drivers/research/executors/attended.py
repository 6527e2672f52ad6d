"""An executor, attended to: few tasks in flight, each answer told as it arrives, errors raised at once."""

import time
from collections.abc import Callable
from typing import Any

from hamilton.execution.executors import TaskExecutor, TaskFuture, TaskFutureWrappingPythonFuture
from hamilton.execution.grouping import TaskImplementation
from hamilton.execution.state import TaskState

from tradingview_scraper.pipelines.selection.schemas.errors import StageError

PAUSE = 0.002
"""Seconds between two looks at a task in another process: Hamilton itself looks on and on, and keeps a processor busy."""
LOST = ("BrokenProcessPool", "WorkerCrashedError", "OutOfMemoryError", "KilledWorker")
"""By name, for Ray and Dask needn't be there: what a task ends with whose process died each time."""


class Attended(TaskExecutor):
    """An executor with so many tasks in flight at most, looked at now and then; each result is told as it arrives."""

    def __init__(self, executor: TaskExecutor, most: int, told: Callable[[Any], None]) -> None:
        self._executor, self._most, self._told = executor, most, told
        self._running = 0

    def init(self) -> None:
        """Nothing: the executor was begun before, and may be asked again."""

    def finalize(self) -> None:
        """Nothing: who began it ends it."""

    def can_submit_task(self) -> bool:
        """Whether there is room."""
        return self._running < self._most

    def submit_task(self, task: TaskImplementation) -> TaskFuture:
        """Submit, and attend to what comes."""
        self._running += 1
        return _AttendedFuture(self._executor.submit_task(task), self)

    def arrived(self, result: Any) -> None:
        """One is done: tell its result."""
        self._running -= 1
        self._told(result)


class _AttendedFuture(TaskFuture):
    def __init__(self, future: TaskFutureWrappingPythonFuture, executor: Attended) -> None:
        self._future, self._executor, self._state = future, executor, TaskState.RUNNING

    def get_state(self) -> TaskState:
        """Its state; asked while it is running, it takes a rest."""
        if self._state is TaskState.RUNNING:
            self._state = self._future.get_state()
            if self._state is TaskState.SUCCESSFUL:
                self._executor.arrived(self._future.get_result())
            elif self._state is TaskState.FAILED:
                raise _failure(self._future)
            else:
                time.sleep(PAUSE)
        return self._state

    def get_result(self) -> Any:
        """What came of it; None where it isn't done."""
        return None if self._state is TaskState.RUNNING else self._future.get_result()


def _failure(future: TaskFutureWrappingPythonFuture) -> BaseException:
    """Why a task failed: its own error, or that whoever took it died."""
    error: BaseException = future.future.exception()
    if type(error).__name__ not in LOST:
        return error
    return StageError(
        "a task was lost again and again, with each process that had it, perhaps for want of memory: take fewer --workers; "
        "the same command goes on where this one stopped"
    )
