"""Stage 2's last steps: all factors in one frame, checked against what each declares, and the border."""

import pandas as pd
from hamilton.function_modifiers import ResolveAt, group, inject, resolve, source, tag

from tradingview_scraper.pipelines.selection.dataflow.features.contract import factor_column, validated_features
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext


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
    columns = {name: factor_column(name, values, raw_pool.index) for name, values in factor_columns.items()}
    store = pd.DataFrame(columns, index=raw_pool.index)
    # What v3.4 believes keeps no range.
    return store if believed else validated_features(store, declarations)


def engineered(ingested: SelectionContext, feature_store: pd.DataFrame) -> SelectionContext:
    """Border of the stage."""
    return ingested.enriched(feature_store=feature_store)
