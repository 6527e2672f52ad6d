"""Seats by how much a cluster's members move together, against the loop of the definition (V3_4.md, section 7.3)."""

import itertools

import numpy as np
import pandas as pd
import pytest

from support.market import settings, upstream
from tradingview_scraper.pipelines.selection.dataflow.partitioning.conditioning import Conditioning
from tradingview_scraper.pipelines.selection.dataflow.policy.crowding import seats
from tradingview_scraper.pipelines.selection.dataflow.policy.gating import Verdicts

NAMES = list("ABCDEF")
CLUSTERS = pd.DataFrame({"cluster": [1, 1, 1, 2, 2, 3]}, index=NAMES)


def eligible(flags: list[bool]) -> Verdicts:
    """Verdicts of one hard gate that these assets pass."""
    passed = np.array(flags)[:, None]
    nobody = np.zeros(passed.shape, dtype=np.int8)
    return Verdicts(passed * 1.0, np.zeros(1), passed * 1.0, passed, nobody, np.ones(1, dtype=bool))


def crowded(matrix: pd.DataFrame, flags: list[bool], shrinkage: float = 0.0, least: int = 5) -> list[int]:
    chosen = settings().recruitment.model_copy(update={"top_n": 4})
    return seats(eligible(flags), CLUSTERS, matrix, Conditioning(1.0, shrinkage), chosen, least).tolist()


def alike(mean: float) -> pd.DataFrame:
    return pd.DataFrame(np.where(np.eye(6) > 0, 1.0, mean), index=NAMES, columns=NAMES)


# Cluster 1 has three eligible members, 2 has one, 3 none: those keep top_n, at least the least.
FLAGS = [True, True, True, True, False, False]


@pytest.mark.parametrize(("mean", "expected"), [(0.0, 4), (0.5, 2), (0.3, 3), (1.0, 1), (-0.5, 6)])
def test_by_hand_where_two_are_eligible(mean: float, expected: int) -> None:
    assert crowded(alike(mean), FLAGS) == [expected] * 3 + [5] * 3
    assert crowded(alike(mean), FLAGS, least=1) == [expected] * 3 + [4] * 3
    assert crowded(alike(mean), [True] * 6)[3:] == [expected] * 2 + [5]


def test_correlation_is_shrunk_before_it_is_averaged() -> None:
    assert crowded(alike(0.9), FLAGS)[0] == 1
    assert crowded(alike(0.9), FLAGS, shrinkage=0.5)[0] == round(4 * 0.55 + 0.5)


def test_only_eligible_members_of_the_cluster_are_averaged_pair_by_pair() -> None:
    matrix = alike(0.0)
    for one, other, value in (("A", "B", 0.6), ("A", "C", 0.3), ("D", "E", -1.0), ("A", "D", 1.0)):
        matrix.loc[one, other] = matrix.loc[other, one] = value
    assert crowded(matrix, [True] * 6) == [round(4 * (1 - 0.3) + 0.5)] * 3 + [8, 8, 5]
    assert crowded(matrix, [True, True, False, True, False, False]) == [round(4 * 0.4 + 0.5)] * 3 + [5] * 3


def test_of_a_real_pool_each_cluster_has_its_own() -> None:
    verdicts, clusters, returns = upstream("gate_verdicts", "clusters", "returns")
    matrix = returns.corr().loc[clusters.index, clusters.index].fillna(0.0)
    chosen = settings().recruitment
    found = seats(verdicts, clusters, matrix, Conditioning(1.0, 0.0), chosen, 1)
    for label, members in clusters.groupby("cluster").groups.items():
        eligible_ones = [name for name in members if verdicts.eligible[clusters.index.get_loc(name)]]
        pairs = [matrix.at[one, other] for one, other in itertools.combinations(eligible_ones, 2)]
        expected = max(1, round(chosen.top_n * (1 - float(np.mean(pairs))) + 0.5)) if pairs else chosen.top_n
        assert set(found[members]) == {expected}, label
