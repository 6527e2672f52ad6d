"""An executor of processes on this machine, which does again what a lost one had in hand."""

import logging
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from hamilton.execution.executors import TaskExecutor, TaskFuture, TaskFutureWrappingPythonFuture, base_execute_task
from hamilton.execution.grouping import TaskImplementation
from hamilton.execution.state import TaskState

REDONE = 3
"""How often at most a task is done again: one that kills whoever takes it would never end. As Ray and Dask have it."""


class ProcessExecutor(TaskExecutor):
    """Processes of this machine, each a fresh interpreter: a fork would copy the locks of threads that it doesn't copy."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def init(self) -> None:
        """Starts nothing yet: a process starts with its first task."""
        self._pool = ProcessPoolExecutor(self._workers, get_context("spawn"), _begin)

    def finalize(self) -> None:
        """Ends the processes, each after the task in its hand."""
        self._pool.shutdown(cancel_futures=True)

    def can_submit_task(self) -> bool:
        """`Attended` counts."""
        return True

    def submit_task(self, task: TaskImplementation) -> TaskFuture:
        """The future of a task, which survives a lost process."""
        return _ProcessFuture(self, task)

    def submitted(self, task: TaskImplementation) -> "Future[Any]":
        """A task given to the processes; to new ones, where one of the old has died: the others can't be used any more."""
        try:
            return self._pool.submit(base_execute_task, task)
        except BrokenProcessPool:
            self.init()
            return self._pool.submit(base_execute_task, task)


def _begin() -> None:
    """Ctrl-C and errors are the affair of who started the process: it is told of both."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("hamilton").setLevel(logging.CRITICAL + 1)


class _ProcessFuture(TaskFutureWrappingPythonFuture):
    """A task in a process: done again where that dies."""

    def __init__(self, executor: ProcessExecutor, task: TaskImplementation) -> None:
        self.future: Future[Any] = executor.submitted(task)
        self._executor, self._task, self._lost = executor, task, 0

    def get_state(self) -> TaskState:
        """Whether it is done."""
        done = self.future.done()
        if done and isinstance(self.future.exception(), BrokenProcessPool) and self._lost < REDONE:
            self._lost += 1
            self.future = self._executor.submitted(self._task)
            return TaskState.RUNNING
        return super().get_state()
