"""A data folder with another future, or another past: each row of its tables after a date, or before one, is gone or poison.

Parquet and CSV tables are told by their dates: a column of that name, or a first column or index of days. A file whose name has
a later date (an export of a scanner) is gone, or its numbers are. A poisoned future goes on beyond the end of the data. A row
that tells since when and until when it holds (a member of the universe) is later where it begins later; an end that is later
wasn't known. What has no date stays as it is.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CUT = "cut off"
TABLES = (".parquet", ".csv")
DATES = ("date", "timestamp", "datetime", "time", "session", "asof", "as_of", "valid_from")
END = "valid_to"
CONTINUED = 60
"""Days by which data go on after their end."""
MUCH_LATER = pd.Timedelta(days=1000)
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
PASTS: Mapping[str, Poison] = {"shuffled": _mixed}
"""What becomes of rows that are older than any window. They keep their size: sums that carry them along lose no digits."""


def copied(folder: Path, place: Path) -> Path:
    """A copy of a data folder."""
    for path, copy in _copies(folder, place):
        shutil.copyfile(path, copy)
    return place


def with_other_future(folder: Path, date: pd.Timestamp, future: str, place: Path) -> Path:
    """A copy of a data folder in which what is dated after a date is cut off, or poisoned (`POISONS`)."""
    for path, copy in _copies(folder, place):
        named = IN_NAME.search(path.name)
        if named and pd.Timestamp(named[0]) > date:
            if future != CUT and path.suffix == ".json":
                copy.write_text(json.dumps(_without_numbers(json.loads(path.read_text("utf-8")))), encoding="utf-8")
        elif path.suffix in TABLES:
            table = _with_other_ends(_read(path), date, future)
            table = table if future == CUT else _continued(table)
            _write(_other(table, _later(table, date), POISONS.get(future)), copy)
        else:
            shutil.copyfile(path, copy)
    return place


def with_other_past(folder: Path, first: pd.Timestamp, past: str, place: Path) -> int:
    """Copy a data folder with what is dated before a day cut off, or poisoned (`PASTS`); the number of such rows."""
    older = 0
    for path, copy in _copies(folder, place):
        table = _read(path) if path.suffix in TABLES else None
        days = None if table is None or END in table else _days(table)
        if table is None or days is None:
            shutil.copyfile(path, copy)
            continue
        old = (days < first).to_numpy()
        older += int(old.sum())
        _write(_other(table, old, PASTS.get(past)), copy)
    return older


def last_sessions(folder: Path) -> pd.DatetimeIndex:
    """The days that most rows of the folder's largest dated table stand on, in order."""
    tables = [_read(path) for path in sorted(folder.rglob("*")) if path.suffix in TABLES]
    dated = [days for table in tables if (days := _days(table)) is not None]
    if not dated:
        return pd.DatetimeIndex([])
    counts = max(dated, key=len).value_counts()
    return pd.DatetimeIndex(counts.index[counts > counts.max() / 2]).sort_values()


def _copies(folder: Path, place: Path) -> Iterator[tuple[Path, Path]]:
    """Each file of a folder, in order, and where its copy belongs; the folder for it is there."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        copy = place / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        yield path, copy


def _read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def _write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)


def _other(table: pd.DataFrame, chosen: np.ndarray, poison: Poison | None) -> pd.DataFrame:
    """The table without the chosen rows, or with these poisoned, in their places."""
    if poison is None:
        return table[~chosen]
    if not chosen.any():
        return table
    places = np.concatenate([np.flatnonzero(~chosen), np.flatnonzero(chosen)])
    return pd.concat([table[~chosen], poison(table[chosen])]).iloc[np.argsort(places, kind="stable")]


def _later(table: pd.DataFrame, date: pd.Timestamp) -> np.ndarray:
    """Which rows are dated after a day; none of a table that has no dates."""
    days = _days(table)
    return np.zeros(len(table), dtype=bool) if days is None else (days >= date + pd.Timedelta(days=1)).to_numpy()


def _continued(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its last days once more, after its end: who looks far ahead finds something there, whatever the date."""
    days = _days(table)
    if days is None or END in table:
        return table
    last = days.dropna().drop_duplicates().nlargest(CONTINUED)
    rows = table[days.isin(last).to_numpy()]
    further = (days[days.isin(last)] + (last.iloc[0] - last.iloc[-1] + pd.Timedelta(days=1))).to_numpy()
    if isinstance(table.index, pd.DatetimeIndex):
        rows = rows.set_axis(pd.DatetimeIndex(further).tz_localize(table.index.tz).as_unit(table.index.unit))
    else:
        name = _date_column(table)
        kind = table[name].dtype
        told = pd.Series(further, rows.index)
        if kind.kind in "iuf":
            return table
        dated = kind.kind == "M"
        rows = rows.assign(
            **{
                name: told.dt.tz_localize(getattr(kind, "tz", None)).astype(kind)
                if dated
                else told.dt.strftime("%Y-%m-%d")
            }
        )
    return pd.concat([table, rows])


def _with_other_ends(table: pd.DataFrame, date: pd.Timestamp, future: str) -> pd.DataFrame:
    """Ends that come after a date aren't known on it: they are unknown, or on another day that comes after it."""
    if END not in table:
        return table
    ends = pd.to_datetime(table[END], errors="coerce", utc=True).dt.tz_localize(None)
    known = ends.where((ends <= date).to_numpy())
    return table.assign(
        **{END: known if future == CUT else known.where(ends.isna() | known.notna(), date + MUCH_LATER)}
    )


def _days(table: pd.DataFrame) -> pd.Series | None:
    """The date of each row, naive UTC; None where rows have none."""
    if isinstance(table.index, pd.DatetimeIndex):
        given: Any = table.index.to_series()
    else:
        name = _date_column(table)
        if not name:
            return None
        given = table[name]
    days = pd.to_datetime(given, errors="coerce", utc=True).dt.tz_localize(None)
    return None if days.isna().all() else days.reset_index(drop=True)


def _date_column(table: pd.DataFrame) -> str:
    """The first column of dates, by its name; empty where there is none."""
    return next((str(name) for name in table.columns if str(name).lower() in DATES), "")


def _numbers(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows.select_dtypes("number").columns]


def _without_numbers(document: Any) -> Any:
    """A JSON document with no number left; where there was one stands null."""
    if isinstance(document, dict):
        return {key: _without_numbers(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_without_numbers(value) for value in document]
    return None if isinstance(document, (int, float)) and not isinstance(document, bool) else document
