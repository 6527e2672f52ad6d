"""Calibrated thresholds on real markets: does each admit the share of noise that it states?

    python .ci/null_thresholds.py --data ../shared/data/us_equities --as-of 2021-05-14 --worlds 200

Calibrates all assets of a data folder, then draws as many new worlds of noise, of other seeds than the calibration's, and
measures what share of them each gate's `null:q` admits, for several q. Printed once for worlds in which each asset's days
have an order of their own, and for worlds with one order for all. Exit code 1 where a share of the first is off by more than
`POINTS`.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import threshold_of
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.drivers.research.calibration.calibration import calibrated
from tradingview_scraper.pipelines.selection.drivers.research.calibration.calibration_text import calibration_text
from tradingview_scraper.pipelines.selection.drivers.research.calibration.gate_nulls import vetoed, world_features
from tradingview_scraper.pipelines.selection.drivers.research.calibration.pool_features import prepared
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import held
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

SHARES = (0.05, 0.1, 0.25, 0.5, 0.75)
POINTS = 1.5
FRESH = 1000
"""Seed of the new worlds; the calibration has another."""


def request_of(data: Path, as_of: str, project: Path, block: int) -> Request:
    """All assets of the folder, each long."""
    settings = {
        "universe": "returns",
        "data.defaults": {"tick_size": 0.01, "lot_size": 1, "price_precision": 2},
    }
    return held(requested(project, data=data, as_of=as_of, settings=settings, calibrating=True))


def shares_of(request: Request, found: dict, worlds: int, block: int) -> pd.DataFrame:
    """For each gate and stated share what new worlds admit, in %: of own orders, and of one order with its spread."""
    pool = prepared(Graph(request.plan), request.provider, request.as_of, request.moment)
    gates = {name: gate for name, gate in request.plan.settings.active_gates.items() if name in found["gates"]}
    drawn = {}
    for kind, together in (("alone", False), ("together", True)):
        seed = (FRESH, int(together))
        frames = world_features(pool, worlds, block, seed, together, lambda done, total: None)
        drawn[kind] = [frame[[gate.feature for gate in gates.values()]].to_numpy() for frame in frames]
    values = {kind: np.stack(found) for kind, found in drawn.items()}
    rows = []
    for place, (name, gate) in enumerate(gates.items()):
        for share in SHARES:
            try:
                threshold = threshold_of(name, share, gate.op, found["features"][gate.feature]["quantiles"])
            except ConfigurationError:
                rows.append({"gate": name, "stated": 100 * share, "refused": "values alike"})
                continue
            of_kind = {kind: 100 - 100 * vetoed(cube[:, :, place], gate, threshold) for kind, cube in values.items()}
            rows.append(
                {
                    "gate": name,
                    "stated": 100 * share,
                    "threshold": threshold,
                    "alone": of_kind["alone"].mean(),
                    "together": of_kind["together"].mean(),
                    "error": of_kind["together"].std(ddof=1) / worlds**0.5,
                }
            )
    return pd.DataFrame(rows)


def main() -> int:
    """Print and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--as-of", required=True)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--block", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        request = request_of(given.data.resolve(), given.as_of, Path(folder), given.block)
        found = calibrated(request, worlds=given.worlds, block=given.block)
        print(calibration_text(found))
        print(f"{time.monotonic() - began:.0f} s")
        shares = shares_of(request, found, given.worlds, given.block)
    off = (shares["alone"] - shares["stated"]).abs()
    print(shares.round(4).to_string(index=False, na_rep=""))
    print(f"{given.worlds} new worlds: off by {off.max():.2f} points at most; {time.monotonic() - began:.0f} s")
    return int(off.max() > POINTS)


if __name__ == "__main__":
    sys.exit(main())
