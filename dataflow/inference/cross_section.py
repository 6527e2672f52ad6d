"""Features made comparable from date to date: what a learned scorer sees, in training and in use alike.

1. `normalised`: each feature against the other assets of its date, so nothing of it hangs on another date;
2. `turned`: features that are blind to direction get the opposite sign for a SHORT;
3. `cross_section` does both. `pool_ranks` is the way back: what is foretold, as a rank in the pool.
"""

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd

Normalisation = Literal["rank", "zscore"]
WIDEST = 4.0
"""Standard deviations at which a z-score is cut."""
DIGITS = 12
"""Of a prediction: what lies behind them is of the processor, and orders nobody."""


def normalised(features: pd.DataFrame, dates: pd.Series, how: Normalisation) -> pd.DataFrame:
    """Each feature by date: its average rank, centred, in (-0.5, 0.5), or its z-score in [-4, 4]; unknown stays NaN.

    A rank is (r - (n + 1) / 2) / n among the n known values of the date; a feature that doesn't vary on it is 0.
    """
    grouped = features.groupby(dates.to_numpy())
    if how == "rank":
        ranks, known = grouped.rank(), grouped.transform("count")
        return (ranks - (known + 1) / 2) / known
    deviations = features - grouped.transform("mean")
    spread = grouped.transform("std", ddof=0)
    scores: pd.DataFrame = (deviations / spread).clip(-WIDEST, WIDEST)
    return scores.where(spread > 0, features.where(features.isna(), 0.0))


def turned(features: pd.DataFrame, direction: pd.Series, blind: Collection[str]) -> pd.DataFrame:
    """The features with the opposite sign where they are blind to direction and the candidate is a SHORT."""
    signs = np.where((direction == "SHORT").to_numpy(), -1.0, 1.0)
    return features.apply(lambda column: column * signs if column.name in blind else column)


def cross_section(
    features: pd.DataFrame,
    direction: pd.Series,
    dates: pd.Series,
    *,
    columns: Sequence[str],
    blind: Collection[str],
    how: Normalisation,
) -> np.ndarray:
    """Rows x columns, normalised by date and seen from the candidate's direction; NaN where unknown."""
    seen = turned(normalised(features[list(columns)], dates, how), direction, blind)
    values: np.ndarray = seen.to_numpy(dtype=np.float64)
    return values


def pool_ranks(predictions: np.ndarray) -> np.ndarray:
    """The average rank of each prediction over their number, in (0, 1]; the highest foretold is the highest."""
    return pd.Series(np.round(predictions, DIGITS)).rank(pct=True).to_numpy(dtype=np.float64)
