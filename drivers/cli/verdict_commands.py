"""Champion and challengers: `compare`, `promote`, `rollback`."""

from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    Asked,
    echo,
    json_option,
    profile_option,
    project_option,
    request_options,
    starting,
)

anytime_option = click.option(
    "--anytime", is_flag=True, help="Decide by the e-value, which may be looked at as often as one likes."
)


@click.command("compare")
@click.argument("challengers", nargs=-1, metavar="[CHALLENGER]...")
@project_option
@click.option("--walk", metavar="WALK", default="@latest", show_default=True, help="The beginning of a walk's id.")
@click.option(
    "--horizon", type=click.IntRange(1, 9999), help="Sessions that the rank IC looks ahead [default: the walk's step]."
)
@click.option(
    "--alpha",
    type=click.FloatRange(0.0001, 0.5),
    default=0.05,
    show_default=True,
    help="Error of both sides together; of the e-value, of one.",
)
@click.option(
    "--cost",
    type=click.FloatRange(0, 1000),
    default=10.0,
    show_default=True,
    help="Basis points of the value traded, for what is net.",
)
@anytime_option
@json_option
def compare(
    challengers: tuple[str, ...],
    project: Path,
    walk: str,
    horizon: int | None,
    alpha: float,
    cost: float,
    anytime: bool,
    as_json: bool,
) -> None:
    """Hold the challengers of a walk against its champion: promote, keep the champion, or not enough evidence.

    Paired by date, and deflated for every trial that the project has ever made.
    """
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison import comparison_document
        from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison_text import comparison_text
        from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk
        from tradingview_scraper.pipelines.selection.lineage.record.trials import recorded_trials

    document = comparison_document(
        finished_walk(project, walk),
        recorded_trials(project),
        named=challengers,
        horizon=horizon,
        alpha=alpha,
        cost=cost,
        anytime=anytime,
    )
    echo("comparison", document, comparison_text, as_json)


@click.command("promote")
@click.argument("name", metavar="CHALLENGER")
@request_options
@click.option("--evidence", metavar="WALK", required=True, help="The walk that speaks for it: its id, or @latest.")
@anytime_option
@click.option("--override", is_flag=True, help="Promote against the verdict; takes a reason.")
@click.option("--reason", metavar="TEXT", default="", help="Why [default: what the verdict says].")
@json_option
def promote(
    name: str,
    asked: Asked,
    evidence: str,
    anytime: bool,
    override: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Make a challenger the champion of its profile, if a walk speaks for it.

    Written to the project's ledger with who, why and the evidence. Runs follow it where the profile says
    champion = "@champion".
    """
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.research.verdict.promotion import promoted
        from tradingview_scraper.pipelines.selection.drivers.research.verdict.promotion_text import promotion_text
        from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk

    with project_on_path(asked.project):
        moved = promoted(
            asked.project,
            name,
            finished_walk(asked.project, evidence),
            asked.request().resolved.settings,
            anytime=anytime,
            override=override,
            reason=reason,
        )
    echo("promotion", moved, promotion_text, as_json)


@click.command("rollback")
@project_option
@profile_option
@click.option("--reason", metavar="TEXT", required=True, help="Why.")
@json_option
def rollback(project: Path, profile: str, reason: str, as_json: bool) -> None:
    """Take back the last promotion of a profile."""
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.research.verdict.promotion import rolled_back
        from tradingview_scraper.pipelines.selection.drivers.research.verdict.promotion_text import promotion_text

    echo("promotion", rolled_back(project, profile, reason), promotion_text, as_json)
