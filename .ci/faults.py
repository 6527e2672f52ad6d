"""Is wrong input ever believed in silence? Draws single faults, selects with each, and counts what became of them.

    python .ci/faults.py --count 200 --seed 1
    python .ci/faults.py --kind split --count 200 --data FOLDER --as-of DATE --market-defaults us-stocks

Without `--data` the market is the simulated one of the tests. `--assets` of them are drawn, so that a selection takes a
fraction of a second; each fault hits one of the pool. The outcome of a fault is one of:

* refused: the run ends with an error;
* set aside: the asset fails a hard gate about its data that it passed before, has lost its candidate or bars by name, or rows of
  it stand in the quarantine;
* masked: cells of it are unknown, and counted in the quarantine or in a note that names the asset;
* no effect: features, decisions and winners are what they were, to nine digits;
* remarked: a remark of coverage names the asset, which is believed all the same. The remarks are counted on the clean data,
  too: where they name many clean assets, who reads them can't tell a fault from the truth;
* silent: something differs, and nothing says so.

Every asset whose returns or fields differ has to be accounted for; the worst of them is the outcome of the fault. Prints one
line per kind, the first silent and remarked faults, and the remarks that the clean data has. Exit code 1 where one is silent.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / ".ci")]

from fault_kinds import KINDS, Input, bare  # noqa: E402

from support import market as simulated  # noqa: E402
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (  # noqa: E402
    latest_scans,
    scan_records,
)
from tradingview_scraper.pipelines.selection.drivers.execution import plan as builder  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.execution.graph import built_driver  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import quiet_hamilton  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.execution.selection import (  # noqa: E402
    Selection,
    selected,
    timestamp,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError  # noqa: E402
from tradingview_scraper.pipelines.selection.schemas.market_defaults import MARKET_DEFAULTS  # noqa: E402

DATA_GATES = ("history", "liveness", "freshness", "plausibility", "metadata", "volatility_floor")
# The parts of coverage that list assets or candidates by name which are left out of the pool, or of a side of it.
LISTS = ("candidates_without_bars", "bars_without_candidates", "superseded", "other_exchange", "suspicious")
# What all later stages read of ingestion, beside the pool and the returns.
READ_LATER = ("high", "low", "close", "statistics", "days_since_last_bar")
OUTCOMES = ("refused", "set aside", "masked", "no effect", "remarked", "silent")
DAYS = 520
"""Bars before the last day that a selection can see: more than its lookback."""


class Bench:
    """One market: the plan and driver of its selections, and the clean one."""

    def __init__(self, given: Input) -> None:
        self.given = given
        self.plan = builder.plan(resolved_settings("v4", settings=given.settings).settings)
        self._driver = built_driver(self.plan)
        self.clean = self.selection(given)
        self.ingested = self.ingestion(given)

    def selection(self, given: Input) -> Selection:
        """The whole selection from an input."""
        return selected(given.provider(self.plan.settings.data), self.plan, timestamp(given.as_of))

    def ingestion(self, given: Input) -> dict[str, Any]:
        """The first stage's answers for an input: a third of the time that a selection takes."""
        names = ["raw_pool", "all_returns", "coverage", "quarantine", *READ_LATER]
        inputs = {
            **builder.inputs(self.plan, self.plan.settings.rungs()[0]),
            **builder.ingestion_inputs(given.provider(self.plan.settings.data), timestamp(given.as_of)),
        }
        with quiet_hamilton():
            return dict(self._driver.execute(names, inputs=inputs))

    def outcome(self, faulty: Input, asset: str) -> tuple[str, set[str]]:
        """What became of a fault of an asset, one of `OUTCOMES`, and the kinds of remarks that name what it changed."""
        try:
            run = Trial(self, faulty)
            if all(close(run.ingested[name], self.ingested[name]) for name in ("raw_pool", "all_returns", *READ_LATER)):
                return "no effect", set()
            answers = {name: run.treatment(name) for name in sorted(run.hit | {asset})}
            if any(answer == "" for answer in answers.values()) and run.without_effect:
                return "no effect", set()
            for name, answer in answers.items():
                if answer == "":
                    answers[name] = "set aside" if run.stopped(name) else ""
        except DataContractError:
            return "refused", set()
        if all(answers.values()):
            return ("masked" if "masked" in answers.values() else "set aside"), set()
        unnamed = [name for name, answer in answers.items() if not answer]
        remarks = [run.remarks(name) for name in unnamed]
        return ("remarked" if all(remarks) else "silent"), set().union(*remarks)


class Trial:
    """A selection with a fault beside the clean one."""

    def __init__(self, bench: Bench, faulty: Input) -> None:
        self._bench, self._faulty = bench, faulty
        self.ingested = bench.ingestion(faulty)
        self._coverage, self._clean_coverage = self.ingested["coverage"], bench.ingested["coverage"]

    @cached_property
    def selection(self) -> Selection:
        """All of it; what ingestion can tell is told without."""
        return self._bench.selection(self._faulty)

    @cached_property
    def hit(self) -> set[str]:
        """The assets of the pool, this one or the clean one, whose returns or fields differ."""
        before, after = self._bench.ingested, self.ingested
        pool = (before["raw_pool"].T, after["raw_pool"].T)
        numeric = before["raw_pool"].select_dtypes("number").columns
        texts = before["raw_pool"].columns.difference(numeric)
        chosen = [*before["raw_pool"].index, *after["raw_pool"].index]
        return (
            differing(before["all_returns"], after["all_returns"]).intersection(chosen)
            | differing(*(frame.loc[numeric].astype(float) for frame in pool))
            | differing(*(frame.loc[texts].astype(str) for frame in pool))
        )

    @cached_property
    def without_effect(self) -> bool:
        """Whether features, decisions and winners are the same, but for the rounding of numbers (1e-9)."""
        run, clean = self.selection, self._bench.clean
        pairs = (
            (run.context.feature_store, clean.context.feature_store),
            (run.decisions, clean.decisions),
            (run.winners, clean.winners),
        )
        return all(close(found, expected) for found, expected in pairs)

    def treatment(self, asset: str) -> str:
        """Set aside or masked as ingestion says of the asset by name, and not of the clean one; else empty."""
        for name in LISTS:
            new = set(map(str, self._coverage[name])) - set(map(str, self._clean_coverage[name]))
            if any(bare(each.split()[0]) == asset for each in new if each.split()):
                return "set aside"
        keys = ["table", "symbol", "date", "reason", "treatment", "cells"]

        def rows(quarantine: pd.DataFrame) -> Counter[tuple[Any, ...]]:
            own = quarantine[np.array([bare(str(name)) == asset for name in quarantine["symbol"]], dtype=bool)]
            return Counter(tuple(map(str, row)) for row in own[keys].itertuples(index=False))

        found = {row[4] for row in rows(self.ingested["quarantine"]) - rows(self._bench.ingested["quarantine"])}
        if found:
            return "masked" if found <= {"masked", "absent"} else "set aside"
        notes = set(self._coverage["notes"]) - set(self._clean_coverage["notes"])
        return "masked" if any(note.startswith("traded value") and asset in note for note in notes) else ""

    def stopped(self, asset: str) -> bool:
        """Whether the asset fails a hard gate about its data that it passed before."""

        def failed(of: Selection) -> set[str]:
            rows = of.decisions
            return set(rows.loc[(rows["symbol"] == asset) & rows["gate"].isin(DATA_GATES) & ~rows["passed"], "gate"])

        return bool(failed(self.selection) - failed(self._bench.clean))

    def remarks(self, asset: str) -> set[str]:
        """The kinds of remarks that say something of the asset that they don't of the clean one."""
        before, after = self._clean_coverage["remarks"], self._coverage["remarks"]
        notes = set(self._coverage["notes"]) - set(self._clean_coverage["notes"])
        return {"note: no line break at the end" for note in notes if "no line break" in note} | {
            kind for kind, named in after.items() if asset in named and named[asset] != before.get(kind, {}).get(asset)
        }


def differing(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    """The columns that one of the frames lacks, or whose values differ (numbers: beyond their rounding)."""
    shared = before.columns.intersection(after.columns)
    rows = before.index.union(after.index)
    pair = [frame[shared].reindex(rows).to_numpy() for frame in (before, after)]
    same = np.isclose(*pair, rtol=1e-9, atol=1e-12, equal_nan=True) if pair[0].dtype == float else pair[0] == pair[1]
    return {*map(str, before.columns.symmetric_difference(after.columns)), *map(str, shared[~same.all(axis=0)])}


def close(found: Any, expected: Any) -> bool:
    """Whether two frames or series are the same, but for the rounding of numbers (1e-9)."""
    if found.equals(expected):
        return True
    check = pd.testing.assert_frame_equal if isinstance(expected, pd.DataFrame) else pd.testing.assert_series_equal
    try:
        check(found, expected, rtol=1e-9, atol=1e-12)  # type: ignore[operator]
    except AssertionError:
        return False
    return True


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
    if arguments.as_of is not None:
        days = np.unique(bars["date"])
        last = int(np.searchsorted(days, np.datetime64(arguments.as_of), side="right"))
        bars = bars[bars["date"] >= days[max(0, last - DAYS)]]
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


def clean_remarks(coverage: Mapping[str, Any]) -> str:
    """Kind of remark to the number of clean assets that carry it."""
    return ", ".join(f"{kind} {len(named)}" for kind, named in coverage["remarks"].items()) or "none"


def main() -> int:
    """Counts the outcomes and prints them; 1 where a fault is silent."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", action="append", choices=[*KINDS], help="kinds of fault; all by default")
    parser.add_argument("--count", type=int, default=25, help="faults of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--assets", type=int, default=30, help="how many assets are drawn")
    parser.add_argument(
        "--shown", type=int, default=5, help="how many silent and remarked faults are described per kind"
    )
    parser.add_argument("--data", type=Path, help="a folder with ohlcv.parquet and scans/*.json")
    parser.add_argument("--as-of", help="the date of the selections")
    parser.add_argument("--market-defaults", choices=[*MARKET_DEFAULTS], default="crypto-perps")
    arguments = parser.parse_args()
    bench = Bench(drawn_input(arguments, np.random.default_rng(arguments.seed)))
    candidates = {bare(record["symbol"]) for record in bench.given.records}
    assets = [name for name in bench.clean.context.raw_pool.index if name in candidates]
    print(f"{len(assets)} assets, {len(bench.clean.winners)} winners", flush=True)
    print(f"remarks on clean assets: {clean_remarks(bench.clean.coverage)}")
    print(f"{'kind':10}", *OUTCOMES, sep="  ")
    silent = 0
    for kind in arguments.kind or KINDS:
        rng = np.random.default_rng((arguments.seed, [*KINDS].index(kind)))
        counts: Counter[str] = Counter()
        carried: Counter[str] = Counter()
        described = []
        for _ in range(arguments.count):
            asset = str(rng.choice(assets))
            faulty, what = KINDS[kind](bench.given, asset, rng)
            result, remarks = bench.outcome(faulty, asset)
            counts[result] += 1
            carried.update(remarks)
            if result in ("silent", "remarked"):
                described.append((result != "silent", f"    {result} {asset}: {what} {', '.join(sorted(remarks))}"))
        silent += counts["silent"]
        figures = (f"{counts[name]:>{len(name)}}" for name in OUTCOMES)
        by_remark = ", ".join(f"{name} {number}" for name, number in sorted(carried.items()))
        print(f"{kind:10}", *figures, by_remark, sep="  ", flush=True)
        for _, line in sorted(described)[: arguments.shown]:
            print(line, flush=True)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
