"""What a project's own modules read by themselves, beside what they are given: files, databases, networks, other programs.

Such a reading is the same in every other future, so it can't be told from the past: who reads one can't be certified. Python's
audit events tell of each; the frames above it tell whose it is: the outermost function of the project's own code. Reading what
belongs to Python and its libraries, to the machine, or to the folders that were handed over doesn't count, nor does writing.
Code that isn't Python (pyarrow, polars, DuckDB, HDF5) raises no events: its ways in are wrapped (`WAYS_IN`), where a module of
the project has imported the library.
"""

import os
import pkgutil
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from tradingview_scraper.pipelines.selection.drivers.recording.events import LIBRARY_MODULES, named_packages
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

CODE = (".py", ".pyc", ".pyi", ".so", ".pyd")
OF_THE_MACHINE = ("/proc", "/sys", "/dev", "/etc", "/usr/share/zoneinfo")
LIBRARIES = ("site-packages", "dist-packages", ".dist-info", ".egg-info", "__pycache__")
IMPORTING = "<frozen importlib"
CALLS = {
    "sqlite3.connect": "opens a database",
    "socket.connect": "asks the network",
    "urllib.Request": "asks the network",
    "subprocess.Popen": "starts another program",
    "os.system": "starts another program",
    "os.posix_spawn": "starts another program",
}
"""Audit events that tell of a reading, whatever it is of."""
WAYS_IN = {
    "pyarrow": ("memory_map", "OSFile", "input_stream"),
    "pyarrow.csv": ("read_csv", "open_csv"),
    "pyarrow.dataset": ("dataset", "parquet_dataset"),
    "pyarrow.feather": ("read_feather", "read_table"),
    "pyarrow.json": ("read_json",),
    "pyarrow.orc": ("ORCFile.__init__", "read_table"),
    "pyarrow.parquet.core": ("ParquetFile.__init__", "ParquetDataset.__init__", "read_metadata", "read_schema"),
    "polars": (
        "read_parquet",
        "scan_parquet",
        "read_csv",
        "scan_csv",
        "read_ipc",
        "scan_ipc",
        "read_delta",
        "scan_delta",
    ),
    "duckdb": ("connect", "sql", "query", "execute", "read_parquet", "read_csv", "from_parquet"),
    "deltalake": ("DeltaTable.__init__",),
    "fastparquet": ("ParquetFile.__init__",),
    "h5py": ("File.__init__",),
    "netCDF4": ("Dataset.__init__",),
}
"""Module to the functions and methods by which a file is read that Python doesn't open."""
UNTOLD = ": whether it knows later dates can't be told"


@dataclass(frozen=True, order=True)
class OutsideRead:
    """A reading: by which function, of which module, of what."""

    module: str
    function: str
    """Qualified; `<module>` while the module is loaded."""
    what: str


class OutsideReads:
    """The readings of a profile's own modules that were seen while `watched`."""

    def __init__(self, project: Path, settings: SelectionSettings) -> None:
        """Own is what lies in the project folder, and what the settings name."""
        self._project, self._settings = project.resolve(), settings
        self._packages = named_packages(settings) - {*LIBRARY_MODULES}
        self._allowed = [*OF_THE_MACHINE, sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()]
        self._active = False
        self._found: set[OutsideRead] = set()

    @contextmanager
    def watched(self, *handed_over: Path) -> Iterator[None]:
        """Look at what is read inside the block, beside the folders that were handed over.

        A hook can't be taken out again; after the block it does nothing.
        """
        self._allowed += [name for folder in handed_over for name in (os.path.abspath(folder), str(folder.resolve()))]
        self._active = True
        sys.addaudithook(self._seen)
        try:
            with ExitStack() as wrapped:
                for way in _ways_in():
                    wrapped.enter_context(patch(way, self._wrapped(way)))
                yield
        finally:
            self._active = False

    def findings(self) -> list[dict[str, str]]:
        """What was seen: kind and name of the component that did it, and what."""
        found = {(*self._component(each), each.what) for each in self._found}
        return [{"kind": kind, "component": name, "what": f"{what}{UNTOLD}"} for kind, name, what in sorted(found)]

    def _component(self, read: OutsideRead) -> tuple[str, str]:
        """Whose it is: a factor's, a scorer's, the bucketizer's, the provider's, or a module's."""
        settings = self._settings
        owner = f"{read.module}:{read.function.partition('.')[0]}"
        named = {
            settings.data.provider: ("ingestion", settings.data.provider),
            settings.clusters.bucketizer: ("bucketizer", settings.clusters.bucketizer),
            **{scorer.kind: ("scorer", name) for name, scorer in settings.active_scorers.items()},
        }
        if read.module in settings.features.modules and read.function.isidentifier():
            return "factor", read.function
        return named.get(owner, ("module", read.module))

    def _seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._active or (event != "open" and event not in CALLS):
            return
        what = self._file_read(arguments) if event == "open" else CALLS[event]
        frames = list(_callers(sys._getframe(1)))
        # A library that starts a program (to count the machine's cores) isn't the module's doing.
        if not (event.startswith(("subprocess", "os.")) and _is_library(_first_outside_python(frames))):
            self._note(what, frames)

    def _wrapped(self, way: str) -> Callable[..., Any]:
        """The function of this dotted name, noted when it is called; a query doesn't tell which files it reads."""
        function = pkgutil.resolve_name(way)
        query = "opens a database" if way.startswith("duckdb.") else ""

        @wraps(function)
        def noted(*arguments: Any, **named: Any) -> Any:
            if self._active:
                given = [each for each in (*arguments, *named.values()) if isinstance(each, str | os.PathLike)]
                self._note(query or (self._place_read(given[0]) if given else ""), list(_callers(sys._getframe(1))))
            return function(*arguments, **named)

        return noted

    def _note(self, what: str, frames: Sequence[FrameType]) -> None:
        # What a library reads while it is imported isn't the doing of who imports it.
        nearest = takewhile(lambda frame: not frame.f_code.co_filename.startswith(IMPORTING), frames)
        if what and any(map(self._is_own, nearest)):
            own = [frame for frame in frames if self._is_own(frame)]
            module, function = str(own[-1].f_globals.get("__name__")), own[-1].f_code.co_qualname
            self._found.add(OutsideRead(module, function, what))

    def _file_read(self, arguments: tuple[Any, ...]) -> str:
        """Which file an event is about; empty where it is none that counts."""
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & os.O_ACCMODE == os.O_WRONLY
        return "" if isinstance(path, int) or writes else self._place_read(path)

    def _place_read(self, path: Any) -> str:
        """Which file is read, relative to the project where it lies inside; empty where it is none that counts."""
        place = Path(os.path.abspath(os.fsdecode(path)))
        if (
            not place.exists()
            or place.suffix in CODE
            or _is_library(str(place))
            or any(_below(place, each) for each in self._allowed)
        ):
            return ""
        near = place.is_relative_to(self._project)
        return f"reads {place.relative_to(self._project).as_posix() if near else place.name} by itself"

    def _is_own(self, frame: FrameType) -> bool:
        if str(frame.f_globals.get("__name__")).partition(".")[0] in self._packages:
            return True
        name = frame.f_code.co_filename
        return _below(Path(name), str(self._project)) and not _is_library(name)


def _ways_in() -> Iterator[str]:
    """The dotted names of `WAYS_IN`, of libraries that are loaded."""
    for module, names in WAYS_IN.items():
        loaded = sys.modules.get(module)
        yield from (f"{module}.{name}" for name in names if loaded and hasattr(loaded, name.partition(".")[0]))


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those above it, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _first_outside_python(frames: Iterable[FrameType]) -> str:
    """The file of the innermost code that isn't of the standard library."""
    library = sysconfig.get_path("stdlib")
    files = (frame.f_code.co_filename for frame in frames)
    return next((name for name in files if _is_library(name) or not name.startswith((library, "<frozen"))), "")


def _is_library(name: str) -> bool:
    return any(folder in name for folder in LIBRARIES)


def _below(place: Path, folder: str) -> bool:
    return str(place) == folder or str(place).startswith(folder.rstrip(os.sep) + os.sep)
