"""Where the tables end: the last session that is seen, and how old everything is on it.

`within_horizon` takes what a provider brought and, in this order: sets aside dates that can't be (after today, or a few rows
long after all others), ends returns and bars on one day, leaves out a last session that isn't over, refuses data that
ended long ago, leaves out bars that are older than any window, and drops the candidates of scans that are too old. What lies
beyond is named in `Tables.beyond`: it must not show in an artifact, or a run as of a date would differ from a run on data that
end there.

Bars older than `window_days` before the last session don't count, whoever brings them: so a provider needn't read them, and a
selection is the same whether it does (`reaches_far_enough`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.exchange_hours import (
    exchange_of,
    open_since,
    session_end,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

LONG_WEEKEND = 4
"""Days from the last session before a long weekend (Easter's Thursday) to the next one: until then the data is up to date."""
FAR_DAYS, FAR_SESSIONS, FAR_SHARE = 7, 5, 0.5
"""A few sessions (at most five) of less than half of the symbols, more than a week after all others, are errors of dates."""
EASTERNMOST = pd.Timedelta(hours=14)
RECENT_DAYS = 45
WEEKEND_SHARE = 0.15
"""What has a larger share of its rows on weekends trades then, too."""
WINDOW_PER_DAY, WINDOW_MARGIN = 2, 100
"""Calendar days of bars per day of returns in use, and further ones: 500 sessions of a stock take 725 calendar days, the rest is
the evidence on which the checks of bars judge the first of them."""
THIN_VOLUME, THIN_SHARE, THIN_SYMBOLS, USUAL_BARS = 0.2, 0.6, 5, 10
"""A session isn't over where the volume of more than 60 % of the symbols (of at least five) is below 20 % of its median."""


def within_horizon(
    tables: Tables,
    as_of: pd.Timestamp | None,
    moment: pd.Timestamp | None,
    pinned_session: pd.Timestamp | None,
    data: DataSettings,
) -> Tables:
    """The tables up to the last session that is seen.

    Parameters
    ----------
    as_of : the date asked for; with a time of day, it stands for `moment`.
    moment : when it is asked for (naive UTC), which tells whether a session is over; None: it isn't asked.
    pinned_session : the last session of an earlier run without an as-of date, which is repeated.

    Raises `DataContractError` where the data ended more than `data.max_age_days` before the as-of date.
    """
    beyond = dict(tables.beyond)
    found = _without_far_dates(tables, moment, data, beyond)
    found = _to_common_end(found, data, beyond)
    if pinned_session is not None:
        found = cut(found, pinned_session)
    elif data.unfinished == "drop":
        found = _without_unfinished(found, _asked_at(as_of, moment), beyond)
    last = last_session(found)
    if last is None:
        return replace(found, beyond=beyond)
    aged_at = as_of.normalize() if as_of is not None and pinned_session is None else last
    if as_of is None and pinned_session is None and moment is not None and (moment - last).days > data.max_age_days:
        beyond["old data"] = (
            f"the last bar is of {last.date()}, more than {data.max_age_days:g} days before today: this is a selection of then"
        )
    overdue = (aged_at - last.normalize()).days
    if overdue > LONG_WEEKEND and _closed_since(found, last, aged_at):
        overdue, aged_at = 0, last
    if overdue > data.max_age_days:
        raise DataContractError(
            f"ingestion: the last bar is of {last.date()}, {overdue} days before the as-of date {aged_at.date()}: "
            "everything is stale. Bring the data up to date, choose an earlier --as-of, or raise data.max_age_days"
        )
    if overdue <= LONG_WEEKEND:
        aged_at = last
    found = _within_window(found, last, data)
    notes = [] if aged_at == last else [f"the last bar is of {last.date()}, {overdue} days before the as-of date"]
    _refuse_scans_of_the_future(found.scans, moment)
    records, old = _fresh_candidates(found, aged_at, data)
    answer = replace(
        found, candidates=records, last_session=last, aged_at=aged_at, beyond=beyond, notes=(*found.notes, *notes, *old)
    )
    if data.strict_pit and not answer.point_in_time:
        raise DataContractError(
            f"ingestion: not all input is known to be of the as-of date, and it must be (data.strict_pit): "
            f"{'; '.join(answer.notes) or 'the provider gives no dates'}"
        )
    return answer


def _closed_since(tables: Tables, last: pd.Timestamp, until: pd.Timestamp) -> bool:
    """Whether all exchanges were on holiday since the last session (China's golden week), so that nothing is missing."""
    symbols, continuous = _recent_symbols(tables, last)
    return not any(continuous) and not open_since(map(exchange_of, symbols), last, until)


def window_days(data: DataSettings) -> int | None:
    """Calendar days before the last session from which on bars count; None: all do."""
    if not data.lookback or data.fields == "believed":
        return None
    return WINDOW_PER_DAY * data.lookback + WINDOW_MARGIN


def reaches_far_enough(bars: pd.DataFrame, since: pd.Timestamp, data: DataSettings) -> bool:
    """Whether bars that were read from a day on (typed, up to the as-of date) hold all that is looked at."""
    window = window_days(data)
    dates = pd.DatetimeIndex(bars["date"])
    if window is None or not dates.notna().any():
        return False
    end = _believable_end(dates, bars["symbol"].cat.codes.to_numpy(), bars)
    sessions = dates[dates <= end].nunique()
    return sessions > FAR_SESSIONS and end - since >= pd.Timedelta(days=window + RECENT_DAYS)


def window_start(days: pd.DatetimeIndex, data: DataSettings) -> pd.Timestamp | None:
    """The day from which on bars hold all that is looked at, given all days that have any (sorted); None: all are needed.

    As `reaches_far_enough` without a look at the symbols: where the last days may be errors of dates, all are needed.
    """
    window, gaps = window_days(data), np.flatnonzero(np.diff(days.to_numpy()) > np.timedelta64(FAR_DAYS, "D"))
    if window is None or not len(days) or (len(gaps) and len(days) - 1 - gaps[-1] <= FAR_SESSIONS):
        return None
    since = days[-1] - pd.Timedelta(days=window + RECENT_DAYS)
    return since if (days >= since).sum() > FAR_SESSIONS else None


def _within_window(tables: Tables, last: pd.Timestamp, data: DataSettings) -> Tables:
    """Without the bars that are older than any window; rows without a date stay, to be set aside."""
    window = window_days(data)
    if window is None or tables.bars is None:
        return tables
    old = (tables.bars["date"] < last.normalize() - pd.Timedelta(days=window)).to_numpy()
    if not old.any():
        return tables
    first = int(old.sum())
    # Rows in the order of their days are cut, not copied.
    return replace(tables, bars=tables.bars.iloc[first:] if old[:first].all() else tables.bars.loc[~old])


def last_session(tables: Tables) -> pd.Timestamp | None:
    """The last date there is in bars and returns."""
    ends = [dates.max() for dates in _dates(tables) if len(dates) and dates.notna().any()]
    return pd.Timestamp(max(ends)) if ends else None


def cut(tables: Tables, last: pd.Timestamp) -> Tables:
    """Bars and returns up to a session."""
    bars, returns, aside = tables.bars, tables.returns, tables.quarantine
    if bars is not None and (late := (bars["date"] > last).to_numpy()).any():
        bars = bars.loc[~late]
    if returns is not None and (late := np.asarray(returns.index > last)).any():
        returns = returns.loc[~late]
        aside = None if aside is None else aside.loc[~(aside["date"] > last).to_numpy()].reset_index(drop=True)
    return replace(tables, bars=bars, returns=returns, quarantine=aside)


def _dates(tables: Tables) -> list[pd.DatetimeIndex]:
    found = [] if tables.bars is None else [pd.DatetimeIndex(tables.bars["date"])]
    return found if tables.returns is None else [*found, pd.DatetimeIndex(tables.returns.index)]


def _without_far_dates(
    tables: Tables, moment: pd.Timestamp | None, data: DataSettings, beyond: dict[str, str]
) -> Tables:
    """Without rows dated after today, or a few rows long after all others."""
    if data.far_dates == "keep":
        return tables
    ends = []
    for table in ("bars", "returns"):
        frame = getattr(tables, table)
        if frame is None or not len(frame):
            continue
        dates = pd.DatetimeIndex(frame["date"] if table == "bars" else frame.index)
        end = _believable_end(dates, None if table == "returns" else frame["symbol"].cat.codes.to_numpy(), frame)
        today = None if moment is None else (moment + EASTERNMOST).normalize()
        end = end if today is None or end <= today else today
        far = np.asarray(dates > end)
        if far.any():
            names = (
                frame["symbol"][far].astype(str).unique()
                if table == "bars"
                else frame.columns[frame[far].notna().any()]
            )
            beyond[f"far dates of {table}"] = (
                f"{int(far.sum())} rows of {table} are dated long after all others or after today, up to "
                f"{dates.max().date()} ({offenders(sorted(names))}): set aside"
            )
            ends.append(end)
    return cut(tables, max(ends)) if ends else tables


def _believable_end(
    dates: pd.DatetimeIndex, codes: npt.NDArray[np.integer[Any]] | None, frame: pd.DataFrame
) -> pd.Timestamp:
    """The last date that isn't one of a few long after all others."""
    days = dates.unique().dropna().sort_values()
    end = len(days)
    while end > 1:
        gaps = np.flatnonzero(np.diff(days[:end].to_numpy()) > np.timedelta64(FAR_DAYS, "D"))
        if not len(gaps) or end - 1 - gaps[-1] > FAR_SESSIONS:
            break
        rows = np.asarray((dates > days[gaps[-1]]) & (dates <= days[end - 1]))
        held = len(np.unique(codes[rows])) if codes is not None else int(frame[rows].notna().any().sum())
        if held >= FAR_SHARE * _trading(dates, codes, frame, pd.Timestamp(days[gaps[-1]])):
            break
        end = int(gaps[-1]) + 1
    return pd.Timestamp(days[end - 1])


def _trading(
    dates: pd.DatetimeIndex, codes: npt.NDArray[np.integer[Any]] | None, frame: pd.DataFrame, day: pd.Timestamp
) -> int:
    """How many symbols have a row in the weeks up to a day."""
    rows = np.asarray((dates > day - pd.Timedelta(days=RECENT_DAYS)) & (dates <= day))
    return len(np.unique(codes[rows])) if codes is not None else int(frame[rows].notna().any().sum())


def _to_common_end(tables: Tables, data: DataSettings, beyond: dict[str, str]) -> Tables:
    """Returns and bars up to the last day that both have."""
    if not data.common_end or tables.bars is None or tables.returns is None or not len(tables.bars):
        return tables
    ends = {"bars": pd.Timestamp(tables.bars["date"].max()), "returns": pd.Timestamp(tables.returns.index.max())}
    first, longer = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
    if pd.isna(ends[first]) or ends[first] == ends[longer]:
        return tables
    if first == "bars" and (ends["returns"] - ends["bars"]).days > data.max_age_days:
        raise DataContractError(
            f"ingestion: the bars end on {ends['bars'].date()}, the returns on {ends['returns'].date()}: bring the bars up to "
            "date, leave them out (data.bars = []), or set data.common_end = false"
        )
    beyond["common end"] = (
        f"the {longer} go on to {ends[longer].date()}, the {first} end on {ends[first].date()}: so do both"
    )
    return cut(tables, ends[first])


def _asked_at(as_of: pd.Timestamp | None, moment: pd.Timestamp | None) -> pd.Timestamp | None:
    if as_of is not None and as_of != as_of.normalize():
        return as_of if moment is None else min(as_of, moment)
    return moment


def _without_unfinished(tables: Tables, moment: pd.Timestamp | None, beyond: dict[str, str]) -> Tables:
    """Without a last session that isn't over: by the clock, or because most assets have hardly any volume in it."""
    kept = tables
    while (last := last_session(kept)) is not None and moment is not None and _may_go_on(kept, last, moment):
        beyond["unfinished session"] = f"the session of {last.date()} isn't over: left out (data.unfinished)"
        kept = _before(kept, last)
    if last is not None and (thin := _thin(kept, last)) is not None:
        beyond["unfinished session"] = (
            f"the session of {last.date()} has less than {THIN_VOLUME:.0%} of its usual volume for {thin[0]} of {thin[1]} "
            "assets and looks unfinished: left out (data.unfinished)"
        )
        kept = _before(kept, last)
    return kept


def _before(tables: Tables, session: pd.Timestamp) -> Tables:
    return cut(tables, session.normalize() - pd.Timedelta(microseconds=1))


def _may_go_on(tables: Tables, session: pd.Timestamp, moment: pd.Timestamp) -> bool:
    """Whether a session isn't over: no exchange is asked on the days after it, when none is open any more."""
    return moment < session.normalize() + pd.Timedelta(days=1) and _end(tables, session) > moment


def _end(tables: Tables, session: pd.Timestamp) -> pd.Timestamp:
    """When a session is over for all that trade in it (naive UTC): on weekdays by its exchange, else with the day."""
    midnight = session.normalize() + pd.Timedelta(days=1)
    symbols, continuous = _recent_symbols(tables, session)
    if session.day_of_week >= 5 or any(continuous):
        return midnight
    return max((session_end(name, session) for name in sorted({*map(exchange_of, symbols)})), default=midnight)


def _recent_symbols(tables: Tables, session: pd.Timestamp) -> tuple[list[str], list[bool]]:
    """The symbols of the weeks before a session, and whether each trades on weekends, too."""
    start = session - pd.Timedelta(days=RECENT_DAYS)
    if tables.bars is not None:
        recent = tables.bars.loc[(tables.bars["date"] > start).to_numpy(), ["symbol", "date"]]
        shares = (recent["date"].dt.day_of_week >= 5).groupby(recent["symbol"], observed=True).mean()
    else:
        assert tables.returns is not None
        traded = tables.returns[tables.returns.index > start].notna()
        weekend = pd.DatetimeIndex(traded.index).day_of_week >= 5
        shares = traded[weekend].sum() / traded.sum().clip(lower=1)
    return [str(name) for name in shares.index], [bool(share > WEEKEND_SHARE) for share in shares]


def _thin(tables: Tables, session: pd.Timestamp) -> tuple[int, int] | None:
    """How many assets of how many have hardly any volume in the last session; None where they aren't most of a calendar's."""
    bars = tables.bars
    if bars is None or "volume" not in bars:
        return None
    codes = bars["symbol"].cat.codes.to_numpy()
    recent = (codes >= 0) & (bars["date"] > session - pd.Timedelta(days=RECENT_DAYS)).to_numpy()
    codes, dates = codes[recent], bars["date"].to_numpy()[recent]
    volume = bars["volume"].to_numpy(dtype=np.float64)[recent]
    count = len(bars["symbol"].cat.categories)
    is_last = dates == session.to_datetime64()
    now = np.full(count, np.nan)
    now[codes[is_last]] = volume[is_last]  # of several rows the last
    median, number = _medians(codes[~is_last], volume[~is_last], count)
    known = (number >= USUAL_BARS) & (median > 0) & ~np.isnan(now)
    continuous = _weekend_shares(codes, dates, count) > WEEKEND_SHARE
    for each in (True, False):
        members = known & (continuous == each)
        thin = members & (now < THIN_VOLUME * median)
        if members.sum() >= THIN_SYMBOLS and thin.sum() / members.sum() > THIN_SHARE:
            return int(thin.sum()), int(members.sum())
    return None


def _medians(
    codes: npt.NDArray[np.integer[Any]], values: npt.NDArray[np.float64], count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """For each code the median of its known values, NaN where there are none, and their number."""
    known = ~np.isnan(values)
    codes, values = codes[known], values[known]
    ordered = values[np.lexsort((values, codes))]
    number = np.bincount(codes, minlength=count)
    ends = np.cumsum(number)
    median = np.full(count, np.nan)
    some = number > 0
    low, high = (ends - number + (number - 1) // 2)[some], (ends - number + number // 2)[some]
    median[some] = (ordered[low] + ordered[high]) / 2
    return median, number


def _weekend_shares(
    codes: npt.NDArray[np.integer[Any]], dates: npt.NDArray[np.datetime64], count: int
) -> npt.NDArray[np.float64]:
    """For each code the share of its rows on Saturdays and Sundays, 0 where it has none."""
    weekend = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7 >= 5  # day 0 was a Thursday
    return np.bincount(codes, weights=weekend, minlength=count) / np.maximum(np.bincount(codes, minlength=count), 1)


def _refuse_scans_of_the_future(scans: Mapping[str, pd.Timestamp | None], moment: pd.Timestamp | None) -> None:
    late = [
        f"{name} of {when.date()}"
        for name, when in sorted(scans.items())
        if moment is not None and when is not None and when > moment + EASTERNMOST
    ]
    if late:
        raise DataContractError(
            f"ingestion: {len(late)} scans are dated after today ({offenders(late)}): mend meta.asof, or use an --as-of before it"
        )


def _fresh_candidates(
    tables: Tables, aged_at: pd.Timestamp, data: DataSettings
) -> tuple[tuple[Mapping[str, Any], ...], list[str]]:
    """The candidates without those of scans that are too old, and a note on each old scan."""
    ages = {name: (aged_at - when.normalize()).days for name, when in tables.scans.items() if when is not None}
    stale = {name for name, age in ages.items() if age > data.max_scan_age_days}
    kept = tuple(record for record in tables.candidates if record.get("scanner") not in stale)
    return kept, list(_scan_notes(ages, stale, data.max_age_days))


def _scan_notes(ages: Mapping[str, int], stale: Iterable[str], remarkable: float) -> Iterator[str]:
    for name in sorted(ages):
        if name in stale:
            yield f"scanner {name} was silent for {ages[name]} days: its candidates don't count (data.max_scan_age_days)"
        elif ages[name] > remarkable:
            yield f"scanner {name} was silent for {ages[name]} days"
