"""What a field of a candidate or an instrument means, and what its value may be.

`TABLE` has a row per field: kind, range, and whether 0 stands for unknown. `FIELDS` maps the scanners' spellings to it.
`parsed` reads one value: a number, text, flag or direction where the meaning is certain, `None` where the value says that
nothing is known, and otherwise the reason why it is set aside. `canonical` is a record under canonical names.

| given                                              | read as                                                     |
| -------------------------------------------------- | ----------------------------------------------------------- |
| None, NaN, NaT, "", "-", "—", "N/A", "null"        | missing, as if the field weren't there                      |
| 5, 5.0, Decimal(5), "5", "5e0"; "-5" with any minus | the number                                                  |
| "50.2M", "1.2 B", "850K"                           | money and amounts only: times 1e6, 1e9, 1e3                 |
| "3.2%"                                             | percentages only: 3.2                                       |
| "1,250,000", "1 250 000", "1,250.5"                | 1250000, 1250000, 1250.5                                    |
| "1,250", "0,5", "1.250.000"                        | set aside: a decimal comma in one country, thousands in another |
| True, [5], {"x": 5}, "Infinity", "abc", 10**400    | set aside                                                   |
| LONG, BUY, 1, "1"; SHORT, SELL, -1, "-1"           | the direction, in any case; other words are set aside       |
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import spelling

Kind = Literal["number", "amount", "percent", "text", "flag"]


@dataclass(frozen=True)
class Field:
    """What a field holds: its kind, its range (ends included), and how unknown is written."""

    kind: Kind
    lowest: float = -math.inf
    highest: float = math.inf
    zero_is_unknown: bool = False
    """Scanners write 0 where they have no value."""
    whole: bool = False


_SIZE = Field("number", lowest=0.0)
_SCORE = Field("number", lowest=0.0, highest=100.0)
_PERCENT = Field("percent")
_AMOUNT = Field("amount", lowest=0.0, zero_is_unknown=True)
_TEXT = Field("text")

TABLE: Mapping[str, Field] = {
    "value_traded": _AMOUNT,
    "scanner_adx": _SCORE,
    "scanner_plus_di": _SCORE,
    "scanner_minus_di": _SCORE,
    "perf_1w": _PERCENT,
    "perf_1m": _PERCENT,
    "perf_3m": _PERCENT,
    "perf_6m": _PERCENT,
    "perf_1y": _PERCENT,
    "volatility_1d": _PERCENT,
    "volatility_1w": _PERCENT,
    "volatility_1m": _PERCENT,
    "recommendation": Field("number"),
    "atr": Field("number"),
    "rsi": _SCORE,
    "market_cap": _AMOUNT,
    "change_1d": _PERCENT,
    "tick_size": _SIZE,
    "lot_size": _SIZE,
    "price_precision": Field("number", lowest=0.0, whole=True),
    "logic": _TEXT,
    "market": _TEXT,
    "base": _TEXT,
    "sector": _TEXT,
    "identity": _TEXT,
    "exchange": _TEXT,
    "currency": _TEXT,
    "is_benchmark": Field("flag"),
    "universe_only": Field("flag"),
}
# Scanner field -> canonical name. A canonical name also stands for itself, and wins where both are given.
FIELDS: Mapping[str, str] = {
    "Value.Traded": "value_traded",
    "ADX": "scanner_adx",
    "adx": "scanner_adx",
    "ADX+DI": "scanner_plus_di",
    "ADX-DI": "scanner_minus_di",
    "Perf.W": "perf_1w",
    "Perf.1M": "perf_1m",
    "Perf.3M": "perf_3m",
    "Perf.6M": "perf_6m",
    "Perf.Y": "perf_1y",
    "Volatility.D": "volatility_1d",
    "Volatility.W": "volatility_1w",
    "Volatility.M": "volatility_1m",
    "Recommend.All": "recommendation",
    "ATR": "atr",
    "RSI": "rsi",
    "market_cap_basic": "market_cap",
    "change": "change_1d",
    "step_size": "lot_size",
    "base": "base",
    "subtype": "sector",
}
NUMERIC_FIELDS: tuple[str, ...] = tuple(
    name for name, field in TABLE.items() if field.kind in ("number", "amount", "percent")
)
METADATA_FIELDS: tuple[str, ...] = ("tick_size", "lot_size", "price_precision")
DIRECTION_KEYS: tuple[str, ...] = ("direction", "side")
DIRECTION_HINTS: tuple[str, ...] = ("signal", "action", "positionside", "position", "rating")
"""Spellings of fields that may hold a direction (SELL), or something else, which then says nothing."""
UNKNOWN_DIRECTION = "unknown direction"

_MINUS = "\u2212"
"""What TradingView writes before a negative number."""
_NOTHING = frozenset(
    ("", "-", "--", "—", "\u2013", _MINUS, "n/a", "#n/a", "na", "nan", "none", "null", "nil", "nat", "<na>", "n.a.")
)
_DIRECTIONS: Mapping[str, str] = {
    **dict.fromkeys(("LONG", "BUY", "STRONG_BUY", "1", "+1", "1.0"), "LONG"),
    **dict.fromkeys(("SHORT", "SELL", "STRONG_SELL", "-1", "-1.0"), "SHORT"),
}
_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "yes", "1", "1.0"), True),  # a column of flags with a gap is one of 1.0 and 0.0
    **dict.fromkeys(("false", "no", "0", "0.0"), False),
}
_SCALES: Mapping[str, float] = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|,[0-9]{3}\.[0-9]+)")
_BLANKS = re.compile(r"[+-]?[0-9]{1,3}(?:[ \u00a0\u2009\u202f'][0-9]{3})+(?:\.[0-9]+)?")
_OTHER_NUMBER = re.compile(r"[+-]?[0-9][0-9.,'\u00a0\u2009\u202f ]*")
_INFINITY = re.compile(r"[+-]?inf(?:inity)?|[+-]?∞", re.IGNORECASE)


class Parsed(NamedTuple):
    """A value as it was understood, or why it was not: the reason is a predicate of the field."""

    value: Any
    reason: str = ""


MISSING = Parsed(None)


def is_missing(value: Any) -> bool:
    """Whether a plain value says that nothing is known."""
    if isinstance(value, str):
        return value.strip().casefold() in _NOTHING
    return value is None or (isinstance(value, float) and math.isnan(value))


def parsed(name: str, value: Any) -> Parsed:
    """A plain value (`plain_values.plain_value`) of the canonical field `name`."""
    field = TABLE[name]
    if is_missing(value):
        return MISSING
    if field.kind == "text":
        return Parsed(value.strip()) if isinstance(value, str) else Parsed(None, "is no text")
    if field.kind == "flag":
        known = _FLAGS.get(str(value).strip().casefold()) if isinstance(value, str | bool | int | float) else None
        return Parsed(None, "is neither true nor false") if known is None else Parsed(known)
    return _in_range(field, _number(value, field.kind))


def parsed_direction(value: Any) -> Parsed:
    """LONG or SHORT. Raises nothing: what isn't known is set aside, never taken for LONG."""
    if is_missing(value):
        return MISSING
    said = str(value).strip().upper().replace(" ", "_") if isinstance(value, str | int | float) else ""
    known = None if isinstance(value, bool) else _DIRECTIONS.get(said.replace(_MINUS, "-"))
    return Parsed(None, UNKNOWN_DIRECTION) if known is None else Parsed(known)


def _number(value: Any, kind: Kind) -> Parsed:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return Parsed(None, "is no number")
    if isinstance(value, str):
        return spelled_number(value.strip().replace(_MINUS, "-"), kind)
    try:
        return Parsed(float(value))
    except OverflowError:
        return Parsed(math.inf)


def spelled_number(text: str, kind: Kind) -> Parsed:
    """The number that a text without blanks around it spells, by the table at the top of the module."""
    if _INFINITY.fullmatch(text):
        return Parsed(math.inf)
    scale = 1.0
    if kind == "percent" and text.endswith("%"):
        text = text[:-1].rstrip()
    elif kind == "amount" and text[-1].upper() in _SCALES:
        scale, text = _SCALES[text[-1].upper()], text[:-1].rstrip()
    if _PLAIN.fullmatch(text):
        return Parsed(float(text) * scale)
    if _COMMAS.fullmatch(text) or _BLANKS.fullmatch(text):
        return Parsed(float(re.sub(r"[^0-9.+-]", "", text)) * scale)
    return Parsed(None, "may be more than one number" if _OTHER_NUMBER.fullmatch(text) else "is no number")


def _in_range(field: Field, found: Parsed) -> Parsed:
    """The number, missing where 0 stands for unknown; a number out of range is given with the reason."""
    if found.reason:
        return found
    number = found.value
    if field.zero_is_unknown and number == 0:
        return MISSING
    fits = field.lowest <= number <= field.highest and not math.isinf(number)
    return found if fits and (not field.whole or number == int(number)) else Parsed(number, "impossible")


def field_name(key: str) -> str:
    """The canonical name of a key however it is spelled (`tickSize`, `Value Traded`), the key itself where it is none."""
    if key in FIELDS or key in TABLE:
        return FIELDS.get(key, key)
    return _BY_SPELLING.get(spelling(key), key)


# What other sources call fields: the exchanges' own lists of instruments (Binance, Bybit, OKX, Coinbase), screeners.
_OTHER_SPELLINGS: Mapping[str, str] = {
    **dict.fromkeys(("ticksz", "minpriceincrement", "priceincrement", "quoteincrement", "mintick"), "tick_size"),
    **dict.fromkeys(("qtystep", "lotsz", "baseincrement", "amountstep", "quantitystep"), "lot_size"),
    **dict.fromkeys(("pricescale", "pricedigits", "pricedecimals"), "price_precision"),
    **dict.fromkeys(("currencyid", "currencycode", "quotecurrency", "listingcurrency", "tradingcurrency"), "currency"),
}


def _spellings() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for name, meant in (*FIELDS.items(), *((name, name) for name in TABLE)):
        found.setdefault(spelling(name), set()).add(meant)
    # ADX+DI and ADX-DI have one spelling and two meanings: only as they are written are they known.
    return {**_OTHER_SPELLINGS, **{name: next(iter(meant)) for name, meant in found.items() if len(meant) == 1}}


_BY_SPELLING: Mapping[str, str] = _spellings()


def canonical(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record under canonical names, without missing (None, NaN) fields.

    Where a field is given under both names the canonical one wins, unless it is zero (scanners write 0 for unknown).
    """
    known = {
        key: value
        for key, value in record.items()
        if value is not None and not (isinstance(value, float) and value != value)  # NaN; thousands of records are read
    }
    aliased = {FIELDS[key]: value for key, value in known.items() if key in FIELDS}
    own = {key: value for key, value in known.items() if key not in FIELDS and (key not in aliased or value != 0)}
    return {**aliased, **own}


def states(record: Mapping[str, Any], name: str) -> bool:
    """Whether a record has a key of this canonical name, whatever it holds."""
    return any(key in record for key in _KEYS[name])


_KEYS: Mapping[str, tuple[str, ...]] = {
    name: (name, *(key for key, meant in FIELDS.items() if meant == name and key != name)) for name in TABLE
}
