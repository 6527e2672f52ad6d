"""Who has won so far, and how: the draft that each route of recruitment adds its winners to.

An asset is free until it, another of its identity or a duplicate of it has won. `take` goes down an order; `seated` fills the
seats of each side (a cluster and direction), best first. Where that leaves a seat empty because an asset that could sit there
lost its identity to another side, the sides that hang together are seated again by `best_list`, and the longer list counts.
"""

from copy import copy
from itertools import islice
from typing import Self

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates
from tradingview_scraper.pipelines.selection.dataflow.policy.best_list import best_list

_NOBODY = np.array([], dtype=int)


class Draft:
    """Who has won so far, and how; positions are those of the field, and whoever comes first is taken first."""

    def __init__(
        self, identity: np.ndarray, identity_scope: str, duplicates: Duplicates | None, max_winners: int = 0
    ) -> None:
        """Nobody has won yet. With the scope `cluster` (v3.4) no identity is ever gone; without duplicates nobody is one.

        The list is full with `max_winners` of them; 0: never.
        """
        self.route = np.full(len(identity), "", dtype=object)
        """How each asset won, empty where it didn't."""
        self.won = np.zeros(len(identity), dtype=bool)
        self.gone: set[object] = set()
        """Identities that can't win any more."""
        self.duplicate_of = np.full(len(identity), -1)
        """Position of the first winner that each asset is a duplicate of, -1 where it is none."""
        self.crowded_out = np.zeros(len(identity), dtype=bool)
        """Who would have had a seat, were the list not full."""
        self._identity = identity
        self._once = identity_scope == "pool"
        self._duplicates = duplicates
        self._max_winners = max_winners
        self.size = 0
        """How many have won."""

    @property
    def is_full(self) -> bool:
        """Whether nobody can win any more."""
        return bool(self._max_winners) and self.size >= self._max_winners

    def is_free(self, position: int) -> bool:
        """Whether the asset hasn't won yet, nor another of its identity, nor one that it is a duplicate of."""
        return bool(
            not self.won[position] and self._identity[position] not in self.gone and self.duplicate_of[position] < 0
        )

    def take(self, positions: np.ndarray, route: str, at_most: int | None = None) -> None:
        """Whoever is free, up to a number."""
        # Lazily: one that is taken can keep a later one of its identity from being free.
        for position in islice(filter(self.is_free, positions.tolist()), at_most):
            self._win(self._plainest(position, positions), route)

    def seated(self, positions: np.ndarray, side: np.ndarray, seats: np.ndarray, route: str) -> Self:
        """The draft after whoever is free has taken the seats of its side, as many as can be; who isn't free costs none.

        `side` and `seats` (the number of them there) are given for each asset of the field.
        """
        contest = positions if self.size == 0 else np.array([*filter(self.is_free, positions.tolist())], dtype=int)
        draft = self._copy()
        open_sides = draft._sit(contest, side, seats, route)
        shut_out = contest[~draft.won[contest] & np.isin(side[contest], open_sides)]
        if draft.is_full or not len(shut_out):
            return draft
        region = draft._region(contest, side, shut_out)
        taken = int(draft.won[region].sum())
        best = region[best_list(*self._limits(region, side, seats, draft.size - taken))]
        return self._rather(draft, contest, region, best, side, route) if len(best) > taken else draft

    def _sit(self, contest: np.ndarray, side: np.ndarray, seats: np.ndarray, route: str) -> list[int]:
        """Seats the best first; the sides that have seats left."""
        sides = side.tolist()
        left = dict(zip(side[contest].tolist(), seats[contest].tolist(), strict=True))
        for position in contest.tolist():
            if left[sides[position]] > 0 and self.is_free(position):
                plainest = self._plainest(position, contest)
                chosen = plainest if left[sides[plainest]] > 0 else position
                left[sides[chosen]] -= 1
                self._win(chosen, route)
        return [each for each, seats_left in left.items() if seats_left > 0]

    def _region(self, contest: np.ndarray, side: np.ndarray, shut_out: np.ndarray) -> np.ndarray:
        """The contestants whose seats hang together with those that are shut out, in their order.

        They share a side with one of the region, or an asset of their side has its identity or is its duplicate.
        """
        inside = np.zeros(len(contest), dtype=bool)
        found = np.isin(side[contest], side[shut_out])
        while (found & ~inside).any():
            rivals = np.zeros(len(contest), dtype=bool)
            for position in contest[found & ~inside]:
                rivals |= self._rivals(position)[contest]
            inside = found
            found = inside | np.isin(side[contest], side[contest[rivals]])
        return contest[inside]

    def _rivals(self, position: int) -> np.ndarray:
        """The assets (bool) that can't win beside this one."""
        rivals = np.zeros(len(self._identity), dtype=bool)
        if self._once:
            rivals |= self._identity == self._identity[position]
        rivals[self._duplicates_of(position)] = True
        return rivals

    def _limits(
        self, region: np.ndarray, side: np.ndarray, seats: np.ndarray, elsewhere: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """What each asset of a region takes of each limit, and the limits: sides, pairs of rivals, the length of the list."""
        sides, first = np.unique(side[region], return_index=True)
        by_side = sides[:, None] == side[region]
        rivals = np.triu(np.array([self._rivals(position)[region] for position in region]), k=1)
        one, other = np.nonzero(rivals)
        pairs = np.zeros((len(one), len(region)), dtype=bool)
        pairs[np.arange(len(one)), one] = pairs[np.arange(len(one)), other] = True
        length = self._max_winners - elsewhere if self._max_winners else len(region)
        weights = np.vstack([by_side, pairs, np.ones((1, len(region)), dtype=bool)]).astype(int)
        return weights, np.r_[seats[region[first]], np.ones(len(one), dtype=int), length]

    def _rather(
        self, draft: Self, contest: np.ndarray, region: np.ndarray, best: np.ndarray, side: np.ndarray, route: str
    ) -> Self:
        """The draft with the best list in a region, and in the others as it was."""
        outside = contest[~np.isin(contest, region) & draft.won[contest]]
        chosen = contest[np.isin(contest, np.r_[outside, best])]
        longer = self._copy()
        for place, position in enumerate(chosen):
            if position in best:
                others = np.delete(chosen, place)
                chosen[place] = self._stand_in(position, region[side[region] == side[position]], others)
            longer._win(chosen[place], route)
        return longer

    def _stand_in(self, position: int, neighbours: np.ndarray, others: np.ndarray) -> int:
        """The plainest of the asset and its duplicates on the same side that can win beside the others."""
        if self._duplicates is None:
            return position
        alike = neighbours[np.isin(neighbours, self._duplicates.of(position))]
        able = [other for other in alike if not self._rivals(other)[others].any()]
        return self._duplicates.plainest([position, *able]) if able else position

    def _plainest(self, position: int, admitted: np.ndarray) -> int:
        """The asset itself, or whom of its free duplicates among those admitted is to be taken in its place."""
        if self._duplicates is None or not len(same := self._duplicates.of(position)):
            return position
        others = [other for other in admitted[np.isin(admitted, same)] if self.is_free(other)]
        return self._duplicates.plainest([position, *others]) if others else position

    def _win(self, position: int, route: str) -> None:
        if self.is_full:
            self.crowded_out[position] = True
            return
        self.route[position] = route
        self.won[position] = True
        self.size += 1
        if self._once:
            self.gone.add(self._identity[position])
        again = self._duplicates_of(position)
        self.duplicate_of[again[self.duplicate_of[again] < 0]] = position

    def _duplicates_of(self, position: int) -> np.ndarray:
        return _NOBODY if self._duplicates is None else self._duplicates.of(position)

    def _copy(self) -> Self:
        other = copy(self)
        other.gone = set(self.gone)
        other.route, other.won, other.duplicate_of, other.crowded_out = (
            array.copy() for array in (self.route, self.won, self.duplicate_of, self.crowded_out)
        )
        return other
