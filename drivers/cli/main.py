"""The command line, `tvselect`.

One function a command; each imports what it needs when it is called, so that `--help`, `ls` and `show` start at once.
Results go to stdout (`--json`: one versioned document), progress and errors to stderr. Exit codes: 0 done, 1 failed,
2 usage or configuration, 3 data contract, 4 verification or parity.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli.lineage_commands import lineage
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    SelectionError,
    StageError,
    VerificationError,
)

JSON_VERSION = "1.0"
project_option = click.option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("."),
    help="Project folder [default: here].",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


class Commands(click.Group):
    """A group that ends with the exit code of the error that stopped it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours becomes one line on stderr."""
        try:
            return super().invoke(ctx)
        except SelectionError as error:
            click.echo(f"tvselect: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tvselect")
def main() -> None:
    """Select what a portfolio may hold, and leave a record of why."""


def echo_json(kind: str, content: Any) -> None:
    """One versioned document."""
    click.echo(json.dumps({"schema_version": JSON_VERSION, "kind": kind, kind: content}, indent=1, ensure_ascii=False))


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what is to be run."""
    for option in (
        click.option("--strict-data", is_flag=True, help="Refuse input with bad cells or rows (exit 3)."),
        click.option(
            "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change one setting; repeatable."
        ),
        click.option("--as-of", metavar="DATE", help="Nothing after this date is looked at [default: all there is]."),
        click.option(
            "--profile", default="v4", show_default=True, help="Profile from tvselect.toml, or a built-in one."
        ),
        click.option(
            "--data", type=click.Path(path_type=Path), help="Folder with bars and scans [default: the project's data/]."
        ),
        project_option,
    ):
        command = option(command)
    return command


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=7, show_default=True, help="Seed of the simulated market.")
def init(folder: Path, seed: int) -> None:
    """Make a project folder: a profile, a sample factor and a simulated market."""
    from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project

    for path in new_project(folder, seed=seed):
        click.echo(f"  {path}", err=True)
    click.echo(f"{folder} is ready. Next: cd {folder} && tvselect run")


@main.command()
@run_options
@click.option("--dry-run", is_flag=True, help="Show the resolved plan and stop.")
@click.option("--strict-floor", is_flag=True, help="Exit 1 if no rung gives enough winners.")
@click.option(
    "--track",
    type=click.Choice(["mlflow"]),
    help="Export the run at its end; a tracker that is down only costs a warning.",
)
@click.option("--verbose", "-v", is_flag=True, help="On stderr, a line for each stage and node.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr, not even on a terminal.")
@json_option
def run(
    project: Path,
    data: Path | None,
    profile: str,
    as_of: str | None,
    assignments: tuple[str, ...],
    strict_data: bool,
    dry_run: bool,
    strict_floor: bool,
    track: str | None,
    verbose: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Select, and leave a run folder under runs/."""
    from tradingview_scraper.pipelines.selection.drivers.execution import progress
    from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
    from tradingview_scraper.pipelines.selection.drivers.recording import run as recording
    from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
    from tradingview_scraper.pipelines.selection.drivers.review import preview, summary

    command_line = [*assignments, *(["data.strict=true"] if strict_data else [])]
    with project_on_path(project):
        request = requested(
            project, data=data, profile=profile, as_of=as_of, command_line=command_line, environment=os.environ
        )
        if dry_run:
            plan = preview.plan_document(request)
            echo_json("plan", plan) if as_json else click.echo(preview.plan_text(plan))
            return
        with progress.shown(sys.stderr, verbose=verbose, quiet=quiet):
            finished = recording.recorded(request)
    if track:
        _track(finished.folder, project)
    shown = summary.run_summary(project, finished.run_id)
    pinned = f"{finished.project_head.size}:{finished.project_head.hash}"
    if as_json:
        echo_json("run", {**shown, "project_head": pinned})
    else:
        click.echo(f"{summary.summary_text(shown)}\nproject ledger head {pinned}")
    if not finished.selection.reached_floor:
        shortfall = (
            f"policy: only {len(finished.selection.winners)} winners after the last rung, fewer than the floor of "
            f"{finished.selection.settings.recruitment.floor}; widen the pool, loosen a gate or lower recruitment.floor"
        )
        if strict_floor:
            raise StageError(shortfall)
        click.echo(f"tvselect: {shortfall}", err=True)


def _track(folder: Path, project: Path) -> None:
    """Tell MLflow of a run; what goes wrong there is a warning, for the run itself is done."""
    from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow

    uri, experiment = os.environ.get("MLFLOW_TRACKING_URI"), os.environ.get("MLFLOW_EXPERIMENT_NAME")
    try:
        told = mlflow.exported(folder, project=project, tracking_uri=uri, experiment=experiment or mlflow.EXPERIMENT)
    except (SelectionError, OSError) as error:
        click.echo(f"tvselect: warning: the run is recorded, but not tracked: {error}", err=True)
    else:
        click.echo(f"tvselect: tracked as {told.run_id} in {told.tracking_uri}", err=True)


@main.command("ls")
@project_option
@json_option
def list_runs(project: Path, as_json: bool) -> None:
    """List the runs, oldest first."""
    from tradingview_scraper.pipelines.selection.lineage.record.runs import receipts

    found = receipts(project)
    if as_json:
        echo_json("runs", found)
        return
    for receipt in found:
        click.echo(
            f"{receipt['run_id']}  {receipt['status']:8}  {receipt['profile']:12}  {receipt.get('as_of') or '-':10}  "
            f"{receipt.get('winners', '-'):>4} of {receipt.get('pool', '-'):>5}  rung {receipt.get('rung', '-')}"
        )
    if not found:
        click.echo("no runs yet: `tvselect run` makes one", err=True)


@main.command()
@click.argument("reference", default="@latest")
@project_option
@json_option
def show(reference: str, project: Path, as_json: bool) -> None:
    """Show a run: inputs, ladder, winners, figures."""
    from tradingview_scraper.pipelines.selection.drivers.review import summary

    shown = summary.run_summary(project, reference)
    echo_json("run", shown) if as_json else click.echo(summary.summary_text(shown))


@main.command()
@click.argument("reference")
@click.argument("asset")
@project_option
@json_option
def explain(reference: str, asset: str, project: Path, as_json: bool) -> None:
    """Tell the whole story of one asset in a run."""
    from tradingview_scraper.pipelines.selection.drivers.review import explain as explanation
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    story = explanation.explained(run_folder(project, reference), asset)
    echo_json("explanation", story) if as_json else click.echo(explanation.explanation_text(story))


@main.command()
@click.argument("reference", required=False)
@click.option("--all", "everything", is_flag=True, help="Every run, and that none is lost.")
@click.option("--head", metavar="SIZE:HASH", help="A head that you kept: of the named run, else of the project.")
@click.option("--allowed-signers", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Who may sign.")
@click.option("--git-notes", is_flag=True, help="Check the heads in the repository's notes, too.")
@project_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    reference: str | None,
    everything: bool,
    head: str | None,
    allowed_signers: Path | None,
    git_notes: bool,
    project: Path,
    as_json: bool,
) -> None:
    """Check that a run's record is as it was left (the latest run's, if none is named), and the project's ledger."""
    from tradingview_scraper.pipelines.selection.drivers.review import verify as verification

    if everything and reference:
        raise ConfigurationError("verify: name a run or say --all, not both")
    found = verification.verified(
        project, reference, everything=everything, head=head, allowed_signers=allowed_signers, git_notes=git_notes
    )
    echo_json("verification", found) if as_json else click.echo(verification.verification_text(found))
    ctx.exit(0 if found["ok"] else VerificationError.exit_code)


@main.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B", default="@latest")
@click.option("--md", "markdown", is_flag=True, help="Markdown tables, for a pull request.")
@project_option
@json_option
def diff(first: str, second: str, markdown: bool, project: Path, as_json: bool) -> None:
    """Show what changed from run A to run B, and why each winner came or went."""
    from tradingview_scraper.pipelines.selection.drivers.review import diff as comparison
    from tradingview_scraper.pipelines.selection.drivers.review import diff_text

    found = comparison.compared(project, first, second)
    if as_json:
        echo_json("diff", found)
    else:
        click.echo(diff_text.comparison_text(found, markdown=markdown))


@main.command()
@click.argument("reference", default="@latest")
@click.option("--data", type=click.Path(path_type=Path), help="Where the run's tables lie now, if they were moved.")
@project_option
@json_option
@click.pass_context
def reproduce(ctx: click.Context, reference: str, data: Path | None, project: Path, as_json: bool) -> None:
    """Execute a run again and compare every artifact's bytes; say what changed since (exit 4 if any differs)."""
    from tradingview_scraper.pipelines.selection.drivers.review import reproduce as reproduction
    from tradingview_scraper.pipelines.selection.drivers.review import reproduce_text

    found = reproduction.reproduced(project, reference, data=data)
    echo_json("reproduction", found) if as_json else click.echo(reproduce_text.reproduction_text(found))
    ctx.exit(0 if found["identical"] else VerificationError.exit_code)


@main.command()
@click.argument("reference", required=False)
@click.option(
    "--sign", "key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="SSH key to sign with."
)
@click.option("--git-note", is_flag=True, help="Add the head to a git note on the project's commit.")
@project_option
@json_option
def anchor(reference: str | None, key: Path | None, git_note: bool, project: Path, as_json: bool) -> None:
    """Sign the head of the project's ledger, or of a run's, or note it in git: what `verify` can't know by itself."""
    from tradingview_scraper.pipelines.selection.drivers.review import anchor as anchoring

    done = anchoring.anchored(project, reference, key=key, git_note=git_note)
    echo_json("anchor", done) if as_json else click.echo(
        f"{done['ledger']} {done['head']}: {done['method']} {done['place']}"
    )


@main.command()
@click.argument("reference", default="@latest")
@click.option("--against", metavar="RUN", help="Show what differs from another run, on a page of its own.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where that page goes.")
@click.option("--open", "show_it", is_flag=True, help="Open the page in the browser.")
@project_option
def report(reference: str, against: str | None, output: Path | None, show_it: bool, project: Path) -> None:
    """Print where the page of a run lies; with --against, write one that holds it against another run."""
    from tradingview_scraper.pipelines.selection.drivers.review import report as reporting

    if output is not None and against is None:
        raise click.UsageError("--output says where the page of --against goes; the run's own page is in its folder")
    page = reporting.report(project, reference, against, output)
    click.echo(page)
    if show_it:
        click.launch(page.resolve().as_uri())


@main.command()
@click.argument("cases", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--engine", metavar="PYTHON", help="Ask the v3.4 of this interpreter instead of the recordings.")
@json_option
def parity(cases: tuple[Path, ...], engine: str | None, as_json: bool) -> None:
    """Hold the profile v3.4 against answers of v3.4: recorded in the folders CASES, or given by a live one."""
    from tradingview_scraper.pipelines.selection.drivers.migration import parity_report
    from tradingview_scraper.pipelines.selection.drivers.migration.live_engine import live_answers

    answers = None if engine is None else live_answers(engine, cases)
    reports = parity_report.checked(
        cases, answers, lambda report: click.echo(f"{report.case}: {report.verdict}", err=True)
    )
    if as_json:
        echo_json("parity", parity_report.parity_document(reports))
    else:
        click.echo(parity_report.parity_text(reports))
    if not parity_report.passed(reports):
        raise VerificationError(
            "parity: some cases differ from v3.4 beyond the bounds; docs/parity.md says what these are"
        )


@main.command()
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder with bars and scans [default: the project's data/]."
)
@click.option("--as-of", metavar="DATE", help="Nothing after this date is looked at [default: all there is].")
@click.option(
    "--incumbent",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with v3.4's request and settings, as settings.json of a recorded case has them.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the document here.")
@project_option
@json_option
def shadow(
    data: Path | None, as_of: str | None, incumbent: Path | None, output: Path | None, project: Path, as_json: bool
) -> None:
    """Run v3.4's policy and v4's on one input; say what differs, asset by asset, and which setting makes it so."""
    from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
    from tradingview_scraper.pipelines.selection.drivers.migration import shadow_report

    with project_on_path(project):
        document = shadow_report.shadow_document(
            project, data, as_of, incumbent, lambda text: click.echo(text, err=True)
        )
    text = shadow_report.shadow_text(document)
    if output is not None:
        shadow_report.write(output, text)
    if as_json:
        echo_json("shadow", document)
    elif output is None:
        click.echo(text)


@main.group()
def export() -> None:
    """Tell other systems of a finished run."""


@export.command("mlflow")
@click.argument("reference", default="@latest")
@click.option("--tracking-uri", envvar="MLFLOW_TRACKING_URI", help="[default: mlflow.db in the project folder]")
@click.option("--experiment", envvar="MLFLOW_EXPERIMENT_NAME", default="tvselect", show_default=True)
@project_option
@json_option
def export_mlflow(reference: str, tracking_uri: str | None, experiment: str, project: Path, as_json: bool) -> None:
    """Put a run into an MLflow tracker: parameters, metrics, inputs, artifacts, a nested run for each scorer."""
    from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    folder = run_folder(project, reference)
    told = mlflow.exported(folder, project=project, tracking_uri=tracking_uri, experiment=experiment)
    echo_json("export", asdict(told)) if as_json else click.echo(mlflow.told_text(folder.name, told))


@export.command("openlineage")
@click.argument("reference", default="@latest")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file [default: stdout].")
@click.option("--namespace", default="tvselect", show_default=True, help="Of its jobs and datasets: one a project.")
@project_option
def export_openlineage(reference: str, output: Path | None, namespace: str, project: Path) -> None:
    """Write a run as OpenLineage events, one a line."""
    from tradingview_scraper.pipelines.selection.lineage.exporters import openlineage
    from tradingview_scraper.pipelines.selection.lineage.record.run_record import read_run
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    found = openlineage.events(read_run(run_folder(project, reference)), namespace)
    text = openlineage.json_lines(found)
    if output is None:
        click.echo(text, nl=False)
    else:
        from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically

        write_atomically(output, text.encode())
        click.echo(f"{output}: {len(found)} events", err=True)


@main.group()
def config() -> None:
    """Settings and where they come from."""


@config.command("show")
@click.option("--profile", default="v4", show_default=True)
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE")
@click.option("--origin", is_flag=True, help="Name the layer of each value.")
@project_option
@json_option
def config_show(profile: str, assignments: tuple[str, ...], origin: bool, project: Path, as_json: bool) -> None:
    """Print the resolved settings."""
    from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
    from tradingview_scraper.pipelines.selection.drivers.review import preview

    resolved = resolved_settings(profile, project=project, environment=os.environ, command_line=assignments)
    if as_json:
        echo_json("settings", preview.settings_document(resolved))
    else:
        click.echo(preview.settings_text(resolved, origin))


main.add_command(lineage)


if __name__ == "__main__":
    sys.exit(main())
