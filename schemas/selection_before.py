"""What a selection is told of the one before it: its list and its partition, each asset with its direction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class SelectionBefore:
    """Positions are `SYMBOL LONG` or `SYMBOL SHORT`, sorted; empty where nothing is known."""

    winners: tuple[str, ...] = ()
    """The list."""
    clusters: tuple[tuple[str, ...], ...] = ()
    """The partition: the positions of each cluster."""

    @classmethod
    def of(cls, standings: Iterable[tuple[str, str, int, bool]]) -> Self:
        """From a selection's assets: symbol, direction, cluster and whether it won."""
        winners: list[str] = []
        clusters: defaultdict[int, list[str]] = defaultdict(list)
        for symbol, direction, cluster, won in standings:
            position = f"{symbol} {direction}"
            clusters[cluster].append(position)
            if won:
                winners.append(position)
        groups = (tuple(sorted(clusters[number])) for number in sorted(clusters))
        return cls(tuple(sorted(winners)), tuple(groups))
