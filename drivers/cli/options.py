"""What several commands share: the options of a project and of a run, and how an answer is printed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

JSON_VERSION = "1.0"
project_option = click.option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("."),
    help="Project folder [default: here].",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
data_option = click.option(
    "--data", type=click.Path(path_type=Path), help="Folder with bars and scans [default: the project's data/]."
)
as_of_option = click.option(
    "--as-of",
    metavar="DATE",
    help="Use nothing later than this date: 2026-03-18, today, yesterday [default: the last session there is].",
)
profile_option = click.option(
    "--profile", default="v4", show_default=True, help="Profile from tvselect.toml, or a built-in one."
)
set_option = click.option(
    "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change one setting; repeatable."
)


def json_text(kind: str, content: Any) -> str:
    """One versioned JSON document."""
    return json.dumps({"schema_version": JSON_VERSION, "kind": kind, kind: content}, indent=1, ensure_ascii=False)


def echo(kind: str, content: Any, text: Callable[[Any], str], as_json: bool) -> None:
    """Print an answer: as one JSON document, or as the text made of it."""
    click.echo(json_text(kind, content) if as_json else text(content))
