"""Linkages and their cuts: SciPy's, from its compiled routines alone.

To import `scipy.cluster.hierarchy` takes a tenth of a second, many times as long as a short run's clustering, for what it brings
along (`scipy.linalg`, `scipy.sparse`, `scipy.spatial`). The routines themselves, `scipy.cluster._hierarchy`, need nothing of
that. They are no public part of SciPy, and believe what they are given: where they aren't as they are known here, or a tree is
not surely one, the public functions answer or refuse. The bits are the same.
"""

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from math import isqrt
from typing import Any

import numpy as np

PUBLIC, ROUTINES = "scipy.cluster.hierarchy", "scipy.cluster._hierarchy"
KNOWN = ("nn_chain", "cluster_dist", "cluster_maxclust_dist", "prelist")
METHODS = {"average": 2, "ward": 5}
"""The routines' numbers for methods."""


def linkage(condensed: np.ndarray, method: str) -> np.ndarray:
    """The tree (n - 1, 4) of condensed distances. Raises `ValueError` where one of them isn't finite."""
    routines = _routines()
    if routines is None or not np.isfinite(condensed).all():
        return np.asarray(import_module(PUBLIC).linkage(condensed, method=method))
    distances = np.ascontiguousarray(condensed, dtype=np.float64)
    return np.asarray(routines.nn_chain(distances, (1 + isqrt(1 + 8 * len(distances))) // 2, METHODS[method]))


def cut_at(tree: np.ndarray, threshold: float) -> np.ndarray:
    """The cluster of each of n assets, from 1, where joins above a distance are undone.

    Raises `ValueError` where it is no tree.
    """
    routines = _routines()
    if routines is None or not _is_tree(tree):
        return np.asarray(import_module(PUBLIC).fcluster(tree, threshold, criterion="distance"))
    labels = np.zeros(len(tree) + 1, dtype=np.intc)
    routines.cluster_dist(tree, labels, float(threshold), len(labels))
    return labels


def cut_into(tree: np.ndarray, count: int) -> np.ndarray:
    """The same where there are to be at most so many clusters."""
    routines = _routines()
    if routines is None or not _is_tree(tree):
        return np.asarray(import_module(PUBLIC).fcluster(tree, count, criterion="maxclust"))
    labels = np.zeros(len(tree) + 1, dtype=np.intc)
    routines.cluster_maxclust_dist(tree, labels, len(labels), count)
    return labels


def leaves(tree: np.ndarray) -> np.ndarray:
    """The places of the n assets from left to right in the dendrogram. Raises `ValueError` where it is no tree."""
    routines = _routines()
    if routines is None or not _is_tree(tree):
        return np.asarray(import_module(PUBLIC).leaves_list(tree))
    order = np.zeros(len(tree) + 1, dtype=np.intc)
    routines.prelist(tree, order, len(order))
    return order


def _is_tree(tree: np.ndarray) -> bool:
    """Whether each row surely joins two that are there and aren't joined yet, in the memory layout of the routines."""
    if tree.dtype != np.float64 or not tree.flags.c_contiguous or tree.ndim != 2 or tree.shape[1] != 4 or not len(tree):
        return False
    joined = tree[:, :2]
    there = joined < np.arange(len(tree) + 1, 2 * len(tree) + 1)[:, None]
    return bool(
        there.all() and (tree >= 0.0).all() and np.array_equal(np.sort(joined, axis=None), np.arange(joined.size))
    )


def _routines() -> Any:
    """The compiled module, loaded without the package around it; None where it isn't what is known here."""
    if ROUTINES not in sys.modules:
        scipy = find_spec("scipy")
        found = PathFinder.find_spec(
            ROUTINES, [f"{place}/cluster" for place in (scipy and scipy.submodule_search_locations) or ()]
        )
        if found is None or found.loader is None:
            return None
        sys.modules[ROUTINES] = module_from_spec(found)
        found.loader.exec_module(sys.modules[ROUTINES])
    routines = sys.modules[ROUTINES]
    return routines if all(hasattr(routines, name) for name in KNOWN) else None
