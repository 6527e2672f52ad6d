"""Better weights for a scorer: `tune`."""

from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    bar,
    echo,
    json_option,
    project_option,
    starting,
)


@click.command()
@project_option
@click.option("--walk", "reference", metavar="ID", default="@latest", show_default=True, help="A finished walk.")
@click.option(
    "--trials", type=click.IntRange(2, 100000), default=100, show_default=True, help="Sets of weights per search."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Where the searches begin.")
@click.option("--folds", type=click.IntRange(2, 100), default=5, show_default=True, help="Blocks of dates held out.")
@click.option("--horizon", type=click.IntRange(1), help="Sessions ahead, one of the walk's [default: its step].")
@click.option(
    "--embargo", type=click.IntRange(0), help="Sessions left out beside a fold, beyond overlap [default: the horizon]."
)
@click.option("--feature", "further", multiple=True, metavar="NAME", help="A further feature to weigh; repeatable.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
@json_option
def tune(
    project: Path,
    reference: str,
    trials: int,
    seed: int,
    folds: int,
    horizon: int | None,
    embargo: int | None,
    further: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Search weights for the champion on a walk's dates.

    Each fold of dates is held out of a search of its own. Prints what that is worth, and the weights as a challenger; every set
    of weights that was tried counts as a trial.
    """
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning import tuned
        from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning_text import tuning_text
        from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk

    with project_on_path(project), bar("tvselect: tuning", quiet=quiet) as move:
        found = tuned(
            finished_walk(project, reference),
            project,
            trials=trials,
            seed=seed,
            folds=folds,
            horizon=horizon,
            embargo=embargo,
            further=further,
            progress=lambda done, total: move("searches", done, total),
        )
    echo("tuning", found, tuning_text, as_json)
