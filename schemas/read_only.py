"""Plain data that can't be changed: dicts of settings, and records as they were read. Imports nothing heavy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ReadOnlyDict(dict[K, V]):
    """A dict that can't be changed: what frozen settings hold."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("settings are frozen: resolve others instead (`settings=`)")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> Any:
        return type(self), (dict(self),)

    def __deepcopy__(self, memo: Any) -> Self:
        return self


ATOMS = frozenset({str, float, int, bool, type(None)})
"""Types whose values can't be changed and hold no others: thousands of records are made of them."""


def read_only(value: Any) -> Any:
    """Plain data that can't be changed: mappings as read-only ones, lists as tuples, all the way down."""
    if type(value) is dict or isinstance(value, Mapping):  # the exact type first: thousands of records are asked
        if ATOMS.issuperset(map(type, value.values())):
            return MappingProxyType(dict(value))
        return MappingProxyType({key: item if type(item) in ATOMS else read_only(item) for key, item in value.items()})
    return tuple(read_only(item) for item in value) if isinstance(value, list | tuple) else value


def thawed(value: Any) -> Any:
    """Read-only plain data as dicts and lists of its own again."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    return [thawed(item) for item in value] if isinstance(value, list | tuple) else value
