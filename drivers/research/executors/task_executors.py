"""Tasks done by an executor of Hamilton's: `answered` takes the tasks and gives their answers, in order.

`processes` starts interpreters here; `ray` and `dask` start a cluster of this machine, or join the one whose address is given.
What a worker that dies had in hand is done again, by another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from hamilton import driver
from hamilton.execution.executors import SynchronousLocalTaskExecutor, TaskExecutor

from tradingview_scraper.pipelines.selection.drivers.execution.hooks import quiet_hamilton
from tradingview_scraper.pipelines.selection.drivers.research.executors import task_graph
from tradingview_scraper.pipelines.selection.drivers.research.executors.attended import Attended
from tradingview_scraper.pipelines.selection.drivers.research.executors.cluster_executors import (
    dask_executor,
    ray_executor,
)
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import (
    LOCAL,
    PROCESSES,
    RAY,
    ExecutorChoice,
)
from tradingview_scraper.pipelines.selection.drivers.research.executors.process_executor import ProcessExecutor
from tradingview_scraper.pipelines.selection.drivers.research.executors.task_graph import Task
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

IN_FLIGHT = 2
"""Tasks per worker that are under way or wait for it."""

Told = Callable[[Any], None]
"""Told the answer of each task as it arrives."""
Answered = Callable[[Sequence[Task], Told | None], list[Any]]
"""Gives the answers of tasks, in their order."""


def answered(tasks: Sequence[Task], choice: ExecutorChoice, told: Told | None = None) -> list[Any]:
    """The answers of tasks, in their order.

    Raises what a task raises, as soon as it arrives; `StageError` where workers die again and again, `ConfigurationError` where
    the executor isn't installed or its cluster can't be had.
    """
    if not tasks:
        return []
    with executing(choice) as answers:
        return answers(tasks, told)


@contextmanager
def executing(choice: ExecutorChoice) -> Iterator[Answered]:
    """What answers tasks, as often as it is asked inside the block."""
    if choice.name == LOCAL:
        yield lambda tasks, told: [_told(task_graph.answer(task), told) for task in tasks]
        return
    with task_executor(choice) as executor:
        executor.init()
        try:
            yield partial(_answered_by, executor, IN_FLIGHT * choice.workers)
        finally:
            executor.finalize()


def _answered_by(executor: TaskExecutor, most: int, tasks: Sequence[Task], told: Told | None) -> list[Any]:
    def arrived(result: Mapping[str, Any]) -> None:
        _told(result["answer"], told)

    with quiet_hamilton():
        built = (
            driver.Builder()
            .with_modules(task_graph)
            .enable_dynamic_execution(allow_experimental_mode=True)
            .with_local_executor(SynchronousLocalTaskExecutor())
            .with_remote_executor(Attended(executor, most, arrived))
            .build()
        )
        found: list[Any] = built.execute(["answers"], inputs={"tasks": tuple(tasks)})["answers"]
        return found


def _told(answer: Any, told: Told | None) -> Any:
    """An answer that has arrived, told; raised where it is an error."""
    if isinstance(answer, SelectionError):
        raise answer
    if told is not None:
        told(answer)
    return answer


@contextmanager
def task_executor(choice: ExecutorChoice) -> Iterator[TaskExecutor]:
    """The executor of a choice that isn't `local`; what was started for it ends with the block."""
    if choice.name == PROCESSES:
        yield ProcessExecutor(choice.workers)
        return
    with (ray_executor if choice.name == RAY else dask_executor)(choice) as executor:
        yield executor
