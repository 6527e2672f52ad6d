"""Candidates and instruments with every field that is read brought into its type, or set aside with the reason.

`checked_tables` does it for what a provider brought; `checked_record` for one record. A bad cell becomes None (its key
stays) and a row of the quarantine; what nobody reads stays as it is.
"""

import dataclasses
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    DIRECTION_HINTS,
    DIRECTION_KEYS,
    FIELDS,
    TABLE,
    Field,
    Parsed,
    field_name,
    is_missing,
    parsed,
    parsed_direction,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    UNLIKE_VOLUME,
    Entries,
    joined_quarantine,
    quarantined,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import spelling
from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_columns import Columns, alike, by_distinct
from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS
from tradingview_scraper.pipelines.selection.schemas.read_only import read_only

EMPTY = "is empty"
UNDIRECTED = "?"
"""Stands for a direction that was said but isn't known: no candidate comes of it (`nodes.quarantine` counts it)."""


MOST = sys.float_info.max
"""The largest number that a float can be; an integer of JSON may be larger."""
VALUES = ("Value.Traded", "value_traded")
COMPARED = (*VALUES, "direction")
UNLIKE = 5.0
"""Factor by which a stated traded value may be off close x volume of its record: scanners' days end at other hours."""


class BadCell(NamedTuple):
    """One cell that was set aside; `value` is NaN where it was no number."""

    symbol: str
    reason: str
    value: float


def checked_tables(tables: Tables) -> Tables:
    """The tables with typed candidates and instruments; the quarantine has what was set aside."""
    candidates, bad_candidates = checked_records(tables.candidates)
    parts = [tables.quarantine, _quarantine("candidates", bad_candidates)]
    instruments = tables.instruments
    if instruments is not None:
        rows, bad_rows = checked_records(instruments.to_dict("records"), directed=False)
        instruments = pd.DataFrame(rows, columns=_columns(rows), index=instruments.index, dtype=object)
        parts.append(_quarantine("instruments", bad_rows))
    return dataclasses.replace(
        tables,
        candidates=tuple(read_only(record) for record in candidates),
        instruments=instruments,
        quarantine=joined_quarantine(part for part in parts if part is not None),
    )


def checked_record(record: Mapping[str, Any], directed: bool = True) -> tuple[dict[str, Any], list[BadCell]]:
    """A record whose fields are typed, under the names given (unusual spellings become canonical), and its bad cells."""
    symbol = str(record.get("symbol", ""))
    typed: dict[str, Any] = {}
    bad: list[BadCell] = []
    for key, given in record.items():
        name = field_name(str(key))
        if name not in TABLE:
            typed[str(key)] = given
            continue
        found, shown = parsed(name, plain_value(given)), _shown(str(key))
        if found.reason:
            bad.append(BadCell(symbol, *_reason(str(key), found)))
            typed.setdefault(shown, None)
        elif found.value is not None or shown not in typed:
            typed[shown] = found.value
    return (_directed(typed) if directed else typed), bad


def _shown(key: str) -> str:
    """Under which name a field stands in a typed record: as given, an unusual spelling under the canonical one."""
    return key if key in FIELDS or key in TABLE else field_name(key)


def _reason(key: str, found: Parsed) -> tuple[str, float]:
    """Why a value was set aside, and the number that it was, NaN where it was none."""
    reason = f"impossible {key}" if found.reason == "impossible" else f"{key} {found.reason}"
    return reason, float("nan") if found.value is None else found.value


def _directed(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what `direction` and `side` say as `direction`: in any case of letters, and where they agree."""
    stated = _stated_keys(record)
    said = _direction([record[key] for key in stated], [record[key] for key in _hinting_keys(record)])
    return {**record, "direction": said} if said else {**record, **dict.fromkeys(stated)}


def _stated_keys(keys: Iterable[str]) -> list[str]:
    return [key for key in keys if key.casefold() in DIRECTION_KEYS]


def _hinting_keys(keys: Iterable[str]) -> list[str]:
    return [key for key in keys if spelling(key) in DIRECTION_HINTS]


def _direction(stated: Sequence[Any], hints: Sequence[Any]) -> str | None:
    """What the values say together: LONG, SHORT, `UNDIRECTED`, or nothing; hints are asked where none is stated."""
    found = [parsed_direction(plain_value(value)) for value in stated]
    known = {each.value for each in found if each.value is not None}
    if any(each.reason for each in found) or len(known) > 1:
        return UNDIRECTED
    if not known:
        known = {said for value in hints if (said := parsed_direction(plain_value(value)).value) is not None}
    return UNDIRECTED if len(known) > 1 else next(iter(known), None)


def checked_records(
    records: Iterable[Mapping[Any, Any]], directed: bool = True
) -> tuple[list[dict[str, Any]], list[BadCell]]:
    """The records of a table, each typed; candidates (`directed`) are compared with each other, too. And their bad cells."""
    given = list(records)
    said = [record.get("direction") for record in given]
    worded = by_distinct(_is_word, said)
    listed = by_distinct(lambda value: value in DIRECTIONS, said)
    words, plain = 2 * sum(worded) > len(given), 2 * sum(listed) > len(given)
    # Among LONG and SHORT a number may be anything: a score, a change.
    numbers = by_distinct(_is_number, said) if words else [False] * len(given)
    asked = [{**record, "direction": "?"} if number else record for record, number in zip(given, numbers, strict=True)]
    typed, bad = typed_records(asked, directed)
    if plain and words:
        for place, record in enumerate(typed):
            if worded[place] and not listed[place] and not numbers[place]:
                record["direction_said"] = said[place]
    cells = [cell for place in sorted(bad) for cell in bad[place]]
    if not directed:
        return typed, cells
    compared, unlike = compared_records(typed, bad)
    return compared, cells + unlike


def typed_records(
    records: Sequence[Mapping[Any, Any]], directed: bool
) -> tuple[list[dict[str, Any]], dict[int, list[BadCell]]]:
    """Each as `checked_record` has it, and the bad cells of those that have some, by their place."""
    found: list[dict[str, Any]] = [{}] * len(records)
    bad: dict[int, list[BadCell]] = {}
    for group in alike(records):
        shown = [_shown(str(key)) for key in group.keys]
        if len(set(shown)) < len(shown) or "symbol" not in group.keys:
            for place in group.places:
                found[place], cells = checked_record(records[place], directed)
                bad |= {place: cells} if cells else {}
            continue
        columns = [_typed_column(str(key), values) for key, values in zip(group.keys, group.values, strict=True)]
        for place, record in group.records(shown, [values for values, _ in columns]):
            found[place] = record
        symbols = group.values[group.keys.index("symbol")]
        for _, reasons in columns:
            for row, (reason, value) in reasons.items():
                bad.setdefault(group.places[row], []).append(BadCell(str(symbols[row]), reason, value))
        if directed:
            _direct(found, group, shown)
    return found, bad


def _direct(records: list[dict[str, Any]], group: Columns, keys: Sequence[str]) -> None:
    """Give the records of a group their directions, as `_directed` does."""
    stated, hints = _stated_keys(keys), _hinting_keys(keys)
    if not stated and not hints:
        return
    rows = [tuple(records[place][key] for key in (*stated, *hints)) for place in group.places]
    said = by_distinct(lambda row: _direction(row[: len(stated)], row[len(stated) :]), rows)
    for place, direction in zip(group.places, said, strict=True):
        records[place].update({"direction": direction} if direction else dict.fromkeys(stated))


def _typed_column(key: str, values: Sequence[Any]) -> tuple[Sequence[Any], dict[int, tuple[str, float]]]:
    """The values under one key as `checked_record` types them, and row to reason and value of those set aside."""
    name = field_name(key)
    if name not in TABLE:
        return values, {}
    typed, doubtful = list(values), _doubtful(TABLE[name], values)
    found = by_distinct(lambda value: parsed(name, plain_value(value)), [values[row] for row in doubtful])
    bad: dict[int, tuple[str, float]] = {}
    for row, each in zip(doubtful, found, strict=True):
        typed[row] = None if each.reason else each.value
        if each.reason:
            bad[row] = _reason(key, each)
    return typed, bad


def _doubtful(field: Field, values: Sequence[Any]) -> Sequence[int]:
    """The rows that are to be looked at one by one: all but floats that the field takes as they are, and None."""
    kinds = set(map(type, values))
    if field.kind in ("text", "flag") or not kinds <= {float, type(None)}:
        return range(len(values))
    numbers = np.array(values, dtype=np.float64)
    sound = (numbers >= field.lowest) & (numbers <= field.highest) & np.isfinite(numbers)
    if field.zero_is_unknown:
        sound &= numbers != 0
    if field.whole:
        sound &= numbers == np.trunc(numbers)
    return [row for row in np.flatnonzero(~sound).tolist() if values[row] is not None]


def _is_number(value: Any) -> bool:
    """Whether a direction is given as something else than a word."""
    said = plain_value(value)
    return not _is_word(said) and not is_missing(said)


def compared_records(
    records: Sequence[Mapping[str, Any]], spoiled: Container[int] = ()
) -> tuple[list[dict[str, Any]], list[BadCell]]:
    """Typed candidates without what is unlike the others', and the cells that were forgotten.

    Where most records that state it have a traded value of about close x volume, one beyond five times that, either way, is
    in another unit. Where most state it, an empty one is named, but not in `spoiled` records, which were. Where most
    directions are stated, an empty one says nothing and doesn't count as LONG.
    """
    priced = (place for place, record in enumerate(records) if "close" in record and "volume" in record)
    factors = {place: factor for place in priced if (factor := _value_factor(records[place])) is not None}
    usual = len(factors) > 2 and 1 / UNLIKE < median(factors.values()) < UNLIKE
    unlike = {place for place, factor in factors.items() if usual and not 1 / UNLIKE < factor < UNLIKE}
    kept, bad = [dict(record) for record in records], []
    stated = {name: 2 * sum(record.get(name) is not None for record in records) > len(records) for name in COMPARED}
    for place, record in enumerate(records):
        for name in VALUES:
            if name not in record:
                continue
            symbol = str(record.get("symbol", ""))
            if place in unlike:
                kept[place][name] = None
                bad.append(BadCell(symbol, f"{name} {UNLIKE_VOLUME}", float(record[name])))
            elif record[name] is None and stated[name] and place not in spoiled:
                bad.append(BadCell(symbol, f"{name} {EMPTY}", float("nan")))
        if stated["direction"] and record.get("direction", UNDIRECTED) is None:
            kept[place]["direction"] = UNDIRECTED
    return kept, bad


def _value_factor(record: Mapping[str, Any]) -> float | None:
    """Stated traded value over close x volume of the record; None where one of them isn't a positive number."""
    value = next((record[name] for name in ("Value.Traded", "value_traded") if record.get(name) is not None), None)
    found = [value, record.get("close"), record.get("volume")]
    numbers = [float(each) for each in found if isinstance(each, int | float) and 0 < each <= MOST]
    product = numbers[1] * numbers[2] if len(numbers) == len(found) else 0.0
    return numbers[0] / product if product else None


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.strip()[:1].isalpha() and not is_missing(value)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _quarantine(table: str, cells: list[BadCell]) -> pd.DataFrame:
    symbols, reasons, values = zip(*cells, strict=True) if cells else ((), (), ())
    treatment = ["absent" if reason.endswith(EMPTY) else "masked" for reason in reasons]
    return quarantined(Entries(table, symbols, pd.NaT, reasons, values, treatment))
