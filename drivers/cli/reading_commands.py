"""What finished runs tell: `ls`, `show`, `explain`, `diff`, `report`."""

from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import echo, json_option, project_option


@click.command("ls")
@project_option
@json_option
def list_runs(project: Path, as_json: bool) -> None:
    """List the runs, oldest first."""
    from tradingview_scraper.pipelines.selection.drivers.review.run_list import run_list_text
    from tradingview_scraper.pipelines.selection.lineage.record.runs import receipts

    found = receipts(project)
    if found or as_json:
        echo("runs", found, run_list_text, as_json)
    else:
        click.echo("no runs yet: `tvselect run` makes one", err=True)


@click.command()
@click.argument("reference", default="@latest")
@project_option
@json_option
def show(reference: str, project: Path, as_json: bool) -> None:
    """Show a run: inputs, ladder, winners, figures."""
    from tradingview_scraper.pipelines.selection.drivers.review import summary

    echo("run", summary.run_summary(project, reference), summary.summary_text, as_json)


@click.command()
@click.argument("reference")
@click.argument("asset")
@project_option
@json_option
def explain(reference: str, asset: str, project: Path, as_json: bool) -> None:
    """Tell the whole story of one asset in a run."""
    from tradingview_scraper.pipelines.selection.drivers.review import explain as explanation
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    story = explanation.explained(run_folder(project, reference), asset)
    echo("explanation", story, explanation.explanation_text, as_json)


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B", default="@latest")
@click.option("--md", "markdown", is_flag=True, help="Markdown tables, for a pull request.")
@project_option
@json_option
def diff(first: str, second: str, markdown: bool, project: Path, as_json: bool) -> None:
    """Show what changed from run A to run B.

    Inputs, settings, figures, and why each winner came or went.
    """
    from tradingview_scraper.pipelines.selection.drivers.review import diff as comparison
    from tradingview_scraper.pipelines.selection.drivers.review import diff_text

    found = comparison.compared(project, first, second)
    echo("diff", found, lambda differences: diff_text.comparison_text(differences, markdown=markdown), as_json)


@click.command()
@click.argument("reference", default="@latest")
@click.option("--against", metavar="RUN", help="Show what differs from another run, on a page of its own.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where that page goes.")
@click.option("--open", "show_it", is_flag=True, help="Open the page in the browser.")
@project_option
def report(reference: str, against: str | None, output: Path | None, show_it: bool, project: Path) -> None:
    """Print where the page of a run lies.

    With --against, write a page that compares it with another run, and print where that lies.
    """
    from tradingview_scraper.pipelines.selection.drivers.review import report as reporting

    if output is not None and against is None:
        raise click.UsageError("--output says where the page of --against goes; the run's own page is in its folder")
    page = reporting.report(project, reference, against, output)
    click.echo(page)
    if show_it:
        click.launch(page.resolve().as_uri())
