"""Hamilton's executors of Ray and Dask: on a cluster of this machine, or on one whose address is given.

Both do the task of a worker that dies again by themselves, up to three times.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from hamilton.execution.executors import TaskExecutor

from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import ExecutorChoice
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


@contextmanager
def ray_executor(choice: ExecutorChoice) -> Iterator[TaskExecutor]:
    """Ray's. Raises `ConfigurationError` where it isn't installed or its cluster can't be had."""
    ray, plugin = _installed("ray", "ray"), _installed("hamilton.plugins.h_ray", "ray")
    # "local" is said: else Ray joins whatever cluster happens to run on this machine.
    here = {"address": "local", "num_cpus": choice.workers, "include_dashboard": False}
    where = here if choice.cluster is None else {"address": choice.cluster}
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **where)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _no_cluster(choice, error) from None
    try:
        yield plugin.RayTaskExecutor(skip_init=True)
    finally:
        ray.shutdown()


@contextmanager
def dask_executor(choice: ExecutorChoice) -> Iterator[TaskExecutor]:
    """Dask's. Raises `ConfigurationError` where it isn't installed or its cluster can't be had."""
    dask, plugin = _installed("dask.distributed", "dask"), _installed("hamilton.plugins.h_dask", "dask")
    if choice.cluster is not None:
        try:
            client = dask.Client(choice.cluster)
        except (OSError, ValueError) as error:
            raise _no_cluster(choice, error) from None
        with client:
            yield plugin.DaskExecutor(client=client)
        return
    sizes = {"n_workers": choice.workers, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with dask.LocalCluster(**sizes, silence_logs=logging.CRITICAL) as cluster, dask.Client(cluster) as client:
        yield plugin.DaskExecutor(client=client)


def _installed(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f"the executor {extra} needs {error.name or module}: pip install 'tvselect[{extra}]'"
        ) from None


def _no_cluster(choice: ExecutorChoice, error: Exception) -> ConfigurationError:
    first = next(iter(str(error).splitlines()), "")[:160]
    return ConfigurationError(f"no cluster of {choice.name} can be had at {choice.cluster or 'this machine'}: {first}")
