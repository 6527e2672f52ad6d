"""`tvselect lineage`: the DAG of a profile or a run, a part of it, one column's lineage, or the difference of two.

`lineage [REF]` is the command `show` of the group, `lineage diff A B` the other. Both give text, SVG or JSON.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli import completion
from tradingview_scraper.pipelines.selection.drivers.cli.options import json_text, project_option, run_argument
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

FORMATS = ("text", "svg", "json")
SUFFIXES = {".txt": "text", ".svg": "svg", ".json": "json"}
"""A file's suffix to the format that it asks for."""
SHOW = "show"


class DefaultToShow(click.Group):
    """A group whose arguments are those of `show`, where they name no other command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the command where it is left out."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [SHOW, *args]
        return super().parse_args(ctx, args)


def shared_options(command: Any) -> Any:
    """The options that both commands have."""
    for option in (
        click.option(
            "--output",
            "outputs",
            multiple=True,
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write to a file instead; repeatable.",
        ),
        click.option(
            "--format", "form", type=click.Choice(FORMATS), help="[default: by the name of --output, or text]"
        ),
        click.option(
            "--profile",
            default="v4",
            show_default=True,
            shell_complete=completion.profiles,
            help="Whose graph, where no run is meant.",
        ),
        project_option,
    ):
        command = option(command)
    return command


@click.group(cls=DefaultToShow)
def lineage() -> None:
    """Show the DAG of a profile or a run.

    `lineage [REF]` has the options of `lineage show`; `lineage diff A B` shows what changed.
    """


@lineage.command(SHOW)
@run_argument(required=False, metavar="[REF]")
@shared_options
@click.option(
    "--rung", type=click.IntRange(min=1), help="Mark what this rung executed [default: what each further one does]."
)
@click.option("--upstream", metavar="NODE", help="Only this node and all above it.")
@click.option("--downstream", metavar="NODE", help="Only this node and all below it.")
@click.option("--path", nargs=2, metavar="A B", help="Only the ways from one node to another.")
@click.option("--column", metavar="NAME", help="From which source columns an output's column comes, and how.")
def show(
    reference: str | None,
    project: Path,
    profile: str,
    form: str | None,
    outputs: tuple[Path, ...],
    rung: int | None,
    upstream: str | None,
    downstream: str | None,
    path: tuple[str, str] | None,
    column: str | None,
) -> None:
    """Show the DAG of a run (REF: the beginning of its id, or @latest), or of a profile."""
    from tradingview_scraper.pipelines.selection.drivers.review import lineage_documents
    from tradingview_scraper.pipelines.selection.lineage.graph import columns
    from tradingview_scraper.pipelines.selection.lineage.graph import document as graph
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder

    if reference is None:
        document = lineage_documents.profile_dag(project, profile, os.environ)
    else:
        document = lineage_documents.run_dag(project, reference)
        reference = run_folder(project, reference).name
    marked = (
        lineage_documents.rung_nodes(project, reference, rung, document) if rung else graph.reexecuted_names(document)
    )
    only = graph.part(document, upstream=upstream, downstream=downstream, path=path)
    traced = None if column is None else columns.column_lineage(document, column)
    only &= set(only if traced is None else traced["nodes"])
    about = f"tvselect {reference or profile}" + (f", rung {rung}" if rung else "") + (f", {column}" if column else "")
    asked = {name for name in (upstream, downstream, *(path or ())) if name}

    def shown(chosen: str) -> str:
        if chosen == "svg":
            return graph.picture(document, title=about, reexecuted=marked, only=only, asked=asked)
        if traced is not None:
            return json_text("column_lineage", traced) if chosen == "json" else columns.column_text(traced)
        if chosen == "json":
            return json_text(
                "lineage", {**document, "nodes": [node for node in document["nodes"] if node["name"] in only]}
            )
        mark = f"rung {rung}" if rung else "re-executed"
        return graph.lineage_text(document, only=only, marked=marked, mark=mark)

    _give(shown, form, outputs)


@lineage.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@shared_options
def diff(before: str, after: str, project: Path, profile: str, form: str | None, outputs: tuple[Path, ...]) -> None:
    """Show what changed in the DAG from A to B, each a profile, a run or a commit of the project's repository.

    At a commit the graph of --profile is built; in the repository of tvselect itself by the package of that commit.
    """
    from tradingview_scraper.pipelines.selection.drivers.review import lineage_documents
    from tradingview_scraper.pipelines.selection.lineage.graph import difference

    old, new = (lineage_documents.named_dag(project, name, profile, os.environ) for name in (before, after))

    def shown(chosen: str) -> str:
        if chosen == "svg":
            return difference.difference_picture(old, new, title=f"tvselect lineage, from {before} to {after}")
        found = difference.lineage_difference(old, new)
        return (
            json_text("lineage_diff", found) if chosen == "json" else difference.difference_text(found, before, after)
        )

    _give(shown, form, outputs)


def _give(shown: Callable[[str], str], form: str | None, outputs: Sequence[Path]) -> None:
    """To stdout, or whole into files, each in the format that its name says.

    Raises `StorageError` where a file can't be written.
    """
    from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically

    if not outputs:
        say(shown(form or FORMATS[0]).rstrip("\n"))
    chosen = [form or _format_of(output) for output in outputs]
    for output, each in zip(outputs, chosen, strict=True):
        write_atomically(output, (shown(each).rstrip("\n") + "\n").encode())


def _format_of(output: Path) -> str:
    """The format that a file's name asks for.

    Raises `ConfigurationError` where it is none that can be drawn.
    """
    suffix = output.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigurationError(
            f"--output {output.name}: can't draw {suffix or 'a file without a suffix'}; there are "
            f"{', '.join(SUFFIXES)}, or say --format"
        )
    return SUFFIXES[suffix]
