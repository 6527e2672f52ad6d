"""Who of the eligible wins: seats by cluster and direction, one seat an identity, then what the rung's rule adds.

`recruited` runs the routes in order, each taking only assets whose identity is free:
ranked (the best eligible of each cluster and direction), benchmark (eligible benchmarks always), representative (the best
sound asset of a cluster without an eligible member), fill (the best sound assets up to the floor).
Everybody is taken in one total order: score, then symbol.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.settings import RecruitmentSettings


@dataclass(frozen=True)
class Field:
    """The assets as recruitment sees them; arrays in the order of `symbols`."""

    symbols: pd.Index
    score: np.ndarray
    short: np.ndarray
    cluster: np.ndarray
    identity: np.ndarray
    eligible: np.ndarray
    sound: np.ndarray
    benchmark: np.ndarray

    def best_first(self) -> np.ndarray:
        """Positions by score, highest first, ties by symbol; an unknown score comes last."""
        score = np.where(np.isnan(self.score), -np.inf, self.score)
        return np.lexsort((self.symbols.to_numpy(dtype=str), -score))


@dataclass(frozen=True)
class Outcome:
    """What became of each asset, in the order of the field's symbols."""

    route: np.ndarray
    """How it won, empty where it didn't."""
    outcome: np.ndarray
    rank: np.ndarray
    """Place among the eligible of its cluster and direction, NaN where it isn't eligible."""


def recruited(field: Field, rung: Rung, settings: RecruitmentSettings) -> Outcome:
    """The winners of one rung, and why the others aren't."""
    order = field.best_first()
    route = np.full(len(order), "", dtype=object)
    taken: set[object] = set()
    rank = ranks(field, order)
    _take(order[np.isin(order, np.flatnonzero(field.eligible))], "benchmark", field.benchmark, route, taken, field)
    _take_ranked(order, field, settings.top_n, route, taken)
    if rung.sends_representatives:
        _take_representatives(order, field, route, taken)
    if rung.fills:
        _fill(order, field, settings.floor, route, taken)
    return Outcome(route, _outcomes(field, route, taken), rank)


def ranks(field: Field, order: np.ndarray) -> np.ndarray:
    """Place of each eligible asset among those of its cluster and direction, from 1."""
    eligible = order[field.eligible[order]]
    seats = pd.Series(field.cluster[eligible] * 2 + field.short[eligible])
    result = np.full(len(order), np.nan)
    result[eligible] = seats.groupby(seats, sort=False).cumcount().to_numpy() + 1.0
    return result


def _take(order: np.ndarray, how: str, wanted: np.ndarray, route: np.ndarray, taken: set[object], field: Field) -> None:
    for position in order[wanted[order]]:
        if route[position] == "" and field.identity[position] not in taken:
            route[position] = how
            taken.add(field.identity[position])


def _take_ranked(order: np.ndarray, field: Field, top_n: int, route: np.ndarray, taken: set[object]) -> None:
    """The best `top_n` of each cluster and direction; an identity that is taken costs no seat."""
    filled: dict[tuple[int, bool], int] = {}
    for position in order[field.eligible[order]]:
        seat = (int(field.cluster[position]), bool(field.short[position]))
        free = route[position] == "" and field.identity[position] not in taken
        if free and filled.get(seat, 0) < top_n:
            route[position] = "ranked"
            taken.add(field.identity[position])
            filled[seat] = filled.get(seat, 0) + 1


def _take_representatives(order: np.ndarray, field: Field, route: np.ndarray, taken: set[object]) -> None:
    served = set(field.cluster[field.eligible])
    for position in order[(field.sound & ~field.eligible)[order]]:
        if field.cluster[position] not in served and field.identity[position] not in taken:
            route[position] = "representative"
            taken.add(field.identity[position])
            served.add(field.cluster[position])


def _fill(order: np.ndarray, field: Field, floor: int, route: np.ndarray, taken: set[object]) -> None:
    short_of = floor - int((route != "").sum())
    for position in order[field.sound[order]]:
        if short_of <= 0:
            return
        if route[position] == "" and field.identity[position] not in taken:
            route[position] = "fill"
            taken.add(field.identity[position])
            short_of -= 1


def _outcomes(field: Field, route: np.ndarray, taken: set[object]) -> np.ndarray:
    identity_taken = np.array([identity in taken for identity in field.identity])
    return np.select(
        [route != "", ~field.sound, ~field.eligible, identity_taken],
        ["winner", "hard veto", "vetoed", "identity taken"],
        default="outranked",
    )
