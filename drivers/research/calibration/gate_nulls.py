"""What gates do to noise: for each gate the distribution of its feature over worlds of noise, held against the pool.

Worlds come in pairs. In one each asset's days have an order of their own: many independent draws, of which `quantiles` and
shares are taken. In the other all assets share one order, so that they still move as one market: how much a *pool's* share
differs from world to world, which is the error of the pool's own. `gate_shares` compares: where a share like the pool's is
nothing unusual among the worlds, the gate can't tell the pool from noise.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.drivers.research.calibration.noise_worlds import block_orders, reordered
from tradingview_scraper.pipelines.selection.drivers.research.calibration.pool_features import PoolFeatures
from tradingview_scraper.pipelines.selection.schemas.comparisons import COMPARISONS
from tradingview_scraper.pipelines.selection.schemas.gates import Gate

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
STEPS = 200
"""Steps of the quantiles that are kept: half a percent each."""
SHOWN = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
LEVEL = 0.05
"""Probability below which a difference from noise counts as one."""
MOVES = 1e-9
"""Relative change from which a value depends on the order of days; below it is rounding."""


@dataclass(frozen=True)
class Noise:
    """Features of a pool and of its worlds: feature to (assets,), or to (worlds, assets)."""

    pool: Mapping[str, Floats]
    alone: Mapping[str, Floats]
    """Each asset's days in an order of their own."""
    together: Mapping[str, Floats]
    """One order for all assets."""


def noise_of(prepared: PoolFeatures, *, worlds: int, block: int, seed: int, progress: Progress) -> Noise:
    """The features of the pool and of twice as many worlds as asked. A world depends on seed and number alone."""
    kinds = {"alone": False, "together": True}
    frames: dict[str, list[pd.DataFrame]] = {
        kind: list(world_features(prepared, worlds, block, (seed, number), together, progress, number * worlds))
        for number, (kind, together) in enumerate(kinds.items())
    }
    stacked = {
        kind: {name: np.stack([frame[name].to_numpy() for frame in found]) for name in prepared.names}
        for kind, found in frames.items()
    }
    pool = prepared.of(prepared.paths)
    return Noise({name: pool[name].to_numpy() for name in prepared.names}, stacked["alone"], stacked["together"])


def world_features(
    prepared: PoolFeatures,
    worlds: int,
    block: int,
    seed: Sequence[int],
    together: bool,
    progress: Progress,
    done: int = 0,
) -> Iterator[pd.DataFrame]:
    """The features of each world of noise, assets x features; `done` of twice as many worlds were before."""
    paths = prepared.paths
    known = ~np.isnan(asset_rows(paths.returns))
    for world in range(worlds):
        orders = block_orders(known, block, np.random.default_rng([*seed, world]), together=together)
        yield prepared.of(reordered(paths, orders))
        progress(done + world + 1, 2 * worlds)


def uncalibrated(prepared: PoolFeatures, noise: Noise, gates: Mapping[str, Gate]) -> dict[str, str]:
    """The gates that noise says nothing about, and why."""
    found = {}
    for name, gate in gates.items():
        feature = gate.feature
        if feature not in prepared.of_returns:
            found[name] = f"{feature} isn't computed from returns or bars"
        elif not _moves(noise.pool[feature], noise.alone[feature]):
            found[name] = f"{feature} is the same in whatever order the days come"
    return found


def _moves(pool: Floats, worlds: Floats) -> bool:
    """Whether another order of the days changes a value beyond rounding."""
    change = np.abs(worlds - pool) > MOVES * np.maximum(1.0, np.abs(pool))
    return bool(change.any() or (np.isnan(worlds) != np.isnan(pool)).any())


def quantiles_of(worlds: Floats) -> list[float]:
    """The quantiles of all known values, from the lowest to the highest at equal steps; none where nothing is known."""
    known = worlds[~np.isnan(worlds)]
    return np.quantile(known, np.arange(STEPS + 1) / STEPS).tolist() if known.size else []


def feature_null(pool: Floats, worlds: Floats) -> dict[str, Any]:
    """One feature's null: its quantiles, and the share of it that is unknown."""
    return {
        "quantiles": quantiles_of(worlds),
        "unknown": float(np.isnan(worlds).mean()),
        "pool_unknown": float(np.isnan(pool).mean()),
    }


def gate_shares(noise: Noise, gate: Gate, threshold: float) -> dict[str, Any]:
    """What a gate vetoes of the pool and of noise, among those whose value is known; and whether they differ.

    `spread` is the standard deviation of a pool's share from world to world, `p` the probability that noise is as far from its
    mean as the pool is, by rank among the worlds (two-sided).
    """
    shares = vetoed(noise.together[gate.feature], gate, threshold)
    pool = float(vetoed(noise.pool[gate.feature][None], gate, threshold)[0])
    everybody = float(vetoed(noise.alone[gate.feature].reshape(1, -1), gate, threshold)[0])
    return {"pool": pool, "noise": everybody, "admitted": 1.0 - everybody, **_difference(pool, shares)}


def passes_all(noise: Noise, gates: Mapping[str, Gate], thresholds: Mapping[str, float]) -> dict[str, Any]:
    """The share that passes every gate, of the pool and of noise; unknown values as the gates say, nobody is waived."""

    def passing(values: Mapping[str, Floats]) -> Floats:
        held = [admits(values[gate.feature], gate, thresholds[name]) for name, gate in gates.items()]
        return np.asarray(np.logical_and.reduce(held).mean(axis=1))

    pool = float(passing({name: values[None] for name, values in noise.pool.items()})[0])
    return {
        "pool": pool,
        "noise": float(passing(noise.alone).mean()),
        **_difference(pool, passing(noise.together)),
    }


def _difference(pool: float, shares: Floats) -> dict[str, Any]:
    known = shares[~np.isnan(shares)]
    far = np.abs(known - known.mean()) if len(known) else known
    beyond = int((far >= abs(pool - known.mean()) - 1e-12).sum()) if len(known) else 0
    p = (1 + beyond) / (1 + len(known))
    spread = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
    return {"spread": spread, "p": p, "tells": p < LEVEL}


def vetoed(values: Floats, gate: Gate, threshold: float) -> Floats:
    """Of each world (worlds, assets) the share that fails, among the known values; NaN where none is."""
    known = ~np.isnan(values)
    failed = (known & ~COMPARISONS[gate.op](values, threshold)).sum(axis=1)
    return np.asarray(np.divide(failed, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1)))


def admits(values: Floats, gate: Gate, threshold: float) -> npt.NDArray[np.bool_]:
    """Who passes, (worlds, assets): an unknown value as the gate says, and where all of a world are unknown no gate."""
    unknown = np.isnan(values)
    off = unknown.all(axis=1, keepdims=True) & (gate.unavailable == "off")
    return np.asarray(np.where(unknown, (gate.unknown == "pass") | off, COMPARISONS[gate.op](values, threshold)))
