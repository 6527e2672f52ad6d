"""From a new project to a run: `init`, `config show`, `doctor`, `run`."""

import json
import os
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    as_of_option,
    bar,
    busy,
    data_option,
    echo,
    executor_options,
    json_option,
    json_text,
    market_option,
    profile_option,
    project_option,
    set_option,
    starting,
)
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say
from tradingview_scraper.pipelines.selection.schemas.errors import StageError
from tradingview_scraper.pipelines.selection.schemas.escapes import on_one_line


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=7, show_default=True, help="Seed of the simulated market.")
def init(folder: Path, seed: int) -> None:
    """Make a project with a simulated market.

    Settings, a sample factor and ten days of scans come with it.
    """
    from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project, next_steps

    written = new_project(folder, seed=seed)
    say(f"{len(written)} files written to {folder}", err=True)
    say(next_steps(folder))


@click.group()
def config() -> None:
    """Settings and where they come from."""


@config.command("show")
@profile_option
@set_option
@click.option("--origin", is_flag=True, help="Name the layer of each value.")
@project_option
@json_option
def config_show(profile: str, assignments: tuple[str, ...], origin: bool, project: Path, as_json: bool) -> None:
    """Print the resolved settings."""
    from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
    from tradingview_scraper.pipelines.selection.drivers.review import setting_list

    resolved = resolved_settings(profile, project=project, environment=os.environ, command_line=assignments)
    document = setting_list.settings_document(resolved)
    echo("settings", document, lambda _: setting_list.settings_text(resolved, origin), as_json)


@click.command()
@project_option
@data_option
@profile_option
@as_of_option
@market_option
@set_option
@click.option(
    "--known-at",
    metavar="TIME",
    help="From a lakehouse: what was known then, a date or a moment; `now`: all [default: the end of the as-of date].",
)
@click.option(
    "--ingest",
    "source",
    type=click.Path(exists=True, path_type=Path),
    help="Bring this folder into the lakehouse first, then select from that: one command for a daily job.",
)
@click.option(
    "--held",
    metavar="RUN",
    help="The run before: its winners have a lead of `recruitment.stay`, its clusters the inertia `clusters.inertia`.",
)
@click.option(
    "--fragility",
    "draws",
    type=click.IntRange(1, 100_000),
    metavar="DRAWS",
    help="Record how often each winner stays, as the command `fragility` does: two selections more per draw, one per feature.",
)
@click.option("--strict-data", is_flag=True, help="Refuse input with bad cells or rows (exit 3).")
@click.option("--strict-pit", is_flag=True, help="Refuse input that may be of after the as-of date (exit 3).")
@click.option(
    "--strict-causality",
    is_flag=True,
    help="Refuse a profile that no certificate of the project covers as it is (exit 2).",
)
@click.option("--dry-run", is_flag=True, help="Show the resolved plan and stop.")
@click.option("--strict-floor", is_flag=True, help="Exit 1 if no rung gives enough winners.")
@click.option(
    "--track",
    type=click.Choice(["mlflow"]),
    help="Export the run at its end; a tracker that is down or hangs (a minute) only costs a warning.",
)
@executor_options
@click.option("--verbose", "-v", is_flag=True, help="On stderr, a line for each stage and node.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr, not even on a terminal.")
@json_option
def run(
    project: Path,
    data: Path | None,
    profile: str,
    as_of: str | None,
    market_defaults: str | None,
    assignments: tuple[str, ...],
    known_at: str | None,
    source: Path | None,
    held: str | None,
    draws: int | None,
    strict_data: bool,
    strict_pit: bool,
    strict_causality: bool,
    dry_run: bool,
    strict_floor: bool,
    track: str | None,
    executor: str | None,
    workers: int | None,
    cluster: str | None,
    verbose: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Select, and leave a run folder under runs/.

    What was read, how it joined and what it lacks goes to stderr first. Exit 1 if nobody is selected.
    """
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.recording.request import requested

        if strict_causality:
            from tradingview_scraper.pipelines.selection.drivers.recording.certificates import refuse_uncertified
        if held is not None:
            from tradingview_scraper.pipelines.selection.drivers.review.held_list import holding
        if source is not None:
            from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import ingest_text
            from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest_project import alone_in, ingested
        chunked = (executor, workers, cluster) != (None, None, None)
        if chunked:
            from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import (
                executor_choice,
            )
            from tradingview_scraper.pipelines.selection.drivers.research.executors.feature_chunks import feature_chunks
        if dry_run:
            from tradingview_scraper.pipelines.selection.drivers.review import preview
        else:
            from tradingview_scraper.pipelines.selection.drivers.execution import progress
            from tradingview_scraper.pipelines.selection.drivers.recording.run import recorded
            from tradingview_scraper.pipelines.selection.drivers.review import summary

    lake = [] if source is None else ['data.provider="lakehouse"']
    lake += [] if known_at is None else [f"data.parameters.known_at={json.dumps(known_at)}"]
    strict = [name for name, asked in (("data.strict", strict_data), ("data.strict_pit", strict_pit)) if asked]
    command_line = [*assignments, *lake, *(f"{name}=true" for name in strict)]
    with project_on_path(project), alone_in(project) if source is not None else nullcontext():
        if source is not None:
            with bar(f"tvselect: ingesting {source}", quiet=quiet) as moved:
                report = ingested(
                    project,
                    source,
                    lakehouse=data,
                    profile=profile,
                    command_line=command_line,
                    environment=os.environ,
                    progress=moved,
                )
            if not quiet:
                say(ingest_text(report), err=True)
        with busy("tvselect: reading settings", quiet=quiet):
            request = requested(
                project,
                data=data,
                profile=profile,
                as_of=as_of,
                command_line=command_line,
                environment=os.environ,
                market_defaults=market_defaults,
            )
        if held is not None:
            request = holding(request, held)
        if draws is not None:
            request = replace(request, draws=draws)
        if strict_causality:
            refuse_uncertified(project, request.resolved.settings)
        if dry_run:
            echo("plan", preview.plan_document(request), preview.plan_text, as_json)
            return
        chunks = feature_chunks(executor_choice(executor, workers, cluster), project) if chunked else nullcontext()
        with chunks as elsewhere, progress.shown(sys.stderr, verbose=verbose, quiet=quiet):
            finished = recorded(request, elsewhere)
    pinned = f"{finished.project_head.size}:{finished.project_head.hash}"
    shown = {**summary.run_summary(project, finished.run_id), "project_head": pinned}
    echo(
        "run", shown, lambda found: f"{summary.summary_text(on_one_line(found))}\nproject ledger head {pinned}", as_json
    )
    if track:
        from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow

        say(f"tvselect: {mlflow.tracking_note(finished.folder, project, os.environ)}", err=True)
    if as_of is not None and not finished.selection.coverage["point_in_time"]:
        say("tvselect: warning: some input may be of after the as-of date (notes); --strict-pit refuses it", err=True)
    shortfall = finished.selection.shortfall
    if shortfall and (strict_floor or finished.selection.winners.empty):
        raise StageError(shortfall)
    if shortfall:
        say(f"tvselect: {shortfall}", err=True)


@click.command()
@project_option
@data_option
@profile_option
@as_of_option
@market_option
@set_option
@json_option
@click.pass_context
def doctor(
    ctx: click.Context,
    project: Path,
    data: Path | None,
    profile: str,
    as_of: str | None,
    market_defaults: str | None,
    assignments: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what a run would find: tables, joins, what is missing for which gate, and what mends it.

    Nothing is written. Exit 0 if a run would select somebody, 1 if nobody.
    """
    with starting():
        from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAKEHOUSE
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.lakehouse import stored_tables
        from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
        from tradingview_scraper.pipelines.selection.drivers.review import doctor as diagnosis
        from tradingview_scraper.pipelines.selection.drivers.scanning.scan_project import scanner_lines

    place = diagnosis.environment_lines(project)
    if not as_json:
        say("\n".join(place))
    with project_on_path(project), busy("tvselect: reading and selecting, without a record"):
        request = requested(
            project,
            data=data,
            profile=profile,
            as_of=as_of,
            command_line=assignments,
            environment=os.environ,
            market_defaults=market_defaults,
        )
        scanners = scanner_lines(request.resolved.settings)
        if scanners and not as_json:
            say("\n".join(scanners))
        checked = {}
        if request.resolved.settings.data.provider == LAKEHOUSE:
            checked = stored_tables.checked(request.data)
        found = diagnosis.diagnosis(request)
    if as_json:
        stored = {"lakehouse": checked} if checked else {}
        say(json_text("diagnosis", {"environment": [*place, *scanners], **stored, **found}))
    else:
        say("\n".join([*stored_tables.check_lines(checked), diagnosis.diagnosis_text(on_one_line(found))]))
    ctx.exit(0 if found["winners"] else StageError.exit_code)
