"""What differs between two records: inputs by symbol and day, settings, files by column and symbol.

For `reproduce` (then and now) and `diff` (one run and another). Arrow is imported when the first table is compared, and
pandas never, so that commands that only read records start at once.
"""

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.parquet_tables import parquet_table
from tradingview_scraper.pipelines.selection.schemas.errors import offenders

KEYS = ("symbol", "gate")


@dataclass(frozen=True)
class Changes:
    """The names that only one of two mappings has, and those that have another value in each."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def text(self, one: str, many: str) -> str:
        """Such as `2 symbols changed: A, B; 1 symbol new: C`."""
        parts = (("changed", self.changed), ("new", self.added), ("gone", self.removed))
        return "; ".join(_counted(names, one, many, what) for what, names in parts if names)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    """What changed from the old to the new."""
    return Changes(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
    )


def input_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Table to what changed in it as of the date, from two `inputs.json`; `days` are those of the pool's returns."""
    tables = changes(_digests(old), _digests(new))
    found = dict.fromkeys(tables.added, "new") | dict.fromkeys(tables.removed, "gone")
    for name in tables.changed:
        parts = changes(old["tables"][name]["symbols"], new["tables"][name]["symbols"])
        found[name] = parts.text("symbol", "symbols") or "changed"
    days = changes(old["days"], new["days"])
    if any(old["tables"][name]["symbols"].keys() != new["tables"][name]["symbols"].keys() for name in tables.changed):
        # A day's digest is over the whole pool: with another pool every day has another one, which says nothing.
        days = Changes(days.added, days.removed, ())
    if days:
        found["days"] = days.text("day", "days")
    return found


def changed_symbols(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[str]]:
    """Table to all symbols that changed in it, came or went, from two `inputs.json` that both have it."""
    found = {}
    for name in changes(_digests(old), _digests(new)).changed:
        parts = changes(old["tables"][name]["symbols"], new["tables"][name]["symbols"])
        found[name] = sorted([*parts.changed, *parts.added, *parts.removed])
    return found


def value_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each name whose value differs, with both values; None where one has none."""
    found = changes(old, new)
    names = sorted([*found.added, *found.removed, *found.changed])
    return [{"name": name, "old": old.get(name), "new": new.get(name)} for name in names]


def file_difference(name: str, old: bytes, new: bytes) -> str:
    """Where two files of one name differ, in a few words."""
    if name.endswith(".parquet"):
        return table_difference(columns_of(old), columns_of(new))
    if name.endswith(".json"):
        found = changes(flat(json.loads(old)), flat(json.loads(new)))
        return found.text("entry", "entries") or "the same content, written otherwise"
    return f"{len(old)} bytes then, {len(new)} now"


def table_difference(old: Mapping[str, Sequence[Any]], new: Mapping[str, Sequence[Any]]) -> str:
    """Rows that only one has, or the columns that differ and the symbols in whose rows they do."""
    rows = changes(dict.fromkeys(map(str, row_keys(old))), dict.fromkeys(map(str, row_keys(new))))
    columns = changes(dict.fromkeys(old), dict.fromkeys(new))
    if rows or columns:
        return "; ".join(filter(None, [rows.text("row", "rows"), columns.text("column", "columns")]))
    position = {key: row for row, key in enumerate(row_keys(new))}
    order = [position[key] for key in row_keys(old)]
    where: dict[str, list[int]] = {}
    for column, values in old.items():
        differing = [row for row, at in enumerate(order) if not same(values[row], new[column][at])]
        if differing:
            where[column] = differing
    touched = sorted({row_keys(old)[row] for found in where.values() for row in found}, key=str)
    if not where:
        return "the same rows in another order" if order != sorted(order) else "the same content, written otherwise"
    symbols = list(dict.fromkeys(str(key[0]) for key in touched))
    return f"columns {offenders(sorted(where))}; symbols {offenders(symbols)}"


def columns_of(content: bytes) -> dict[str, list[Any]]:
    """A Parquet file as columns."""
    table = parquet_table(content)
    return {name: table[name].to_pylist() for name in table.column_names}


def row_keys(table: Mapping[str, Sequence[Any]]) -> list[tuple[Hashable, ...]]:
    """What tells a table's rows apart, and how often it occurred before."""
    keys = [table[name] for name in KEYS if name in table]
    seen: dict[tuple[Hashable, ...], int] = {}
    found = []
    for key in zip(*keys, strict=True):
        seen[key] = seen.get(key, 0) + 1
        found.append((*key, seen[key]) if seen[key] > 1 else key)
    return found


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, NaN equal to NaN."""
    return bool(a == b or (a != a and b != b))


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """A JSON document's leaves by dotted place; entries of a list go by their `name`, `id` or `symbol` if they have one."""
    leaves: dict[str, Any] = {}
    for name, item in _entries(value):
        if isinstance(item, dict | list) and item:
            leaves |= flat(item, f"{prefix}{name}.")
        else:
            leaves[f"{prefix}{name}"] = item
    return leaves


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    else:
        for position, item in enumerate(value):
            named = next(
                (item[key] for key in ("name", "id", "symbol") if isinstance(item, dict) and key in item), None
            )
            yield str(position if named is None else named), item


def _digests(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {name: table["digest"] for name, table in inputs["tables"].items()}


def _counted(names: Sequence[str], one: str, many: str, what: str) -> str:
    number, _, shown = offenders(names).partition(": ")
    return f"{number} {one if len(names) == 1 else many} {what}: {shown}"
