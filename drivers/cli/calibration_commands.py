"""What gates do to noise: `calibrate`."""

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    Asked,
    as_of_option,
    bar,
    echo,
    json_option,
    request_options,
    starting,
)


@click.command()
@request_options
@as_of_option
@click.option(
    "--worlds", type=click.IntRange(2, 10000), default=200, show_default=True, help="Worlds of noise of each kind."
)
@click.option(
    "--block", type=click.IntRange(1, 250), default=1, show_default=True, help="Days that stay together in a world."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Where the draws begin.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
@json_option
def calibrate(
    asked: Asked,
    as_of: str | None,
    worlds: int,
    block: int,
    seed: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say what each gate vetoes of noise, and of the pool.

    Noise is the pool's own days in another order. What is found lies in calibrations/, where thresholds such as "null:0.05" are
    looked up.
    """
    with starting(quiet=quiet):
        from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
        from tradingview_scraper.pipelines.selection.drivers.research.calibration.calibration import calibrated
        from tradingview_scraper.pipelines.selection.drivers.research.calibration.calibration_text import (
            calibration_text,
        )

    with project_on_path(asked.project), bar("tvselect: calibrating", quiet=quiet) as move:
        found = calibrated(
            asked.request(as_of=as_of, calibrating=True),
            worlds=worlds,
            block=block,
            seed=seed,
            progress=lambda done, total: move("worlds", done, total),
        )
    echo("calibration", found, calibration_text, as_json)
