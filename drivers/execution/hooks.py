"""What the driver hangs into Hamilton: lending, counting, and telling which factor or component failed.

`Lending` hands each node copies of its own and freezes what it returns; `Counting` records which node ran at which rung and
for how long, and turns an exception inside a factor or component into an error that names it.
"""

import contextlib
import gc
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd
from hamilton.lifecycle import NodeExecutionHook, NodeExecutionMethod

from tradingview_scraper.pipelines.selection.drivers.execution.plugins import raised_text
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ComponentError,
    ConfigurationError,
    FactorError,
    SelectionError,
)
from tradingview_scraper.pipelines.selection.schemas.frozen import frozen, lent
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


@contextlib.contextmanager
def quiet_hamilton() -> Iterator[None]:
    """Keep Hamilton from logging an error thrice, with frames and a banner: the exception says what there is to say."""
    logger = logging.getLogger("hamilton")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def own_sums() -> Iterator[None]:
    """Keep pandas from summing by bottleneck or numexpr, which it does where they happen to be installed: last bits change."""
    with pd.option_context("compute.use_bottleneck", False, "compute.use_numexpr", False):
        yield


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from searching for cycles: thousands of records make it look through all that is alive, again and again.

    What a selection leaves behind is freed by its reference counts all the same.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def undisturbed(settings: SelectionSettings) -> Iterator[None]:
    """What every execution needs around it: Hamilton quiet, pandas' own sums, no search for cycles, NumPy silent for v3.4."""
    # What v3.4 believes may be infinite, and so is what comes of it.
    believed = settings.data.fields == "believed"
    with (
        quiet_hamilton(),
        own_sums(),
        uncollected(),
        np.errstate(all="ignore") if believed else contextlib.nullcontext(),
    ):
        yield


class Elsewhere(Protocol):
    """What computes some nodes in its own way, with the same bits (`research.executors.feature_chunks`)."""

    def __call__(self, name: str, module: str, arguments: Mapping[str, Any]) -> Any | None:
        """The node's value; None where it is none of those."""


class Lending(NodeExecutionMethod):
    """A node may do to its arguments what it likes: nobody else sees it."""

    def __init__(self, elsewhere: Elsewhere | None = None) -> None:
        self._elsewhere = elsewhere

    def run_to_execute_node(
        self,
        *,
        node_name: str,
        node_tags: dict[str, Any],
        node_callable: Callable[..., Any],
        node_kwargs: dict[str, Any],
        task_id: str | None,
        **future_kwargs: Any,
    ) -> Any:
        """Execute the node on copies, here or elsewhere, and make its result read-only."""
        if self._elsewhere is not None:
            found = self._elsewhere(node_name, str(node_tags.get("module", "")), node_kwargs)
            if found is not None:
                return frozen(found)
        return frozen(node_callable(**{name: lent(value) for name, value in node_kwargs.items()}))


class Counting(NodeExecutionHook):
    """Which nodes ran, in order, and their seconds, since the last harvest.

    `factors` is node to where the user defines it, `components` node to the component that it calls, as the profile names it.
    """

    def __init__(self, factors: Mapping[str, str], components: Mapping[str, str]) -> None:
        self._factors = factors
        self._components = components
        self._executed: dict[str, float] = {}
        self._started: dict[str, float] = {}

    def harvested(self) -> dict[str, float]:
        """Node to seconds, in the order of execution; counting begins anew."""
        ran, self._executed = self._executed, {}
        return ran

    def run_before_node_execution(self, *, node_name: str, **future_kwargs: Any) -> None:
        """Note the time."""
        self._started[node_name] = time.perf_counter()

    def run_after_node_execution(
        self, *, node_name: str, error: Exception | None, success: bool, **future_kwargs: Any
    ) -> None:
        """Count the node; name the factor or component that raised."""
        self._executed[node_name] = time.perf_counter() - self._started.pop(node_name)
        if isinstance(error, ComponentError):
            raise ConfigurationError(f"{self._components[node_name]} {error}") from error
        if error is None or isinstance(error, SelectionError | MemoryError):
            return  # want of memory is nobody's fault
        if node_name in self._factors:
            raise FactorError(raised_text(f"features: {self._factors[node_name]}", error)) from error
        if node_name in self._components:
            raise ConfigurationError(raised_text(self._components[node_name], error)) from error
