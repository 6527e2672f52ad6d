"""Whatever a caller's records hold, as plain JSON values of our own: what follows needn't know NumPy, pandas or Decimal.

A missing value (None, NaN, NaT, `pd.NA`) is None. Arrays, series and sets become lists, dates ISO text. What has no
plain value is named by its type, which nothing reads as a number. Of thousands of records most columns are plain already,
which their types say at once.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_columns import by_column
from tradingview_scraper.pipelines.selection.schemas.read_only import ATOMS


def plain_value(value: Any) -> Any:
    """None, bool, int, float, str, or lists and dicts of them; infinite numbers stay."""
    kind = type(value)
    if kind in ATOMS and (kind is not str or value.isascii()):
        return None if kind is float and math.isnan(value) else value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic | np.ndarray | pd.Series | pd.Index):
        if isinstance(value, np.datetime64 | np.timedelta64):
            return None if np.isnat(value) else str(value)
        if isinstance(value, np.floating):  # a long double's `item` is itself
            return plain_value(float(value))
        return plain_value(value.item() if isinstance(value, np.generic) else value.tolist())
    if isinstance(value, str):
        # A lone surrogate has no bytes: it could be neither hashed nor written.
        return str(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return None if value.is_nan() else float(value)
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return plain_records(value) if set(map(type, value)) == {dict} else [plain_value(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain_value(item) for item in value), key=repr)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else f"<{type(value).__name__}>"


def plain_records(records: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """Each record as its `plain_value`: a dict of its own."""
    texts = {str}.issuperset(map(type, set[Any]().union(*records)))
    return (
        by_column(records, lambda _, values: _plain_column(values))
        if texts
        else [plain_value(each) for each in records]
    )


def _plain_column(values: Sequence[Any]) -> Sequence[Any]:
    kinds = set(map(type, values))
    if kinds == {str} and "".join(values).isascii():
        return values
    if kinds == {float} and not any(map(math.isnan, values)):
        return values
    return values if kinds <= _WHOLE else [plain_value(value) for value in values]


_WHOLE = ATOMS - {str, float}
"""Types whose values are all plain."""
