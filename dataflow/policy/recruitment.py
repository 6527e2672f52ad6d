"""Who of the eligible wins: seats by cluster and direction, one an identity, then what the rung's rule adds.

`recruited` runs the routes in order:
1. benchmark: eligible benchmarks, always (v3.4: they only join the contest for seats);
2. ranked: the best eligible of each cluster and direction, as many as the cluster has seats;
3. representative, where the rung sends any: the best substitute of a cluster without an eligible member;
4. fill, where the rung fills: the best substitutes, up to the floor.
Everybody is taken in one total order, best score first. What v3.4 does otherwise is a setting each
(`schemas.settings.RecruitmentSettings`).
"""

from dataclasses import dataclass, replace

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
    momentum: np.ndarray
    """Recent return, not yet seen from any direction."""
    eligible: np.ndarray
    sound: np.ndarray
    substitute: np.ndarray
    """Who may represent a cluster or fill up."""
    benchmark: np.ndarray
    has_candidate: np.ndarray
    seats: np.ndarray
    """Seats a direction in the asset's cluster."""


@dataclass(frozen=True)
class Outcome:
    """What became of each asset, in the order of the field's symbols."""

    route: np.ndarray
    """How it won, empty where it didn't."""
    outcome: np.ndarray
    rank: np.ndarray
    """Place among the contestants of its cluster and direction, NaN where it isn't one."""
    short: np.ndarray
    served: np.ndarray
    """Whether its cluster had anybody to recruit from."""


def recruited(field: Field, rung: Rung, settings: RecruitmentSettings) -> Outcome:
    """The winners of one rung, and why the others aren't."""
    order = best_first(field, settings)
    route = np.full(len(order), "", dtype=object)
    members = field.eligible.copy()
    directed = turned(field, members, settings)
    taken: set[object] = set()
    if settings.benchmarks == "recruit":
        _take(order[(members & field.benchmark)[order]], "benchmark", directed, settings, route, taken)
    contest = contestants(directed, members, order, settings)
    rank = ranks(directed, contest, order)
    _take_seats(order[contest[order]], "ranked", directed, settings, route, taken)
    if rung.sends_representatives:
        sent = representatives(directed, order, taken)
        members |= sent
        directed = turned(field, members, settings)
        admitted = contestants(directed, sent, order, settings)
        _take(order[admitted[order]], "representative", directed, settings, route, taken)
    if rung.fills:
        fit = (field.substitute & (route == ""))[order]
        _fill(order[fit], directed, settings, route, taken)
    served = np.isin(field.cluster, field.cluster[members])
    return Outcome(route, _outcomes(directed, route, taken), rank, directed.short, served)


def best_first(field: Field, settings: RecruitmentSettings) -> np.ndarray:
    """Positions by score, highest first, an unknown score last; ties by symbol (v3.4: as the columns come)."""
    score = np.where(np.isnan(field.score), -np.inf, field.score)
    if settings.ties == "column":
        return np.argsort(-score, kind="stable")
    return np.lexsort((field.symbols.to_numpy(dtype=str), -score))


def turned(field: Field, members: np.ndarray, settings: RecruitmentSettings) -> Field:
    """The field with directions and directed momentum: the candidates' own, or (v3.4) the sign of recent momentum.

    v3.4 turns only members that have a candidate, and sees momentum from a direction only where it has set it.
    """
    if settings.direction == "candidate":
        return field
    turns = members & field.has_candidate
    short = np.where(turns, field.momentum < 0, field.short)
    return replace(field, short=short, momentum=np.where(turns & short, -field.momentum, field.momentum))


def contestants(field: Field, members: np.ndarray, order: np.ndarray, settings: RecruitmentSettings) -> np.ndarray:
    """The members that compete for seats.

    With `identity_scope = "cluster"` (v3.4) only the best of each identity in a cluster does, and with a momentum floor
    only those above it; benchmarks compete all the same.
    """
    contest = members.copy()
    if settings.identity_scope == "cluster":
        chosen = order[members[order]]
        seen = pd.Series(list(zip(field.cluster[chosen], field.identity[chosen], strict=True))).duplicated()
        contest[chosen[seen.to_numpy(dtype=bool)]] = False
    if not np.isnan(settings.min_momentum):
        contest &= field.momentum >= settings.min_momentum
    return contest | (members & field.benchmark)


def ranks(field: Field, contest: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Place of each contestant among those of its cluster and direction, from 1."""
    chosen = order[contest[order]]
    side = pd.Series(field.cluster[chosen] * 2 + field.short[chosen])
    result = np.full(len(order), np.nan)
    result[chosen] = side.groupby(side, sort=False).cumcount().to_numpy() + 1.0
    return result


def representatives(field: Field, order: np.ndarray, taken: set[object]) -> np.ndarray:
    """The best substitute, of an identity that is free, of each cluster without an eligible member."""
    served = set(field.cluster[field.eligible])
    sent = np.zeros(len(order), dtype=bool)
    for position in order[(field.substitute & ~field.eligible)[order]]:
        if field.cluster[position] not in served and field.identity[position] not in taken:
            served.add(field.cluster[position])
            sent[position] = True
    return sent


def _free(position: int, field: Field, settings: RecruitmentSettings, taken: set[object]) -> bool:
    return settings.identity_scope == "cluster" or field.identity[position] not in taken


def _take(
    positions: np.ndarray, how: str, field: Field, settings: RecruitmentSettings, route: np.ndarray, taken: set[object]
) -> None:
    for position in positions:
        if route[position] == "" and _free(position, field, settings, taken):
            route[position] = how
            _occupy(position, field, settings, taken)


def _take_seats(
    positions: np.ndarray, how: str, field: Field, settings: RecruitmentSettings, route: np.ndarray, taken: set[object]
) -> None:
    """The best of each cluster and direction while there are seats; an identity that is taken costs no seat."""
    filled: dict[tuple[int, bool], int] = {}
    for position in positions:
        side = (int(field.cluster[position]), bool(field.short[position]))
        open_seat = filled.get(side, 0) < field.seats[position]
        if open_seat and route[position] == "" and _free(position, field, settings, taken):
            route[position] = how
            filled[side] = filled.get(side, 0) + 1
            _occupy(position, field, settings, taken)


def _fill(
    positions: np.ndarray, field: Field, settings: RecruitmentSettings, route: np.ndarray, taken: set[object]
) -> None:
    missing = settings.floor - int((route != "").sum())
    for position in positions:
        if missing <= 0:
            return
        if _free(position, field, settings, taken):
            route[position] = "fill"
            missing -= 1
            _occupy(position, field, settings, taken)


def _occupy(position: int, field: Field, settings: RecruitmentSettings, taken: set[object]) -> None:
    if settings.identity_scope == "pool":
        taken.add(field.identity[position])


def _outcomes(field: Field, route: np.ndarray, taken: set[object]) -> np.ndarray:
    identity_taken = np.array([identity in taken for identity in field.identity])
    return np.select(
        [route != "", ~field.sound, ~field.eligible, identity_taken],
        ["winner", "hard veto", "vetoed", "identity taken"],
        default="outranked",
    )
