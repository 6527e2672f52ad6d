"""Hypothesis strategies for what a selection is given: `returns`, a column of a kind each, and `pools` of candidates for them.

An example is small, and shrinks to fewer assets and days, and to the kinds that it takes. The numbers of a column follow from its
kind and a drawn seed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

FIRST_DAY = "2025-01-01"
Column = Callable[[np.random.Generator, int], np.ndarray]


def _ordinary(rng: np.random.Generator, days: int) -> np.ndarray:
    return rng.normal(0.001, 0.02, days)


def _extreme(rng: np.random.Generator, days: int) -> np.ndarray:
    return np.where(rng.random(days) < 0.1, rng.choice([-0.999, -0.5, 4.0, 30.0], days), _ordinary(rng, days))


def _with_gaps(rng: np.random.Generator, days: int) -> np.ndarray:
    return np.where(rng.random(days) < 0.3, np.nan, _ordinary(rng, days))


def _from(values: np.ndarray, first: int, last: int) -> np.ndarray:
    places = np.arange(len(values))
    return np.where((places >= first) & (places < last), values, np.nan)


KINDS: Mapping[str, Column] = {
    "ordinary": _ordinary,
    "trend": lambda rng, days: rng.normal(0.01, 0.01, days),
    "fall": lambda rng, days: rng.normal(-0.01, 0.01, days),
    "gaps": _with_gaps,
    "late": lambda rng, days: _from(_ordinary(rng, days), 2 * days // 3, days),
    "ended": lambda rng, days: _from(_ordinary(rng, days), 0, 2 * days // 3),
    "one day": lambda rng, days: _from(_ordinary(rng, days), days - 1, days),
    "unknown": lambda rng, days: np.full(days, np.nan),
    "ties": lambda rng, days: np.round(_ordinary(rng, days), 2),
    "constant": lambda rng, days: np.full(days, 0.001),
    "still": lambda rng, days: np.zeros(days),
    "negative zero": lambda rng, days: np.full(days, -0.0),
    "twin": lambda rng, days: _ordinary(np.random.default_rng(0), days),
    "inverse twin": lambda rng, days: -_ordinary(np.random.default_rng(0), days),
    "extreme": _extreme,
    "tiny": lambda rng, days: rng.normal(0.0, 1e-12, days),
}
"""Kind of column to its daily returns: what markets, feeds and mistakes make."""


@st.composite
def returns(
    draw: st.DrawFn,
    *,
    assets: tuple[int, int] = (1, 8),
    days: tuple[int, int] = (2, 120),
    kinds: Sequence[str] = tuple(KINDS),
) -> pd.DataFrame:
    """Simple daily returns, days x symbols (float64, NaN where there was no trading).

    Parameters
    ----------
    assets, days : the fewest and the most.
    kinds : of columns, names of `KINDS`.
    """
    count = draw(st.integers(*days))
    chosen = draw(st.lists(st.sampled_from(list(kinds)), min_size=assets[0], max_size=assets[1]))
    seed = draw(st.integers(0, 2**16))
    columns = {
        f"A{place:02}": KINDS[kind](np.random.default_rng([seed, place]), count) for place, kind in enumerate(chosen)
    }
    return pd.DataFrame(columns, index=pd.date_range(FIRST_DAY, periods=count, name="date"), dtype=np.float64)


_SIZES = {"tick_size": 0.01, "lot_size": 1.0, "price_precision": 2}
_WRONG: tuple[Any, ...] = (
    *(None, "", "n/a", "-", True, 0, -1, 1e308, 10**400, float("nan"), float("inf"), -float("inf"), [], {}),
    *(
        "1,000.5",
        "1.5M",
        "12%",
        "∞",
        "\u22125",
        "LONG",
        "sell",
        "maybe",
        "2026-03-18",
        "a\nb",
        "\x00",
        "\u202e",
        "\ud800",
    ),
)
_KEYS = (
    *("direction", "side", "value_traded", "Value.Traded", "ADX", "tick_size", "lot_size", "price_precision", "market"),
    *("identity", "exchange", "currency", "logic", "is_benchmark", "base", "close", "volume", "tickSize", "unheard of"),
)
_STRANGE = ("", "A\nB", "\u202eA00", "NYSE:A00", "A00.P", "A00/USDT:USDT", "ZZZ", 7, None)


@st.composite
def pools(draw: st.DrawFn, symbols: Sequence[str], *, dirty: bool = False) -> list[dict[str, Any]]:
    """A candidate for each of these symbols: direction, market, traded value, sizes, an identity that others may have, too.

    Parameters
    ----------
    symbols : those of the returns.
    dirty : whether fields hold what no field should, or are gone; records come twice, or for symbols that there aren't.
    """
    found = []
    for symbol in symbols:
        record = {
            "symbol": symbol,
            "identity": draw(st.sampled_from([symbol, symbol, "X", "Y"])),
            "direction": draw(st.sampled_from(["LONG", "LONG", "SHORT"])),
            "market": draw(st.sampled_from(["CRYPTO", "AMERICA"])),
            "value_traded": draw(st.sampled_from([1e9, 1e9, 1e7, 0.0])),
            "is_benchmark": draw(st.sampled_from([False, False, False, True])),
            **_SIZES,
        }
        if dirty:
            record |= draw(st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(_WRONG), max_size=3))
            for gone in draw(st.lists(st.sampled_from(_KEYS), max_size=1)):
                record.pop(gone, None)
        found.append(record)
    if dirty:
        again = draw(st.lists(st.sampled_from(found), max_size=2)) if found else []
        strange = draw(st.lists(st.sampled_from(_STRANGE), max_size=1))
        found += [{**record, "symbol": draw(st.sampled_from([record["symbol"], *_STRANGE]))} for record in again]
        found += [{"symbol": name, **_SIZES} for name in strange]
    return found
