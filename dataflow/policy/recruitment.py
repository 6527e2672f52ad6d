"""Who of the eligible wins: seats by cluster and direction, one an identity, then what the rung's rule adds.

`recruited` runs the routes in order:
1. benchmark: eligible benchmarks, always (v3.4: they only join the contest for seats);
2. ranked: the best eligible of each cluster and direction, as many as the cluster has seats: of the longest lists the best, for
   to take the best first can leave a seat empty (`Draft.seated`);
3. representative, where the rung sends any: the best substitute of a cluster without an eligible member;
4. fill, where the rung fills: the best substitutes, up to the floor.
Everybody is taken in one total order, best score first, in which the list before may have a lead (`standing_order`); of several
duplicates that could win the plainest does. `Draft` keeps who won, which identities are gone, who is a duplicate of a winner, and
whether the list is full. What v3.4 does otherwise is a setting each (`schemas.settings.CompatSettings`).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates
from tradingview_scraper.pipelines.selection.dataflow.policy.draft import Draft
from tradingview_scraper.pipelines.selection.schemas.frames import OUTCOMES, WON_BY
from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.settings import CompatSettings, RecruitmentSettings

TIED = 4
"""Ulp up to which two scores count as equal."""


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
    """Seats per direction in the asset's cluster."""
    undirected: np.ndarray
    """Who states a direction that is neither (v3.4 believes it): no seat is of that direction."""
    held: np.ndarray
    """Who was on the list before, in the same direction."""


@dataclass(frozen=True)
class Outcome:
    """What became of each asset, in the order of the field's symbols."""

    route: np.ndarray
    """How it won: a place in `schemas.frames.WON_BY`."""
    outcome: np.ndarray
    """A place in `schemas.frames.OUTCOMES`."""
    rank: np.ndarray
    """Place among the contestants of its cluster and direction, NaN where it isn't one."""
    short: np.ndarray
    served: np.ndarray
    """Whether its cluster had anybody to recruit from."""
    duplicate_of: np.ndarray
    """Position of the winner that an asset is a duplicate of, -1 where it is none."""


def recruited(
    field: Field,
    rung: Rung,
    recruitment: RecruitmentSettings,
    compat: CompatSettings,
    duplicates: Duplicates | None = None,
) -> Outcome:
    """The winners of one rung, and why the others aren't. A rung that fills is to have `recruitment.floor` winners."""
    order = standing_order(field, compat.score_ties, recruitment.stay)
    members = field.eligible.copy()
    directed = turned(field, members, compat.winner_direction)
    draft = Draft(field.identity, compat.identity_scope, duplicates, recruitment.seats_at_most)
    if compat.benchmark_rule == "recruit":
        draft.take(order[(members & field.benchmark)[order]], "benchmark")
    contest = contestants(directed, members, order, compat)
    rank = ranks(directed, contest, order)
    draft = draft.seated(order[contest[order]], sides(directed), field.seats, "ranked")
    if rung.sends_representatives:
        sent = representatives(directed, order, draft)
        members |= sent
        directed = turned(field, members, compat.winner_direction)
        admitted = contestants(directed, sent, order, compat)
        draft.take(order[admitted[order]], "representative")
    if rung.fills:
        draft.take(order[field.substitute[order]], "fill", at_most=max(0, recruitment.floor - draft.size))
    served = np.isin(field.cluster, field.cluster[members])
    return Outcome(_routes(draft), _outcomes(directed, draft), rank, directed.short, served, draft.duplicate_of)


def best_first(score: np.ndarray, symbols: pd.Index, score_ties: str) -> np.ndarray:
    """Positions by score, highest first, an unknown score last; ties by symbol (v3.4: as the columns come)."""
    score = np.where(np.isnan(score), -np.inf, score)
    if score_ties == "column":
        return np.argsort(-score, kind="stable")
    order, level = _levels(score)
    # Names are compared only where there is a tie: of thousands that takes longer than all else.
    tied = (np.bincount(level) > 1)[level]
    if tied.any():
        names = symbols[tied].to_numpy(dtype=str)
        order[tied[order]] = np.flatnonzero(tied)[np.lexsort((names, -level[tied]))]
    return order


def standing_order(field: Field, score_ties: str, stay: float) -> np.ndarray:
    """Positions in the order in which assets are taken: by score, whoever is held with a lead of `stay` of the pool's places.

    In places and not in scores, for the scores of two models have no common unit. Ties by symbol, a held asset first.
    """
    order = best_first(field.score, field.symbols, score_ties)
    if not stay or not field.held.any():
        return order
    place = np.empty(len(order))
    place[order] = np.arange(len(order))
    return np.lexsort((place, ~field.held, place - field.held * stay * len(order)))


def _levels(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions from the highest score to the lowest, and each score's place among the different ones, from the lowest.

    What is within `TIED` ulp of the next one is no other: the last bits of Log-MPS are those of the processor's `log` and
    `exp`, and no seat hangs on them. In which order equal ones come isn't said.
    """
    order = np.argsort(score)
    ordered = score[order]
    lower, higher = ordered[:-1], ordered[1:]
    finite = np.isfinite(lower) & np.isfinite(higher)
    gap = np.subtract(higher, lower, out=np.full(len(lower), np.inf), where=finite)
    width = TIED * np.spacing(np.abs(np.where(finite, higher, 1.0)))
    level = np.empty(len(score), dtype=np.int64)
    level[order] = np.cumsum(np.r_[0, (higher != lower) & (gap > width)])[: len(score)]
    return order[::-1], level


def turned(field: Field, members: np.ndarray, winner_direction: str) -> Field:
    """The field with directions and directed momentum: the candidates' own, or (v3.4) the sign of recent momentum.

    v3.4 turns only members that have a candidate, and sees momentum from a direction only where it has set it.
    """
    if winner_direction == "candidate":
        return field
    turns = members & field.has_candidate
    short = np.where(turns, field.momentum < 0, field.short)
    momentum = np.where(turns & short, -field.momentum, field.momentum)
    return replace(field, short=short, momentum=momentum, undirected=field.undirected & ~turns)


def contestants(field: Field, members: np.ndarray, order: np.ndarray, compat: CompatSettings) -> np.ndarray:
    """The members that compete for seats.

    With `identity_scope = "cluster"` (v3.4) only the best of each identity in a cluster does, and with a momentum floor
    only those above it; benchmarks compete all the same.
    """
    contest = members.copy()
    if compat.identity_scope == "cluster":
        chosen = order[members[order]]
        seen = pd.Series(list(zip(field.cluster[chosen], field.identity[chosen], strict=True))).duplicated()
        contest[chosen[seen.to_numpy(dtype=bool)]] = False
    contest &= ~field.undirected & (field.momentum >= compat.min_momentum)
    return contest | (members & field.benchmark)


def sides(field: Field) -> np.ndarray:
    """A number for each asset's cluster and direction: those that compete for the same seats."""
    return np.asarray(field.cluster * 2 + field.short)


def ranks(field: Field, contest: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Place of each contestant among those of its cluster and direction, from 1."""
    chosen = order[contest[order]]
    side = sides(field)[chosen]
    by_side = np.argsort(side, kind="stable")
    ordered = side[by_side]
    result = np.full(len(order), np.nan)
    result[chosen[by_side]] = np.arange(len(chosen)) - np.searchsorted(ordered, ordered) + 1.0
    return result


def representatives(field: Field, order: np.ndarray, draft: Draft) -> np.ndarray:
    """The best substitute, of an identity that is free, of each cluster without an eligible member."""
    unserved = ~np.isin(field.cluster, field.cluster[field.eligible])
    served: set[int] = set()
    sent = np.zeros(len(order), dtype=bool)
    for position in order[(field.substitute & unserved)[order]]:
        if field.cluster[position] not in served and draft.is_free(position):
            served.add(field.cluster[position])
            sent[position] = True
    return sent


def _routes(draft: Draft) -> np.ndarray:
    places = np.zeros(len(draft.won), dtype=np.int8)
    places[draft.won] = [WON_BY.index(route) for route in draft.route[draft.won]]
    return places


def _outcomes(field: Field, draft: Draft) -> np.ndarray:
    """The first of these that holds of an asset."""
    identity_gone = np.zeros(len(draft.won), dtype=bool)
    asked = field.eligible & ~draft.won  # the others have an outcome that holds before this one
    identity_gone[asked] = [identity in draft.gone for identity in field.identity[asked]]
    found = {
        "winner": draft.won,
        "hard veto": ~field.sound,
        "vetoed": ~field.eligible,
        "identity taken": identity_gone,
        "duplicate": draft.duplicate_of >= 0,
        "list full": draft.crowded_out,
    }
    return np.select(list(found.values()), [OUTCOMES.index(name) for name in found], OUTCOMES.index("outranked"))
