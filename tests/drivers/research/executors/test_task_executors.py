"""Whoever does the tasks: the same answers in the same order, a lost worker's work done again, errors as they are."""

from pathlib import Path

import pytest

from support.tasks import Deadly, Refusing, Square
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import executor_choice
from tradingview_scraper.pipelines.selection.drivers.research.executors.task_executors import answered
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, StageError

NEEDS = {"ray": "ray", "dask": "distributed"}


@pytest.fixture(params=["local", "processes", "ray", "dask"])
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    found = str(request.param)
    if found in NEEDS:
        pytest.importorskip(NEEDS[found], reason=f"the extra {found} isn't installed")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))  # where workers find the tasks
    return found


def test_answers_come_in_order_and_a_lost_workers_task_is_done_again(name: str, tmp_path: Path) -> None:
    lost = [] if name == "local" else [Deadly(tmp_path, 1)]
    told: list[int] = []
    found = answered([*map(Square, range(4)), *lost, Square(4)], executor_choice(name), told.append)
    assert found == [0, 1, 4, 9, *([1] if lost else []), 16]
    assert sorted(told) == sorted(found)


def test_an_error_is_raised_as_it_is() -> None:
    for choice in (executor_choice("local"), executor_choice("processes", 1)):
        with pytest.raises(DataContractError, match="ingestion: no bars"):
            answered([Refusing()], choice)


def test_a_task_that_kills_whoever_takes_it_ends(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="lost again and again"):
        answered([Deadly(tmp_path, 99)], executor_choice("processes", 1))
    assert len(list(tmp_path.iterdir())) == 4


def test_no_cluster_at_the_address() -> None:
    pytest.importorskip("distributed", reason="the extra dask isn't installed")
    with pytest.raises(ConfigurationError, match="no cluster of dask can be had at nowhere"):
        answered([Square(1)], executor_choice("dask", None, "nowhere"))
