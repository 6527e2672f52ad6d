"""What of a machine shows in the last bits of a result: processor, what NumPy dispatches to on it, BLAS kernel and threads.

Under the profile `v4` only Log-MPS hangs on these, by NumPy's `log` and `exp`; under `v3.4` and in a component of the user's much
more may.
"""

import ctypes
import platform
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

CPUINFO = Path("/proc/cpuinfo")


def machine_now() -> dict[str, Any]:
    """Processor, dispatch, and for each BLAS that is loaded its kernel and threads."""
    from threadpoolctl import threadpool_info

    load_scipys_blas()
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "processor": processor(),
        "dispatch": " ".join([*simd.get("baseline", []), *simd.get("found", [])]),
        "blas": {
            f"{library['internal_api']} {library['version']}": {
                "kernel": library.get("architecture", ""),
                "threads": library["num_threads"],
            }
            for library in threadpool_info()
            if library["user_api"] == "blas"
        },
    }


def load_scipys_blas() -> None:
    """Load SciPy's own BLAS, so that it is counted whoever asks.

    By the library that hangs on it: to import `scipy.linalg` takes a tenth of a second, and few runs need it.
    """
    scipy = find_spec("scipy")
    folders = [str(Path(place) / "linalg") for place in (scipy and scipy.submodule_search_locations) or ()]
    wrapper = PathFinder.find_spec("_fblas", folders)
    if wrapper is not None and wrapper.origin is not None:
        ctypes.CDLL(wrapper.origin)
    else:
        import_module("scipy.linalg")


def processor() -> str:
    """The processor's name, or its architecture where the system tells no more."""
    names = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _cpuinfo() -> list[str]:
    try:
        return CPUINFO.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
