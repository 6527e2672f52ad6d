"""How columns are recognised: by their exact name, else without case, blanks and punctuation; near misses are named.

`columns_by_name` says which column stands for which name; `near_misses` are columns that nobody reads but that look like
one that is missing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

SYMBOL_SPELLINGS: tuple[str, ...] = ("symbol", "ticker", "instrument", "asset", "pair", "code", "name")
"""Spellings of the key of a table, the surest first."""
DATE_SPELLINGS: tuple[str, ...] = ("date", "datetime", "timestamp", "time", "day", "session", "open_time")
DATE_KEYS: tuple[str, ...] = ("asof", "date", "timestamp", "generatedat", "createdat", "exportedat", "scannedat")
"""Spellings under which a scanner's export says when it was made."""
_ALIKE = 0.78


def spelling(key: str) -> str:
    """A name without case, blanks and punctuation: `Adj Close`, `adj_close` and `adjClose` have one spelling."""
    return re.sub(r"[^0-9a-z]", "", key.casefold())


def refuse_repeated(names: Sequence[str], table: str) -> None:
    """Raises `DataContractError` where two columns have one name: which of them is meant can't be known."""
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        raise DataContractError(
            f"ingestion: {table} has more than one column of a name ({offenders(repeated)}): keep one of each"
        )


def columns_by_name(columns: Iterable[str], wanted: Mapping[str, Sequence[str]], table: str) -> dict[str, str]:
    """Name to its column, for the names that are there; `wanted` gives each name's spellings, the surest first.

    A column of exactly that name comes first. Raises `DataContractError` where two columns spell one name alike.
    """
    given = list(columns)
    by_spelling: dict[str, list[str]] = {}
    for column in given:
        by_spelling.setdefault(spelling(column), []).append(column)
    found: dict[str, str] = {}
    for name, spellings in wanted.items():
        if name in given:
            found[name] = name
            continue
        for each in spellings:
            alike = by_spelling.get(spelling(each), [])
            if len(alike) > 1 and each not in alike:
                raise DataContractError(
                    f"ingestion: {table} has {' and '.join(alike)}, which both spell {name}: keep one"
                )
            if alike:
                found[name] = each if each in alike else alike[0]
                break
    return found


def near_misses(columns: Iterable[str], missing: Mapping[str, Sequence[str]], table: str) -> list[str]:
    """A sentence per column that is not read but looks like a spelling of a name that is looked for and isn't there."""
    sentences = []
    for column in columns:
        alike = {name: max(_likeness(column, each) for each in (name, *missing[name])) for name in missing}
        best = max(alike, key=lambda name: (alike[name], name), default=None)
        if best is not None and alike[best] >= _ALIKE:
            sentences.append(f"{table}: the column {column!r} is not read; did you mean {best}?")
    return sentences


def _likeness(one: str, other: str) -> float:
    """From 0 to 1; a name that contains the whole other one, or differs in one letter, is alike."""
    a, b = spelling(one), spelling(other)
    contained = min(len(a), len(b)) >= 4 and (a in b or b in a)
    one_letter = len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1
    return 1.0 if contained or one_letter else SequenceMatcher(None, a, b).ratio()
