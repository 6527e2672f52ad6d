"""What the checks of returns look at, and what they find: `Panel`, an asset's `Own` observations, `Finding`.

A return is measured in robust sigmas: 1.4826 x the median of abs(ln(1 + r)) over the asset's returns that are not zero.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln1p

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

# With fewer returns that are not zero an asset's ordinary move is unknown, and its jumps are let pass: it fails the gate
# `history` anyway.
LEAST_RETURNS = 20
# No step below this is worth a closer look: 3:2, the smallest split, less an ordinary move.
SMALLEST_STEP = 0.35


@dataclass
class Panel:
    """What the checks look at: assets are rows, days the contiguous last axis. What a check masks the next doesn't see."""

    returns: Floats
    """Simple returns (assets, days); NaN where there is none."""
    symbols: pd.Index
    dates: pd.DatetimeIndex
    markets: npt.NDArray[np.str_]
    """Each asset's market, empty where unknown."""
    volume: Floats | None = None
    """Units traded on the day of the return, (assets, days); None where there are no bars."""
    openings: Floats | None = None
    """Open / the close before, (assets, days); None where there are no opens."""
    frozen: Mask | None = None
    """Where all four prices are the close before, in an asset whose bars have a range otherwise; None where there are none."""
    handed_in: Floats | None = None
    """The returns as they were handed in, bad cells and all; None where they were computed from prices."""
    named: Mask | None = None
    """Cells without a return whose bar or cell was set aside by name, (assets, days)."""
    masked: Mask | None = None
    """The cells that were masked so far, (assets, days); None before the first."""

    @property
    def table(self) -> str:
        """The table that the returns come from."""
        return "bars" if self.handed_in is None else "returns"

    @cached_property
    def known(self) -> Mask:
        """Where there is a return."""
        return ~np.isnan(self.returns)

    @cached_property
    def stepping(self) -> Places:
        """Row numbers of the assets with a step that is worth a closer look."""
        highest, lowest = np.fmax.reduce(self.returns, axis=1), np.fmin.reduce(self.returns, axis=1)
        return np.flatnonzero((highest > math.expm1(SMALLEST_STEP)) | (lowest < math.expm1(-SMALLEST_STEP)))

    def mask(self, found: "Finding") -> None:
        """Forget what a check doesn't believe; the caller's array stays as it is."""
        if self.masked is None:
            self.masked = np.zeros(self.returns.shape, dtype=bool)
            self.returns = self.returns.copy()
        self.masked[found.rows, found.columns] = True
        self.returns[found.rows, found.columns] = np.nan
        self.known[found.rows, found.columns] = False

    def own(self) -> Iterator[tuple[int, "Own"]]:
        """Row number and own observations of each asset with a step that is worth a closer look."""
        logs = log_returns(self.returns[self.stepping])
        for place, row in enumerate(map(int, self.stepping)):
            columns = np.flatnonzero(self.known[row])
            volume = None if self.volume is None else self.volume[row, columns]
            yield row, Own(columns, logs[place, columns], volume)


@dataclass(frozen=True)
class Own:
    """One asset's own observations."""

    columns: Places
    """The days that it has a return on."""
    logs: Floats
    volume: Floats | None = None

    @cached_property
    def sigma(self) -> float:
        """Its ordinary daily move; NaN where it is unknown."""
        return robust_sigma(self.logs)


@dataclass(frozen=True)
class Finding:
    """The cells that a check doesn't believe, and why."""

    rows: Places
    columns: Places
    reasons: Mapping[int, str] = field(default_factory=dict)
    """Row number to a reason of its own, where it is not the check's."""


ROWS = 128
"""So many assets' days fit into a processor's cache."""


def by_rows(answers: Callable[..., tuple[np.ndarray, ...]], *matrices: np.ndarray) -> tuple[np.ndarray, ...]:
    """What `answers` gives for matrices (assets, days), asked of a few assets at a time: arrays (assets,).

    Each pass over a few rows finds them in the cache; a row's own sums are the same bits in whatever company.
    """
    starts = range(0, max(len(matrices[0]), 1), ROWS)
    parts = [answers(*(matrix[start : start + ROWS] for matrix in matrices)) for start in starts]
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


NOTHING = Finding(np.array([], dtype=np.intp), np.array([], dtype=np.intp))


def finding(places: Mapping[int, Places], reasons: Mapping[int, str] | None = None) -> Finding:
    """A finding from row number to columns."""
    if not places:
        return NOTHING
    rows = np.repeat(np.fromiter(places, dtype=np.intp), [len(columns) for columns in places.values()])
    return Finding(rows, np.concatenate(list(places.values())).astype(np.intp), reasons or {})


def masked_cells(cells: Mask) -> Finding:
    """A finding from a mask (assets, days)."""
    if not cells.any():
        return NOTHING
    rows, columns = np.nonzero(cells)
    return Finding(rows, columns)


def log_returns(returns: Floats) -> Floats:
    """ln(1 + r); a total loss counts as a loss of 99.99 % (ln 0 is no number)."""
    return ln1p(np.maximum(returns, LARGEST_LOSS))


# The loss beyond which a log return doesn't fall.
LARGEST_LOSS = -0.9999


def median(values: Floats) -> float:
    """The median of at least one number, none of them NaN; `numpy.median` takes ten times as long for a few."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def robust_sigma(logs: Floats) -> float:
    """1.4826 x the median of abs(log return) over the returns that are not zero; NaN with fewer than 20."""
    moved = np.abs(logs[logs != 0.0])
    return 1.4826 * median(moved) if moved.size >= LEAST_RETURNS else np.nan
