"""The command `tvselect`, called inside the test's process."""

from click.testing import CliRunner, Result

from tradingview_scraper.pipelines.selection.drivers.cli.main import main


def tvselect(*arguments: str) -> Result:
    """What it prints, where, and how it ends."""
    return CliRunner().invoke(main, list(arguments))
