"""No text acts on a terminal: all that the command line prints goes through one function."""

import click
from click.testing import CliRunner

from support.paths import ROOT
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say


def test_what_is_printed_is_seen() -> None:
    told = CliRunner().invoke(click.command()(lambda: say("A\x1b[31m\u202eB\nC")))
    assert told.stdout == "A\\u001b[31m\\u202eB\nC\n"


def test_the_command_line_prints_by_it_alone() -> None:
    # `completion` prints a script of click's own; `options` erases a line of its own.
    allowed = {"printing.py", "completion.py", "options.py"}
    others = [path for path in (ROOT / "drivers" / "cli").glob("*.py") if path.name not in allowed]
    assert len(others) > 15
    assert [path.name for path in others if "click.echo" in path.read_text() or "print(" in path.read_text()] == []
