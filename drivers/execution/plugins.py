"""The user's own code, by name: importing it, and naming it where it raises.

A module is named as Python names it (`factors.quality`); it is looked for in the project folder first, which the caller
puts on `sys.path` for the time of the run (`project_on_path`).
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, TracebackType

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, SelectionError


class blamed:  # noqa: N801 - used as `with blamed(...)`
    """Whatever another's code raises inside the block becomes a `ConfigurationError` that names it, the cause chained.

    Our own errors pass as they are; so does what is no `Exception`, such as an interrupt.
    """

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Name what raised."""
        if isinstance(error, Exception) and not isinstance(error, SelectionError):
            raise ConfigurationError(raised_text(self._what, error)) from error


def raised_text(what: str, error: Exception) -> str:
    """`what` raised which error, and the first line of its message."""
    message = next(iter(str(error).splitlines()), "")[:200]
    return f"{what} raised {type(error).__name__}" + (f": {message}" if message else "")


def loaded_module(name: str, key: str) -> ModuleType:
    """The module of this name; `key` is the setting that names it.

    Raises `ConfigurationError` where there is none, or where it can't be imported.
    """
    with blamed(f"{key}: the module {name!r} can't be imported: it"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            parents = [name.rsplit(".", back)[0] for back in range(name.count(".") + 1)]
            missing = "there is no module" if error.name in parents else f"it needs {error.name!r}, missing for"
            raise ConfigurationError(f"{key}: {missing} {name!r}; it must lie in the project folder") from error


@contextlib.contextmanager
def project_on_path(project: Path | None) -> Iterator[None]:
    """The project folder importable inside the block, and its modules read afresh."""
    if project is None:
        yield
        return
    folder = str(project.resolve())
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    for name, module in list(sys.modules.items()):
        # Two projects in one process may both have a package `factors`: each run reads its own, as it is now.
        if _is_a_projects_own(name, module, Path(folder)):
            del sys.modules[name]
    try:
        yield
    finally:
        sys.path.remove(folder)


def _is_a_projects_own(name: str, module: ModuleType, folder: Path) -> bool:
    """Whether a loaded module has the name of something in the folder and isn't part of the Python installation."""
    top = folder / name.partition(".")[0]
    if not (top.is_dir() or top.with_suffix(".py").is_file()):
        return False
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", [])]
    return not any(str(place).startswith((sys.prefix, sys.base_prefix)) for place in places if place)
