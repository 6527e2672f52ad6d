"""The scripts of `.ci/`, as modules."""

import importlib.util
import sys
from types import ModuleType

from support.paths import ROOT


def script(name: str) -> ModuleType:
    """The script `.ci/NAME.py`, executed as a module of that name."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module
