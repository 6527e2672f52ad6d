"""The command line, `tvselect`: its commands, and how it ends.

The commands lie in `*_commands.py`, one module per group; each imports what it needs when it is called, so that `--help`,
`ls` and `show` start at once. Results go to stdout (`--json`: one versioned document), progress and errors to stderr.

Exit codes: 0 done; 1 failed, nobody selected, or too few winners under --strict-floor; 2 wrong usage, settings or places;
3 data that breaks its contract; 4 a record, a reproduction or parity that doesn't hold; 130 interrupted.
"""

import sys

import click

from tradingview_scraper.pipelines.selection.drivers.cli.completion import completion
from tradingview_scraper.pipelines.selection.drivers.cli.ending import Commands
from tradingview_scraper.pipelines.selection.drivers.cli.environment import environment_text
from tradingview_scraper.pipelines.selection.drivers.cli.export_commands import export
from tradingview_scraper.pipelines.selection.drivers.cli.lineage_commands import lineage
from tradingview_scraper.pipelines.selection.drivers.cli.migration_commands import parity, shadow
from tradingview_scraper.pipelines.selection.drivers.cli.reading_commands import diff, explain, list_runs, report, show
from tradingview_scraper.pipelines.selection.drivers.cli.record_commands import anchor, clean, reproduce, verify
from tradingview_scraper.pipelines.selection.drivers.cli.run_commands import config, doctor, init, run

EXIT_CODES = """\b
Exit codes:
  0  done
  1  failed, nobody selected, or too few winners under --strict-floor
  2  wrong usage, settings or places
  3  data that breaks its contract
  4  a record, a reproduction or parity that doesn't hold
  130  interrupted
"""


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"{environment_text()}\n\n{EXIT_CODES}",
)
@click.version_option(package_name="tvselect")
def main() -> None:
    """Select what a portfolio may hold, and leave a record of why."""


for command in (
    init,
    config,
    doctor,
    run,
    list_runs,
    show,
    explain,
    diff,
    report,
    lineage,
    verify,
    reproduce,
    anchor,
    clean,
    export,
    parity,
    shadow,
    completion,
):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
