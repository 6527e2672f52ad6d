"""What a run says while it goes on: one line a stage on stderr, nodes on request, a bar where a person waits.

`StageLog` hangs in Hamilton and writes to the logger `tvselect`: INFO when a stage has ended, DEBUG for each node; `watchers`
gives it, or nothing where nobody listens. `shown` is the command line's handler: only it configures logging. Lines are
`key=value`; the bar is there on a terminal only, from the second second on, and leaves nothing behind.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

from hamilton.graph_types import HamiltonGraph
from hamilton.lifecycle import GraphExecutionHook, LifecycleAdapter, NodeExecutionHook

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.drivers.execution.findings import (
    gap_lines,
    join_line,
    table_lines,
    undated_lines,
)
from tradingview_scraper.pipelines.selection.drivers.execution.graph import module_of
from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS, CLIMBED, STAGES

LOGGER = logging.getLogger("tvselect")
INPUT_LOGGER = logging.getLogger("tvselect_input")
"""Not below the other: what was read is said to everybody, stages only to those who wait or ask."""
WAIT = 1.0
"""Seconds until a bar is worth drawing."""
WIDTH = 24
_STAGE_OF_BORDER = {border: stage for stage, border in BORDERS.items()}


class StageLog(NodeExecutionHook, GraphExecutionHook):
    """Writes a line when a stage has ended: its border is done, and another stage begins or nothing is left."""

    def __init__(self, stage_of_module: Mapping[str, str]) -> None:
        self._stage_of_module = stage_of_module
        self._stages: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self._ran: dict[str, list[float]] = {}
        self._done: list[str] = []
        self._assets = 0
        self._rung = 1

    def run_before_graph_execution(self, *, graph: HamiltonGraph, **future_kwargs: Any) -> None:
        """Learn which node is of which stage."""
        if not self._stages:
            computed = [node for node in graph.nodes if not node.is_external_input]
            self._stages = {node.name: self._stage_of_module[module_of(node)] for node in computed}

    def run_after_graph_execution(self, **future_kwargs: Any) -> None:
        """Whatever is done has ended, too; columns that were taken out of a finished stage's frame are told apart."""
        self._tell_ended()
        for stage, seconds in self._ran.items():
            self._say(logging.DEBUG, stage, later=len(seconds), ms=f"{1000 * sum(seconds):.0f}")
        self._ran = {}

    def run_before_node_execution(self, *, node_name: str, **future_kwargs: Any) -> None:
        """A node of another stage ends those whose borders are done."""
        if self._stages[node_name] not in self._done:
            self._tell_ended()
        self._began[node_name] = time.perf_counter()

    def run_after_node_execution(self, *, node_name: str, result: Any, success: bool, **future_kwargs: Any) -> None:
        """Count the node; note that a border is done."""
        seconds = time.perf_counter() - self._began.pop(node_name)
        stage = self._stages[node_name]
        self._ran.setdefault(stage, []).append(seconds)
        self._say(logging.DEBUG, stage, node=node_name, ms=f"{1000 * seconds:.1f}", ok=str(success).lower())
        if success and node_name in _STAGE_OF_BORDER:
            if isinstance(result, SelectionContext):
                self._assets = len(result.raw_pool)
            self._done.append(_STAGE_OF_BORDER[node_name])

    def _tell_ended(self) -> None:
        for stage in self._done:
            seconds = self._ran.pop(stage, [])
            self._say(logging.INFO, stage, nodes=len(seconds), ms=f"{1000 * sum(seconds):.0f}", assets=self._assets)
        if "policy" in self._done:
            self._rung += 1
        self._done = []

    def _say(self, level: int, stage: str, **fields: object) -> None:
        told = {"stage": stage, **({"rung": self._rung} if stage in CLIMBED else {}), **fields}
        seen = bar_text(stage, self._rung, self._assets, sum(map(len, self._ran.values())))
        LOGGER.log(level, " ".join(f"{key}={value}" for key, value in told.items()), extra={"progress": seen})


class InputLog(NodeExecutionHook):
    """Says what was read, how candidates joined and what is missing for which gate, as soon as there is a pool."""

    def __init__(self, settings: SelectionSettings) -> None:
        self._settings = settings
        self._tables: Tables | None = None
        self._undated: list[str] = []

    def run_before_node_execution(self, **future_kwargs: Any) -> None:
        """Nothing to prepare."""

    def run_after_node_execution(
        self, *, node_name: str, node_kwargs: dict[str, Any], result: Any, success: bool, **future_kwargs: Any
    ) -> None:
        """Keep the tables until the pool is there."""
        if not success:
            return
        if node_name == "tables":
            self._tables = result
            self._undated = undated_lines(result) if node_kwargs["as_of"] is not None else []
        if node_name == "raw_pool" and self._tables is not None:
            tables, self._tables = self._tables, None
            lines = [*table_lines(tables), *self._undated]
            lines += [join_line(result, tables), *gap_lines(result, tables, self._settings, remedies=False)]
            for line in lines:
                INPUT_LOGGER.info("tvselect: %s", line)


def watchers(plan: Plan) -> tuple[LifecycleAdapter, ...]:
    """What follows an execution: nothing unless somebody listens to the loggers."""
    stages = (StageLog(plan.stages),) if LOGGER.isEnabledFor(logging.INFO) else ()
    return (*stages, *((InputLog(plan.settings),) if INPUT_LOGGER.isEnabledFor(logging.INFO) else ()))


@contextmanager
def unwatched() -> Iterator[None]:
    """Say nothing of the stages meanwhile: a ladder that is climbed again is no further rung of the run's own."""
    before, LOGGER.disabled = LOGGER.disabled, True
    try:
        yield
    finally:
        LOGGER.disabled = before


class Terminal(logging.Handler):
    """Writes lines to a stream; with `bar`, what is below the level of lines moves a bar underneath."""

    def __init__(self, stream: TextIO, lines_from: int, *, bar: bool) -> None:
        super().__init__()
        formatter = logging.Formatter(
            "time=%(asctime)s.%(msecs)03dZ level=%(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)
        self._stream, self._lines_from, self._bar = stream, lines_from, bar
        self._began = time.monotonic()
        self._drawn = False

    def emit(self, record: logging.LogRecord) -> None:
        """A line, a bar, or nothing."""
        if record.levelno >= self._lines_from:
            self.clear()
            said = record.getMessage() if record.name == INPUT_LOGGER.name else self.format(record)
            self._stream.write(f"{said}\n")
        seen = getattr(record, "progress", None)
        if self._bar and seen is not None and time.monotonic() - self._began >= WAIT:
            self.clear()
            self._stream.write(seen)
            self._drawn = True
        self._stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._drawn = False


def bar_text(stage: str, rung: int, assets: int, executed: int) -> str:
    """How far a run is: stages of six, nodes since the last stage ended, assets once they are known."""
    at = STAGES.index(stage)
    filled = WIDTH * at // len(STAGES)
    counted = f"{assets} assets" if assets else "reading"
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {at + 1}/{len(STAGES)} {stage}, rung {rung}, {executed} nodes, {counted}"


def drawing(done: int, whole: int) -> None:
    """Say how many of the selections of a list's fragility are done."""
    filled = WIDTH * done // whole
    bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}] fragility, {done} of {whole} selections"
    LOGGER.debug("fragility=%d of=%d", done, whole, extra={"progress": bar})


@contextmanager
def shown(stream: TextIO, *, verbose: bool = False, quiet: bool = False) -> Iterator[None]:
    """Show what runs inside the block on a stream.

    Nothing if `quiet`; else what was read; with it stages and nodes if `verbose`, stages and a bar if the stream is a
    terminal.
    """
    if quiet:
        yield
        return
    terminal = stream.isatty()
    handler = Terminal(stream, logging.DEBUG if verbose else logging.INFO, bar=terminal and not verbose)
    loggers = (INPUT_LOGGER, LOGGER) if verbose or terminal else (INPUT_LOGGER,)
    with ExitStack() as stack:
        for logger in loggers:
            stack.enter_context(_attached(logger, handler))
        yield


@contextmanager
def _attached(logger: logging.Logger, handler: Terminal) -> Iterator[None]:
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield
    finally:
        handler.clear()
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates
