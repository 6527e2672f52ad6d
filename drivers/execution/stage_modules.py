"""Which module holds which stage's nodes, under given settings."""

from collections.abc import Iterable
from types import ModuleType

from tradingview_scraper.pipelines.selection.dataflow.features import calendar
from tradingview_scraper.pipelines.selection.dataflow.features import nodes as store
from tradingview_scraper.pipelines.selection.dataflow.features.factors import BUILT_IN
from tradingview_scraper.pipelines.selection.dataflow.inference import nodes as scoring
from tradingview_scraper.pipelines.selection.dataflow.inference import scorer_dag
from tradingview_scraper.pipelines.selection.dataflow.ingestion import nodes as ingestion
from tradingview_scraper.pipelines.selection.dataflow.ingestion import pool_table_nodes, return_nodes
from tradingview_scraper.pipelines.selection.dataflow.partitioning import conditioning
from tradingview_scraper.pipelines.selection.dataflow.partitioning import nodes as partitioning
from tradingview_scraper.pipelines.selection.dataflow.policy import crowding, quota
from tradingview_scraper.pipelines.selection.dataflow.policy import nodes as policy
from tradingview_scraper.pipelines.selection.dataflow.synthesis import nodes as synthesis
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

NAMESPACE = "tradingview_scraper.pipelines.selection.dataflow."


def stage_modules(settings: SelectionSettings, user_modules: Iterable[ModuleType] = ()) -> dict[str, list[ModuleType]]:
    """Stage to the modules of its nodes, as these settings have them; the user's factors are among the features."""
    conditioned = [conditioning] if settings.compat.condition_number or settings.compat.crowded_seats else []
    return {
        "ingestion": [return_nodes, ingestion, pool_table_nodes],
        "features": [calendar, *BUILT_IN, store, *user_modules],
        "inference": [scoring],
        "partitioning": [partitioning, *conditioned],
        "policy": [policy, crowding if settings.compat.crowded_seats else quota],
        "synthesis": [synthesis],
    }


def stage_of_module(settings: SelectionSettings, user_modules: Iterable[ModuleType]) -> dict[str, str]:
    """Module name to stage."""
    by_stage = stage_modules(settings, user_modules)
    stages = {module.__name__: stage for stage, modules in by_stage.items() for module in modules}
    return {**stages, scorer_dag.__name__: "inference"}
