"""How fast `select` is, beside a baseline in the same run: the incumbent's formulas asset by asset.

    python tests/benchmarks/select_speed.py [ASSETS] [DAYS]

The baseline is `tests/reference/v3_4.py` on the same data (at most 120 assets of it, scaled by their number: its cost grows
at least linearly). Times are the best of three, in seconds.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reference.v3_4 import answer
from tradingview_scraper.pipelines.selection.drivers import select

BASELINE_ASSETS = 120
BASELINE_SETTINGS = {"request": {"top_n": 2, "threshold": 0.5}, "features": {}}


def market(assets: int, days: int) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """A factor model with fat tails, and a candidate for each asset."""
    rng = np.random.default_rng(0)
    common = rng.standard_t(4, size=(days, 8)) * 0.01
    values = common @ rng.normal(0, 0.5, (8, assets)) + rng.standard_t(4, size=(days, assets)) * 0.02
    symbols = [f"S{number:05d}" for number in range(assets)]
    returns = pd.DataFrame(values.clip(-0.9), index=pd.date_range("2020-01-01", periods=days), columns=symbols)
    candidates = [
        {
            "symbol": symbol,
            "market": "CRYPTO",
            "direction": "LONG" if number % 3 else "SHORT",
            "value_traded": 1e7 * float(np.exp(rng.normal())),
            "adx": float(rng.uniform(5, 60)),
            "tick_size": 0.01,
            "lot_size": 1.0,
            "price_precision": 2,
        }
        for number, symbol in enumerate(symbols)
    ]
    return returns, candidates


def best_of(times: int, work: Callable[[], Any]) -> float:
    """Seconds of the fastest of several runs."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main(assets: int, days: int) -> None:
    """Measure and print."""
    returns, candidates = market(assets, days)
    result = select(returns, candidates, settings={"recruitment.floor": assets})
    ours = best_of(3, lambda: select(returns, candidates))
    few = min(assets, BASELINE_ASSETS)
    theirs = best_of(1, lambda: answer(returns.iloc[:, :few], candidates[:few], None, BASELINE_SETTINGS)) * assets / few
    further = ", ".join(f"{rung.milliseconds:.0f}" for rung in result.rungs[1:])
    sys.stdout.write(
        f"{assets} assets x {days} days: select {ours:.3f} s; further rungs {further} ms; "
        f"asset by asset {theirs:.1f} s ({theirs / ours:.0f} times)\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500, int(sys.argv[2]) if len(sys.argv) > 2 else 500)
