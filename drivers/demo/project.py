"""`init`: a project folder with settings, a sample factor and the simulated market, and what to do with it."""

from importlib import resources
from pathlib import Path

from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market, write_market
from tradingview_scraper.pipelines.selection.lineage.record.files import made_folder, named, write_atomically
from tradingview_scraper.pipelines.selection.lineage.record.leftovers import is_held, partial_name, removed, unfinished
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

SETTINGS = "tvselect.toml"
TEMPLATES = {SETTINGS: "tvselect.toml", "factors/quality.py": "quality.py.txt", ".gitignore": "gitignore"}
"""Files of a new project, and the templates that they are copies of."""


def new_project(folder: Path, *, seed: int = 7) -> list[Path]:
    """Write a new project, which is there whole or not at all; the files written, sorted.

    Raises `ConfigurationError` where the folder holds something already, `StorageError` where it can't be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} is there already and not empty: name a new folder")
    with unfinished(_in_the_making(folder)) as place:
        _write_files(place, seed)
        files = sorted(path.relative_to(place) for path in place.rglob("*") if path.is_file())
        _put_in_place(place, folder)
    return [folder / file for file in files]


def _in_the_making(folder: Path) -> Path:
    """The hidden folder in which a project is made, beside its own; what a killed `init` left there is removed."""
    place = folder.resolve().with_name(partial_name(folder.resolve().name))
    if place.is_dir() and not is_held(place):
        removed(place)
    return place


def _write_files(place: Path, seed: int) -> None:
    for name in ("factors", "data"):
        made_folder(place / name)
    home = resources.files("tradingview_scraper.pipelines.selection.drivers.demo") / "templates"
    for name, template in TEMPLATES.items():
        write_atomically(place / name, (home / template).read_bytes())
    write_market(simulated_market(seed), place / "data")


def _put_in_place(place: Path, folder: Path) -> None:
    """All at once; into a folder that is there already (it may be somebody's working folder) part by part, the settings last."""
    if not folder.exists():
        named(place, folder)
        return
    for part in sorted(place.iterdir(), key=lambda part: (part.name == SETTINGS, part.name)):
        named(part, folder / part.name)


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
