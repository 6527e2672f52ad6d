"""How much stays from one date to the next: of the partition into clusters, and of a list.

Assets that are only in one of two dates can't be compared and don't count for the partition; a list that loses one has
lost it.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

Labels = npt.NDArray[np.int64]


def partition_stability(panel: pd.DataFrame) -> pd.Series:
    """Adjusted Rand index of each date's clusters with those of the date before, over the assets of both; NaN on the first.

    1 is the same partition, 0 what two partitions of these sizes share by chance.
    """
    by_date = [(date, rows.set_index("symbol")["cluster"]) for date, rows in panel.groupby("date")]
    found = {}
    for (_, before), (date, now) in pairwise(by_date):
        both = now.index.intersection(before.index, sort=False)
        found[date] = adjusted_rand(before[both].to_numpy(), now[both].to_numpy())
    return pd.Series(found, dtype=float).reindex(pd.Index([date for date, _ in by_date], name="date"))


def adjusted_rand(these: Labels, those: Labels) -> float:
    """Hubert and Arabie's (1985) index of two labellings of the same assets; 1 where both say the same trivially.

    (pairs together in both - expected) / (mean of the pairs together in either - expected).
    """
    rows, columns = pd.factorize(these)[0], pd.factorize(those)[0]
    if not len(rows):
        return math.nan
    together = np.zeros((rows.max() + 1, columns.max() + 1), dtype=np.int64)
    np.add.at(together, (rows, columns), 1)
    both, one, other = (
        _pairs(together.ravel()),
        _pairs(together.sum(axis=1)),
        _pairs(together.sum(axis=0)),
    )
    every = _pairs(np.array([len(rows)]))
    expected = one * other / every if every else 0.0
    most = (one + other) / 2.0
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _pairs(counts: Labels) -> float:
    return float((counts * (counts - 1) // 2).sum())


def list_stability(panel: pd.DataFrame, held: pd.Series) -> pd.DataFrame:
    """By date, of what a list held on the date before: the share `kept`, and Jaccard's index (in both / in either).

    A position is an asset and its direction. NaN on the first date; `kept` is also after nobody, `jaccard` with nobody on both.
    """
    dates = panel["date"].unique()
    lists = list(_lists(panel, held, dates))
    rows = [(math.nan, math.nan)]
    for before, now in pairwise(lists):
        common, either = len(now & before), len(now | before)
        rows.append((common / len(before) if before else math.nan, common / either if either else math.nan))
    return pd.DataFrame(rows[: len(dates)], index=pd.Index(dates, name="date"), columns=["kept", "jaccard"])


def _lists(panel: pd.DataFrame, held: pd.Series, dates: npt.NDArray[np.generic]) -> Iterator[set[str]]:
    names = (panel["symbol"] + " " + panel["direction"])[held].groupby(panel["date"][held]).agg(set)
    yield from (names.get(date, set()) for date in dates)
