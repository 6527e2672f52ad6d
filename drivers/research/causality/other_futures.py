"""A data folder with another future: every row of its tables after a date is gone, or is poison.

Parquet and CSV tables are told by their dates: a column of that name, or a first column or index of days. A file whose name has
a later date (an export of a scanner) is gone, or its numbers are. What has no date stays as it is.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CUT = "cut off"
DATES = ("date", "timestamp", "datetime", "time", "session")
IN_NAME = re.compile(r"\d{4}-\d{2}-\d{2}")

Poison = Callable[[pd.DataFrame], pd.DataFrame]


def _filled(value: float) -> Poison:
    return lambda rows: rows.assign(**dict.fromkeys(_numbers(rows), value))


def _mixed(rows: pd.DataFrame) -> pd.DataFrame:
    order = np.random.default_rng(0).permutation(len(rows))
    return rows.assign(**{name: rows[name].to_numpy()[order] for name in _numbers(rows)})


POISONS: dict[str, Poison] = {
    "unknown": _filled(np.nan),
    "infinite": _filled(np.inf),
    "huge": _filled(1e12),
    "shuffled": _mixed,
}
"""What later numbers become."""


def with_other_future(folder: Path, date: pd.Timestamp, future: str, place: Path) -> Path:
    """A copy of a data folder in which what is dated after a date is cut off, or poisoned (`POISONS`)."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        copy = place / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        named = IN_NAME.search(path.name)
        if named and pd.Timestamp(named[0]) > date:
            if future != CUT and path.suffix == ".json":
                copy.write_text(json.dumps(_without_numbers(json.loads(path.read_text("utf-8")))), encoding="utf-8")
        elif path.suffix == ".parquet":
            _other(pd.read_parquet(path), date, future).to_parquet(copy)
        elif path.suffix == ".csv":
            table = pd.read_csv(path)
            _other(table, date, future).to_csv(copy, index=False)
        else:
            shutil.copyfile(path, copy)
    return place


def last_sessions(folder: Path) -> pd.DatetimeIndex:
    """The days that most rows of the folder's largest dated table stand on, in order."""
    tables = [_read(path) for path in sorted(folder.rglob("*")) if path.suffix in (".parquet", ".csv")]
    dated = [days for table in tables if (days := _days(table)) is not None]
    if not dated:
        return pd.DatetimeIndex([])
    counts = max(dated, key=len).value_counts()
    return pd.DatetimeIndex(counts.index[counts > counts.max() / 2]).sort_values()


def _read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def _other(table: pd.DataFrame, date: pd.Timestamp, future: str) -> pd.DataFrame:
    days = _days(table)
    if days is None:
        return table
    later = (days > date + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)).to_numpy()
    if future == CUT:
        return table[~later]
    return pd.concat([table[~later], POISONS[future](table[later])])


def _days(table: pd.DataFrame) -> pd.Series | None:
    """The date of each row, naive UTC; None where rows have none."""
    if isinstance(table.index, pd.DatetimeIndex):
        given: Any = table.index.to_series()
    else:
        names = [name for name in table.columns if str(name).lower() in DATES]
        if not names:
            return None
        given = table[names[0]]
    days = pd.to_datetime(given, errors="coerce", utc=True).dt.tz_localize(None)
    return None if days.isna().all() else days.reset_index(drop=True)


def _numbers(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows.select_dtypes("number").columns]


def _without_numbers(document: Any) -> Any:
    """A JSON document with no number left; where there was one stands null."""
    if isinstance(document, dict):
        return {key: _without_numbers(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_without_numbers(value) for value in document]
    return None if isinstance(document, (int, float)) and not isinstance(document, bool) else document
