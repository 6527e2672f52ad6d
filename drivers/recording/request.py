"""What is to be run: settings, plan and provider resolved, nothing computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace, BucketPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAKEHOUSE
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import inside
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import provider_of
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import Known, data_key
from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan, plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import Resolved, resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS

FOLDERS: Mapping[str, str] = {LAKEHOUSE: LAKEHOUSE}
"""Provider to the folder of a project that it reads, where that isn't `data`."""


@dataclass(frozen=True)
class Request:
    """What is to be run: everything resolved, nothing computed."""

    project: Path
    data: AnyPlace
    as_of: pd.Timestamp | None
    moment: pd.Timestamp
    """When it was asked for (naive UTC): a session that isn't over then is left out, and `reproduce` leaves it out again."""
    resolved: Resolved
    plan: Plan
    provider: DiscoveryProvider
    draws: int = 0
    """By how many of either kind the fragility of the list is measured, for the record; 0: it isn't."""


def requested(
    project: Path,
    *,
    data: AnyPlace | None = None,
    profile: str = "v4",
    as_of: str | pd.Timestamp | None = None,
    command_line: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    market_defaults: str | None = None,
    calibrating: bool = False,
    models: bool = True,
) -> Request:
    """The resolved request of a run in a project. Call it inside `project_on_path(project)`.

    `calibrating` is for who makes the calibrations that thresholds may ask for: these are placeholders then. Without `models`
    those of the project aren't looked at: for who makes models of its own.

    Raises `ConfigurationError` where settings, components or the date can't be used.
    """
    moment = pd.Timestamp(datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    when = timestamp(as_of, moment)
    resolved = resolved_settings(
        profile,
        project=project,
        environment=environment,
        command_line=command_line,
        settings=settings,
        market_defaults=market_defaults,
        known=None if calibrating else Known(when, data_key(project, data)),
    )
    folder = data or inside(project, FOLDERS.get(resolved.settings.data.provider, "data"))
    if isinstance(folder, BucketPlace) and resolved.settings.data.provider != LAKEHOUSE:
        raise ConfigurationError(
            f"--data {folder}: in a bucket only a lakehouse is read; add --set data.provider={LAKEHOUSE}, or copy the folder here"
        )
    provider = provider_of(resolved.settings.data, folder)
    planned = plan(resolved.settings, project / MODELS if models else None)
    return Request(project, folder, when, moment, resolved, planned, provider)
