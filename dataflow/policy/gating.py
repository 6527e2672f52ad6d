"""Gates applied to all assets at once: the one place where a feature is compared with a threshold.

Policy decides with it; inference uses it where scores are taken among the sound or the eligible only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.comparisons import COMPARISONS
from tradingview_scraper.pipelines.selection.schemas.frames import WAIVERS
from tradingview_scraper.pipelines.selection.schemas.gates import Gate


@dataclass(frozen=True)
class Verdicts:
    """Assets x gates, in the order of the pool and of the profile."""

    values: np.ndarray
    thresholds: np.ndarray
    margins: np.ndarray
    """How far the value lies on the good side of the threshold; NaN where unknown."""
    passed: np.ndarray
    """By its own value, an unknown one settled as the gate says; or waived."""
    waived: np.ndarray
    """Who let the asset past a gate that its own value would have failed: a place in `schemas.frames.WAIVERS`."""
    hard: np.ndarray
    """Which gates are hard, (gates,)."""

    @property
    def sound(self) -> np.ndarray:
        """The assets that fail no hard gate."""
        return np.asarray(self.passed[:, self.hard].all(axis=1))

    @property
    def eligible(self) -> np.ndarray:
        """The assets that fail no gate."""
        return np.asarray(self.passed.all(axis=1))


def verdicts(
    values: Mapping[str, pd.Series],
    gates: Mapping[str, Gate],
    thresholds: Mapping[str, float],
    flagged: np.ndarray,
    waived: np.ndarray,
    waiver: str,
) -> Verdicts:
    """Every asset held against every gate.

    `values` maps gate to its feature. `flagged` assets are let through where a gate exempts benchmarks; `waived` ones
    (the profile's benchmarks) pass every relaxable gate, or with `waiver = "all"` every gate. A waiver counts only where
    the value itself would have failed. A gate that is off where its feature is unavailable lets all pass. Margins are
    kept as they are.
    """
    # A gate's column lies in one piece: it is compared as a whole, and `all` of a row is quick.
    matrix = np.array([values[name].to_numpy() for name in gates]).T
    levels = np.array([thresholds[name] for name in gates])
    passed = np.empty(matrix.shape, dtype=bool, order="F")
    waivers = np.zeros(matrix.shape, dtype=np.int8, order="F")
    for column, gate in enumerate(gates.values()):
        value = matrix[:, column]
        meets = COMPARISONS[gate.op](value, levels[column])
        unknown = np.isnan(value) | np.isnan(levels[column])
        off = gate.unavailable == "off" and bool(unknown.all())
        own = np.where(unknown, gate.unknown == "pass" or off, meets)
        if gate.exempt_benchmarks:
            waivers[flagged & ~own, column] = WAIVERS.index("is_benchmark")
        if gate.kind == "relaxable" or waiver == "all":
            waivers[waived & ~own, column] = WAIVERS.index("benchmarks")
        passed[:, column] = own | (waivers[:, column] > 0)
    signs = np.array([1.0 if gate.floors else -1.0 for gate in gates.values()])
    hard = np.array([gate.kind == "hard" for gate in gates.values()])
    # Adding 0.0 turns the -0.0 of a ceiling that is met exactly into 0.0.
    return Verdicts(matrix, levels, (matrix - levels) * signs + 0.0, passed, waivers, hard)
