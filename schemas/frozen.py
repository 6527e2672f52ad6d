"""Lending without being robbed: values that a borrower can't change for anybody else.

`frozen` makes the buffers of a frame, series or array read-only; `lent` gives a shallow copy of it. Under pandas 3's
copy-on-write a borrower who writes into his copy, adds a column or renames an axis changes only that copy, and whoever
goes for the shared buffer behind pandas' back (`.array`, `.to_numpy()`) finds it read-only.
"""

import dataclasses
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

T = TypeVar("T")


def frozen(value: T) -> T:
    """The same object with read-only buffers: frames, series, arrays, and dicts, lists and tuples of them."""
    if isinstance(value, pd.DataFrame | pd.Series):
        _freeze_buffers(value)
    elif isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, dict):
        for item in value.values():
            frozen(item)
    elif _holds_frames(value):
        for item in vars(value).values():
            frozen(item)
    elif isinstance(value, list | tuple):
        for item in value:
            frozen(item)
    return value


def _freeze_buffers(value: pd.DataFrame | pd.Series) -> None:
    """Make the buffers of a frame or series read-only, as pandas stores them.

    The only place that knows pandas' private attributes, for no public one reaches a buffer: `.to_numpy()` and `.values`
    give read-only views, `.array` a writeable one, of a buffer that stays writeable. They are `_mgr.blocks`, each block's
    `values`, and of an extension array `_ndarray` (categoricals, dates), `_data` and `_mask` (nullable numbers), or
    `_readonly` (since pandas 3.1). Arrow's own buffers can't be written to.

    Raises:
        RuntimeError: pandas has none of these where they are looked for, so that nothing would be frozen.
    """
    try:
        stored = [block.values for block in value._mgr.blocks]
    except AttributeError as error:
        raise RuntimeError(_moved(error.name or "_mgr.blocks")) from None
    for values in stored:
        held = [values] if isinstance(values, np.ndarray) else _inner_arrays(values)
        for array in held:
            array.flags.writeable = False
        marked = hasattr(values, "_readonly")
        if marked:
            values._readonly = True
        if not held and not marked and not isinstance(values.dtype, pd.ArrowDtype | pd.StringDtype):
            raise RuntimeError(_moved(f"{type(values).__name__}._ndarray"))


def _inner_arrays(values: Any) -> list[np.ndarray]:
    parts = (getattr(values, name, None) for name in ("_ndarray", "_data", "_mask"))
    return [part for part in parts if isinstance(part, np.ndarray)]


def _moved(name: str) -> str:
    return (
        f"pandas {pd.__version__} no longer has {name}: frames can't be made read-only. Install a pandas that this "
        "version was tested with (3.0 or 3.1), or teach `schemas/frozen.py` where buffers are now"
    )


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
    if type(value) is tuple:
        return cast("T", tuple([lent(item) for item in cast("tuple[Any, ...]", value)]))
    if _holds_frames(value):
        return cast("T", dataclasses.replace(cast("Any", value), **{k: lent(item) for k, item in vars(value).items()}))
    return value


def _holds_frames(value: object) -> bool:
    """Whether this is a dataclass with a frame, series, array or dict among its fields."""
    return dataclasses.is_dataclass(value) and any(
        isinstance(item, pd.DataFrame | pd.Series | np.ndarray | dict) for item in vars(value).values()
    )
