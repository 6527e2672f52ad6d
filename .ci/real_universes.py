"""Random universes of real data: some assets of one market, up to one date, as scanners would propose them, clean or dirty.

`markets` reads the data sets of a folder (`crypto_perps`, `us_equities`, `us_wide`) once; `drawn` takes a universe of one of
them: which assets, how many days, which date, whose direction, and with `dirt` what of its cells and rows is spoilt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

NAMES = ("crypto_perps", "us_equities", "us_wide")
SIZES: Mapping[str, Any] = {"tick_size": 0.01, "lot_size": 1.0, "price_precision": 2}
PRICES = ("open", "high", "low", "close", "adj_close")


@dataclass(frozen=True)
class Market:
    """One data set: its bars by symbol, one after the other, and where each symbol's begin and end."""

    name: str
    bars: pd.DataFrame
    ends: Mapping[str, tuple[int, int]]
    dates: pd.DatetimeIndex

    def of(self, symbols: list[str], first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
        """The bars of some assets between two dates, long."""
        rows = np.concatenate([np.arange(*self.ends[symbol]) for symbol in symbols])
        found = self.bars.take(rows)  # a copy: of views the bars would keep references
        found = found[(found["date"] >= first) & (found["date"] <= last)].reset_index(drop=True)
        return found.assign(symbol=found["symbol"].astype("str"))


@dataclass(frozen=True)
class Universe:
    """What a selection is given, and how it was drawn."""

    market: str
    bars: pd.DataFrame
    candidates: list[dict[str, Any]]
    as_of: str
    dirt: tuple[str, ...]


def markets(folder: Path) -> list[Market]:
    """The data sets that a folder holds."""
    return [_market(folder / name) for name in NAMES if (folder / name / "ohlcv.parquet").is_file()]


def _market(folder: Path) -> Market:
    bars = pd.read_parquet(folder / "ohlcv.parquet").sort_values(["symbol", "date"], ignore_index=True)
    codes = bars["symbol"].cat.codes.to_numpy()
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    names = bars["symbol"].cat.categories[codes[starts]]
    ends = dict(zip(names, zip(starts.tolist(), [*starts[1:].tolist(), len(bars)], strict=True), strict=True))
    return Market(folder.name, bars, ends, pd.DatetimeIndex(bars["date"].unique()).sort_values())


def drawn(found: list[Market], rng: np.random.Generator, *, dirty: float = 0.0, most: int = 120) -> Universe:
    """A universe of one of the markets; a share `dirty` of them has one to three kinds of dirt."""
    market = found[int(rng.integers(len(found)))]
    symbols = sorted(market.ends)
    picked = [symbols[place] for place in sorted(rng.choice(len(symbols), int(rng.integers(1, most)), replace=False))]
    last = int(rng.integers(40, len(market.dates)))
    first = max(0, last - int(rng.integers(30, 600)))
    bars = market.of(picked, market.dates[first], market.dates[last])
    kind = "CRYPTO" if market.name == "crypto_perps" else "AMERICA"
    short = rng.random(len(picked)) < 0.3
    candidates = [
        {"symbol": name, "direction": "SHORT" if down else "LONG", "logic": "trend", "market": kind, **SIZES}
        for name, down in zip(picked, short.tolist(), strict=True)
    ]
    kinds: tuple[str, ...] = ()
    if rng.random() < dirty and len(bars):
        names = sorted(DIRT)
        kinds = tuple(names[place] for place in sorted(rng.choice(len(names), int(rng.integers(1, 4)), replace=False)))
        for each in kinds:
            bars, candidates = DIRT[each](bars, candidates, rng)
    return Universe(market.name, bars, candidates, str(market.dates[last].date()), kinds)


Spoilt = tuple[pd.DataFrame, list[dict[str, Any]]]


def _cells(value: float, share: float) -> Callable[[pd.DataFrame, list[dict[str, Any]], np.random.Generator], Spoilt]:
    """Some cells of a price column become this value."""

    def spoil(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
        columns = [name for name in PRICES if name in bars]
        name = columns[int(rng.integers(len(columns)))]
        hit = rng.random(len(bars)) < share
        return bars.assign(**{name: bars[name].astype(np.float64).mask(hit, value)}), candidates

    return spoil


def _hundredfold(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
    hit = rng.random(len(bars)) < 0.002
    return bars.assign(close=bars["close"].astype(np.float64).where(~hit, bars["close"] * 100.0)), candidates


def _repeated(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
    again = bars[rng.random(len(bars)) < 0.01]
    return pd.concat([bars, again.assign(close=again["close"] * 1.01)], ignore_index=True), candidates


def _holes(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
    return bars[rng.random(len(bars)) > 0.3].reset_index(drop=True), candidates


def _shuffled(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
    return bars.iloc[rng.permutation(len(bars))].reset_index(drop=True), candidates


def _frozen(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
    name = candidates[int(rng.integers(len(candidates)))]["symbol"]
    own = (bars["symbol"] == name).to_numpy()
    changed = {
        field: bars[field].mask(own, bars[field][own].iloc[0]) for field in PRICES if field in bars and own.any()
    }
    return bars.assign(**changed), candidates


def _no_metadata(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
    bare = [{key: value for key, value in each.items() if key not in SIZES} for each in candidates]
    return bars, bare if rng.random() < 0.5 else [
        bare[place] if rng.random() < 0.3 else each for place, each in enumerate(candidates)
    ]


def _odd_candidates(bars: pd.DataFrame, candidates: list[dict[str, Any]], rng: np.random.Generator) -> Spoilt:
    odd: list[dict[str, Any]] = [
        {"symbol": "NOBODY:NOTHING", "direction": "LONG"},
        {"symbol": candidates[0]["symbol"], "direction": "UP"},
        {"symbol": "", "direction": "LONG"},
        {**candidates[-1], "direction": "SHORT", "logic": "reversal"},
        {**candidates[0], "Value.Traded": "a lot", "ADX": -5},
    ]
    return bars, [*candidates, *(each for each in odd if rng.random() < 0.6)]


DIRT: Mapping[str, Callable[[pd.DataFrame, list[dict[str, Any]], np.random.Generator], Spoilt]] = {
    "NaN": _cells(np.nan, 0.02),
    "infinite": _cells(np.inf, 0.003),
    "zero": _cells(0.0, 0.003),
    "negative": _cells(-1.0, 0.003),
    "hundredfold": _hundredfold,
    "repeated": _repeated,
    "holes": _holes,
    "shuffled": _shuffled,
    "frozen": _frozen,
    "no metadata": _no_metadata,
    "odd candidates": _odd_candidates,
}
