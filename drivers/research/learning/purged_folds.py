"""Folds over dates that share nothing: a row whose target overlaps the fold that is held out isn't learned from.

Lopez de Prado (2018), chapter 7: purge and embargo.
"""

import numpy as np
import numpy.typing as npt

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

FOLDS = 5
Places = npt.NDArray[np.int64]
Fold = tuple[Places, Places]


def purged_folds(places: Places, reach: int, folds: int = FOLDS) -> list[Fold]:
    """For each block of consecutive dates: the rows to learn from, and the block's own, both as row numbers.

    Parameters
    ----------
    places
        Each row's session, counted in sessions.
    reach
        Sessions over which a target and the embargo run: rows nearer than that to the block, before or after, are in neither.

    Raises `DataContractError` where a block leaves nothing to learn from.
    """
    dates = np.unique(places)
    blocks = [block for block in np.array_split(dates, min(folds, len(dates))) if len(block)]
    found = [_fold(places, int(block[0]), int(block[-1]), reach) for block in blocks]
    if len(found) < 2 or any(not len(learned) for learned, _ in found):
        raise DataContractError(
            f"learning: {len(dates)} dates over {int(dates[-1] - dates[0]) if len(dates) else 0} sessions are too few for folds "
            f"that are {reach} sessions apart: train on more sessions (parameters.train), or a shorter horizon"
        )
    return found


def _fold(places: Places, first: int, last: int, reach: int) -> Fold:
    inside = (places >= first) & (places <= last)
    apart = (places < first - reach) | (places > last + reach)
    return np.flatnonzero(apart), np.flatnonzero(inside)
