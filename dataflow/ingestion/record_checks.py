"""Candidates and instruments with every field that is read brought into its type, or set aside with the reason.

`checked_tables` does it for what a provider brought; `checked_record` for one record. A bad cell becomes None (its key
stays) and a row of the quarantine; what nobody reads stays as it is.
"""

import dataclasses
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    DIRECTION_HINTS,
    DIRECTION_KEYS,
    FIELDS,
    TABLE,
    field_name,
    is_missing,
    parsed,
    parsed_direction,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plain_values import plain_value
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import UNLIKE_VOLUME, quarantined
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import spelling
from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS
from tradingview_scraper.pipelines.selection.schemas.read_only import read_only

EMPTY = "is empty"
UNDIRECTED = "?"
"""Stands for a direction that was said but isn't known: no candidate comes of it (`nodes.quarantine` counts it)."""


MOST = sys.float_info.max
"""The largest number that a float can be; an integer of JSON may be larger."""
COMPARED = ("Value.Traded", "value_traded", "direction")
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
        quarantine=pd.concat([part for part in parts if part is not None], ignore_index=True),
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
        found = parsed(name, plain_value(given))
        shown = str(key) if key in FIELDS or key in TABLE else name
        if found.reason:
            reason = f"impossible {key}" if found.reason == "impossible" else f"{key} {found.reason}"
            bad.append(BadCell(symbol, reason, float("nan") if found.value is None else found.value))
            typed.setdefault(shown, None)
        elif found.value is not None or shown not in typed:
            typed[shown] = found.value
    return (_directed(typed) if directed else typed), bad


def _directed(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what `direction` and `side` say as `direction`: in any case of letters, and where they agree."""
    stated = {key: plain_value(value) for key, value in record.items() if key.casefold() in DIRECTION_KEYS}
    found = [parsed_direction(value) for value in stated.values()]
    known = {each.value for each in found if each.value is not None}
    if any(each.reason for each in found) or len(known) > 1:
        return {**record, "direction": UNDIRECTED}
    known = known or _hinted(record)
    if len(known) > 1:
        return {**record, "direction": UNDIRECTED}
    return {**record, "direction": next(iter(known))} if known else {**record, **dict.fromkeys(stated)}


def _hinted(record: Mapping[str, Any]) -> set[str]:
    """The directions in fields that may hold one, asked where `direction` and `side` say nothing."""
    found = [parsed_direction(plain_value(record[key])) for key in record if spelling(key) in DIRECTION_HINTS]
    return {each.value for each in found if each.value is not None}


def checked_records(
    records: Iterable[Mapping[Any, Any]], directed: bool = True
) -> tuple[list[dict[str, Any]], list[BadCell]]:
    """The records of a table, each typed; candidates (`directed`) are compared with each other, too. And their bad cells."""
    typed, bad, spoiled = [], [], set()
    given = list(records)
    words = 2 * sum(_is_word(record.get("direction")) for record in given) > len(given)
    plain = 2 * sum(record.get("direction") in DIRECTIONS for record in given) > len(given)
    for place, record in enumerate(given):
        # Among LONG and SHORT a number may be anything: a score, a change.
        number = words and not _is_word(said := plain_value(record.get("direction"))) and not is_missing(said)
        found, cells = checked_record({**record, "direction": "?"} if number else record, directed)
        if (
            plain
            and words
            and not number
            and _is_word(record.get("direction"))
            and record["direction"] not in DIRECTIONS
        ):
            found["direction_said"] = record["direction"]
        typed.append(found)
        bad += cells
        if cells:
            spoiled.add(place)
    if not directed:
        return typed, bad
    compared, unlike = compared_records(typed, spoiled)
    return compared, bad + unlike


def compared_records(
    records: Sequence[Mapping[str, Any]], spoiled: Container[int] = ()
) -> tuple[list[dict[str, Any]], list[BadCell]]:
    """Typed candidates without what is unlike the others', and the cells that were forgotten.

    Where most records that state it have a traded value of about close x volume, one beyond five times that, either way, is
    in another unit. Where most state it, an empty one is named, but not in `spoiled` records, which were. Where most
    directions are stated, an empty one says nothing and doesn't count as LONG.
    """
    factors = {place: factor for place, record in enumerate(records) if (factor := _value_factor(record)) is not None}
    usual = len(factors) > 2 and 1 / UNLIKE < median(factors.values()) < UNLIKE
    unlike = {place for place, factor in factors.items() if usual and not 1 / UNLIKE < factor < UNLIKE}
    kept, bad = [], []
    stated = {name: 2 * sum(record.get(name) is not None for record in records) > len(records) for name in COMPARED}
    for place, record in enumerate(records):
        mended, symbol = dict(record), str(record.get("symbol", ""))
        for name in COMPARED:
            if name == "direction" or name not in record:
                continue
            if place in unlike:
                mended[name] = None
                bad.append(BadCell(symbol, f"{name} {UNLIKE_VOLUME}", float(record[name])))
            elif record[name] is None and stated[name] and place not in spoiled:
                bad.append(BadCell(symbol, f"{name} {EMPTY}", float("nan")))
        if stated["direction"] and record.get("direction", UNDIRECTED) is None:
            mended["direction"] = UNDIRECTED
        kept.append(mended)
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
    return quarantined(table, symbols, pd.NaT, reasons, values, treatment=treatment)
