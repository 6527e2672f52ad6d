"""The scheme `frame/v1`: one digest for equal frames, however they are held.

Reached through `digests`, which imports this module, and with it NumPy and pandas, when a frame is to be hashed.

1. Rows go in the order of the index, missing values first (stable: only rows with equal index values keep an order
   that counts; so a frame whose rows are in no order of meaning should have an index that identifies them).
2. A column is `sha256(len(name) name len(tag) tag payload)`: lengths as int64, texts in UTF-8, numbers little-endian. A
   name that is not text is `json:` and its canonical JSON; an index level without a name has length -1.
3. The payload, by tag:
   `float16`, `float32`, `float64`: the values, -0.0 as 0.0 and every NaN as the positive quiet one.
   `int8` ... `int64`, `uint8` ... `uint64`: the values as int64 or uint64. `bool`: a byte each, 0 or 1.
   `datetime[ZONE]`, `timedelta`: int64 nanoseconds (UTC), missing as the smallest int64.
   `string`: the lengths in bytes as int64 (-1: missing), then the texts in UTF-8, one after the other.
   `json` (any other object): the same with each value's canonical JSON.
   Integers and bools with missing values: `?` ends the tag, 0 fills the gaps, a byte each follows, 1 for missing.
4. The index is `sha256("index" NUL levels)`, the frame `sha256("frame/v1" NUL index columns)`, of the 32-byte digests,
   the columns sorted by name.

Not counted: order of columns and rows; memory layout; `object`, `str` or categorical for the same texts; nullable,
sparse, Arrow or NumPy for the same numbers; None, NaN or NA; the resolution of timestamps; `columns.name`; `attrs`.
Counted: names, index, values to the last bit, the width of numbers, the time zone.
"""

import hashlib
import struct
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

SCHEME = "frame/v1"

_CHUNK = 64  # columns at a time: what is hashed is then still in the processor's cache
_WIDEST = 8  # bytes; long doubles differ between machines

Order = np.ndarray | None


def column_digests(frame: pd.DataFrame) -> dict[str, bytes]:
    """Each column's digest by name, in the frame's order.

    Raises:
        DataContractError: two columns have one name, or a value has no canonical form.
    """
    keys = [_key(label) for label in frame.columns]
    if len(set(keys)) < len(keys):
        twice = frame.columns[frame.columns.duplicated()]
        raise DataContractError(f"columns of the same name have no digest ({offenders(twice)}); rename them")
    order = _row_order(frame.index)
    found: dict[int, bytes] = {}
    for dtype, positions in _by_dtype(frame).items():
        if _is_plain(dtype):
            part = frame if len(positions) == len(keys) else frame.iloc[:, positions]
            found.update(zip(positions, _blocks([keys[at] for at in positions], part.to_numpy(), order), strict=True))
        else:
            found |= {at: _column(keys[at], frame.iloc[:, at], order) for at in positions}
    return {key: found[at] for at, key in enumerate(keys)}


def index_digest(index: pd.Index) -> bytes:
    """The digest of an index: the names and the sorted values of its levels. Raises as `column_digests` does."""
    order = _row_order(index)
    digests = [
        _column(None if name is None else _key(name), index.get_level_values(level).to_series(), order)
        for level, name in enumerate(index.names)
    ]
    return hashlib.sha256(b"index\0" + b"".join(digests)).digest()


def frame_digest(index: bytes, columns: Mapping[str, bytes]) -> bytes:
    """The digest of a frame, from those of its index and columns."""
    leaves = b"".join(columns[name] for name in sorted(columns))
    return hashlib.sha256(SCHEME.encode() + b"\0" + index + leaves).digest()


def _key(name: Hashable) -> str:
    if isinstance(name, str):
        return str.__str__(name)
    try:
        return "json:" + canonical(name).decode()
    except (TypeError, ValueError) as error:
        raise DataContractError(f"column {name!r} needs a name that is text ({error})") from error


def _row_order(index: pd.Index) -> Order:
    """The positions that sort the index, missing first; None where it is sorted."""
    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    # A categorical sorts by its categories, which don't count.
    levels = [level.astype(object) if isinstance(level.dtype, pd.CategoricalDtype) else level for level in levels]
    if len(levels) == 1 and levels[0].is_monotonic_increasing:
        return None
    try:
        ranks = [pd.factorize(level, sort=True)[0] for level in levels]
    except TypeError as error:
        raise DataContractError(f"an index of mixed types has no order ({error}); make it text") from error
    return np.lexsort(ranks[::-1])


def _by_dtype(frame: pd.DataFrame) -> dict[Any, list[int]]:
    groups: dict[Any, list[int]] = {}
    for position, dtype in enumerate(frame.dtypes):
        groups.setdefault(dtype, []).append(position)
    return groups


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiub" and dtype.itemsize <= _WIDEST


def _blocks(keys: list[str], values: np.ndarray, order: Order) -> Iterator[bytes]:
    """The digests of columns of one NumPy dtype; five times as fast as a series at a time."""
    for start in range(0, len(keys), _CHUNK):
        part = values[:, start : start + _CHUNK]
        rows = _canonical_rows(part if order is None else part[order])
        for key, row in zip(keys[start : start + _CHUNK], rows, strict=True):
            yield _digest(key, values.dtype.name, row)


def _canonical_rows(values: np.ndarray) -> np.ndarray:
    """The columns of `values` as rows of canonical numbers, each in one piece."""
    kind = values.dtype.kind
    if kind != "f":
        return values.T.astype({"i": "<i8", "u": "<u8", "b": "u1"}[kind], order="C")
    with np.errstate(invalid="ignore"):  # a signalling NaN is as good as any
        rows = np.add(values.T, 0, dtype=values.dtype.newbyteorder("<"), order="C")  # -0.0 + 0 is 0.0
    rows[np.isnan(rows)] = np.nan
    return np.asarray(rows)


def _digest(key: str | None, tag: str, *payload: Any) -> bytes:
    name = b"" if key is None else key.encode("utf-8", "surrogatepass")
    head = struct.pack("<q", -1 if key is None else len(name)) + name + struct.pack("<q", len(tag)) + tag.encode()
    digest = hashlib.sha256(head)
    for part in payload:
        digest.update(part)
    return digest.digest()


def _column(key: str | None, series: pd.Series, order: Order) -> bytes:
    """The digest of a column of any type."""
    try:
        return _digest(key, *_payload(series if order is None else series.iloc[order]))
    except (TypeError, ValueError, OverflowError) as error:
        where = "the index" if key is None else repr(key)
        raise DataContractError(f"{where} ({series.dtype}) holds what has no canonical form: {error}") from error


def _payload(series: pd.Series) -> tuple[Any, ...]:
    """Tag and content of a column, by the kind of its dtype."""
    dtype: Any = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _objects(series)
    if isinstance(dtype, pd.SparseDtype):
        return _payload(pd.Series(np.asarray(series)))
    kind = getattr(dtype, "kind", "O")
    if kind in "Mm":
        return _times(pd.DatetimeIndex(series) if kind == "M" else pd.TimedeltaIndex(series))
    if kind in "fiub" and (getattr(dtype, "itemsize", None) or _WIDEST + 1) <= _WIDEST:
        return _numbers(series, np.dtype(f"{kind}{dtype.itemsize}"))
    return _objects(series)


def _times(index: pd.DatetimeIndex | pd.TimedeltaIndex) -> tuple[Any, ...]:
    exact = index.as_unit("ns")  # raises where a date does not fit, which NumPy's own conversion doesn't
    if isinstance(exact, pd.DatetimeIndex):
        return f"datetime[{exact.tz or ''}]", exact.to_numpy(dtype="datetime64[ns]").astype("<i8")
    return "timedelta", exact.to_numpy(dtype="timedelta64[ns]").astype("<i8")


def _numbers(series: pd.Series, dtype: np.dtype) -> tuple[Any, ...]:
    if dtype.kind == "f":
        values = series.to_numpy(dtype=dtype, na_value=np.nan)
        return dtype.name, _canonical_rows(values[:, None])[0]
    missing = series.isna().to_numpy(dtype=bool)
    values = series.to_numpy(dtype=dtype, na_value=False if dtype.kind == "b" else 0)
    numbers = _canonical_rows(values[:, None])[0]
    return (f"{dtype.name}?", numbers, missing.astype("u1")) if missing.any() else (dtype.name, numbers)


def _objects(series: pd.Series) -> tuple[Any, ...]:
    values = series.to_numpy(dtype=object)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "boolean":  # what Parquet returns for bools with gaps
        return _numbers(series.astype(object).astype("boolean"), np.dtype(bool))
    missing = pd.isna(values)
    if kind == "string" or missing.all():
        return "string", *_texts(values, missing, lambda text: text.encode("utf-8", "surrogatepass"))
    return "json", *_texts(values, missing, canonical)


def _texts(values: np.ndarray, missing: np.ndarray, encode: Callable[[Any], bytes]) -> tuple[np.ndarray, bytes]:
    texts = [b"" if gone else encode(value) for value, gone in zip(values.tolist(), missing.tolist(), strict=True)]
    lengths = np.fromiter(map(len, texts), dtype="<i8", count=len(texts))
    lengths[missing] = -1
    return lengths, b"".join(texts)
