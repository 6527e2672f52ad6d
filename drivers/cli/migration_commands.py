"""What holds v4 against v3.4 as long as both live: `parity`, `shadow`."""

from pathlib import Path

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    as_of_option,
    data_option,
    echo,
    json_option,
    project_option,
)
from tradingview_scraper.pipelines.selection.drivers.cli.printing import say
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError


@click.command()
@click.argument("cases", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--engine", metavar="PYTHON", help="Ask the v3.4 of this interpreter instead of the recordings.")
@json_option
def parity(cases: tuple[Path, ...], engine: str | None, as_json: bool) -> None:
    """Compare the profile v3.4 with v3.4 itself.

    Its answers are those recorded in the folders CASES, or those of a live one; exit 4 if any case differs.
    """
    from tradingview_scraper.pipelines.selection.drivers.migration import parity_report
    from tradingview_scraper.pipelines.selection.drivers.migration.live_engine import live_answers

    answers = None if engine is None else live_answers(engine, cases)
    reports = parity_report.checked(cases, answers, lambda report: say(f"{report.case}: {report.verdict}", err=True))
    document = parity_report.parity_document(reports)
    echo("parity", document, lambda _: parity_report.parity_text(reports), as_json)
    if not parity_report.passed(reports):
        raise VerificationError(
            "parity: some cases differ from v3.4 beyond the bounds; docs/parity.md says what these are"
        )


@click.command()
@data_option
@as_of_option
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
    """Run v3.4's policy and v4's on one input.

    Say what differs, asset by asset, and which setting makes it so.
    """
    from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
    from tradingview_scraper.pipelines.selection.drivers.migration import shadow_report

    with project_on_path(project):
        document = shadow_report.shadow_document(project, data, as_of, incumbent, lambda text: say(text, err=True))
    if output is not None:
        shadow_report.write(output, shadow_report.shadow_text(document))
    if as_json or output is None:
        echo("shadow", document, shadow_report.shadow_text, as_json)
