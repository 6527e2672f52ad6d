"""Whether two executions of a run differ in numbers only: the same winners, clusters and verdicts, the same text everywhere.

`number_changes` holds a run's tables and documents against new ones. What is made of them (page, pictures) isn't looked at.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.changes import columns_of, flat

NUMBER_NOTE = (
    "nothing discrete changed: winners, clusters and verdicts are the same; "
    "no number differs by more than {:.1g} of itself"
)


def discrete_note(then: Mapping[str, bytes], now: Mapping[str, bytes]) -> str:
    """What to say where nothing but numbers differ, empty where more does."""
    largest = number_changes(then, now)
    return NUMBER_NOTE.format(largest) if largest is not None else ""


def number_changes(then: Mapping[str, bytes], now: Mapping[str, bytes]) -> float | None:
    """The largest relative difference of two numbers; None where anything but numbers differs."""
    largest = 0.0
    for name in then.keys() | now.keys():
        if name not in then or name not in now:
            return None
        for old, new in _pairs(leaves(name, then[name]), leaves(name, now[name])):
            if _is_number(old) and _is_number(new) and float in (type(old), type(new)):
                largest = max(largest, abs(old - new) / (max(abs(old), abs(new)) or 1.0))
            elif old != new and not (old != old and new != new):
                return None
    return largest


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[tuple[Any, Any]]:
    """Both values of each place; where a place is only in one, two that differ."""
    if list(old) != list(new):
        return [(None, True)]
    return zip(old.values(), new.values(), strict=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def leaves(name: str, content: bytes) -> dict[str, Any]:
    """The values of a table (`column.row`) or a JSON document by their places; of other files none."""
    if name.endswith(".parquet"):
        return {
            f"{column}.{row}": value
            for column, values in columns_of(content).items()
            for row, value in enumerate(values)
        }
    return flat(json.loads(content)) if name.endswith(".json") else {}
