"""Whether the future shows in what is decided: `certify`."""

import sys

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    Asked,
    bar,
    echo,
    json_option,
    request_options,
    starting,
)

DIFFERS = 4


@click.command()
@request_options
@click.option(
    "--dates",
    type=click.IntRange(1, 24),
    default=2,
    show_default=True,
    help="Dates, 5 sessions apart, the last ones.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
@json_option
def certify(asked: Asked, dates: int, quiet: bool, as_json: bool) -> None:
    """Say whether anything after a date changes what a profile decides as of it.

    Each factor, scorer, bucketizer and gate of the profile, your own modules included, answers several times: with later rows cut
    off, poisoned, and after a selection as of a later date; with what is older than any window cut off and shuffled. What a
    module reads by itself is named. The certificate is written to certificates/, and a run records whether one covers it.
    """
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.research.causality.certificate_text import certificate_text
        from tradingview_scraper.pipelines.selection.drivers.research.causality.certification import certified, kept

    with project_on_path(asked.project), bar("tvselect: certifying", quiet=quiet) as move:
        found = certified(asked.request(), dates=dates, progress=lambda done, total: move("selections", done, total))
    kept(asked.project, found)
    echo("certificate", found, certificate_text, as_json)
    if not found["valid"]:
        sys.exit(DIFFERS)
