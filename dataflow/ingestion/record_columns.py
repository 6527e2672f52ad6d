"""Records by column: what is to be done with every value of a field is done with all of them at once.

Scanners export thousands of records with the same keys. `by_column` takes records of the same keys apart into columns and puts
them together again; `by_distinct` asks a question of a column once per distinct value.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

R = TypeVar("R")


class Columns(NamedTuple):
    """The records that have the same keys, in the same order."""

    keys: tuple[Any, ...]
    places: Sequence[int]
    """Where they stood among all records."""
    values: list[tuple[Any, ...]]
    """A column per key."""

    def records(self, keys: Sequence[Any], columns: Sequence[Sequence[Any]]) -> Iterator[tuple[int, dict[Any, Any]]]:
        """Place and record for each, of these columns."""
        rows = zip(*columns, strict=True) if columns else (() for _ in self.places)
        return ((place, dict(zip(keys, row, strict=True))) for place, row in zip(self.places, rows, strict=True))


def alike(records: Sequence[Mapping[Any, Any]]) -> list[Columns]:
    """The records by their keys."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, record in enumerate(records):
        groups.setdefault(tuple(record), []).append(place)
    return [
        Columns(keys, places, list(zip(*(records[place].values() for place in places), strict=True)))
        for keys, places in groups.items()
    ]


def by_column(
    records: Sequence[Mapping[Any, Any]], changed: Callable[[Any, Sequence[Any]], Sequence[Any]]
) -> list[dict[Any, Any]]:
    """The records with the values that `changed` gives for a key and a column of it; dicts of their own, in their order."""
    found: list[dict[Any, Any]] = [{}] * len(records)
    for group in alike(records):
        columns = [changed(key, column) for key, column in zip(group.keys, group.values, strict=True)]
        for place, record in group.records(group.keys, columns):
            found[place] = record
    return found


def by_distinct(answer: Callable[[Any], R], values: Sequence[Any]) -> list[R]:
    """The answer for each value, asked once per distinct one: of texts, whole numbers, flags, None, and tuples of them.

    Others are asked one by one: 0.0 and -0.0 are equal and not the same, a list has no place in a dict.
    """
    known: dict[tuple[Any, Any], R] = {}
    found: list[R] = []
    for value in values:
        kinds = tuple(map(type, value)) if type(value) is tuple else (type(value),)
        if not _DISTINCT.issuperset(kinds):
            found.append(answer(value))
            continue
        key = (kinds, value)
        if key not in known:
            known[key] = answer(value)
        found.append(known[key])
    return found


_DISTINCT = frozenset({str, int, bool, type(None)})
