"""`init`: a project folder with a profile, a sample factor and the simulated market."""

from importlib import resources
from pathlib import Path

from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market, write_market
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def new_project(folder: Path, *, seed: int = 7) -> list[Path]:
    """Write a new project; the files written, sorted.

    Raises `ConfigurationError` where the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} is there already and not empty: name a new folder")
    (folder / "factors").mkdir(parents=True)
    (folder / "data").mkdir()
    home = resources.files("tradingview_scraper.pipelines.selection.drivers.demo") / "templates"
    written = []
    for name, template in (
        ("tvselect.toml", "tvselect.toml"),
        ("factors/quality.py", "quality.py.txt"),
        (".gitignore", "gitignore"),
    ):
        write_atomically(folder / name, (home / template).read_bytes())
        written.append(folder / name)
    return sorted([*written, *write_market(simulated_market(seed), folder / "data")])
