"""Better weights, thresholds or parameters: `tune`."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    bar,
    echo,
    json_option,
    project_option,
    starting,
)

if TYPE_CHECKING:
    from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Axis
    from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import Subject
    from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward

WHAT = ("weights", "thresholds", "parameters")
Range = tuple[str, str, bool]
"""Low and high as they were written, and whether orders of magnitude are searched."""


def _ranges(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, Range]:
    """Parameter to its range, of `estimator__alpha=1.0,10000.0,log` each."""
    found = {}
    for value in values:
        name, _, text = value.partition("=")
        parts = [part.strip() for part in text.split(",")]
        log = parts[2:] == ["log"]
        if not name or len(parts) != 2 + log or not _in_order(parts[0], parts[1], log=log):
            raise click.BadParameter(
                f"{value!r}: write it as estimator__alpha=1.0,10000.0,log: from, to, and log for orders of magnitude (above 0)"
            )
        found[name.strip()] = (parts[0], parts[1], log)
    return found


def _in_order(low: str, high: str, *, log: bool) -> bool:
    try:
        first, last = float(low), float(high)
    except ValueError:
        return False
    return math.isfinite(first) and math.isfinite(last) and first < last and (first > 0 or not log)


@click.command()
@click.argument("what", type=click.Choice(WHAT), default="weights")
@project_option
@click.option("--walk", "reference", metavar="ID", default="@latest", show_default=True, help="A finished walk.")
@click.option("--trials", type=click.IntRange(2, 100000), default=100, show_default=True, help="Choices per search.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Where the searches begin.")
@click.option("--folds", type=click.IntRange(2, 100), default=5, show_default=True, help="Blocks of dates held out.")
@click.option(
    "--horizon", type=click.IntRange(1), help="Sessions ahead, one of the walk's [default: its step; a model's own]."
)
@click.option(
    "--embargo", type=click.IntRange(0), help="Sessions left out beside a fold, beyond overlap [default: the horizon]."
)
@click.option("--feature", "further", multiple=True, metavar="NAME", help="Weights: a further feature; repeatable.")
@click.option(
    "--gate", "gates", multiple=True, metavar="NAME", help="Thresholds: of this gate alone; repeatable [default: all]."
)
@click.option("--scorer", metavar="NAME", help="Parameters: the learned scorer.")
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="NAME=LOW,HIGH[,log]",
    callback=_ranges,
    help="Parameters: where one is searched, whole numbers where both ends are; repeatable.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
@json_option
def tune(
    what: str,
    project: Path,
    reference: str,
    trials: int,
    seed: int,
    folds: int,
    horizon: int | None,
    embargo: int | None,
    further: tuple[str, ...],
    gates: tuple[str, ...],
    scorer: str | None,
    ranges: Mapping[str, Range],
    quiet: bool,
    as_json: bool,
) -> None:
    """Search the champion's weights, the gates' thresholds or a model's parameters on a walk's dates.

    Each fold of dates is held out of a search of its own. Prints what that is worth, and the choice for tvselect.toml; every
    choice that was tried counts as a trial.
    """
    _refuse_strangers(what, {"weights": bool(further), "thresholds": bool(gates), "parameters": bool(scorer or ranges)})
    if what == "parameters" and (horizon or not (scorer and ranges)):
        raise click.UsageError("parameters take --scorer and at least one --range; the horizon is the scorer's own")
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning import tuned
        from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning_text import tuning_text
        from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk

    with project_on_path(project), bar("tvselect: tuning", quiet=quiet) as move:
        walk = finished_walk(project, reference)
        found = tuned(
            _subject(what, walk, horizon, further, gates, scorer or "", ranges),
            walk,
            project,
            trials=trials,
            seed=seed,
            folds=folds,
            embargo=embargo,
            progress=lambda done, total: move("searches", done, total),
        )
    echo("tuning", found, tuning_text, as_json)


def _refuse_strangers(what: str, given: Mapping[str, bool]) -> None:
    """Raises `click.UsageError` where an option is of something else than what is searched."""
    options = {"weights": "--feature", "thresholds": "--gate", "parameters": "--scorer and --range"}
    for other, there in given.items():
        if there and other != what:
            raise click.UsageError(f"{options[other]}: only `tvselect tune {other}` has a use for that")


def _subject(
    what: str,
    walk: "WalkForward",
    horizon: int | None,
    further: tuple[str, ...],
    gates: tuple[str, ...],
    scorer: str,
    ranges: Mapping[str, Range],
) -> "Subject":
    from tradingview_scraper.pipelines.selection.drivers.research.tuning.parameters import Parameters
    from tradingview_scraper.pipelines.selection.drivers.research.tuning.thresholds import Thresholds
    from tradingview_scraper.pipelines.selection.drivers.research.tuning.weights import Weights

    if what == "weights":
        return Weights(walk, horizon, further)
    if what == "thresholds":
        return Thresholds(walk, horizon, gates)
    return Parameters(walk, scorer, {name: _axis(*each) for name, each in ranges.items()})


def _axis(low: str, high: str, log: bool) -> "Axis":
    from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Axis

    whole = all(end.lstrip("+-").isdecimal() for end in (low, high))
    return Axis(float(low), float(high), log, whole)
