"""Whether a frame surely fulfils its Pandera model, in a tenth of Pandera's time.

Pandera takes a third of a millisecond a column, of a frame that is right as of one that is wrong. `surely_fulfils` reads the same
schema and says yes only where it is sure. Where it isn't, because something is wrong or the schema asks for what it
doesn't know, Pandera decides, and words what is wrong.
"""

import numpy as np
import pandas as pd
import pandera.pandas as pa


def surely_fulfils(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> bool:
    """Whether Pandera would accept the frame for certain."""
    asks_more = schema.strict or schema.coerce or schema.ordered or schema.unique or schema.dtype or schema.parsers
    if asks_more or not frame.columns.is_unique or not all(name in frame for name in schema.columns):
        return False
    columns = all(_surely(frame[name], column) for name, column in schema.columns.items())
    return columns and _index(frame.index, schema.index) and all(_holds(frame, check) for check in schema.checks)


def _index(index: pd.Index, asked: pa.Index | None) -> bool:
    if asked is None:
        return True
    return type(asked) is pa.Index and index.name == asked.name and _surely(index, asked)


def _surely(values: pd.Series | pd.Index, asked: pa.Column | pa.Index) -> bool:
    if asked.dtype is None or asked.coerce or asked.parsers or (isinstance(asked, pa.Column) and asked.regex):
        return False
    return (
        _of_type(values.dtype, asked.dtype.type)
        and (asked.nullable or not values.hasnans)
        and (not asked.unique or values.is_unique)
        and all(_within(values, check) for check in asked.checks)
    )


def _holds(frame: pd.DataFrame, check: pa.Check) -> bool:
    """Whether a check of the whole frame holds: by its function, for to call it would import Pandera's backends."""
    if check.element_wise or check.groupby or check.statistics:
        return False
    found = check._check_fn(frame)
    return isinstance(found, bool | np.bool_) and bool(found)


def _of_type(found: object, asked: object) -> bool:
    if isinstance(asked, pd.CategoricalDtype):
        return isinstance(found, pd.CategoricalDtype) and asked.categories is None and not asked.ordered
    if asked == np.dtype("datetime64[ns]") and isinstance(found, np.dtype):
        return found.kind == "M"  # dates of any unit, as Pandera has it
    return bool(found == asked)


def _within(values: pd.Series | pd.Index, check: pa.Check) -> bool:
    """Whether all values that are known pass a check of one of the kinds that the models use."""
    limits = check.statistics or {}
    if check.name == "greater_than_or_equal_to":
        return not bool((values < limits["min_value"]).any())
    return check.name == "isin" and set(values.unique()) <= set(limits["allowed_values"])
