"""Factors of matrices, computed chunk of assets by chunk of assets wherever an executor has room.

What a built-in factor or its kernel makes of returns, highs, lows and closes it makes of each asset alone, so a chunk's values
are those of the whole, bit for bit (`tests/drivers/research/executors/test_feature_chunks.py` holds every one of them to that).
What sees several assets, or is the user's own, is computed here, as always. Matrices are written once, one row per asset, and
mapped by whoever needs some of the rows: a task carries names of files and of assets.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features import factors
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import Elsewhere, own_sums
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import ExecutorChoice
from tradingview_scraper.pipelines.selection.drivers.research.executors.task_executors import Answered, executing
from tradingview_scraper.pipelines.selection.drivers.research.executors.task_graph import Task

MATRICES = ("returns", "market_returns", "high", "low", "close")


@dataclass(frozen=True)
class Rows:
    """Some assets' rows of a matrix in a file; the days lie beside it."""

    file: str
    first: int
    symbols: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """The matrix, days x assets, each column in one piece."""
        values = np.load(f"{self.file}.npy", mmap_mode="r")[self.first : self.first + len(self.symbols)]
        days = pd.DatetimeIndex(np.load(f"{self.file}.days.npy"), name="date")
        columns = pd.Index(self.symbols, dtype="str", name="symbol")
        return pd.DataFrame(np.array(values).T, index=days, columns=columns, copy=False)


@dataclass(frozen=True)
class ChunkTask(Task):
    """One factor or kernel of one chunk of assets."""

    module: str
    name: str
    arguments: Mapping[str, Any]

    def answer(self) -> pd.Series | pd.DataFrame:
        """What the function gives for the chunk."""
        function = getattr(import_module(self.module), self.name)
        with own_sums():
            found: pd.Series | pd.DataFrame = function(**{name: _read(given) for name, given in self.arguments.items()})
        return found


def _read(given: Any) -> Any:
    if isinstance(given, Rows):
        return given.frame()
    return {name: _read(part) for name, part in given.items()} if isinstance(given, dict) else given


@contextmanager
def feature_chunks(choice: ExecutorChoice, project: Path) -> Iterator[Elsewhere]:
    """What computes factors by an executor, for the time of the block; its files lie in the project meanwhile."""
    with TemporaryDirectory(prefix=".chunks-", dir=project.resolve()) as folder, executing(choice) as answered:
        yield _Chunks(Path(folder), answered, choice.workers)


class _Chunks:
    """See `Elsewhere`."""

    def __init__(self, folder: Path, answered: Answered, count: int) -> None:
        self._folder, self._answered, self._count = folder, answered, count
        self._files: dict[tuple[int, tuple[int, ...]], str] = {}

    def __call__(self, name: str, module: str, arguments: Mapping[str, Any]) -> pd.Series | pd.DataFrame | None:
        read = [name for name in MATRICES if name in arguments]
        frames = [frame for name in read for frame in _frames(arguments[name])]
        if not module.startswith(f"{factors.__name__}.") or not frames:
            return None
        assets = arguments["raw_pool"].index if "raw_pool" in arguments else frames[0].columns
        if not all(_plain(frame) for frame in frames) or len(assets) < self._count:
            return None
        chunks = [assets[part] for part in np.array_split(np.arange(len(assets)), self._count)]
        tasks = [ChunkTask(module, name, self._told(arguments, chunk)) for chunk in chunks]
        found: pd.Series | pd.DataFrame = pd.concat(self._answered(tasks, None))
        return found.set_axis(assets, axis=0)

    def _told(self, arguments: Mapping[str, Any], chunk: pd.Index) -> dict[str, Any]:
        """The arguments for a chunk: matrices by their rows in files, what is per asset cut, all else as it is."""
        told: dict[str, Any] = {}
        for name, given in arguments.items():
            if name == "raw_pool":
                told[name] = pd.DataFrame(index=chunk)  # only asked for its assets
            elif isinstance(given, pd.Series):
                told[name] = given.loc[chunk]
            elif isinstance(given, pd.DataFrame):
                told[name] = self._rows(given, chunk)
            elif name in MATRICES:
                parts = {market: self._rows(frame, chunk) for market, frame in given.items()}
                told[name] = {market: rows for market, rows in parts.items() if rows.symbols}
            else:
                told[name] = given
        return told

    def _rows(self, frame: pd.DataFrame, chunk: pd.Index) -> Rows:
        """The chunk's rows of a matrix; they follow each other, for every matrix has the order of the pool."""
        there = np.flatnonzero(frame.columns.isin(chunk))
        first = int(there[0]) if len(there) else 0
        return Rows(self._file(frame), first, tuple(frame.columns[there]))

    def _file(self, frame: pd.DataFrame) -> str:
        values = frame.to_numpy().T
        # The graph holds every matrix as long as it runs, so its place in memory is its name.
        key = (values.__array_interface__["data"][0], values.shape)
        if key not in self._files:
            self._files[key] = str(self._folder / str(len(self._files)))
            np.save(f"{self._files[key]}.npy", np.ascontiguousarray(values))
            np.save(f"{self._files[key]}.days.npy", frame.index.to_numpy())
        return self._files[key]


def _frames(given: Any) -> Sequence[pd.DataFrame]:
    return list(given.values()) if isinstance(given, dict) else [given]


def _plain(frame: pd.DataFrame) -> bool:
    """Whether a matrix is one block of float64, as all are but what v3.4 believes."""
    return isinstance(frame, pd.DataFrame) and bool((frame.dtypes == np.float64).all())
