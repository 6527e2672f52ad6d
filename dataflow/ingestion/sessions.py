"""The session that a row belongs to: one date per symbol and row, whatever zone or hour its timestamp is in.

`stated_moments` reads timestamps (`Moments`: in UTC, and on the clock of their own zone), `session_dates` gives their dates,
`refuse_sub_daily` sends back bars of minutes and hours, `refuse_sparse` those of weeks and months, `resampled` makes days of
the short ones where the profile asks for it.

| a symbol's timestamps                                     | their session                                         |
| ---------------------------------------------------------- | ------------------------------------------------------ |
| dates, midnights without a zone or in UTC                  | that date                                              |
| with a zone or offset other than UTC                       | the date on that zone's clock                          |
| UTC or no zone, always at one time of day before 10:00:    | the date in UTC                                        |
| New York's midnight (04:00, 05:00), candles at 08:00       |                                                        |
| from 10:00 on, on the eve of weekdays (Sunday to Thursday): | the next day: the date on the clock of the zone whose  |
| midnights of Tokyo (15:00), Berlin (22:00, 23:00), London  | midnight that time is                                  |
| (23:00 in summer), currencies from Sunday evening on       |                                                        |
| from 10:00 on, from Monday to Friday: opens (13:30, 14:30) | the date in UTC                                        |
| and closes (20:00, 21:00) of New York                      |                                                        |
| from 12:00 on, on all days (crypto in Korea's or China's   | the next day, the date of the bar's middle; from 23:59 |
| day, 15:00 or 16:00) or on too few to tell                 | on (a close) the date in UTC                           |

A time of day may move by an hour within a series (summer time), and single stamps may stand elsewhere (the last, live one):
the time that most rows of the symbol have decides. Only shares of weekends count, so that one more row changes no other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

DAY = 86_400_000_000
"""Microseconds."""
MINUTE = 60_000_000
HOURS_OF_A_DAILY_BAR = 20
WEEKDAYS_ONLY = 0.05
"""Highest share of weekend rows of a symbol that trades on weekdays."""
WITH_WEEKENDS = 0.10
EVE, NOON, CLOSE = 10 * 60, 12 * 60, 23 * 60 + 59
"""Minutes of the day: no zone's midnight is earlier than `EVE` on the day before; a stamp from `CLOSE` on ends its day."""
SPARSE_DAYS, SPARSE_SHARE, SPARSE_GAPS = 6, 0.8, 8
"""Bars of weeks or months: the usual gap in days, the share of gaps that are like it, and how many it takes to tell."""
ISO = re.compile(r"(?:\d{4}-\d{2}-\d{2}|\d{8})(?:[T ].*)?")
OFFSET = re.compile(r"[T ].*?([+-])(\d{2}):?(\d{2})?$")
UTC_NAMES = ("UTC", "GMT", "ETC/UTC", "ETC/GMT", "ZULU", "UTC+00:00", "UTC-00:00")

Micros = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Timestamps as read: datetime64[us], NaT where there is none."""

    utc: npt.NDArray[np.datetime64]
    clock: npt.NDArray[np.datetime64]
    """On the clock of the zone that each states; in UTC where it states none."""
    zoned: npt.NDArray[np.bool_]
    """Whether a zone other than UTC is stated."""

    def taken(self, rows: npt.NDArray[Any]) -> "Moments":
        """The moments of these rows."""
        return Moments(self.utc[rows], self.clock[rows], self.zoned[rows])


def stated_moments(index: pd.Index, table: str) -> Moments:
    """The timestamps of a table.

    Text must be ISO (2026-03-18, with a time or not): day first and month first can't be told apart. Raises
    `DataContractError` where the values are numbers or no dates.
    """
    if pd.api.types.is_numeric_dtype(index.dtype):
        raise DataContractError(f"ingestion: the dates of {table} are numbers ({index.dtype}); give timestamps")
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        if index.tz is None:
            naive = index.as_unit("us").to_numpy()
            return Moments(naive, naive, np.zeros(len(naive), dtype=bool))
        utc = index.tz_convert("UTC").tz_localize(None).as_unit("us").to_numpy()
        clock = index.tz_localize(None).as_unit("us").to_numpy()
        zoned = np.full(len(utc), str(index.tz).upper() not in UTC_NAMES)
        return Moments(utc, clock, zoned)
    return _object_moments(index, table)


def _object_moments(index: pd.Index, table: str) -> Moments:
    """Of text, dates and datetimes, each value read once."""
    missing = np.asarray(index.isna())
    # Equal moments of two zones are one value to pandas: the zone has to be part of the key.
    keys = [value if isinstance(value, str) else (str(value), str(getattr(value, "tzinfo", ""))) for value in index]
    codes, _ = pd.factorize(np.fromiter(keys, dtype=object, count=len(keys)))
    _, firsts = np.unique(codes, return_index=True)
    values = [None if missing[row] else index[row] for row in firsts]
    texts = [value for value in values if isinstance(value, str) and value]
    wrong = [repr(text) for text in texts if not ISO.fullmatch(text)]
    wrong += [
        repr(value) for value in values if value is not None and not isinstance(value, str | date | np.datetime64)
    ]
    if wrong:
        raise DataContractError(
            f"ingestion: the dates of {table} can't be read as dates: {offenders(wrong)}. Write them as ISO dates "
            "(2026-03-18), or give timestamps: day first and month first can't be told apart"
        )
    utc, offset = [], []
    for value in values:
        shift = _offset(value)
        try:
            utc.append(_utc(value))
        except (ValueError, TypeError, OverflowError) as error:
            raise DataContractError(
                f"ingestion: the dates of {table} can't be read as dates: {str(error).splitlines()[0][:120]}"
            ) from None
        offset.append(np.timedelta64(int(shift.total_seconds() * 1_000_000), "us"))
    moments = np.array(utc, dtype="datetime64[us]")[codes]
    offsets = np.array(offset, dtype="timedelta64[us]")[codes]
    return Moments(moments, moments + offsets, offsets != np.timedelta64(0, "us"))


def _utc(value: Any) -> np.datetime64:
    """Text, date or datetime as naive UTC; NaT for nothing."""
    if value is None or value == "":
        return np.datetime64("NaT", "us")
    moment = pd.Timestamp(value)
    naive = moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)
    return naive.as_unit("us").to_datetime64()


def _offset(value: Any) -> timedelta:
    """The offset from UTC that a text or a datetime states, zero where it states none."""
    if isinstance(value, str):
        found = OFFSET.search(value)
        if found is None:
            return timedelta(0)
        size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return size if found[1] == "+" else -size
    return (value.utcoffset() if isinstance(value, datetime) else None) or timedelta(0)


def session_dates(moments: Moments, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    """The session of each row, as midnights; `codes` number the symbols (-1: none). See the table above."""
    micros = moments.utc.view(np.int64)
    if not moments.zoned.any() and at_midnight(moments):
        return moments.utc
    known = ~np.isnat(moments.utc)
    plain = known & ~moments.zoned
    leads = _leads(micros[plain], codes[plain], int(codes.max(initial=-1)) + 1)
    local = np.where(moments.zoned, moments.clock.view(np.int64), micros + leads[codes])
    return np.where(known, (local - local % DAY).view("datetime64[us]"), np.datetime64("NaT", "us"))


def at_midnight(moments: Moments) -> bool:
    """Whether all stand at midnight, so that each is a date."""
    micros = moments.utc.view(np.int64)
    rest = micros % DAY
    return not rest.any() or not rest[~np.isnat(moments.utc)].any()


def _leads(micros: Micros, codes: npt.NDArray[np.int64], count: int) -> Micros:
    """For each symbol what is added to UTC so that the date changes with its session; a last zero for rows without one."""
    leads = np.zeros(count + 1, dtype=np.int64)
    minutes = micros % DAY // MINUTE
    pairs = pd.Series(codes * 1440 + minutes).value_counts(sort=False)
    table = pd.DataFrame({"key": pairs.index.to_numpy(), "rows": pairs.to_numpy()})
    table = table.assign(symbol=table["key"] // 1440, minute=table["key"] % 1440).query("symbol >= 0")
    main = table.sort_values(["symbol", "rows", "minute"], ascending=[True, False, True]).drop_duplicates("symbol")
    if main.empty:
        return leads
    symbols, minute = main["symbol"].to_numpy(), main["minute"].to_numpy()
    summer = (minute - 60) % 1440
    earliest = np.where(np.isin(symbols * 1440 + summer, table["key"].to_numpy()), summer, minute)
    lead = np.zeros(count, dtype=np.int64)
    lead[symbols] = (1440 - earliest) % 1440 * MINUTE
    named = codes >= 0
    rows = np.bincount(codes[named], minlength=count)
    as_stated = _weekend_share(micros[named], codes[named], rows)
    next_day = _weekend_share(micros[named] + lead[codes[named]], codes[named], rows)
    first = np.zeros(count, dtype=np.int64)
    first[symbols] = earliest
    eves = (next_day < WEEKDAYS_ONLY) & (as_stated > WITH_WEEKENDS)
    days = (as_stated < WEEKDAYS_ONLY) & (next_day > WITH_WEEKENDS)
    moved = (first >= EVE) & (first < CLOSE) & ((eves | (first >= NOON)) & ~days)
    leads[:count] = np.where(moved, lead, 0)
    return leads


def _weekend_share(
    micros: Micros, codes: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """For each symbol the share of its rows on Saturdays and Sundays."""
    # Day 0 was a Thursday.
    weekend = (micros // DAY + 3) % 7 >= 5
    return np.bincount(codes, weights=weekend, minlength=len(rows)) / np.maximum(rows, 1)


def refuse_sub_daily(moments: Moments, codes: npt.NDArray[np.int64], names: Sequence[str], table: str) -> None:
    """Raises `DataContractError` where most rows of a symbol are less than 20 hours apart."""
    if at_midnight(moments) or not len(codes):
        return
    micros = moments.utc.view(np.int64)
    kept = (codes >= 0) & ~np.isnat(moments.utc)
    order = np.lexsort((micros[kept], codes[kept]))
    times, owners = micros[kept][order], codes[kept][order]
    gaps, same = np.diff(times), owners[1:] == owners[:-1]
    gaps, owners = gaps[same & (gaps > 0)], owners[1:][same & (gaps > 0)]
    number = np.bincount(owners, minlength=len(names))
    short = np.bincount(owners, weights=gaps < HOURS_OF_A_DAILY_BAR * 60 * MINUTE, minlength=len(names))
    bad = np.flatnonzero((number >= 3) & (2 * short > number)).tolist()
    if bad:
        hours = float(np.median(gaps[owners == bad[0]])) / (60 * MINUTE)
        mend = 'give daily bars, or set data.resample = "1d"' if table == "bars" else "give returns of days"
        raise DataContractError(
            f"ingestion: {table} of {len(bad)} symbols ({offenders([names[row] for row in bad])}) aren't daily: rows of "
            f"{names[bad[0]]} are {hours:g} hours apart, and every window counts days; {mend}"
        )


def maybe_sparse(
    rows: npt.NDArray[np.integer[Any]], first: np.datetime64, last: np.datetime64
) -> npt.NDArray[np.bool_]:
    """Who has a row on every fifth day at most, by the number of rows between two days; nobody where that isn't half of them."""
    days = int((last.astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64))
    few = (rows > SPARSE_GAPS) & (rows <= days / (SPARSE_DAYS - 1) + 1)
    return few if 2 * few.sum() >= (rows > 0).sum() else np.zeros_like(few)


def refuse_sparse(
    dates: npt.NDArray[np.datetime64], codes: npt.NDArray[np.integer[Any]], names: Sequence[str], table: str
) -> None:
    """Raises `DataContractError` where rows come regularly, but a week, a month or more apart, for half of the symbols.

    One such symbol among daily ones is its own affair: the checks of holes and of history look at it.
    """
    known = ~np.isnat(dates) & (codes >= 0)
    if not known.all():
        dates, codes = dates[known], codes[known]
    if len(dates) <= SPARSE_GAPS:
        return
    rows = np.bincount(codes, minlength=len(names))
    few = maybe_sparse(rows, dates.min(), dates.max())  # only their gaps have to be looked at
    if not few.any():
        return
    days = dates.astype("datetime64[D]").astype(np.int64)
    apart = {}
    for row in np.flatnonzero(few).tolist():
        gaps = np.diff(np.unique(days[codes == row]))
        usual = float(np.median(gaps)) if len(gaps) >= SPARSE_GAPS else 0.0
        if usual >= SPARSE_DAYS and np.mean(np.abs(gaps - usual) <= max(1.0, usual / 10)) >= SPARSE_SHARE:
            apart[names[row]] = usual
    if 2 * len(apart) >= (rows > 0).sum():
        first = next(iter(apart))
        raise DataContractError(
            f"ingestion: {table} of {len(apart)} symbols ({offenders(list(apart))}) aren't daily: rows of {first} are "
            f"{apart[first]:g} days apart, and every window counts days; give daily {table}"
        )


HOW: dict[str, str] = {"open": "first", "high": "max", "low": "min", "volume": "sum", "quote_volume": "sum"}
"""How the rows of a session become one; the rest (closes): the last."""


def resampled(bars: pd.DataFrame, moments: Moments) -> pd.DataFrame:
    """One row per symbol and day (in UTC, or on the clock of the zone that is stated): first open, highest high, last close."""
    clock = np.where(moments.zoned, moments.clock, moments.utc).astype("datetime64[D]").astype("datetime64[us]")
    timed = bars.assign(date=clock).iloc[np.argsort(moments.utc, kind="stable")]
    how = {name: HOW.get(name, "last") for name in timed.columns if name not in ("symbol", "date")}
    days = timed.groupby(["symbol", "date"], observed=True, sort=True)
    found = days.agg({name: rule for name, rule in how.items() if rule != "sum"})
    sums = [name for name, rule in how.items() if rule == "sum"]
    if sums:
        found[sums] = days[sums].sum(min_count=1)
    return found[list(how)].reset_index()
