"""What tells other systems of a finished run or walk: `export mlflow`, `models`, `openlineage`, `alphalens`, `skfolio`."""

from dataclasses import asdict
from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import echo, json_option, project_option, run_argument
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say

timeout_option = click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds that a server may take for all of it.",
)


@click.group()
def export() -> None:
    """Tell other systems of a finished run or walk."""


@export.command("mlflow")
@run_argument(default="@latest")
@click.option("--tracking-uri", envvar="MLFLOW_TRACKING_URI", help="[default: mlflow.db in the project folder]")
@click.option("--experiment", envvar="MLFLOW_EXPERIMENT_NAME", default="tvselect", show_default=True)
@timeout_option
@project_option
@json_option
def export_mlflow(
    reference: str, tracking_uri: str | None, experiment: str, seconds: float, project: Path, as_json: bool
) -> None:
    """Put a run into an MLflow tracker: parameters, metrics, inputs, artifacts, a nested run per scorer."""
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable
    from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    folder = run_folder(project, reference)
    with readable(project, reference):
        told = mlflow.exported(
            folder, project=project, tracking_uri=tracking_uri, experiment=experiment, seconds=seconds
        )
    echo("export", asdict(told), lambda _: mlflow.told_text(folder.name, told), as_json)


@export.command("models")
@click.argument("scorer")
@click.option("--tracking-uri", envvar="MLFLOW_TRACKING_URI", help="[default: mlflow.db in the project folder]")
@timeout_option
@project_option
@json_option
def export_models(scorer: str, tracking_uri: str | None, seconds: float, project: Path, as_json: bool) -> None:
    """Put a learned scorer's models into MLflow's registry: a version per file, with its card and measures."""
    from tradingview_scraper.pipelines.selection.lineage.exporters import model_registry

    found = model_registry.registered(project, scorer, tracking_uri=tracking_uri, seconds=seconds)
    echo("models", asdict(found), lambda _: model_registry.registered_text(found), as_json)


@export.command("openlineage")
@run_argument(default="@latest")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file [default: stdout].")
@click.option("--namespace", default="tvselect", show_default=True, help="Of its jobs and datasets: one per project.")
@project_option
def export_openlineage(reference: str, output: Path | None, namespace: str, project: Path) -> None:
    """Write a run as OpenLineage events, one per line."""
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable
    from tradingview_scraper.pipelines.selection.lineage.exporters import openlineage
    from tradingview_scraper.pipelines.selection.lineage.record.run_record import read_run
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    with readable(project, reference):
        found = openlineage.events(read_run(run_folder(project, reference)), namespace)
        text = openlineage.json_lines(found)
    if output is None:
        say(text, nl=False)
    else:
        from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically

        write_atomically(output, text.encode())
        say(f"{output}: {len(found)} events", err=True)


walk_argument = click.argument("reference", metavar="[WALK]", default="@latest")
table_option = click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A file: .parquet or .csv."
)


@export.command("alphalens")
@walk_argument
@click.option(
    "--column", default="conviction", show_default=True, help="A score or feature: score.log_mps, feature.adx."
)
@table_option
@project_option
def export_alphalens(reference: str, column: str, output: Path, project: Path) -> None:
    """Write a walk as alphalens' factor data: date, asset, forward returns, factor and its quantile."""
    from tradingview_scraper.pipelines.selection.drivers.research.exports.alphalens_data import factor_data
    from tradingview_scraper.pipelines.selection.drivers.research.exports.table_file import written_table
    from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk

    walk = finished_walk(project, reference)
    table = factor_data(walk.panel, walk.horizons, column)
    say(f"{written_table(table, output)}: {len(table)} rows", err=True)


@export.command("skfolio")
@walk_argument
@click.option("--date", metavar="DATE", help="A date of the walk [default: the last with winners].")
@table_option
@project_option
def export_skfolio(reference: str, date: str | None, output: Path, project: Path) -> None:
    """Write the returns of a date's winners up to that date, days x winners, seen from their directions."""
    from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
    from tradingview_scraper.pipelines.selection.drivers.research.exports import skfolio_returns
    from tradingview_scraper.pipelines.selection.drivers.research.exports.table_file import written_table
    from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk

    walk = finished_walk(project, reference)
    table = skfolio_returns.winners_returns(walk, timestamp(date) or skfolio_returns.last_date(walk))
    days, assets = table.shape
    say(f"{written_table(table, output)}: {days} days of {assets} winners", err=True)
