"""Single faults of twelve kinds, drawn at random: each changes one asset, or one file, of an input.

`KINDS` maps a kind's name to its draw: input, asset and random numbers to the changed input and what was done.
"""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

PRICES = ("open", "high", "low", "close", "adj_close")
SPLITS = (1.5, 2, 3, 4, 5, 7, 10, 20)


@dataclass(frozen=True)
class Input:
    """What a selection is given."""

    bars: pd.DataFrame
    records: tuple[dict[str, Any], ...]
    settings: Mapping[str, Any]
    as_of: str | None = None
    folder: Path | None = None
    """Where the tables lie as files; None where they are handed in."""

    def provider(self, data: DataSettings) -> DiscoveryProvider:
        """What brings the tables."""
        if self.folder is not None:
            return FolderProvider(self.folder, data)
        return MemoryProvider(None, list(self.records), None, self.bars, sessions=data.sessions, resample=data.resample)

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


SCRATCH = tempfile.TemporaryDirectory(prefix="faults")
"""Files of the drawn inputs; gone when Python ends."""

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


def damaged_file(given: Input, rng: np.random.Generator) -> Faulty:
    """A file of the folder that is cut at a byte (Parquet, CSV, JSON), or has a bit flipped (Parquet with checksums)."""
    folder = Path(tempfile.mkdtemp(dir=SCRATCH.name))
    how = str(rng.choice(["cut Parquet", "cut CSV", "cut JSON", "bit of Parquet"]))
    if how == "cut CSV":
        given.bars.to_csv(folder / "bars.csv", index=False)
    else:
        given.bars.to_parquet(folder / "bars.parquet", index=False, write_page_checksum=True)
    (folder / "candidates.json").write_text(json.dumps(given.records), "utf-8")
    path = folder / {"cut CSV": "bars.csv", "cut JSON": "candidates.json"}.get(how, "bars.parquet")
    content = bytearray(path.read_bytes())
    place = int(rng.integers(1, len(content)))
    if how == "bit of Parquet":
        content[place] ^= 1 << int(rng.integers(0, 8))
    else:
        del content[place:]
    path.write_bytes(content)
    return replace(given, folder=folder), f"{how} at byte {place}"


def truncated(given: Input, asset: str, rng: np.random.Generator) -> Faulty:
    """A file that is cut, a table that ends in the middle of an asset, or an asset that ends, or begins, too early or late."""
    rows, how = given.rows(asset), int(rng.integers(0, 4))
    if how == 3:
        return damaged_file(given, rng)
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
