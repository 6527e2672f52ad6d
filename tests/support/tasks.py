"""Tasks for executors, in a module that other processes can import."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tradingview_scraper.pipelines.selection.drivers.research.executors.task_graph import Task
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


@dataclass(frozen=True)
class Square(Task):
    """A number's square."""

    number: int

    def answer(self) -> int:
        return self.number**2


@dataclass(frozen=True)
class Deadly(Task):
    """Kills the process that takes it, as often as told; then the number of times that it did."""

    home: Path
    times: int

    def answer(self) -> int:
        killed = len(list(self.home.glob("*")))
        if killed < self.times:
            (self.home / str(killed)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return killed


@dataclass(frozen=True)
class Refusing(Task):
    """Ends with an error of ours."""

    def answer(self) -> int:
        raise DataContractError("ingestion: no bars")
