"""The graph of tasks that don't depend on each other: Hamilton hands each to an executor and collects the answers in order.

It is a graph of its own, for the executors need Hamilton's dynamic execution, which an ordinary selection shall not pay for.
No node here is decorated: a decorated one can't be handed to another process.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from hamilton.htypes import Collect, Parallelizable

from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError


class Task(ABC):
    """A piece of work that can be told to another process in a few bytes: it says where its data lies, and holds none."""

    @abstractmethod
    def answer(self) -> Any:
        """What comes of it: something small."""


def task(tasks: Sequence[Task]) -> Parallelizable[Task]:
    """Each task."""
    yield from tasks


def answer(task: Task) -> Any:
    """What comes of a task; an error that it ends with is an answer, too, which `task_executors` raises where it arrives."""
    try:
        return task.answer()
    except SelectionError as error:
        return error


def answers(answer: Collect[Any]) -> list[Any]:
    """What came of all, in the order of the tasks."""
    return list(answer)
