"""The longest list that keeps to its limits, and of the longest ones the best: where taking the best first falls short.

Taking whoever is best and still free is right while each limit stands alone. It falls short where one asset shuts out two: the
best of one identity takes a seat that is another's only one, while its own identity had a seat elsewhere. Lists are small sets
of rows under a few limits, so that an exact answer costs milliseconds: an integer program (HiGHS, by `scipy.optimize.milp`)
says how long a list can be, and the assets are then tried in their order, each kept where a longest list still has it.
"""

import numpy as np


def best_list(weights: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Which of n assets, best first, are on the list (bool, n).

    `weights` (C, n), whole numbers >= 0, is what each asset takes of each of C `limits`. Of all lists within the limits the
    answer is one of the longest; among those it has the best asset that any has, then the best second one that goes with it,
    and so on. That list is unique: neither the solver nor its tolerances show in it.
    """
    chosen = _longest(weights, limits, np.zeros(weights.shape[1], dtype=bool))
    length, kept = chosen.sum(), np.zeros(len(chosen), dtype=bool)
    for asset in range(len(chosen)):
        with_it = kept.copy()
        with_it[asset] = True
        if not chosen[asset]:
            if (weights[:, with_it].sum(axis=1) > limits).any():
                continue
            other = _longest(weights, limits, with_it)
            if other.sum() < length:
                continue
            chosen = other
        kept = with_it
    return kept


def _longest(weights: np.ndarray, limits: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """A longest list (bool, n) that has those that are kept."""
    # SciPy's optimisers take a tenth of a second to import, and few runs need them.
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        -np.ones(len(kept)),
        integrality=np.ones(len(kept)),
        bounds=Bounds(kept.astype(float), np.ones(len(kept))),
        constraints=LinearConstraint(weights, ub=limits),
    )
    if found.x is None:
        raise RuntimeError(f"no list within the limits was found: {found.message}")
    return np.asarray(found.x.round(), dtype=bool)
