"""The verdict where the truth is known, by whole walks: from bars to the comparison, as one would type it.

    python .ci/planted_walks.py --seeds 20

A market of the demo's simulator, stocks only, its days in another order so that nothing else can be foretold. Then a
characteristic is planted that wanders slowly: it says where in the day's range an asset closes, and it moves the next day's
return. The project has two factors of one line: `place` reads it, `elsewhere` is that of another asset. A challenger weighs each
of them; the champion is that of `v4`. Every seed is a project of its own: `walk_forward` over some hundred weeks, then `compare`.

Counted: seeds in which the knowing one is promoted, and the idle one. Ends with 1 where that is below 19 of 20, or above 1.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd
from null_worlds import wandering
from scipy.special import ndtr

from tradingview_scraper.pipelines.selection.drivers import walk_forward
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import STOCKS, stock_names
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import simulated_panel
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_returns import clustered_noise
from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison import comparison_document
from tradingview_scraper.pipelines.selection.drivers.research.verdict.decision import PROMOTE
from tradingview_scraper.pipelines.selection.lineage.record.trials import recorded_trials

Array = npt.NDArray[np.float64]
STEP, BEFORE = 5, 130
"""Sessions from date to date, and before the first."""
PROFILE = """
[profile.planted]
extends = "v4"
universe = "returns"
data.defaults = { tick_size = 0.01, lot_size = 1, price_precision = 2 }
features.modules = ["planted"]
scorers.rank_average.enabled = false
recruitment.floor = 5

[profile.planted.scorers.knows]
kind = "rank_average"
role = "challenger"
weights = { place = 1.0 }

[profile.planted.scorers.idle]
kind = "rank_average"
role = "challenger"
weights = { elsewhere = 1.0 }
"""
FACTORS = '''
"""What is planted, and what isn't."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features import factor


@factor(low=0.0, high=1.0, probability="rank")
def place(high: pd.DataFrame, low: pd.DataFrame, close: pd.DataFrame) -> pd.Series:
    """Where in its range an asset closed on its last day: 0 at the low, 1 at the high."""
    return ((close - low) / (high - low)).ffill().iloc[-1]


@factor(low=0.0, high=1.0, probability="rank")
def elsewhere(place: pd.Series) -> pd.Series:
    """The place of another asset."""
    return pd.Series(np.roll(place.to_numpy(), len(place) // 2), index=place.index)
'''


def planted_bars(seed: int, assets: int, days: int, strength: float) -> pd.DataFrame:
    """Long bars of a market; `strength` is what the characteristic moves the next day, in the asset's daily volatilities."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2020-01-01", periods=days)
    names = stock_names(rng, assets)
    market = simulated_panel(rng, STOCKS, names, dates, clustered_noise(rng, days, 1)[:, 0])
    drawn = pd.DataFrame(market.prices["close"])
    known = wandering(rng, days, assets)
    moves = np.diff(np.log(drawn.ffill().bfill().to_numpy()), axis=0)[rng.permutation(days - 1)]
    moves += strength * moves.std(axis=0) * known[:-1]
    close = drawn.bfill().iloc[0].to_numpy() * np.exp(np.vstack([np.zeros(assets), np.cumsum(moves, axis=0)]))
    width = close * moves.std(axis=0) * rng.uniform(0.5, 1.5, close.shape)
    wide = {
        "high": close + (1 - ndtr(known)) * width,
        "low": close - ndtr(known) * width,
        "close": close,
        "volume": market.prices["volume"],
    }
    there = drawn.notna().to_numpy()
    rows, columns = np.nonzero(there)
    values = {name: each[rows, columns] for name, each in wide.items()}
    return pd.DataFrame({"symbol": names["symbol"].to_numpy()[columns], "date": dates[rows], **values})


def walked(folder: Path, bars: pd.DataFrame, dates: int) -> tuple[dict[str, float], set[str], set[str]]:
    """The rank IC of each scorer of a whole walk, and who is promoted: by one look, by an e-value looked at on every date."""
    (folder / "data").mkdir(parents=True)
    (folder / "tvselect.toml").write_text(PROFILE)
    (folder / "planted.py").write_text(FACTORS)
    bars.to_parquet(folder / "data" / "bars.parquet")
    sessions = np.unique(bars["date"])
    first, last = sessions[BEFORE], sessions[BEFORE + STEP * (dates - 1)]
    walk = walk_forward(
        first, last, every=f"{STEP}d", horizons=(STEP,), project=folder, data=folder / "data", profile="planted"
    )
    found = comparison_document(walk, recorded_trials(folder))
    rows = found["challengers"]
    return (
        {name: round(row["ic"]["challenger"], 3) for name, row in rows.items()},
        {name for name, row in rows.items() if row["verdict"] == PROMOTE},
        {name for name, row in rows.items() if row["anytime"]["reached"] is not None},
    )


def main() -> int:
    """Print what was counted; 1 where it is worse than it may be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--assets", type=int, default=60)
    parser.add_argument("--dates", type=int, default=100)
    parser.add_argument("--strength", type=float, default=0.04)
    given = parser.parse_args()
    began = time.monotonic()
    counted: Counter[str] = Counter()
    ics = []
    for seed in range(given.first, given.first + given.seeds):
        bars = planted_bars(seed, given.assets, BEFORE + STEP * (given.dates + 1) + 2, given.strength)
        with TemporaryDirectory() as folder:
            ic, one_look, every_date = walked(Path(folder), bars, given.dates)
        ics.append(ic)
        counted.update(f"{name}, one look" for name in one_look)
        counted.update(f"{name}, by e-value" for name in every_date)
        print(f"seed {seed}: {ic}, promoted {sorted(one_look)}, by e-value {sorted(every_date)}", flush=True)
    for name in ("knows", "idle"):
        print(f"{name}: mean rank IC {np.mean([ic[name] for ic in ics]):.3f}")
        for rule in ("one look", "by e-value"):
            print(f"{name}, {rule}: promoted in {counted[f'{name}, {rule}']} of {given.seeds}")
    print(f"{time.monotonic() - began:.0f} s, {time.process_time():.0f} s of processor time")
    most = given.seeds // 20
    return int(counted["knows, one look"] < given.seeds - most or counted["idle, one look"] > most)


if __name__ == "__main__":
    sys.exit(main())
