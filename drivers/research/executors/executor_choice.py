"""Which executor does the tasks, how many processes it has, and where its cluster is."""

from dataclasses import dataclass

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

LOCAL, PROCESSES, RAY, DASK = "local", "processes", "ray", "dask"
EXECUTORS = (LOCAL, PROCESSES, RAY, DASK)
CLUSTERED = (RAY, DASK)
"""Those that can be at other machines."""


@dataclass(frozen=True)
class ExecutorChoice:
    """An executor, as it was asked for; who does a task changes no byte of it."""

    name: str = LOCAL
    workers: int = 1
    """Processes; on a cluster that is there already, the tasks in flight."""
    cluster: str | None = None
    """The address of a cluster that is there already; None: one of this machine, for the time of the work."""


HERE = ExecutorChoice()


def executor_choice(name: str | None = None, workers: int | None = None, cluster: str | None = None) -> ExecutorChoice:
    """The choice that is meant: without a name `processes` where there is more than one worker, else `local`.

    Without a number of workers, processes, Ray and Dask have two. Raises `ConfigurationError` where the parts don't fit.
    """
    if workers is not None and workers < 1:
        raise ConfigurationError("workers are at least 1")
    meant = name or (PROCESSES if (workers or 1) > 1 else LOCAL)
    if meant not in EXECUTORS:
        raise ConfigurationError(f"there is no executor {meant[:40]!r}; there are {', '.join(EXECUTORS)}")
    if cluster is not None and meant not in CLUSTERED:
        raise ConfigurationError(f"the executor {meant} has no cluster; --cluster goes with {' or '.join(CLUSTERED)}")
    if meant == LOCAL and (workers or 1) > 1:
        raise ConfigurationError("the executor local is this one process: leave out the workers, or take processes")
    return ExecutorChoice(meant, workers or (1 if meant == LOCAL else 2), cluster)
