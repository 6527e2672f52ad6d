"""Many dates: `walk-forward`."""

import sys

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    Asked,
    echo,
    executor_options,
    json_option,
    request_options,
    starting,
)
from tradingview_scraper.pipelines.selection.drivers.cli.walk_progress import WalkProgress


def _whole_numbers(ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 10000 for part in parts):
        raise click.BadParameter(f"{value!r}: write numbers of sessions such as 1,5,21")
    return tuple(int(part) for part in parts)


@click.command("walk-forward")
@request_options
@click.option("--from", "start", metavar="DATE", required=True, help="The first date at the earliest: 2025-01-02.")
@click.option("--to", "end", metavar="DATE", required=True, help="The last date at the latest: 2025-12-31, yesterday.")
@click.option("--every", metavar="STEP", default="5d", show_default=True, help="Sessions from one date to the next.")
@click.option(
    "--horizons",
    metavar="N,N",
    default="1,5,21",
    show_default=True,
    callback=_whole_numbers,
    help="Sessions over which returns after a date run; the step is added.",
)
@click.option(
    "--entry-lag",
    type=click.IntRange(0, 60),
    default=1,
    show_default=True,
    help="Sessions from a date to the close at which one enters.",
)
@click.option("--ablation", is_flag=True, help="Also select without gates, clusters, conviction, relaxation.")
@click.option(
    "--cost",
    type=click.FloatRange(0, 1000),
    default=10.0,
    show_default=True,
    help="Basis points of the value traded, for what is net.",
)
@executor_options
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
@json_option
def walk_forward(
    asked: Asked,
    start: str,
    end: str,
    every: str,
    horizons: tuple[int, ...],
    entry_lag: int,
    ablation: bool,
    cost: float,
    executor: str | None,
    workers: int | None,
    cluster: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Select at each date of a history as of that date, and measure what came after.

    The same command again goes on where it was stopped. What it found lies in walks/.
    """
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import executor_choice
        from tradingview_scraper.pipelines.selection.drivers.research.learning.walk_with_models import walked_request
        from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import walk_document
        from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_text import walk_text
        from tradingview_scraper.pipelines.selection.drivers.research.walks import walk_forward as research
        from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import Itinerary

    with project_on_path(asked.project):
        # Thresholds that are shares of noise are those known on the first date.
        request = asked.request(as_of=start, models=False)
        walk = walked_request(
            research.held(request),
            Itinerary(start, end, every, horizons, entry_lag, ablation),
            executor=executor_choice(executor, workers, cluster),
            progress=WalkProgress(sys.stderr, quiet=quiet),
            training=WalkProgress(sys.stderr, "dates to learn from", quiet=quiet),
            fitting=WalkProgress(sys.stderr, "models", quiet=quiet),
        )
    echo("walk", walk_document(walk, cost), walk_text, as_json)
