"""The command line, `tvselect`: its commands, and how it ends.

The commands lie in `*_commands.py`, one module per group; a module is imported when one of its commands is asked for, and
each command imports what it needs when it is called, so that `--help`, `ls` and `show` start at once. Results go to
stdout (`--json`: one versioned document), progress and errors to stderr.

Exit codes: 0 done; 1 failed, nobody selected, or too few winners under --strict-floor; 2 wrong usage, settings or places;
3 data that breaks its contract; 4 a record, a reproduction or parity that doesn't hold; 130 interrupted.
"""

import sys
from collections.abc import Mapping
from importlib import import_module

import click

from tradingview_scraper.pipelines.selection.drivers.cli.ending import Commands
from tradingview_scraper.pipelines.selection.drivers.cli.environment import environment_text

MODULES: Mapping[str, tuple[str, ...]] = {
    "run_commands": ("init", "config", "doctor", "run"),
    "lakehouse_commands": ("ingest", "compact", "vacuum"),
    "scan_commands": ("scan",),
    "reading_commands": ("ls", "show", "explain", "diff", "report"),
    "fragility_commands": ("fragility",),
    "lineage_commands": ("lineage",),
    "record_commands": ("verify", "reproduce", "anchor", "prove", "clean"),
    "research_commands": ("walk-forward",),
    "calibration_commands": ("calibrate",),
    "certify_commands": ("certify",),
    "verdict_commands": ("compare", "promote", "rollback"),
    "tuning_commands": ("tune",),
    "walk_commands": ("research-page",),
    "learning_commands": ("train",),
    "export_commands": ("export",),
    "migration_commands": ("parity", "shadow"),
    "completion": ("completion",),
}
"""Module to the commands in it; a function is named like its command."""

FUNCTIONS = {"ls": "list_runs", "walk-forward": "walk_forward", "research-page": "research_page"}
"""Where a function can't be named like its command."""
HOMES = {command: module for module, commands in MODULES.items() for command in commands}

EXIT_CODES = """\b
Exit codes:
  0  done
  1  failed, nobody selected, or too few winners under --strict-floor
  2  wrong usage, settings or places
  3  data that breaks its contract
  4  a record, a reproduction or parity that doesn't hold
  130  interrupted
"""


class LazyCommands(Commands):
    """The commands of `MODULES`; a module is imported when one of its commands is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, sorted."""
        return sorted(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        if cmd_name not in HOMES:
            return None
        module = import_module(f"{__package__}.{HOMES[cmd_name]}")
        command: click.Command = getattr(module, FUNCTIONS.get(cmd_name, cmd_name))
        return command


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"{environment_text()}\n\n{EXIT_CODES}",
)
@click.version_option(package_name="tvselect")
def main() -> None:
    """Select what a portfolio may hold, and leave a record of why."""


if __name__ == "__main__":
    sys.exit(main())
