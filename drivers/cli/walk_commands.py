"""What is made of a finished walk: `research-page`."""

from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import project_option, starting
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say


@click.command("research-page")
@click.argument("reference", metavar="[WALK]", default="@latest")
@click.option(
    "--cost",
    type=click.FloatRange(0, 1000),
    default=10.0,
    show_default=True,
    help="Basis points of the value traded, for what is net.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where the page goes [default: in reports/]."
)
@click.option("--open", "show_it", is_flag=True, help="Open the page in the browser.")
@project_option
def research_page(reference: str, cost: float, output: Path | None, show_it: bool, project: Path) -> None:
    """Write the page of a walk, with curves and every measure beside its error, and print where it lies."""
    with starting():
        from tradingview_scraper.pipelines.selection.drivers.research.page.research_page import (
            research_page as written,
        )

    page = written(project, reference, cost, output)
    say(str(page))
    if show_it:
        click.launch(page.resolve().as_uri())
