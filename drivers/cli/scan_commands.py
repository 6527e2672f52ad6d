"""From a live scanner into the data folder: `scan`."""

import os
from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    busy,
    data_option,
    echo,
    json_option,
    profile_option,
    project_option,
    set_option,
    starting,
)


@click.command()
@click.argument("scanners", nargs=-1)
@data_option
@profile_option
@set_option
@project_option
@json_option
def scan(
    scanners: tuple[str, ...],
    data: Path | None,
    profile: str,
    assignments: tuple[str, ...],
    project: Path,
    as_json: bool,
) -> None:
    """Ask live scanners, and store each answer as a dated export in the data folder.

    What is asked is the profile's [scanners.NAME], all of them or those named here. An answer that isn't whole is asked for
    again, then refused by name (exit 1, 2 or 3); the others are stored all the same. Needs the extra `tradingview`.
    """
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.scanning.scan_project import scan_text, scanned

    with busy("tvselect: asking scanners"):
        report, error = scanned(
            project,
            data=data,
            only=scanners,
            profile=profile,
            command_line=assignments,
            environment=os.environ,
        )
    echo("scan", report, scan_text, as_json)
    if error is not None:
        raise error
