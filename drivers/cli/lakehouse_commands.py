"""Into the lakehouse: `ingest`."""

import os
from pathlib import Path
from typing import Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    busy,
    echo,
    json_option,
    place_option,
    profile_option,
    project_option,
    set_option,
    starting,
)

lakehouse_option = place_option("--lakehouse", "Its folder, or s3://BUCKET/PREFIX [default: the project's lakehouse/].")


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@lakehouse_option
@click.option(
    "--format",
    "stored_as",
    type=click.Choice(["parquet", "delta"]),
    help="Of tables that aren't there yet [default: that of the others, else parquet; in a bucket delta].",
)
@click.option(
    "--known-at",
    metavar="TIME",
    help="From when on its rows count as known: a date, a moment, or `sessions`: each bar at the end of its own [default: now].",
)
@click.option(
    "--table",
    "kind",
    type=click.Choice(["bars", "closes", "instruments", "statistics", "candidates", "scans", "membership"]),
    help="What a single file is, where its name doesn't say.",
)
@profile_option
@set_option
@project_option
@json_option
def ingest(
    source: Path,
    lakehouse: Any,
    stored_as: str | None,
    known_at: str | None,
    kind: str | None,
    profile: str,
    assignments: tuple[str, ...],
    project: Path,
    as_json: bool,
) -> None:
    """Bring a data folder, or one file of it, into the lakehouse.

    What is new or restated becomes a version of its table; what is known already, nothing. Rows that can't be believed are kept
    aside with their reason. An export that lost fields, or most of its rows, is refused (exit 3), and nothing is written.
    """
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import ingest_text
        from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest_project import ingested

    with busy(f"tvselect: ingesting {source}"):
        report = ingested(
            project,
            source,
            lakehouse=lakehouse,
            known_at=known_at,
            kind=kind,
            stored_as=stored_as,
            profile=profile,
            command_line=assignments,
            environment=os.environ,
        )
    echo("ingest", report, ingest_text, as_json)
