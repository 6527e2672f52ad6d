"""Universes with dirt of every kind: what scanners, files and requests do hold, alone and mixed.

`KINDS` has a function per kind, which spoils a universe in place; `dirty_universe` draws a small clean one under a seed and
spoils it by one to four kinds, whose names it gives, so that disagreements can be counted by cause. Many kinds make v3.4
raise: what counts then is that v4 fails as well.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from reference.universes import (
    METRICS,
    column_contiguous,
    factor_returns,
    full_candidate,
    some,
    spoil,
    spoil_candidates,
    statistics,
    symbol_names,
)

HUGE = 10**400
NUMBERS = (
    *(
        math.nan,
        math.inf,
        -math.inf,
        -5.0,
        2000.0,
        1e300,
        0,
        "",
        "25.5",
        " 7 ",
        "-3",
        "n/a",
        "1e400",
        "Infinity",
        "50.2M",
    ),
    *(None, True, False, HUGE, 10**18, 10**30, np.float64(7.5), np.float32(0.1), np.int64(40), np.bool_(True)),
    *([], [5.0], {}, {"x": 1}),
)
WORDS = (None, "", "long", "Short", "BUY", " LONG", "LONG ", 1, -1, math.nan, True)
VALUES: dict[str, Sequence[Any]] = {
    "adx": NUMBERS,
    "value_traded": NUMBERS,
    "Value.Traded": NUMBERS,
    "direction": WORDS,
    "identity": (None, "", 5, 5.0, "5", True, 1, "1", math.nan, 0.5, 2**60, 2**60 + 1, ["x"], {"x": 1}),
    "market": (None, "", 5, "Crypto", "crypto", " CRYPTO", "FOREX", math.nan, []),
    "logic": (None, "", 5, math.nan, []),
    "base": (5, None, [], math.nan),
    "is_benchmark": (math.nan, "false", "", 0, 1, None, "yes", []),
    "tick_size": (None, 0, -1, "x", math.nan, math.inf, []),
    "lot_size": (None, 0, "0.1"),
    "price_precision": (None, 1.5, -1, "two"),
    "ADX": (50.0, None, "x"),
    "Perf.W": ("Infinity", math.nan, HUGE, {}, "12%"),
    "step_size": (1.0, None),
    "sector": (None, 5, []),
    "currency": ("KRW", None, 5),
}


@dataclass
class Spoilt:
    """A universe that is being spoilt."""

    rng: np.random.Generator
    returns: pd.DataFrame
    candidates: list[dict[str, Any]]
    stats: pd.DataFrame | None
    settings: dict[str, Any]

    def chosen(self, share: float = 0.3) -> list[dict[str, Any]]:
        """Some of the candidates."""
        return [self.candidates[at] for at in some(self.rng, len(self.candidates), share)] if self.candidates else []

    def one_of(self, values: Sequence[Any]) -> Any:
        """One of these values, as it is."""
        return values[int(self.rng.integers(len(values)))]

    def cells(self, values: Sequence[float], share: float = 0.02) -> None:
        """Some cells of the returns replaced."""
        matrix = self.returns.to_numpy(dtype=np.float64, copy=True)
        matrix[self.rng.random(matrix.shape) < share] = self.one_of(values)
        self.returns = pd.DataFrame(np.asfortranarray(matrix), index=self.returns.index, columns=self.returns.columns)

    def statistics(self) -> pd.DataFrame:
        """The statistics, made where there are none."""
        if self.stats is None:
            self.stats = statistics(self.rng, [str(name) for name in self.returns.columns], frozenset())
        return self.stats


Kind = Callable[[Spoilt], None]


def field_values(name: str, of: Spoilt) -> None:
    """One odd value in a field of some candidates."""
    value = of.one_of(VALUES[name])
    for candidate in of.chosen():
        candidate[name] = value


def mixed_values(name: str, of: Spoilt) -> None:
    """Odd values of all sorts in a field of some candidates."""
    for candidate in of.chosen(0.5):
        candidate[name] = of.one_of(VALUES[name])


def key_absent(name: str, of: Spoilt) -> None:
    for candidate in of.chosen():
        candidate.pop(name, None)


def other_symbols(of: Spoilt) -> None:
    for candidate in of.chosen():
        candidate["symbol"] = of.one_of(
            (None, 5, "", f" {candidate.get('symbol')}", str(candidate.get("symbol")).lower())
        )


def symbol_absent(of: Spoilt) -> None:
    for candidate in of.chosen():
        candidate.pop("symbol", None)


def repeated(of: Spoilt, **changed: Any) -> None:
    """Further records of some symbols, before or after the first."""
    for candidate in of.chosen():
        again = {**candidate, "adx": 33.0, "value_traded": 1.5e6, **changed}
        of.candidates.insert(int(of.rng.integers(len(of.candidates) + 1)), again)


def repeated_sparsely(of: Spoilt) -> None:
    for candidate in of.chosen():
        of.candidates.append({name: candidate[name] for name in ("symbol", "identity") if name in candidate})


def numbered_columns(of: Spoilt) -> None:
    """Columns named by numbers, which candidates have as identities."""
    names = [str(at) if at % 2 else name for at, name in enumerate(of.returns.columns)]
    of.returns = of.returns.set_axis(names, axis=1)
    for at, candidate in enumerate(of.candidates[: len(names)]):
        candidate["identity"] = at if at % 4 == 1 else str(at)


def no_candidates(of: Spoilt) -> None:
    of.candidates = []


def indexed(of: Spoilt, kind: str) -> None:
    days, count = pd.DatetimeIndex(of.returns.index), len(of.returns)
    order = of.rng.permutation(count)
    found: Any = {
        "numbers": np.arange(count),
        "floats": np.arange(count) / 2,
        "text": days.strftime("%m/%d/%Y"),
        "ISO text": days.strftime("%Y-%m-%d"),
        "twice": days[np.sort(of.rng.integers(0, count, count))],
        "missing": days.where(of.rng.random(count) < 0.9),
        "zoned": days.tz_localize("Asia/Tokyo") if days.tz is None else days,
        "hours": days + pd.to_timedelta(8, unit="h"),
        "unsorted": days,
        "backwards": days[::-1],
    }[kind]
    of.returns = of.returns.set_axis(pd.Index(found), axis=0)
    if kind == "unsorted":
        of.returns = of.returns.iloc[order]


def of_type(of: Spoilt, dtype: str, share: float = 1.0) -> None:
    """Columns of another type of number; whole ones where it holds no fractions."""
    names = of.returns.columns[some(of.rng, of.returns.shape[1], share)]
    whole = np.dtype(dtype).kind in "iub"
    columns = {
        name: (
            np.sign(np.nan_to_num(of.returns[name].to_numpy(dtype=np.float64)))
            if whole
            else of.returns[name].to_numpy()
        ).astype(dtype)
        if name in names
        else of.returns[name]
        for name in of.returns.columns
    }
    of.returns = pd.DataFrame(columns, index=of.returns.index)


def row_major(of: Spoilt) -> None:
    """The matrix row by row in memory, as NumPy makes one."""
    values = np.ascontiguousarray(of.returns.to_numpy(dtype=np.float64))
    of.returns = pd.DataFrame(values, index=of.returns.index, columns=of.returns.columns, copy=False)


def thin(of: Spoilt) -> None:
    matrix = of.returns.to_numpy(dtype=np.float64, copy=True)
    matrix[int(of.rng.integers(5, 12)) :] = np.nan
    of.returns = pd.DataFrame(np.asfortranarray(matrix), index=of.returns.index, columns=of.returns.columns)


def short(of: Spoilt) -> None:
    of.returns = of.returns.iloc[: int(of.rng.integers(1, 34))]


def nothing_known(of: Spoilt, axis: int) -> None:
    """Some rows or columns without any value."""
    matrix = of.returns.to_numpy(dtype=np.float64, copy=True)
    matrix[(slice(None),) * axis + (some(of.rng, matrix.shape[axis]),)] = np.nan
    of.returns = pd.DataFrame(np.asfortranarray(matrix), index=of.returns.index, columns=of.returns.columns)


def text_column(of: Spoilt) -> None:
    name = of.returns.columns[0]
    of.returns = of.returns.assign(**{str(name): of.returns[name].astype(str)})


def stats_values(of: Spoilt, values: Sequence[Any]) -> None:
    stats = of.statistics()
    name = str(of.one_of(list(stats.columns)))
    column = stats[name].astype(object)
    column.iloc[some(of.rng, len(stats))] = of.one_of(values)
    of.stats = stats.assign(**{name: column if stats[name].dtype.kind not in "if" else column.astype(np.float64)})


def stats_text(of: Spoilt) -> None:
    stats = of.statistics()
    name = str(of.one_of(list(stats.columns)))
    of.stats = stats.assign(**{name: stats[name].map(str)})


def stats_repeated(of: Spoilt) -> None:
    stats = of.statistics()
    of.stats = pd.concat([stats, stats.iloc[:1]])


def stats_strangers(of: Spoilt) -> None:
    stats = of.statistics()
    strange = stats.iloc[:2].set_axis(["X", "X"], axis=0)
    of.stats = pd.concat([stats, strange])


def stats_keyed_by_column(of: Spoilt) -> None:
    of.stats = of.statistics().rename_axis("symbol").reset_index()


def stats_without(name: str, of: Spoilt) -> None:
    of.stats = of.statistics().drop(columns=name)


def stats_empty(of: Spoilt) -> None:
    of.stats = of.statistics().iloc[:0]


def stats_whole(of: Spoilt) -> None:
    stats = of.statistics().apply(pd.to_numeric, errors="coerce")  # another kind may have made text of a column
    of.stats = stats.where(np.isfinite(stats), 1.0).round().astype(np.int64)


def requested(of: Spoilt, name: str, values: Sequence[Any]) -> None:
    of.settings["request"][name] = of.one_of(values)


def parameter(of: Spoilt, name: str, values: Sequence[Any]) -> None:
    of.settings["request"].setdefault("params", {})[name] = of.one_of(values)


def feature(of: Spoilt, name: str, values: Sequence[Any]) -> None:
    of.settings["features"][name] = of.one_of(values)


def weight(of: Spoilt, values: Sequence[float]) -> None:
    names = METRICS[:-1]
    weights = {name: round(float(of.rng.uniform(0, 2)), 3) for name in names}
    of.settings["features"]["weights_global"] = weights | {str(of.one_of(names)): of.one_of(values)}


def weightless(of: Spoilt) -> None:
    of.settings["features"]["weights_global"] = dict.fromkeys(METRICS, 0.0)


def odd_benchmarks(of: Spoilt) -> None:
    names = [str(name) for name in of.returns.columns]
    of.settings["benchmark_symbols"] = of.one_of(([], names, [names[0], names[0]], ["", "NOBODY"], names[:2]))


def directed_benchmarks(of: Spoilt) -> None:
    """Benchmarks whose candidates are short, or say another word, or nothing."""
    names = [str(candidate.get("symbol")) for candidate in of.chosen(0.5)]
    of.settings["benchmark_symbols"] = names
    for candidate in of.candidates:
        if candidate.get("symbol") in names:
            candidate["direction"] = of.one_of(("SHORT", "short", None, "LONG"))


def lookbacks(of: Spoilt) -> None:
    of.settings["cluster_lookbacks"] = of.one_of(([1, 60], [0, 60], [2], [], [60, 60], [5000], [-5, 60], [20, 10]))


ODD = (math.nan, math.inf, -math.inf)
KINDS: dict[str, Kind] = {
    **{f"one {name}": partial(field_values, name) for name in VALUES},
    **{f"mixed {name}": partial(mixed_values, name) for name in VALUES},
    **{f"no {name}": partial(key_absent, name) for name in ("direction", "identity", "adx", "value_traded", "market")},
    "other symbols": other_symbols,
    "symbol absent": symbol_absent,
    "repeated": repeated,
    "repeated, other direction": partial(repeated, direction="SHORT"),
    "repeated, other logic": partial(repeated, logic="breakout"),
    "repeated sparsely": repeated_sparsely,
    "numbered columns": numbered_columns,
    "no candidates": no_candidates,
    "infinite returns": partial(Spoilt.cells, values=(math.inf, -math.inf)),
    "returns below -1": partial(Spoilt.cells, values=(-1.0, -1.5, -100.0)),
    "huge returns": partial(Spoilt.cells, values=(1e30, 1e200, 1e308)),
    **{
        f"index {kind}": partial(indexed, kind=kind)
        for kind in (
            "numbers",
            "floats",
            "text",
            "ISO text",
            "twice",
            "missing",
            "zoned",
            "hours",
            "unsorted",
            "backwards",
        )
    },
    **{f"all {dtype}": partial(of_type, dtype=dtype) for dtype in ("float32", "int8", "int64")},
    **{f"some {dtype}": partial(of_type, dtype=dtype, share=0.3) for dtype in ("float32", "float16", "int8", "int32")},
    "row-major": row_major,
    "thin": thin,
    "short": short,
    "rows of NaN": partial(nothing_known, axis=0),
    "columns of NaN": partial(nothing_known, axis=1),
    "text column": text_column,
    "statistics odd": partial(stats_values, values=(*ODD, -1.0, 5.0)),
    "statistics text": stats_text,
    "statistics repeated": stats_repeated,
    "statistics of strangers": stats_strangers,
    "statistics by column": stats_keyed_by_column,
    **{
        f"statistics without {name}": partial(stats_without, name)
        for name in ("Antifragility_Score", "Fragility_Score", "Regime_Survival_Score")
    },
    "statistics whole": stats_whole,
    "statistics empty": stats_empty,
    "top_n": partial(requested, name="top_n", values=(0, -1, 2.5, 0.4, 1000)),
    "threshold": partial(requested, name="threshold", values=(0.0, -1.0, math.inf, 1e-300)),
    "max_clusters": lambda of: (requested(of, "threshold", (0.0,)), requested(of, "max_clusters", (0, -3, 1, 10**6)))[
        0
    ],
    "min_momentum_score": partial(requested, name="min_momentum_score", values=(*ODD, -0.5, 5.0)),
    **{
        name: partial(parameter, name=name, values=values)
        for name, values in {
            "entropy_max_threshold": (*ODD, -0.5, 0.0, 5.0),
            "efficiency_min_threshold": (*ODD, -0.1, 0.0, 2.0),
            "hurst_random_walk_min": (*ODD, 0.9, 0.2, -1.0),
            "hurst_random_walk_max": (*ODD, 0.1, 0.3, 2.0),
            "eci_hurdle": (*ODD, -3.0, 3.0),
            "kappa_shrinkage_threshold": (*ODD, 0, -1, 0.5),
            "default_shrinkage_intensity": (1.5, -0.5, 0.0999, 1.0),
        }.items()
    },
    **{
        f"settings' {name}": partial(feature, name=name, values=values)
        for name, values in {
            "entropy_max_threshold": (*ODD, -0.5, 0.0, 5.0),
            "efficiency_min_threshold": (*ODD, -0.1, 0.0, 2.0),
            "hurst_random_walk_min": (*ODD, 0.9, 0.2),
            "hurst_random_walk_max": (*ODD, 0.1, 0.3),
            "kappa_shrinkage_threshold": (*ODD, 0, -1),
        }.items()
    },
    "settings' shrinkage": partial(feature, name="default_shrinkage_intensity", values=(1.5, 1.0, 0.5)),
    "weight odd": partial(weight, values=(math.inf, -math.inf, math.nan, -500.0, 1e5)),
    "weightless": weightless,
    "benchmarks odd": odd_benchmarks,
    "benchmarks directed": directed_benchmarks,
    "lookbacks": lookbacks,
}


def dirty_universe(seed: int) -> tuple[tuple[str, ...], tuple[Any, Any, Any, dict[str, Any]]]:
    """The kinds of dirt, and the universe: returns, candidates, statistics or None, settings."""
    rng = np.random.default_rng(seed)
    assets, rows = int(rng.integers(2, 25)), int(rng.integers(12, 230))
    symbols = symbol_names(rng, assets, str(rng.choice(["crypto", "equities", "mixed"])))
    switches = frozenset(name for name in ("gaps", "tied_returns", "late_listings", "trends") if rng.random() < 0.2)
    values = spoil(rng, factor_returns(rng, rows, assets, "trends" in switches), switches)
    index = pd.date_range("2023-01-02", periods=rows, freq="D")
    candidates = spoil_candidates(
        rng,
        [full_candidate(rng, symbol) for symbol in symbols],
        frozenset(name for name in ("shorts", "identity_shared") if rng.random() < 0.4),
    )
    flags = ("feat_predictability_vetoes", "feat_dynamic_selection", "feat_dynamic_direction")
    of = Spoilt(
        rng,
        column_contiguous(values, index, symbols),
        candidates,
        statistics(rng, symbols, frozenset()) if rng.random() < 0.3 else None,
        {
            "request": {"top_n": int(rng.integers(1, 4)), "threshold": float(rng.choice([0.3, 0.5, 0.7, 0.9, 1.5]))},
            "features": {flag: bool(rng.random() < 0.5) for flag in flags},
            "benchmark_symbols": ["AMEX:SPY", *symbols[: int(rng.integers(0, 2))]],
            "cluster_lookbacks": [60, 120, 200],
        },
    )
    count = 1 if rng.random() < 0.6 else int(rng.integers(2, 5))
    kinds = tuple(sorted(str(name) for name in rng.choice(list(KINDS), count, replace=False)))
    for kind in kinds:
        KINDS[kind](of)
    return kinds, (of.returns, of.candidates, of.stats, of.settings)
