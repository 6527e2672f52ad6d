"""Which modules a profile's stages are made of."""

from types import ModuleType

import pytest

from support.market import settings
from tradingview_scraper.pipelines.selection.dataflow.inference import scorer_dag
from tradingview_scraper.pipelines.selection.dataflow.partitioning import conditioning
from tradingview_scraper.pipelines.selection.dataflow.policy import crowding, quota
from tradingview_scraper.pipelines.selection.drivers.execution.stage_modules import stage_modules, stage_of_module
from tradingview_scraper.pipelines.selection.schemas.stages import STAGES


def test_every_stage_has_modules_of_its_own_folder() -> None:
    found = stage_modules(settings())
    assert tuple(found) == STAGES
    for stage, modules in found.items():
        assert modules
        assert all(f".dataflow.{stage}." in module.__name__ for module in modules)


@pytest.mark.parametrize("crowded", [False, True])
@pytest.mark.parametrize("conditioned", [False, True])
def test_only_v3_4_conditions_and_counts_seats_by_crowding(crowded: bool, conditioned: bool) -> None:
    compat = settings().compat.model_copy(update={"crowded_seats": crowded, "condition_number": conditioned})
    found = stage_modules(settings().model_copy(update={"compat": compat}))
    assert (conditioning in found["partitioning"]) == (crowded or conditioned)
    seats = [module for module in found["policy"] if module in (quota, crowding)]
    assert seats == [crowding if crowded else quota]


def test_the_users_factors_are_among_the_features() -> None:
    own = ModuleType("own_factors")
    assert stage_modules(settings(), [own])["features"][-1] is own
    stages = stage_of_module(settings(), [own])
    assert stages["own_factors"] == "features"
    assert stages[scorer_dag.__name__] == "inference"
    assert stages[quota.__name__] == "policy"
