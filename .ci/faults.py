"""Is wrong input ever believed in silence? Draws single faults, selects with each, and counts what became of them.

    python .ci/faults.py --count 200 --seed 1
    python .ci/faults.py --kind split --count 200 --data FOLDER --as-of DATE --market-defaults us-stocks

Without `--data` the market is the simulated one of the tests. `--assets` of them are drawn, so that a selection takes a
fraction of a second; each fault hits one of the pool. Everything happens in memory. The outcome of a fault is one of:

* refused: the run ends with an error;
* set aside, masked: a row of quarantine names the asset that didn't before (superseded rows count as set aside);
* suspect: the asset is suspicious, or fails a hard gate about its data;
* named: coverage, notes or what lies beyond speak of it;
* without effect: features, decisions and winners are what they were;
* silent: they differ, and nothing says so.

A remark of coverage names many clean assets, too: who reads of such a fault can't tell it from the truth.

Prints one line per kind, and the first silent faults. Exit code 1 where there is one.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import market as simulated  # noqa: E402
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (  # noqa: E402
    latest_scans,
    scan_records,
)
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select  # noqa: E402
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError  # noqa: E402
from tradingview_scraper.pipelines.selection.schemas.market_defaults import MARKET_DEFAULTS  # noqa: E402

PRICES = ("open", "high", "low", "close", "adj_close")
SPLITS = (1.5, 2, 3, 4, 5, 7, 10, 20)
DATA_GATES = ("history", "liveness", "freshness", "plausibility", "metadata", "volatility_floor")
# Sizes of the whole input: they say that something differs, but not what.
UNNAMED = ("days", "candidate_records", "candidates", "pool", "assets_with_returns")
# What is counted for the whole table of bars.
TABLE_WIDE = ("padding: ", "missing_cells.")
OUTCOMES = ("refused", "set aside", "masked", "suspect", "named", "without effect", "silent")


@dataclass(frozen=True)
class Input:
    """What a selection is given."""

    bars: pd.DataFrame
    records: tuple[dict[str, Any], ...]
    settings: Mapping[str, Any]
    as_of: str | None = None

    def selected(self) -> Selection:
        """The selection from it."""
        return select(None, list(self.records), bars=self.bars, settings=self.settings, as_of=self.as_of)

    def rows(self, asset: str) -> pd.Index:
        """Labels of an asset's bars that are known on the as-of date, by date."""
        known = self.bars["symbol"] == asset
        if self.as_of is not None:
            known &= self.bars["date"] <= pd.Timestamp(self.as_of)
        return self.bars.loc[known].sort_values("date", kind="stable").index

    def scaled(self, rows: pd.Index, factor: float, columns: Sequence[str] = PRICES) -> "Input":
        """Some bars with these columns multiplied."""
        bars = self.bars.copy()
        for name in columns:
            if name in bars:
                bars[name] = bars[name].astype(float)
                bars.loc[rows, name] *= factor
        return replace(self, bars=bars)

    def without(self, rows: pd.Index) -> "Input":
        """The input without some bars."""
        return replace(self, bars=self.bars.drop(index=rows).reset_index(drop=True))

    def added(self, bars: pd.DataFrame) -> "Input":
        """The input with further bars at its end."""
        return replace(self, bars=pd.concat([self.bars, bars], ignore_index=True))

    def edited(self, asset: str, **fields: Any) -> "Input":
        """The input with other fields in an asset's candidate records."""
        records = tuple({**record, **fields} if bare(record["symbol"]) == asset else record for record in self.records)
        return replace(self, records=records)


Faulty = tuple[Input, str]
Fault = Callable[[Input, str, np.random.Generator], Faulty]


def bare(symbol: str) -> str:
    """A scanner's symbol without its exchange and contract: the name that the bars go by."""
    return symbol.rpartition(":")[2].removesuffix(".P")


def split(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """A split that isn't applied before or after a day, whose volume follows or not."""
    rows = given.rows(asset)
    ratio = float(rng.choice(SPLITS))
    factor = ratio if rng.random() < 0.5 else 1 / ratio
    place = int(rng.integers(10, len(rows) - 1))
    after = given.scaled(rows[place:], factor)
    follows = bool(rng.random() < 0.5)
    if follows:
        after = after.scaled(rows[place:], 1 / factor, ["volume"])
    return after, f"x{factor:.3g} from bar {place} of {len(rows)}{', volume too' if follows else ''}"


def price_print(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """One to three bars at a wrong level."""
    rows, factor = given.rows(asset), float(rng.choice([100, 0.01, 10, 0.1, 5, 0.2]))
    count = int(rng.integers(1, 4))
    place = int(rng.integers(0, len(rows) - count + 1))
    return given.scaled(
        rows[place : place + count], factor
    ), f"x{factor:g} for {count} bars from {place} of {len(rows)}"


def hole(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """Bars missing in the middle; after the long ones another level, at times."""
    rows, count = given.rows(asset), int(rng.integers(3, 90))
    place = int(rng.integers(5, max(6, len(rows) - count - 5)))
    kind = float(rng.choice([1.0, 1.0, 3.0]))
    changed = given if kind == 1.0 else given.scaled(rows[:place], kind)
    return changed.without(rows[place : place + count]), f"{count} bars from {place} of {len(rows)}, level x{kind:g}"


def zone(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """The bars of an asset stamped in another zone, or on another day."""
    rows, bars = given.rows(asset), given.bars.copy()
    hours = int(rng.choice([-24, -8, -5, 1, 5, 8, 9, 24]))
    bars.loc[rows, "date"] += pd.Timedelta(hours=hours)
    return replace(given, bars=bars), f"{hours:+d} hours"


def padding(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """Days without trading that are filled: with nothing, zeros, or the close of the day before."""
    rows, fill = given.rows(asset), str(rng.choice(["nothing", "zeros", "the last close"]))
    own = given.bars.loc[rows]
    if fill == "the last close":
        place, count = int(rng.integers(5, len(rows) - 2)), int(rng.integers(1, 20))
        bars = given.bars.copy()
        for name in PRICES:
            if name in bars:
                bars.loc[rows[place + 1 : place + 1 + count], name] = own[name].iloc[place]
        bars["volume"] = bars["volume"].astype(float)
        bars.loc[rows[place + 1 : place + 1 + count], "volume"] = 0.0
        return replace(given, bars=bars), f"{fill} for {count} bars after {place} of {len(rows)}"
    days = pd.date_range(own["date"].min(), own["date"].max()).difference(pd.DatetimeIndex(own["date"]))
    days = days if len(days) else pd.DatetimeIndex([own["date"].min() - pd.Timedelta(days=1)])
    further = pd.DataFrame({"symbol": asset, "date": days.astype(own["date"].dtype)})
    if fill == "zeros":
        further = further.assign(**dict.fromkeys([name for name in PRICES if name in own], 0.0), volume=0.0)
    return given.added(further), f"{fill} on {len(days)} days"


def unit(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """Volume, value traded or prices in another unit: from a day on, or always."""
    rows, factor = given.rows(asset), float(rng.choice([1000, 0.001, 100, 0.01]))
    what = str(rng.choice(["volume", "value traded", "prices"]))
    if what == "value traded":
        records = tuple(
            {**record, "Value.Traded": record["Value.Traded"] * factor}
            if bare(record["symbol"]) == asset and record.get("Value.Traded")
            else record
            for record in given.records
        )
        return replace(given, records=records), f"value traded x{factor:g}"
    place = int(rng.integers(10, len(rows) - 10))
    columns = ["volume"] if what == "volume" else list(PRICES)
    return given.scaled(rows[place:], factor, columns), f"{what} x{factor:g} from {place} of {len(rows)}"


def spelling(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """A candidate's symbol in another spelling, or mistyped."""
    old = next(record["symbol"] for record in given.records if bare(record["symbol"]) == asset)
    exchange, name = old.rpartition(":")[0] or "BINANCE", bare(old)
    place = int(rng.integers(0, len(name)))
    mistyped = f"{name[:place]}X{name[place + 1 :]}"
    new = str(
        rng.choice([old.lower(), f"{exchange}:{mistyped}", f"OTHER:{name}", f"{exchange}:{name}.X", f" {old} ", name])
    )
    return given.edited(asset, symbol=new), f"{old!r} as {new!r}"


def currency(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """A candidate listed in another currency."""
    name = str(rng.choice(["JPY", "GBX", "KRW", "EUR", "usd", "XXX"]))
    return given.edited(asset, currency=name), f"currency {name}"


def text(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """A field of a candidate as a text."""
    name = str(rng.choice(["Value.Traded", "tick_size", "direction", "price_precision", "volume"]))
    old = next(record for record in given.records if bare(record["symbol"]) == asset).get(name)
    # A number in the groups that exports write is the same number.
    grouped = f"{old:,}" if isinstance(old, int | float) else "buy"
    value = str(rng.choice([grouped, "3.2%", "—", "Infinity", "-1", "n/a", "", "much"]))
    return given.edited(asset, **{name: value}), f"{name} {value!r}"


def stale(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """Prices that stand still, in the middle or at the end."""
    rows, count = given.rows(asset), int(rng.integers(3, 60))
    place = len(rows) - count - 1 if rng.random() < 0.5 else int(rng.integers(1, len(rows) - count - 1))
    bars = given.bars.copy()
    for name in PRICES:
        if name in bars:
            bars.loc[rows[place + 1 : place + 1 + count], name] = bars.loc[rows[place], "close"]
    return replace(given, bars=bars), f"{count} bars after {place} of {len(rows)}"


def duplicate(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """Rows that stand twice, with the same or other prices; a candidate that does, in another direction."""
    if rng.random() < 0.3:
        old = next(record for record in given.records if bare(record["symbol"]) == asset)
        turned = "SHORT" if old.get("direction") == "LONG" else "LONG"
        return replace(given, records=(*given.records, {**old, "direction": turned})), f"candidate also {turned}"
    rows, count = given.rows(asset), int(rng.integers(1, 20))
    place = int(rng.integers(0, len(rows) - count))
    factor = float(rng.choice([1.0, 1.03, 0.9]))
    again = given.scaled(rows, factor).bars.loc[rows[place : place + count]]
    return given.added(again), f"{count} bars from {place} of {len(rows)}, x{factor:g}"


def truncated(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """A table that ends in the middle of an asset, or an asset that ends, or begins, too early or late."""
    rows, how = given.rows(asset), int(rng.integers(0, 3))
    if how == 0:
        place = int(rng.integers(1, len(rows)))
        last = given.bars.index.get_loc(rows[place])
        return replace(given, bars=given.bars.iloc[:last]), f"the table ends at bar {place} of {len(rows)}"
    count = int(rng.integers(1, len(rows) - 1))
    if how == 1:
        return given.without(rows[-count:]), f"the last {count} of {len(rows)} bars"
    return given.without(rows[:count]), f"the first {count} of {len(rows)} bars"


KINDS: Mapping[str, Fault] = {
    "split": split,
    "print": price_print,
    "hole": hole,
    "zone": zone,
    "padding": padding,
    "unit": unit,
    "spelling": spelling,
    "currency": currency,
    "text": text,
    "stale": stale,
    "duplicate": duplicate,
    "truncated": truncated,
}


def outcome(faulty: Input, asset: str, clean: Selection) -> str:
    """What became of a fault of an asset: one of `OUTCOMES`."""
    try:
        run = faulty.selected()
    except DataContractError:
        return "refused"
    if same(run, clean):
        return "without effect"
    if asset in set(run.coverage["suspicious"]) - set(clean.coverage["suspicious"]) or stopped(run, clean, asset):
        return "suspect"
    treatments = new_treatments(run, clean, asset)
    if treatments:
        return "masked" if treatments == {"masked"} else "set aside"
    said = differences(run, clean)
    return "named" if asset in said or any(word in said for word in TABLE_WIDE) else "silent"


def same(run: Selection, clean: Selection) -> bool:
    """Whether features, decisions and winners are the same, but for the rounding of numbers (1e-9)."""
    pairs = (
        (run.context.feature_store, clean.context.feature_store),
        (run.decisions, clean.decisions),
        (run.winners, clean.winners),
    )
    return all(_close(found, expected) for found, expected in pairs)


def _close(found: pd.DataFrame, expected: pd.DataFrame) -> bool:
    try:
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=1e-12)
    except AssertionError:
        return False
    return True


def stopped(run: Selection, clean: Selection, asset: str) -> bool:
    """Whether the asset fails a hard gate about its data that it passed before."""

    def failed(of: Selection) -> set[str]:
        rows = of.decisions
        return set(rows.loc[(rows["symbol"] == asset) & rows["gate"].isin(DATA_GATES) & ~rows["passed"], "gate"])

    return bool(failed(run) - failed(clean))


def new_treatments(run: Selection, clean: Selection, asset: str) -> set[str]:
    """How rows of quarantine treat the asset that didn't before."""
    keys = ["table", "symbol", "date", "reason", "treatment", "cells"]

    def rows(of: Selection) -> Counter[tuple[Any, ...]]:
        own = of.quarantine[[bare(str(name)) == asset for name in of.quarantine["symbol"]]]
        return Counter(tuple(map(str, row)) for row in own[keys].itertuples(index=False))

    return {row[4] for row in rows(run) - rows(clean)}


def differences(run: Selection, clean: Selection) -> str:
    """All that coverage and what lies beyond say of a run and not of the clean one."""
    before = {**clean.coverage, "beyond": clean.tables.beyond}
    after = {**run.coverage, "beyond": run.tables.beyond}
    known = set(_leaves(before))
    return "\n".join(leaf for leaf in _leaves(after) if leaf not in known and leaf.split(".")[0] not in UNNAMED)


def _leaves(value: Any, path: str = "") -> list[str]:
    if isinstance(value, Mapping):
        return [leaf for key, each in value.items() for leaf in _leaves(each, f"{path}{key}.")]
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in _leaves(each, path)]
    return [f"{path}: {json.dumps(value, default=str)}"]


def drawn_input(arguments: argparse.Namespace, rng: np.random.Generator) -> Input:
    """A draw of the assets of the market or folder, with their candidates."""
    if arguments.data is None:
        bars, records = simulated.market().bars, simulated.records()
        settings: dict[str, Any] = dict(simulated.SETTINGS)
    else:
        bars = pd.read_parquet(arguments.data / "ohlcv.parquet")
        bars["symbol"] = bars["symbol"].astype(str)
        scans = [json.loads(path.read_text("utf-8")) for path in sorted((arguments.data / "scans").glob("*.json"))]
        records = [record for scan in latest_scans(scans, None) for record in scan_records(scan)]
        settings = {"data.defaults": dict(MARKET_DEFAULTS[arguments.market_defaults].values)}
    known = bars if arguments.as_of is None else bars[bars["date"] <= pd.Timestamp(arguments.as_of)]
    counts = known["symbol"].value_counts()
    long = set(counts.index[counts >= 150])
    names = sorted({bare(record["symbol"]) for record in records} & long)
    chosen = set(rng.choice(names, size=min(arguments.assets, len(names)), replace=False)) | {"SPY"}
    return Input(
        bars[bars["symbol"].isin(chosen)].reset_index(drop=True),
        tuple(record for record in records if bare(record["symbol"]) in chosen),
        settings,
        arguments.as_of,
    )


def main() -> int:
    """Counts the outcomes and prints them; 1 where a fault is silent."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", action="append", choices=[*KINDS], help="kinds of fault; all by default")
    parser.add_argument("--count", type=int, default=25, help="faults of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--assets", type=int, default=60, help="how many assets are drawn")
    parser.add_argument("--shown", type=int, default=5, help="how many silent faults are described per kind")
    parser.add_argument("--data", type=Path, help="a folder with ohlcv.parquet and scans/*.json")
    parser.add_argument("--as-of", help="the date of the selections")
    parser.add_argument("--market-defaults", choices=[*MARKET_DEFAULTS], default="crypto-perps")
    arguments = parser.parse_args()
    given = drawn_input(arguments, np.random.default_rng(arguments.seed))
    clean = given.selected()
    assets = [name for name in clean.context.raw_pool.index if any(bare(r["symbol"]) == name for r in given.records)]
    print(f"{len(assets)} assets, {len(clean.winners)} winners; {'kind':>10}", *OUTCOMES, sep="  ")
    silent = 0
    for kind in arguments.kind or KINDS:
        rng = np.random.default_rng((arguments.seed, [*KINDS].index(kind)))
        counts: Counter[str] = Counter()
        described = []
        for _ in range(arguments.count):
            asset = str(rng.choice(assets))
            faulty, what = KINDS[kind](given, asset, rng)
            result = outcome(faulty, asset, clean)
            counts[result] += 1
            if result == "silent":
                described.append(f"    {asset}: {what}")
        silent += counts["silent"]
        print(f"{kind:10}", *(f"{counts[name]:>{len(name)}}" for name in OUTCOMES), sep="  ", flush=True)
        print(*described[: arguments.shown], sep="\n", end="\n" if described else "", flush=True)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
