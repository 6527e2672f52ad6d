"""The user's own modules and classes, by name.

A module is named as Python names it (`factors.quality`); it is looked for in the project folder first, which the caller
puts on `sys.path` for the time of the run (`project_on_path`).
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def loaded_module(name: str) -> ModuleType:
    """The module of this name.

    Raises `ConfigurationError` where there is none, or where it can't be imported.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (
            "there is no module"
            if error.name in (name, name.split(".")[0])
            else f"it needs {error.name!r}, missing for"
        )
        raise ConfigurationError(f"features.modules: {missing} {name!r}; it must lie in the project folder") from None
    except (SyntaxError, ImportError, NameError, AttributeError, TypeError, ValueError) as error:
        raise ConfigurationError(f"the module {name!r} can't be imported: {type(error).__name__}: {error}") from error


def loaded_class(path: str, base: type, what: str) -> type:
    """The class `module:Class`, a subclass of `base`.

    Raises `ConfigurationError` where there is no such class or it is none of the kind.
    """
    module_name, _, class_name = path.partition(":")
    found = getattr(loaded_module(module_name), class_name, None)
    if not isinstance(found, type) or not issubclass(found, base):
        raise ConfigurationError(f"{what}: {path!r} names no subclass of {base.__name__}")
    return found


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
