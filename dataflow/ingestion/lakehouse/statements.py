"""Of each key what was said last, as far as it was known: the one rule of time in a lakehouse."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd


def latest_statements(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """The rows of each key's latest statement: of the latest `known_at`, and of several such the latest `version`."""
    if not len(frame) or (frame["version"].iloc[0] == frame["version"]).all():
        return frame  # within a version there is one statement per key
    codes = key_codes(frame, key)
    moments = frame["known_at"].to_numpy().astype("datetime64[us]").view(np.int64)
    versions = frame["version"].to_numpy()
    order = np.lexsort((versions, moments, codes))
    ends = order[np.append(np.diff(codes[order]) != 0, True)]
    last = np.empty(int(codes.max()) + 1, dtype=np.intp)
    last[codes[ends]] = ends
    of_last = last[codes]
    kept = (moments == moments[of_last]) & (versions == versions[of_last])
    return frame.loc[kept]


def key_codes(frame: pd.DataFrame, key: Sequence[str]) -> npt.NDArray[np.int64]:
    """A number per key, the same for equal keys; missing values are values like others."""
    codes = np.zeros(len(frame), dtype=np.int64)
    for name in key:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            part, count = column.cat.codes.to_numpy().astype(np.int64), len(column.cat.categories)
        else:
            part, names = pd.factorize(column)
            count = len(names)
        # Numbered anew after each column, so that their product can't overflow.
        codes = codes * (count + 1) + (part + 1)
        codes = pd.factorize(codes)[0].astype(np.int64)
    return codes
