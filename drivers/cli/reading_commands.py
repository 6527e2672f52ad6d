"""What finished runs tell: `ls`, `show`, `explain`, `diff`, `report`."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli import completion
from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    arrow_alone,
    echo,
    json_option,
    json_text,
    place_option,
    project_option,
    run_argument,
)
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say
from tradingview_scraper.pipelines.selection.schemas.escapes import on_one_line

STATUSES = ("FINISHED", "FAILED", "BROKEN")
RUN_AND_ASSET = 2
DATA = "data"
"""In the place of a run: the tables of the lakehouse."""
lakehouse_folder_option = place_option(
    "--lakehouse",
    "With `data`: the folder of the lakehouse, or s3://BUCKET/PREFIX [default: the project's lakehouse/].",
)


@click.command("ls")
@click.argument("what", type=click.Choice(["runs", DATA]), default="runs")
@lakehouse_folder_option
@click.option("--profile", shell_complete=completion.profiles, help="Only runs of this profile.")
@click.option("--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only runs that ended so.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only runs made on this day (UTC) or later.")
@click.option("--limit", type=click.IntRange(min=1), help="Only so many, the newest.")
@project_option
@json_option
def list_runs(
    what: str,
    lakehouse: Any,
    profile: str | None,
    status: str | None,
    since: datetime | None,
    limit: int | None,
    project: Path,
    as_json: bool,
) -> None:
    """List the runs, oldest first, or the tables of the lakehouse (`ls data`)."""
    if what == DATA:
        from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import table_list, table_list_text

        echo("data", table_list(lakehouse or project / "lakehouse"), table_list_text, as_json)
        return
    from tradingview_scraper.pipelines.selection.drivers.review.run_list import listed, run_list_text
    from tradingview_scraper.pipelines.selection.lineage.record.runs import receipts

    every = receipts(project)
    found = listed(every, profile=profile, status=status, since=f"{since:%Y%m%d}" if since else None, limit=limit)
    if found or as_json:
        echo("runs", found, run_list_text, as_json)
    elif every:
        say(f"none of the {len(every)} runs is meant: --profile, --status and --since leave none", err=True)
    else:
        say("no runs yet: `tvselect run` makes one", err=True)


@click.command()
@run_argument(default="@latest")
@click.argument("table", required=False)
@lakehouse_folder_option
@project_option
@json_option
def show(reference: str, table: str | None, lakehouse: Any, project: Path, as_json: bool) -> None:
    """Show a run: inputs, ladder, winners, figures; or a table of the lakehouse (`show data TABLE`).

    Of a table: its versions, each symbol's days and gaps, and what was set aside.
    """
    if reference == DATA and table is not None:
        from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import table_document, table_text

        echo("table", table_document(lakehouse or project / "lakehouse", table), table_text, as_json)
        return
    if reference == DATA or table is not None:
        raise click.UsageError("show takes a run, or `data` and a table: `tvselect show data bars`")
    from tradingview_scraper.pipelines.selection.drivers.review import summary
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable

    with readable(project, reference):
        found = summary.run_summary(project, reference)
        text = json_text("run", found) if as_json else summary.summary_text(on_one_line(found))
    say(text)


@click.command(options_metavar="[OPTIONS]")
@click.argument("names", nargs=-1, required=True, metavar="[RUN] ASSET", shell_complete=completion.runs)
@click.option(
    "--what-would-it-take",
    "takes",
    is_flag=True,
    help="The smallest changes with which the asset would win, or a winner wouldn't; the run is selected again for that.",
)
@project_option
@json_option
def explain(names: tuple[str, ...], takes: bool, project: Path, as_json: bool) -> None:
    """Tell the whole story of one asset in a run, the latest if none is named."""
    from tradingview_scraper.pipelines.selection.drivers.review import explain as explanation
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable
    from tradingview_scraper.pipelines.selection.lineage.record.runs import is_reference, run_folder

    if len(names) > RUN_AND_ASSET or (len(names) == 1 and is_reference(project, names[0])):
        raise click.UsageError("explain takes an asset, or a run and an asset: `tvselect explain @latest SPY`")
    reference, asset = names if len(names) == RUN_AND_ASSET else ("@latest", names[0])
    if takes:
        say(_what_it_takes(project, reference, asset, as_json))
        return
    with readable(project, reference), arrow_alone():
        story = explanation.explained(run_folder(project, reference), asset)
        text = json_text("explanation", story) if as_json else explanation.explanation_text(on_one_line(story))
    say(text)


def _what_it_takes(project: Path, reference: str, asset: str, as_json: bool) -> str:
    from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
    from tradingview_scraper.pipelines.selection.drivers.review.counterfactual import what_it_takes
    from tradingview_scraper.pipelines.selection.drivers.review.counterfactual_text import takes_document, takes_text
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable
    from tradingview_scraper.pipelines.selection.drivers.review.explain import explained
    from tradingview_scraper.pipelines.selection.drivers.review.rerun import selected_again
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    with readable(project, reference), project_on_path(project):
        # By whichever of its names; what ingestion left out is refused with the reason.
        symbol = str(explained(run_folder(project, reference), asset)["asset"])
        selection = selected_again(project, reference)
        found = what_it_takes(selection, symbol)
    document = takes_document(symbol, str(selection.context.standings.loc[symbol, "outcome"]), found)
    return json_text("counterfactual", document) if as_json else takes_text(document)


@click.command()
@run_argument("first", metavar="[A]", required=False)
@run_argument("second", metavar="[B]", default="@latest")
@click.option("--md", "markdown", is_flag=True, help="Markdown tables, for a pull request.")
@project_option
@json_option
def diff(first: str | None, second: str, markdown: bool, project: Path, as_json: bool) -> None:
    """Show what changed from run A to run B.

    Inputs, settings, figures, and why each winner came or went. Without B the latest run is meant, without A the one
    before it.
    """
    from tradingview_scraper.pipelines.selection.drivers.review import diff as comparison
    from tradingview_scraper.pipelines.selection.drivers.review import diff_text
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable

    before = first or "@latest~1"
    with readable(project, before, second):
        found = comparison.compared(project, before, second)
        text = json_text("diff", found) if as_json else diff_text.comparison_text(on_one_line(found), markdown=markdown)
    say(text)


@click.command()
@run_argument(default="@latest")
@click.option(
    "--against",
    metavar="RUN",
    shell_complete=completion.runs,
    help="The run to compare with [default: the one before, of the same profile].",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where the page goes [default: in reports/]."
)
@click.option("--open", "show_it", is_flag=True, help="Open the page in the browser.")
@project_option
def report(reference: str, against: str | None, output: Path | None, show_it: bool, project: Path) -> None:
    """Write the page of a run, with turnover and what else differs from the run before, and print where it lies."""
    from tradingview_scraper.pipelines.selection.drivers.review import report as reporting
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable

    with readable(project, reference, *([against] if against else [])):
        page = reporting.report(project, reference, against, output)
    say(str(page))
    if show_it:
        click.launch(page.resolve().as_uri())
