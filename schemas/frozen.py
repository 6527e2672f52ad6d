"""Lending without being robbed: values that a borrower can't change for anybody else.

`frozen` makes the buffers of a frame, series or array read-only; `lent` gives a shallow copy of it. Under pandas 3's
copy-on-write a borrower who writes into his copy, adds a column or renames an axis changes only that copy, and whoever
goes for the shared buffer behind pandas' back (`.array`, `.to_numpy()`) finds it read-only.
"""

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

T = TypeVar("T")


def frozen(value: T) -> T:
    """The same object with read-only buffers: frames, series, arrays, and dicts, lists and tuples of them."""
    if isinstance(value, pd.DataFrame | pd.Series):
        for block in value._mgr.blocks:
            _freeze_buffer(block.values)
    elif isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, dict):
        for item in value.values():
            frozen(item)
    elif isinstance(value, list | tuple):
        for item in value:
            frozen(item)
    return value


def _freeze_buffer(values: Any) -> None:
    if isinstance(values, np.ndarray):
        values.flags.writeable = False
        return
    # Extension arrays keep their buffer in `_ndarray` (categoricals, dates); pandas 3.1 marks the wrapper itself too.
    buffer = getattr(values, "_ndarray", None)
    if isinstance(buffer, np.ndarray):
        buffer.flags.writeable = False
    if hasattr(values, "_readonly"):
        values._readonly = True


def lent(value: T) -> T:
    """A copy that its borrower may do anything with: shallow, for what it is made of is read-only or copied likewise."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return cast("T", value.copy(deep=False))
    if isinstance(value, np.ndarray):
        return cast("T", value.view())
    if isinstance(value, dict):
        return cast("T", {key: lent(item) for key, item in value.items()})
    if isinstance(value, list):
        return cast("T", [lent(item) for item in value])
    return value


def read_only(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A read-only mapping of its own values: nested lists and dicts are copied."""
    own = {key: copy.deepcopy(value) if isinstance(value, list | dict) else value for key, value in record.items()}
    return MappingProxyType(own)
