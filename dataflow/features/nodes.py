"""Stage 2's last steps: all factors in one frame, checked against what each declares, and the border."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import ResolveAt, group, inject, resolve, source, tag

from tradingview_scraper.pipelines.selection.dataflow.features.contract import validated_features
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import FactorError


@resolve(
    when=ResolveAt.CONFIG_AVAILABLE,
    decorate_with=lambda factors: inject(factor_columns=group(**{name: source(name) for name in factors})),
)
@tag(reads="* < factor_columns.* #raw_pool")
def feature_store(
    factor_columns: dict[str, pd.Series], raw_pool: pd.DataFrame, declarations: dict[str, Declaration], believed: bool
) -> pd.DataFrame:
    """Assets x factors, each column within its declared range.

    Raises `FactorError` naming the factor that isn't a Series of numbers over the pool's assets, and
    `DataContractError` naming the one that leaves its range.
    """
    columns = {name: _column(name, values, raw_pool.index) for name, values in factor_columns.items()}
    store = pd.DataFrame(columns, index=raw_pool.index)
    # What v3.4 believes keeps no range.
    return store if believed else validated_features(store, declarations)


def _column(name: str, values: object, assets: pd.Index) -> pd.Series:
    if not isinstance(values, pd.Series):
        raise FactorError(
            f"features: `{name}` gave a {type(values).__name__}: a factor returns pandas.Series, one value an asset"
        )
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise FactorError(f"features: `{name}` gave {values.dtype} values: a factor returns numbers (float64)")
    if not values.index.equals(assets):
        if len(values) != len(assets) or not values.index.is_unique or not assets.isin(values.index).all():
            raise FactorError(
                f"features: `{name}` gave {len(values)} values for {len(assets)} assets: a factor returns one value an "
                "asset, indexed by symbol"
            )
        values = values.reindex(assets)
    return values.astype(np.float64)


def engineered(ingested: SelectionContext, feature_store: pd.DataFrame) -> SelectionContext:
    """Border of the stage."""
    return ingested.enriched(feature_store=feature_store)
