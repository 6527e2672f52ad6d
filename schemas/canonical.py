"""One text per value: canonical JSON (RFC 8785) behind a strict encoder.

In this order: `plain` turns a value into plain JSON types or refuses it by its key path, `rfc8785` writes those as
bytes. `parse` reads a text that somebody else wrote and says whether it is so spelled. Nothing is guessed: what has no
single obvious text is refused.

What `plain` changes: NumPy scalars become Python's; a float that isn't finite becomes `{"null": "nan"}`, `"inf"` or
`"-inf"` (a caller who knows why passes such a dict himself, with a `"reason"`); an integer that a double can't hold
becomes its decimal text; a datetime becomes RFC 3339 in UTC with microseconds; a tuple becomes a list. As the standard
has it, -0.0 is written as 0 and 1.0 as 1.
"""

import json
import math
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import rfc8785

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader returns unchanged."""

_SORTED_DIFFERENTLY = re.compile("[\ud800-\U0010ffff]")  # by UTF-16 in the standard, by code point in Python
_LONGEST_SAFE_INTEGER = 15  # characters; every integer of this length is safe, so longer ones get the thorough check
_HINTS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((set, frozenset), "a set has no order; pass sorted(...)"),
    ((PurePath,), "a path belongs to one machine; pass it as text, relative to the run folder"),
    ((bytes, bytearray, memoryview), "bytes are not text; pass their digest"),
)


def canonical(obj: object) -> bytes:
    """The RFC 8785 bytes of `obj`, the same for equal values on every machine.

    Raises:
        TypeError: something in `obj` has no JSON form (a set, a path, a naive datetime, an array, a key that is not
            text ...); the message names its key path.
        ValueError: a text in `obj` is not valid Unicode.
    """
    return rfc8785.dumps(plain(obj))


def plain(obj: object, where: str = "$") -> Any:
    """`obj` as plain JSON types: None, bool, int, float, str, list and dict. Raises as `canonical` does."""
    if obj is None or isinstance(obj, bool):
        return obj
    if isinstance(obj, str):
        return _text(obj, where)
    if isinstance(obj, int):
        number = int(obj)
        return number if abs(number) <= MAX_SAFE_INTEGER else str(number)
    if isinstance(obj, float):
        return _number(float(obj))
    if isinstance(obj, Mapping):
        return {_key(key, where): plain(value, f"{where}.{key}") for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [plain(value, f"{where}[{position}]") for position, value in enumerate(obj)]
    if isinstance(obj, datetime):
        return _timestamp(obj, where)
    return plain(_numpy_scalar(obj, where), where)


def parse(text: bytes) -> tuple[Any, bool]:
    """The JSON value in `text`, and whether `text` is exactly as RFC 8785 writes it.

    Raises:
        ValueError: `text` is not JSON in UTF-8, or holds NaN or Infinity.
    """
    tokens = _NumberTokens()
    try:
        decoded = text.decode("utf-8")
        value = tokens.decoder.decode(decoded)
        # Where no number is one that the two spell differently and no key one that they sort differently, a text that
        # the standard library would write is canonical, and to ask it takes a third of the time.
        usual = not (tokens.unusual or _SORTED_DIFFERENTLY.search(decoded))
        return value, (usual and _encode(value) == decoded) or _rewritten(value) == text
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class _NumberTokens:
    """Notes while parsing whether a number is spelled in a way that only the thorough check can judge."""

    def __init__(self) -> None:
        self.unusual = False
        self.decoder = json.JSONDecoder(
            parse_float=self._float, parse_int=self._integer, parse_constant=_refuse_constant
        )

    def _float(self, token: str) -> float:
        # Python writes 1e-07 and 1.0 where the standard has 1e-7 and 1; all other short spellings agree.
        if token.endswith(".0") or "e" in token or "E" in token:
            self.unusual = True
        return float(token)

    def _integer(self, token: str) -> int | float:
        if len(token) <= _LONGEST_SAFE_INTEGER:
            return int(token)
        self.unusual = True
        number = int(token)
        # The standard knows doubles only: 1e20 is written in full, and reads as an integer.
        return number if abs(number) <= MAX_SAFE_INTEGER else float(token)


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _rewritten(value: Any) -> bytes | None:
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:  # such as 1e999, which reads as infinity
        return None


def _text(text: str, where: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"{where}: not valid Unicode (a lone surrogate): {text!a}") from error
    return str.__str__(text)  # enum members give their value, not `Name.MEMBER`


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{where}: keys must be text, not {type(key).__name__} ({key!r})")
    return _text(key, where)


def _number(number: float) -> float | dict[str, str]:
    if math.isnan(number):
        return {"null": "nan"}
    if math.isinf(number):
        return {"null": "inf" if number > 0 else "-inf"}
    return number


def _timestamp(moment: datetime, where: str) -> str:
    # pandas.NaT is a datetime that doesn't equal itself, and whose tzinfo is None.
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise TypeError(f"{where}: {moment} has no time zone; pass it in UTC")
    if getattr(moment, "nanosecond", 0):
        raise TypeError(f"{where}: {moment} has nanoseconds, which would be cut off; round it to microseconds")
    utc = moment.astimezone(UTC)
    # strftime pads years below 1000 on some platforms only.
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _numpy_scalar(obj: object, where: str) -> bool | int | float:
    """The Python value of a NumPy number; refuses everything else. Doesn't import NumPy: no import, no scalars."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(obj, numpy.bool_ | numpy.integer | numpy.floating):
        value = obj.item()
        # A timedelta64 counts as an integer, a long double stays what it is: both have no exact Python number.
        if isinstance(value, bool | int | float) and obj.dtype.kind in "biuf":
            return value
    hint = next((text for types, text in _HINTS if isinstance(obj, types)), "no JSON form")
    raise TypeError(f"{where}: {type(obj).__name__}: {hint}")
