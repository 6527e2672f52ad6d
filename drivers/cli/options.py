"""What several commands share: the options of a project and of a run, and how an answer is printed."""

import functools
import gc
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli import completion
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say
from tradingview_scraper.pipelines.selection.schemas.escapes import seen
from tradingview_scraper.pipelines.selection.schemas.market_defaults import MARKET_DEFAULTS

if TYPE_CHECKING:
    from tradingview_scraper.pipelines.selection.drivers.recording.request import Request

JSON_VERSION = "1.0"
BAR_WIDTH = 24
BESIDE_ARROW = (
    "numpy",
    "pandas",
    "cloudpickle",
    "pyarrow._azurefs",
    "pyarrow._gcsfs",
    "pyarrow._hdfs",
    "pyarrow._s3fs",
)
"""What Arrow imports if it is there, and does without."""
NEW_OBJECTS = 50_000
"""After so many the collector looks for garbage among them; Python's own 700 are for programs that live long."""
project_option = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("."),
    help="Project folder [default: here].",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def _place(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """The folder, or the prefix of a bucket, that an address names."""
    if value is None or "://" not in value:
        return None if value is None else Path(value)
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import place_of

    return place_of(value)


def place_option(name: str, text: str) -> Callable[[Any], Any]:
    """An option that takes a folder or a prefix of a bucket."""
    return click.option(name, type=click.Path(path_type=str), callback=_place, help=text)


data_option = place_option(
    "--data", "Folder with bars and scans, or a lakehouse, also s3://BUCKET/PREFIX [default: the project's data/]."
)


def _no_blank(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty: write a date such as 2026-06-30, or leave the option out")
    return value


as_of_option = click.option(
    "--as-of",
    metavar="DATE",
    callback=_no_blank,
    help="Use nothing later than this date: 2026-03-18, today, yesterday [default: the last session there is].",
)
profile_option = click.option(
    "--profile",
    default="v4",
    show_default=True,
    shell_complete=completion.profiles,
    help="Profile from tvselect.toml, or a built-in one.",
)
set_option = click.option(
    "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change one setting; repeatable."
)

market_option = click.option(
    "--market-defaults",
    "--defaults",
    metavar="MARKET",
    shell_complete=completion.markets,
    help=f"Tick size, lot size and price precision for assets that come without: {', '.join(MARKET_DEFAULTS)}.",
)


@dataclass(frozen=True)
class Asked:
    """What a person said of the request: where, on which data, under which settings."""

    project: Path
    data: Any
    profile: str
    market_defaults: str | None
    assignments: Sequence[str]

    def request(self, **further: Any) -> "Request":
        """The request, resolved; call it inside `project_on_path(project)`."""
        from tradingview_scraper.pipelines.selection.drivers.recording.request import requested

        return requested(
            self.project,
            data=self.data,
            profile=self.profile,
            command_line=self.assignments,
            environment=os.environ,
            market_defaults=self.market_defaults,
            **further,
        )


def request_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a request; the command takes them together, as `asked`."""

    @functools.wraps(command)
    def gathered(
        project: Path,
        data: Any,
        profile: str,
        market_defaults: str | None,
        assignments: Sequence[str],
        **others: Any,
    ) -> None:
        command(asked=Asked(project, data, profile, market_defaults, assignments), **others)

    decorated = gathered
    for option in (set_option, market_option, profile_option, data_option, project_option):
        decorated = option(decorated)
    return decorated


def executor_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say who does the work; the command gets them as `executor`, `workers` and `cluster`."""
    names = click.Choice(
        ["local", "processes", "ray", "dask"]
    )  # `research.executors` imports more than a start has time for
    kinds = "Who does the work; it changes no byte [default: this process; with --workers, processes]."
    for option in (
        click.option("--cluster", metavar="ADDRESS", help="Of a Ray or Dask cluster that is there already."),
        click.option(
            "--workers", type=click.IntRange(1, 256), help="Processes, or tasks at once [default: 1; ray and dask 2]."
        ),
        click.option("--executor", type=names, help=kinds),
    ):
        command = option(command)
    return command


def run_argument(name: str = "reference", **options: Any) -> Callable[[Any], Any]:
    """An argument that means a run: the beginning of its id, @latest, @latest~1 or @champion."""
    return click.argument(name, shell_complete=completion.runs, **options)


@contextmanager
def starting(*, quiet: bool = False) -> Iterator[None]:
    """While a command imports what it needs: a line on a terminal, and no garbage collection.

    Imports make a million objects that stay to the end. The collector would look through them a dozen times, a quarter of a
    short run; afterwards it leaves them alone for good, and looks through new ones less often, for most of them stay, too.
    Only in a fresh process: in another, garbage would stay too.
    """
    fresh = "pandas" not in sys.modules
    if fresh:
        gc.disable()
    try:
        with busy("tvselect: starting", quiet=quiet):
            yield
    finally:
        if fresh:
            gc.freeze()
            gc.set_threshold(NEW_OBJECTS)
            gc.enable()


@contextmanager
def arrow_alone() -> Iterator[None]:
    """While a command that only reads a run's tables does so, and then ends: Arrow without NumPy.

    Arrow imports NumPy where it finds it, which takes as long as all else of such a command, and needs neither it nor its clouds'
    file systems for anything that is read here. Only in a fresh process: where NumPy is there already, it stays.
    """
    hidden = [] if "pyarrow" in sys.modules else [name for name in BESIDE_ARROW if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own mark of a module that can't be imported
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def busy(text: str, *, quiet: bool = False) -> Iterator[None]:
    """A line on a terminal while something prepares, gone when that is done."""
    shown = sys.stderr.isatty() and not quiet
    if shown:
        say(text, err=True, nl=False)
    try:
        yield
    finally:
        if shown:
            click.echo("\r\x1b[K", err=True, nl=False)


@contextmanager
def bar(text: str, *, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """On a terminal a bar that is moved by what goes on, the part that is done and the whole; gone at the end."""
    with busy(text, quiet=quiet):
        shown = sys.stderr.isatty() and not quiet

        def move(what: str, done: int, total: int) -> None:
            if shown:
                filled = BAR_WIDTH * done // total if total else 0
                of = f" {done:,} of {total:,}" if total else ""
                drawn = f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}]{of} {seen(what)}"
                click.echo(f"\r\x1b[K{text} {drawn}", err=True, nl=False)

        yield move


def json_text(kind: str, content: Any) -> str:
    """One versioned JSON document."""
    return json.dumps({"schema_version": JSON_VERSION, "kind": kind, kind: content}, indent=1, ensure_ascii=False)


def echo(kind: str, content: Any, text: Callable[[Any], str], as_json: bool) -> None:
    """Print an answer: as one JSON document, or as the text made of it."""
    say(json_text(kind, content) if as_json else text(content))
