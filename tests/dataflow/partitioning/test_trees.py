"""Trees and cuts have the bits of SciPy's public functions, and what is no tree is refused as they refuse it."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster
from scipy.cluster.hierarchy import leaves_list as public_leaves
from scipy.cluster.hierarchy import linkage as public_linkage

from tradingview_scraper.pipelines.selection.dataflow.partitioning import trees
from tradingview_scraper.pipelines.selection.dataflow.partitioning.trees import cut_at, cut_into, leaves, linkage


def drawn(seed: int, assets: int, kinds: int) -> np.ndarray:
    """Condensed distances, many of them equal where there are few kinds."""
    return np.random.default_rng(seed).integers(0, kinds, assets * (assets - 1) // 2) / kinds


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    assets=st.integers(2, 40),
    kinds=st.sampled_from([1, 2, 5, 1000]),
    method=st.sampled_from(["ward", "average"]),
    count=st.integers(1, 45),
    threshold=st.floats(0.0, 2.0),
)
def test_trees_and_cuts_are_scipys(
    seed: int, assets: int, kinds: int, method: str, count: int, threshold: float
) -> None:
    distances = drawn(seed, assets, kinds)
    before = distances.copy()
    tree, public = linkage(distances, method), public_linkage(distances, method)
    assert tree.tobytes() == public.tobytes()
    assert distances.tobytes() == before.tobytes()
    assert trees._is_tree(tree)
    for mine, theirs in (
        (leaves(tree), public_leaves(public)),
        (cut_into(tree, count), fcluster(public, count, criterion="maxclust")),
        (cut_at(tree, threshold), fcluster(public, threshold, criterion="distance")),
    ):
        assert mine.dtype == theirs.dtype
        assert mine.tolist() == theirs.tolist()


def test_without_the_routines_the_public_functions_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    distances = drawn(7, 30, 5)
    tree = linkage(distances, "ward")
    found = [leaves(tree), cut_into(tree, 4), cut_at(tree, 0.5)]
    monkeypatch.setattr(trees, "KNOWN", ("a routine of tomorrow",))
    assert linkage(distances, "ward").tobytes() == tree.tobytes()
    for mine, theirs in zip(found, [leaves(tree), cut_into(tree, 4), cut_at(tree, 0.5)], strict=True):
        assert mine.tolist() == theirs.tolist()


@pytest.mark.parametrize(
    ("row", "column", "value"), [(0, 0, -1.0), (0, 1, 9.0), (1, 0, 0.0), (2, 0, 5.0), (1, 2, -0.5), (1, 0, 0.5)]
)
def test_what_is_no_tree_is_left_to_the_public_functions(row: int, column: int, value: float) -> None:
    tree = linkage(np.array([0.1, 0.5, 0.6, 0.5, 0.6, 0.2]), "ward")
    tree[row, column] = value
    assert not trees._is_tree(tree)
    try:
        expected = public_leaves(tree).tolist()
    except ValueError:
        with pytest.raises(ValueError):
            leaves(tree)
        with pytest.raises(ValueError):
            cut_into(tree, 2)
    else:
        assert leaves(tree).tolist() == expected


def test_a_distance_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        linkage(np.array([0.1, np.nan, 0.3]), "ward")


def test_scipy_can_be_imported_whole_afterwards() -> None:
    code = f"""
import sys
from {trees.__name__} import linkage, leaves
import numpy as np
tree = linkage(np.arange(1.0, 7.0), "ward"); leaves(tree)
assert not {{"scipy.cluster.hierarchy", "scipy.linalg", "scipy.spatial"}} & set(sys.modules)
from scipy.cluster import hierarchy
assert hierarchy.linkage(np.arange(1.0, 7.0), "ward").tobytes() == tree.tobytes()
"""
    subprocess.run([sys.executable, "-c", code], check=True)
