"""The user's own code, by name: importing it, and naming it where it raises.

A module is named as Python names it (`factors.quality`). Inside `project_on_path` a module that the settings name is loaded from
the project folder, where it lies there; nothing else of the folder is, whatever its name, but what such a module imports while it
is loaded and Python doesn't have. The folder is never on `sys.path`: a `numpy.py` beside the data would be executed by whatever
imports NumPy next.
"""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType, TracebackType

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, SelectionError


class blamed:  # noqa: N801 - used as `with blamed(...)`
    """Whatever another's code raises inside the block becomes a `ConfigurationError` that names it, the cause chained.

    Our own errors pass as they are, and want of memory, which is nobody's fault; so does what is no `Exception`, as an interrupt.
    """

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Name what raised."""
        if isinstance(error, Exception) and not isinstance(error, SelectionError | MemoryError):
            raise ConfigurationError(raised_text(self._what, error)) from error


def raised_text(what: str, error: Exception) -> str:
    """`what` raised which error, and the first line of its message."""
    message = next(iter(str(error).splitlines()), "")[:200]
    return f"{what} raised {type(error).__name__}" + (f": {message}" if message else "")


class ProjectModules(MetaPathFinder):
    """Finds modules in the project folder: those of some names."""

    def __init__(self, folder: Path) -> None:
        """None is found before `names` has it."""
        self.folder = folder
        self.names: set[str] = set()
        """Top-level names that are found; `*` finds every one."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's place in the folder; None where it isn't one of the names. What lies in a package has its path."""
        if path is not None or not self.names & {fullname, "*"}:
            return None
        return PathFinder.find_spec(fullname, [str(self.folder)])

    def owns(self, top: str) -> bool:
        """Whether a module of this name lies in the folder, and none in this Python."""
        return self.has(top) and not self._is_installed(top)

    def has(self, top: str) -> bool:
        """Whether something of this name lies in the folder."""
        return (self.folder / top).is_dir() or (self.folder / f"{top}.py").is_file()

    def _is_installed(self, top: str) -> bool:
        if top in sys.stdlib_module_names:
            return True
        spec = PathFinder.find_spec(top)
        places = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or ())]
        return any(self.folder not in Path(place).resolve().parents for place in places if place)


def loaded_module(name: str, key: str) -> ModuleType:
    """The module of this name; `key` is the setting that names it.

    Raises `ConfigurationError` where there is none, where it can't be imported, or where it lies in the project folder and has
    the name of something that Python has.
    """
    top = name.partition(".")[0]
    finders = [finder for finder in sys.meta_path if isinstance(finder, ProjectModules) and finder.has(top)]
    if not all(finder.owns(top) for finder in finders):
        raise ConfigurationError(
            f"{key}: {top!r} has the name of a module of this Python: rename it in the project folder"
        )
    with contextlib.ExitStack() as stack, blamed(f"{key}: the module {name!r} can't be imported: it"):
        for finder in finders:
            finder.names.add(top)
            stack.enter_context(_with_its_neighbours(finder.folder))
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            parents = [name.rsplit(".", back)[0] for back in range(name.count(".") + 1)]
            missing = "there is no module" if error.name in parents else f"it needs {error.name!r}, missing for"
            raise ConfigurationError(f"{key}: {missing} {name!r}; it must lie in the project folder") from error


@contextlib.contextmanager
def project_on_path(project: Path | None) -> Iterator[None]:
    """Modules that the settings name are found in the project folder inside the block, and read afresh."""
    if project is None:
        yield
        return
    finder = ProjectModules(project.resolve())
    importlib.invalidate_caches()
    # Two projects in one process may both have a package `factors`: each run reads its own, as it is now.
    own = {top for top in {name.partition(".")[0] for name in sys.modules} if finder.owns(top)}
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextlib.contextmanager
def _with_its_neighbours(folder: Path) -> Iterator[None]:
    """What Python doesn't have is found in the folder, for the time in which one of its modules is loaded."""
    finder = ProjectModules(folder)
    finder.names.add("*")
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
