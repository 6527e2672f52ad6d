"""The contract of the feature store: the Pandera schema that the factors' declarations add up to, and its report.

`factor_column` takes what a factor gave; `validated_features` holds all of them to their declarations.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration
from tradingview_scraper.pipelines.selection.schemas.errors import FactorError
from tradingview_scraper.pipelines.selection.schemas.frames import validated


def factor_column(name: str, values: object, assets: pd.Index) -> pd.Series:
    """What a factor gave, as float64 in the order of the pool's assets.

    Raises `FactorError` where it isn't a Series of numbers, one per asset.
    """
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


def validated_features(store: pd.DataFrame, declarations: Mapping[str, Declaration]) -> pd.DataFrame:
    """The same frame, if every factor keeps what it declares.

    One check of the whole matrix; only a frame that fails it is gone through column by column (0.8 ms each), to say
    which factor it was. Raises `DataContractError` naming the factors and the first assets.
    """
    if set(store.columns) == set(declarations) and keeps_declarations(store, declarations):
        return store
    return validated(store, feature_schema(declarations), "features")


def keeps_declarations(store: pd.DataFrame, declarations: Mapping[str, Declaration]) -> bool:
    """Whether all values are float64, known where they must be, finite and within the declared ranges."""
    stated = [declarations[name] for name in store.columns]
    values = store.to_numpy()
    unknown = np.isnan(values)
    inside = (values >= [item.low for item in stated]) & (values <= [item.high for item in stated]) & ~np.isinf(values)
    allowed = np.array([item.nullable for item in stated])
    return bool(values.dtype == np.float64 and (inside | (unknown & allowed)).all())


def feature_schema(declarations: Mapping[str, Declaration]) -> pa.DataFrameSchema:
    """The Pandera schema that the factors' declarations add up to."""
    return pa.DataFrameSchema(
        {
            name: pa.Column(np.float64, checks=_checks(stated), nullable=stated.nullable)
            for name, stated in declarations.items()
        },
        strict=True,
        name="FeatureStore",
    )


def _checks(stated: Declaration) -> list[pa.Check]:
    checks = [pa.Check(lambda values: ~np.isinf(values), error="is infinite", n_failure_cases=5)]
    if stated.low > -np.inf or stated.high < np.inf:
        rule = f"leaves its declared range [{stated.low:g}, {stated.high:g}]"
        low, high = stated.low, stated.high
        checks.append(pa.Check(lambda values: (values >= low) & (values <= high), error=rule, n_failure_cases=5))
    return checks


def schema_report(store: pd.DataFrame, declarations: Mapping[str, Declaration]) -> list[dict[str, Any]]:
    """One entry a factor: what it declares, and the range and number of unknowns that it showed."""
    return [
        {
            "factor": name,
            "declared": {
                "low": stated.low,
                "high": stated.high,
                "nullable": stated.nullable,
                "probability": stated.probability,
            },
            "seen": {
                "low": float(store[name].min()),
                "high": float(store[name].max()),
                "unknown": int(store[name].isna().sum()),
            },
        }
        for name, stated in declarations.items()
    ]
