"""Which executor is meant, and what doesn't fit together."""

import pytest

from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import (
    ExecutorChoice,
    executor_choice,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ((None, None, None), ExecutorChoice("local", 1)),
        ((None, 1, None), ExecutorChoice("local", 1)),
        ((None, 3, None), ExecutorChoice("processes", 3)),
        (("processes", None, None), ExecutorChoice("processes", 2)),
        (("processes", 1, None), ExecutorChoice("processes", 1)),
        (("ray", None, "auto"), ExecutorChoice("ray", 2, "auto")),
        (("dask", 8, None), ExecutorChoice("dask", 8)),
    ],
)
def test_what_is_meant(asked: tuple[str | None, int | None, str | None], meant: ExecutorChoice) -> None:
    assert executor_choice(*asked) == meant


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("spark", None, None), "there is no executor 'spark'; there are local, processes, ray, dask"),
        ((None, 0, None), "workers are at least 1"),
        (("local", 2, None), "leave out the workers"),
        ((None, None, "tcp://a:1"), "the executor local has no cluster"),
    ],
)
def test_what_doesnt_fit(asked: tuple[str | None, int | None, str | None], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        executor_choice(*asked)
