"""Models of learned scorers: `train`."""

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


@click.command()
@click.argument("scorer")
@request_options
@click.option("--from", "start", metavar="DATE", required=True, help="The first model's date: 2025-01-02.")
@click.option(
    "--to", "end", metavar="DATE", required=True, help="The last model's date at the latest: 2025-12-31, today."
)
@click.option("--every", metavar="STEP", help="Sessions from one model to the next: 21d [default: the scorer's every].")
@click.option(
    "--entry-lag",
    type=click.IntRange(0, 60),
    default=1,
    show_default=True,
    help="Sessions from a date to the close at which one enters.",
)
@click.option("--replace", is_flag=True, help="Put models in the place of others that were trained otherwise.")
@executor_options
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
@json_option
def train(
    scorer: str,
    asked: Asked,
    start: str,
    end: str,
    every: str | None,
    entry_lag: int,
    replace: bool,
    executor: str | None,
    workers: int | None,
    cluster: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train the learned scorer SCORER at dates of a history, each time on what was over by then.

    Models and their cards lie in models/SCORER/; a run takes the newest that was there on its date.
    """
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import executor_choice
        from tradingview_scraper.pipelines.selection.drivers.research.learning.training import train_request
        from tradingview_scraper.pipelines.selection.drivers.research.learning.training_text import (
            training_document,
            training_text,
        )
        from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import held

    with project_on_path(asked.project):
        request = asked.request(as_of=start, models=False)
        found = train_request(
            held(request),
            scorer,
            *(start, end),
            every=every,
            entry_lag=entry_lag,
            replacing=replace,
            executor=executor_choice(executor, workers, cluster),
            walking=WalkProgress(sys.stderr, "dates to learn from", quiet=quiet),
            fitting=WalkProgress(sys.stderr, "models", quiet=quiet),
        )
    echo("training", training_document(scorer, found), training_text, as_json)
