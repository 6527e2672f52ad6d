"""Into the lakehouse, and its upkeep: `ingest`, `compact`, `vacuum`."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    bar,
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

table_argument = click.argument("table", required=False)


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

    with bar(f"tvselect: ingesting {source}") as progress:
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
            progress=progress,
        )
    echo("ingest", report, ingest_text, as_json)


@click.command()
@table_argument
@lakehouse_option
@project_option
@json_option
def compact(table: str | None, lakehouse: Any, project: Path, as_json: bool) -> None:
    """Join the small files of a table of the lakehouse, or of all.

    Every row stays as it was known, and so does every read. `ingest` does it by itself where the files become many.
    """
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.lakehouse import compaction

    folder = lakehouse or project / "lakehouse"
    with busy(f"tvselect: compacting {folder}"):
        done = [asdict(compaction.compact(folder, layout)) for layout in compaction.layouts(folder, table)]
    echo("compact", done, compaction.compacted_text, as_json)


@click.command()
@table_argument
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="The latest versions whose files stay, for runs that are reading them now.",
)
@click.option("--dry-run", is_flag=True, help="Name what would be removed, and stop.")
@lakehouse_option
@project_option
@json_option
def vacuum(table: str | None, keep: int, dry_run: bool, lakehouse: Any, project: Path, as_json: bool) -> None:
    """Remove files of the lakehouse that only versions before the latest ones list.

    Nothing is lost: the latest version has every row, and earlier ones are read from it. What a killed ingest left goes, too.
    """
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.lakehouse import compaction

    folder = lakehouse or project / "lakehouse"
    tables = compaction.layouts(folder, table)
    done = [asdict(compaction.vacuum(folder, layout, keep=keep, dry=dry_run)) for layout in tables]
    echo("vacuum", done, compaction.vacuumed_text, as_json)
