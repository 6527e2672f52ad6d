"""Folds over the dates of a walk: dates in a row are held out, and what shares days with them isn't searched on.

A date's target runs from the entry over the horizon. Dates whose targets overlap those of the held-out block are purged,
before it as after it; a further embargo keeps a distance in which what happened is still echoed. Source: Lopez de Prado
(2018), chapter 7.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

Mask = npt.NDArray[np.bool_]
FEWEST = 2
"""Dates that a fold is searched on at least."""


@dataclass(frozen=True)
class DateFold:
    """One split of the dates: both masks run over all of them."""

    searched: Mask
    held_out: Mask


def date_folds(places: npt.NDArray[np.intp], *, reach: int, embargo: int, folds: int) -> list[DateFold]:
    """A fold for each block of consecutive dates.

    Parameters
    ----------
    places
        The session of each date, ascending, counted in sessions.
    reach
        Sessions from a date until its target is over: entry lag and horizon.
    embargo
        Sessions that are left out beyond that, on both sides.

    Raises `DataContractError` where a fold is left without dates to search on.
    """
    blocks = np.array_split(np.arange(len(places)), folds)
    found = []
    for block in blocks:
        held_out = np.zeros(len(places), dtype=bool)
        held_out[block] = True
        near = np.zeros(len(places), dtype=bool)
        if len(block):
            first, last = places[block[0]], places[block[-1]]
            near = (places > first - reach - embargo) & (places < last + reach + embargo)
        found.append(DateFold(~near & ~held_out, held_out))
    if any(fold.searched.sum() < FEWEST or not fold.held_out.any() for fold in found):
        raise DataContractError(
            f"tune: {len(places)} dates leave nothing to search on beside one of {folds} folds, {reach + embargo} sessions "
            "apart: walk over more dates, or take fewer --folds, a shorter --horizon or --embargo"
        )
    return found
