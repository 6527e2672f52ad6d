"""Pandera schemas of the rows that a lakehouse's tables take: which columns, of which kind; a changed type is refused by name.

A kind is what a column means, not how pandas holds it: text may be a category, a number an integer. A column may be missing
unless it identifies a row; one that the table doesn't know is refused.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import pandera.pandas as pa

TEXT, NUMBER, COUNT, MOMENT = "text", "number", "count", "moment"
KNOWN_AT = "known_at"


def row_schema(table: str, kinds: Mapping[str, str], key: Sequence[str]) -> pa.DataFrameSchema:
    """The schema of a table's rows: its columns with their kinds, those of its key required, and `known_at` in every row."""
    columns = {name: pa.Column(None, _check(kind), nullable=True, required=name in key) for name, kind in kinds.items()}
    known_at = pa.Column(None, _check(MOMENT), nullable=False)
    known = {**columns, KNOWN_AT: known_at}
    closed = pa.Check(
        lambda frame: {*frame.columns} <= {*known},
        error=f"has a column that it doesn't take; it takes {', '.join(known)}",
    )
    return pa.DataFrameSchema(known, closed, name=table)


def _check(kind: str) -> pa.Check:
    return pa.Check(lambda column: is_of(column, kind), ignore_na=False, error=f"must be {_PLAIN[kind]}")


def is_of(column: pd.Series, kind: str) -> bool:
    """Whether a column holds nothing but values of a kind, and missing ones."""
    dtype = column.dtype
    if kind == TEXT:
        values = pd.Series(dtype.categories) if isinstance(dtype, pd.CategoricalDtype) else column
        # What is missing everywhere is a number to pandas.
        return pd.api.types.infer_dtype(values, skipna=True) in ("string", "empty") or bool(column.isna().all())
    if kind == MOMENT:
        return dtype.kind == "M" and getattr(dtype, "tz", None) is None
    return dtype.kind in ("iu" if kind == COUNT else "fiu")


_PLAIN = {TEXT: "text", NUMBER: "numbers", COUNT: "whole numbers", MOMENT: "moments without a time zone"}
