"""`init`: a project folder with settings, a sample factor and the simulated market, and what to do with it."""

from importlib import resources
from pathlib import Path

from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market, write_market
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

TEMPLATES = {"tvselect.toml": "tvselect.toml", "factors/quality.py": "quality.py.txt", ".gitignore": "gitignore"}
"""Files of a new project, and the templates that they are copies of."""


def new_project(folder: Path, *, seed: int = 7) -> list[Path]:
    """Write a new project; the files written, sorted.

    Raises `ConfigurationError` where the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} is there already and not empty: name a new folder")
    (folder / "factors").mkdir(parents=True)
    (folder / "data").mkdir()
    home = resources.files("tradingview_scraper.pipelines.selection.drivers.demo") / "templates"
    for name, template in TEMPLATES.items():
        write_atomically(folder / name, (home / template).read_bytes())
    return sorted([*(folder / name for name in TEMPLATES), *write_market(simulated_market(seed), folder / "data")])


def next_steps(folder: Path) -> str:
    """The commands to type in a new project, each with what it does; the days are two that its scans have."""
    before, after = _dates(folder)[-3:-1]
    steps = {
        f"cd {folder}": "settings are in tvselect.toml, a factor of your own in factors/",
        "tvselect run": "select, and leave a run folder under runs/",
        "tvselect show": "the last run again: inputs, ladder, winners",
        "tvselect explain @latest SPY": "the whole story of one asset",
        "tvselect report --open": "the page of the run in the browser",
        f"tvselect run --as-of {before}": "the selection of an earlier day",
        f"tvselect run --as-of {after}": "and of the day after",
        "tvselect diff @~1 @latest": "who came, who went, and why",
    }
    width = max(map(len, steps))
    return "\n".join([f"{folder} is ready. Next:", *(f"  {step:{width}}  # {why}" for step, why in steps.items())])


def _dates(folder: Path) -> list[str]:
    """The dates at the end of the names of the project's scans, sorted."""
    return sorted({path.stem[-len("2026-06-30") :] for path in (folder / "data" / "scans").glob("*.json")})
