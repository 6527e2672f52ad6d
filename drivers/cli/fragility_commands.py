"""How often winners stay where the past is drawn anew: `fragility`."""

from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    bar,
    echo,
    json_option,
    project_option,
    run_argument,
    starting,
)


@click.command()
@run_argument(default="@latest")
@click.option("--draws", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Of either kind.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="What the draws hang on.")
@click.option(
    "--block-days",
    type=click.FloatRange(min=1),
    default=20,
    show_default=True,
    help="Mean length of the blocks of days that are drawn.",
)
@click.option(
    "--jitter", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Relative noise of the returns."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
@project_option
@json_option
def fragility(
    reference: str,
    draws: int,
    seed: int,
    block_days: float,
    jitter: float,
    quiet: bool,
    project: Path,
    as_json: bool,
) -> None:
    """Tell how often each winner of a run stays where its past is another.

    The run is selected from again, the whole ladder each time: with its days drawn in blocks, with noise in its returns, and
    without each feature of the score. The figures are kept in reports/; `explain` and `report` show them from then on.
    """
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.fragility import fragility as measured
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.review.damage import readable
        from tradingview_scraper.pipelines.selection.drivers.review.fragility_record import keep_fragility
        from tradingview_scraper.pipelines.selection.drivers.review.fragility_text import fragility_text
        from tradingview_scraper.pipelines.selection.drivers.review.rerun import selected_again
        from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    with readable(project, reference), project_on_path(project), bar("tvselect: drawing", quiet=quiet) as move:
        folder = run_folder(project, reference)
        figures = measured(
            selected_again(project, reference),
            draws=draws,
            seed=seed,
            block_days=block_days,
            jitter=jitter,
            progress=lambda done, whole: move("selections", done, whole),
        )
        found = keep_fragility(folder, figures)
    echo("fragility", found, fragility_text, as_json)
