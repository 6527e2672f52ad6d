"""A recorded run's selection once more, in memory: for questions that its files alone don't answer."""

from pathlib import Path

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import place_of
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, selected
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import (
    pinned_dates,
    pinned_models,
    pinned_provider,
    pinned_settings,
)
from tradingview_scraper.pipelines.selection.lineage.record.run_record import run_with_result
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS


def selected_again(project: Path, reference: str) -> Selection:
    """The selection of a run, made anew from its data folder, dates and settings. Call it inside `project_on_path(project)`.

    Raises `ConfigurationError` where there is no such run, it failed, or its winners aren't those of the record any more.
    """
    run = run_with_result(run_folder(project, reference))
    stated = run.opening["params"]["data"]
    place = place_of(stated) if "://" in stated else project / stated
    settings, _ = pinned_settings(run.folder)
    planned = plan(settings, project / MODELS, pinned_models(run.closing))
    found = selected(pinned_provider(run, settings, place), planned, **pinned_dates(run.opening, run.closing))
    if list(found.winners.index) != list(run.winners):
        raise ConfigurationError(
            f"the run {run.folder.name} doesn't come out the same now; `tvselect reproduce {run.folder.name}` says why"
        )
    return found
