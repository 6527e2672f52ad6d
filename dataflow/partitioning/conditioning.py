"""Correlation over the whole history and its condition number (V3_4.md, section 5); part of the partitioning stage.

Loaded only where a profile asks for it (`compat.condition_number`): an eigendecomposition a step is what nothing but v3.4's
dynamic selection has a use for.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import pairwise_correlation, shrunk
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings

UNKNOWN_KAPPA = 1e20
HIGHEST_SHRINKAGE = 0.1
SHRINKAGE_STEP = 0.01
SMALLEST_EIGENVALUE = 1e-15


@dataclass(frozen=True)
class Conditioning:
    """The condition number last computed, and the shrinkage with which recruitment goes on."""

    kappa: float
    shrinkage: float


def full_correlation(returns: pd.DataFrame, clustering: ClusterSettings, correlation_method: str) -> pd.DataFrame:
    """Pairwise-complete correlation over all days, assets x assets, in the order of the pool."""
    matrix = pairwise_correlation(asset_rows(returns), clustering.min_common, correlation_method)
    return pd.DataFrame(matrix, index=returns.columns, columns=returns.columns, copy=False)


def conditioning(full_correlation: pd.DataFrame, kappa_max: float, initial_shrinkage: float) -> Conditioning:
    """Shrink step by step until the condition number will do.

    Where it never will, kappa is that of the last step and the shrinkage one step beyond it, as v3.4 reports them.
    """
    kappa, shrinkage = UNKNOWN_KAPPA, initial_shrinkage
    while shrinkage <= HIGHEST_SHRINKAGE:
        kappa = _condition_number(shrunk(full_correlation.to_numpy(), shrinkage))
        if kappa <= kappa_max:
            break
        shrinkage += SHRINKAGE_STEP
    return Conditioning(kappa, shrinkage)


def _condition_number(matrix: np.ndarray) -> float:
    values = np.linalg.eigvalsh(matrix)
    return float(values.max() / (np.abs(values).min() + SMALLEST_EIGENVALUE))
