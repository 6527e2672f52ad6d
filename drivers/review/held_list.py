"""The selection of an earlier run, handed to the next one.

A selection has no memory: what it is to know of the one before are the settings `recruitment.held` and `clusters.held`,
recorded like every setting, so that the run can be done again.
"""

from dataclasses import replace

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord, run_with_result
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.selection_before import SelectionBefore
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

LIST, PARTITION = "recruitment.held", "clusters.held"


def holding(request: Request, reference: str) -> Request:
    """The request with what its settings use of an earlier run: the list if there is a lead, the partition if there is inertia.

    Raises `ConfigurationError` where no run is meant, where the settings use neither, and where the run saw further than this
    request does, `VerificationError` where it can't be read.
    """
    settings = request.resolved.settings
    uses = [
        name for name, weight in ((LIST, settings.recruitment.stay), (PARTITION, settings.clusters.inertia)) if weight
    ]
    if not uses:
        raise ConfigurationError(
            "--held changes nothing while recruitment.stay and clusters.inertia are 0: add --set recruitment.stay=0.1 or "
            "--set clusters.inertia=0.1"
        )
    run = run_with_result(run_folder(request.project, reference))
    _refuse_later(run, request)
    before = before_of(run)
    origins = {**request.resolved.origins, **dict.fromkeys(uses, f"command line --held {run.run_id}")}
    plan = request.plan
    return replace(
        request,
        resolved=replace(request.resolved, settings=_told(settings, before, uses), origins=origins),
        plan=replace(plan, settings=_told(plan.settings, before, uses), stated=_told(plan.stated, before, uses)),
    )


def before_of(run: RunRecord) -> SelectionBefore:
    """A run's list and partition."""
    return SelectionBefore.of(
        (symbol, row["direction"], row["cluster"], symbol in run.winners) for symbol, row in run.standings.items()
    )


def seen_until(run: RunRecord) -> pd.Timestamp | None:
    """The date that a run was given, else the last moment that it knew of; None where neither is recorded."""
    return timestamp(run.params["as_of"] or run.closing.get("horizon", {}).get("known_at"))


def _refuse_later(run: RunRecord, request: Request) -> None:
    """The same date is no future: that list was made of nothing that this one doesn't know."""
    there, here = seen_until(run), request.moment if request.as_of is None else request.as_of
    if there is not None and day_end(there) > day_end(here):
        raise ConfigurationError(
            f"--held {run.run_id}: that list is as of {_text(there)}, later than {_text(here)}, as of which is selected "
            "now: it would tell of the future. Hold a list that is as old or older; `tvselect ls` says the date of each"
        )


def _text(moment: pd.Timestamp) -> str:
    return str(moment).removesuffix(" 00:00:00")


def _told(settings: SelectionSettings, before: SelectionBefore, uses: list[str]) -> SelectionSettings:
    recruitment, clusters = settings.recruitment, settings.clusters
    if LIST in uses:
        recruitment = recruitment.model_copy(update={"held": before.winners})
    if PARTITION in uses:
        clusters = clusters.model_copy(update={"held": before.clusters})
    return settings.model_copy(update={"recruitment": recruitment, "clusters": clusters})
