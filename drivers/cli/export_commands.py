"""What tells other systems of a finished run: `export mlflow`, `export openlineage`."""

from dataclasses import asdict
from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import echo, json_option, project_option, run_argument


@click.group()
def export() -> None:
    """Tell other systems of a finished run."""


@export.command("mlflow")
@run_argument(default="@latest")
@click.option("--tracking-uri", envvar="MLFLOW_TRACKING_URI", help="[default: mlflow.db in the project folder]")
@click.option("--experiment", envvar="MLFLOW_EXPERIMENT_NAME", default="tvselect", show_default=True)
@project_option
@json_option
def export_mlflow(reference: str, tracking_uri: str | None, experiment: str, project: Path, as_json: bool) -> None:
    """Put a run into an MLflow tracker: parameters, metrics, inputs, artifacts, a nested run per scorer."""
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable
    from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    folder = run_folder(project, reference)
    with readable(project, reference):
        told = mlflow.exported(folder, project=project, tracking_uri=tracking_uri, experiment=experiment)
    echo("export", asdict(told), lambda _: mlflow.told_text(folder.name, told), as_json)


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
        click.echo(text, nl=False)
    else:
        from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically

        write_atomically(output, text.encode())
        click.echo(f"{output}: {len(found)} events", err=True)
