"""Lending without being robbed: values that a borrower can't change for anybody else.

`frozen` makes the buffers of a frame, series or array read-only; `lent` gives a shallow copy of it. Under pandas 3's
copy-on-write a borrower who writes into his copy, adds a column or renames an axis changes only that copy, and whoever
goes for the shared buffer behind pandas' back (`.array`, `.to_numpy()`) finds it read-only.
"""

import dataclasses
from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

CHANGING = (pd.DataFrame, pd.Series, np.ndarray, dict, list, tuple)

T = TypeVar("T")


class Immutable:
    """What a dataclass derives from whose fields nobody can change, all the way down: it is lent as it is."""


def frozen(value: T) -> T:
    """The same object with read-only buffers: frames, series, arrays, and dicts, lists and tuples of them."""
    if isinstance(value, pd.DataFrame | pd.Series):
        _freeze_buffers(value)
    elif isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, dict):
        _freeze_all(value.values())
    elif isinstance(value, list | tuple):
        _freeze_all(value)
    elif _holds_frames(value):
        _freeze_all(vars(value).values())
    return value


def _freeze_all(values: Collection[Any]) -> None:
    if not (_unchanging(values) or _unchanging_inside(values)):
        for value in values:
            frozen(value)


def _unchanging(values: Iterable[Any]) -> bool:
    """Whether their types say that nothing in them can be changed, and no buffer is to be frozen."""
    return not any(
        issubclass(kind, CHANGING) or (dataclasses.is_dataclass(kind) and not issubclass(kind, Immutable))
        for kind in set(map(type, values))
    )


def _unchanging_inside(values: Collection[Any]) -> bool:
    """Whether they are all lists, all tuples or all dicts of what can't be changed."""
    kinds = set(map(type, values))
    if len(kinds) != 1 or not kinds <= {list, tuple, dict}:
        return False
    return _unchanging(chain.from_iterable((each.values() for each in values) if kinds == {dict} else values))


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
        return cast("T", dict(zip(value, _lent_all(value.values()), strict=True)))
    if isinstance(value, list):
        return cast("T", _lent_all(value))
    if type(value) is tuple:
        return cast("T", tuple(_lent_all(cast("tuple[Any, ...]", value))))
    if _holds_frames(value):
        return cast("T", dataclasses.replace(cast("Any", value), **{k: lent(item) for k, item in vars(value).items()}))
    return value


def _lent_all(values: Collection[Any]) -> list[Any]:
    """Each of them lent. Of thousands of records or of lists of them that is decided by their types, not one by one."""
    if _unchanging(values):
        return list(values)
    if _unchanging_inside(values):
        kind = type(next(iter(values)))
        return list(values) if kind is tuple else [kind(each) for each in values]
    return [lent(each) for each in values]


def _holds_frames(value: object) -> bool:
    """Whether this is a dataclass with a frame, series, array or dict among its fields."""
    if isinstance(value, Immutable) or not dataclasses.is_dataclass(value):
        return False
    return any(isinstance(item, pd.DataFrame | pd.Series | np.ndarray | dict) for item in vars(value).values())
