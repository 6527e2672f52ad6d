"""The list of environment variables is the one that the commands read."""

import click

from support.command_line import tvselect
from tradingview_scraper.pipelines.selection.drivers.cli.completion import VARIABLE
from tradingview_scraper.pipelines.selection.drivers.cli.environment import ENVIRONMENT
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import ENVIRONMENT_PREFIX


def read_by(command: click.Command) -> set[str]:
    names = {str(found.envvar) for found in command.params if found.envvar}
    ctx = click.Context(command)
    inner = command.list_commands(ctx) if isinstance(command, click.Group) else ()
    return names.union(*(read_by(command.get_command(ctx, name) or command) for name in inner))


def test_every_variable_that_is_read_is_listed_and_shown() -> None:
    listed = {"TVSELECT__SECTION__KEY", "BROWSER", VARIABLE} | read_by(main)
    assert listed == set(ENVIRONMENT)
    assert any(name.startswith(ENVIRONMENT_PREFIX) for name in ENVIRONMENT)
    shown = tvselect("--help").stdout
    assert all(name in shown for name in ENVIRONMENT)
