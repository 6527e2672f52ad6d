"""The longest list that keeps to its limits, and of the longest ones the best: where taking the best first falls short.

Taking whoever is best and still free is right while each limit stands alone. It falls short where one asset shuts out two: the
best of one identity takes a seat that is another's only one, while its own identity had a seat elsewhere. Lists are small sets
of rows under a few limits, so that an exact answer costs milliseconds. Of a few assets all lists are tried. Of more an integer
program (HiGHS, by `scipy.optimize.milp`) says how long a list can be, and the assets are then tried in their order, each kept
where a longest list still has it.
"""

import numpy as np

FEW = 12
"""Assets of which all lists are tried: in some milliseconds at most. To import SciPy's optimisers takes a tenth of a second."""


def best_list(weights: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Which of n assets, best first, are on the list (bool, n).

    `weights` (C, n), whole numbers >= 0, is what each asset takes of each of C `limits`. Of all lists within the limits the
    answer is one of the longest; among those it has the best asset that any has, then the best second one that goes with it,
    and so on. That list is unique: neither the way to it nor a solver's tolerances show in it.
    """
    return _tried(weights, limits) if weights.shape[1] <= FEW else _programmed(weights, limits)


def _tried(weights: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """By trying all lists in their order, those with the better assets first: the first of the longest ones."""
    taken = weights.T.tolist()
    longest: list[int] = []

    def extend(chosen: list[int], room: list[int]) -> None:
        nonlocal longest
        longest = max(longest, chosen, key=len)  # of two as long the earlier
        for asset in range(chosen[-1] + 1 if chosen else 0, len(taken)):
            if len(chosen) + len(taken) - asset <= len(longest):
                return  # with all that follow it would be no longer
            left = [free - part for free, part in zip(room, taken[asset], strict=True)]
            if min(left) >= 0:
                extend([*chosen, asset], left)

    extend([], limits.tolist())
    return np.isin(np.arange(len(taken)), longest)


def _programmed(weights: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """By an integer program for the length, and one more for each asset that isn't on the list found so far."""
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
    # Here, for few runs need it.
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        -np.ones(len(kept)),
        integrality=np.ones(len(kept)),
        bounds=Bounds(kept.astype(float), np.ones(len(kept))),
        constraints=LinearConstraint(weights, ub=limits),
    )
    if found.x is None:
        raise RuntimeError(f"no list within the limits was found: {found.message}")
    return np.asarray(found.x > 0.5)
