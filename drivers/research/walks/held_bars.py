"""Long bars that are typed and judged once, and seen as of many dates: each date gets what it would get cold, byte for byte.

What typing makes of a row, why it doesn't count, and which of its cells can't be, hang on that row and on others of its day
alone, where timestamps are dates and numbers are numbers (`held_bars`). So all that was typed is held day after day, a date's
bars are a piece of it, and not copied; what is said of them is looked up by their labels, and their matrices are cut out of those
of the whole history (`HeldBars` takes the place of three nodes). Which symbols there are, whether bars are daily, and what the
checks make of a window, is asked at each date anew.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import scattered
from tradingview_scraper.pipelines.selection.dataflow.ingestion.horizon import window_start
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    PRICES,
    SIZES,
    CellProblems,
    cell_problems,
    masked_bars,
    row_problems,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.dataflow.ingestion.sessions import (
    at_midnight,
    maybe_sparse,
    refuse_sparse,
    stated_moments,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import typed_bars
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

Mask = npt.NDArray[np.bool_]
DAY = pd.Timedelta(days=1)


class HeldBars:
    """All typed bars of a history, what is said of each row, and their matrices."""

    def __init__(self, typed: pd.DataFrame, settings: DataSettings) -> None:
        """`typed` are bars as `typed_bars` gives them."""
        order = np.argsort(typed["date"].to_numpy(), kind="stable")  # rows without a date come last
        self._typed = typed.iloc[order].reset_index(drop=True)
        self._settings = settings
        self._dates = self._typed["date"].to_numpy()
        self._dated = int((~np.isnat(self._dates)).sum())
        self._days = pd.DatetimeIndex(np.unique(self._dates[: self._dated]))
        self._places = self._typed["symbol"].cat.codes.to_numpy()
        self._names = [str(name) for name in typed["symbol"].cat.categories]

    def as_of(self, date: pd.Timestamp, *, windowed: bool = False) -> pd.DataFrame:
        """What `typed_bars` gives as of a date, day after day, under the labels of the whole history.

        `windowed` without the rows that are older than any window and that nobody looks at (`horizon.window_start`). Raises
        `DataContractError` where what is seen isn't daily.
        """
        end = day_end(date)
        # Typing looks at a day more before it cuts: a stamp there could belong to the date's session.
        typed = self._row_of(end + DAY)
        rows = self._rows_before[self._days.searchsorted(end + DAY)]
        if typed and maybe_sparse(rows, self._dates[0], self._dates[typed - 1]).any():
            refuse_sparse(self._dates[:typed], self._places[:typed], self._names, "bars")
        since = window_start(self._days[self._days < end], self._settings) if windowed else None
        found = self._typed.iloc[slice(0 if since is None else self._row_of(since), self._row_of(end))]
        if self._dated < len(self._typed):
            found = pd.concat([found, self._typed.iloc[self._dated :]])
        named = (rows > 0) | np.isin(np.arange(len(self._names)), self._places[self._dated :])
        return found if named.all() or typed == self._dated else found.assign(symbol=_recoded(found["symbol"], named))

    def __call__(self, name: str, module: str, arguments: Mapping[str, Any]) -> Any | None:
        """See `hooks.Elsewhere`: three nodes for what they are asked of rows of these bars."""
        if name == "bar_reasons":
            found = self._reasons.iloc[_places(arguments["tables"].bars.index)]
            return found if (found == "").any() else None  # the node itself refuses
        if name == "bar_cells":
            places = _places(arguments["tables"].bars.index)
            cells = {key: rows[places] for key, rows in self._cells.items()}
            return {key: rows for key, rows in cells.items() if rows.any()}
        if name == "wide_bars":
            return self._wide_bars(arguments["clean_bars"])
        return None

    def _wide_bars(self, bars: pd.DataFrame) -> dict[str, pd.DataFrame] | None:
        """`scattered` of these rows, which are all that count between their first day and their last."""
        if bars.empty:
            return None
        first, last = self._wide["close"].index.get_indexer(pd.DatetimeIndex([bars["date"].min(), bars["date"].max()]))
        known = self._known[:, first : last + 1]
        if np.count_nonzero(known) != len(bars):
            return None
        symbols, days = np.asarray(known.any(axis=1)), np.asarray(known.any(axis=0))
        return {name: _cut(frame, symbols, slice(first, last + 1), days) for name, frame in self._wide.items()}

    def _row_of(self, day: pd.Timestamp) -> int:
        """The first row of a day or later."""
        return int(np.searchsorted(self._dates[: self._dated], day.to_datetime64()))

    @cached_property
    def _rows_before(self) -> npt.NDArray[np.int32]:
        """For each day, and behind the last one, the number of rows that each symbol has before it, (days + 1, symbols)."""
        day = self._days.get_indexer(pd.DatetimeIndex(self._dates[: self._dated]))
        named = self._places[: self._dated] >= 0
        shape = (len(self._days), len(self._names))
        cells = day[named] * shape[1] + self._places[: self._dated][named]
        number = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        return np.concatenate([np.zeros((1, shape[1]), dtype=np.int32), number.cumsum(axis=0, dtype=np.int32)])

    @cached_property
    def _reasons(self) -> pd.Series:
        return row_problems(self._typed)

    @cached_property
    def _cells(self) -> CellProblems:
        return cell_problems(self._typed)

    @cached_property
    def _wide(self) -> dict[str, pd.DataFrame]:
        return scattered(masked_bars(self._typed, self._cells).loc[(self._reasons == "").to_numpy()])

    @cached_property
    def _known(self) -> Mask:
        """Where there is a bar that counts, (symbols, days)."""
        return np.ascontiguousarray(~np.isnan(self._wide["close"].to_numpy().T))


def held_bars(bars: pd.DataFrame | None, settings: DataSettings) -> HeldBars | None:
    """The bars of a folder, typed; None where they can't be before the date is known, or not at all.

    That is where timestamps have hours or zones (which session a stamp belongs to hangs on the others of its symbol), where
    numbers are spelled, and where the whole history is refused: then each date types what it sees.
    """
    if bars is None or settings.sessions != "dates":
        return None
    numbers = [name for name in (*PRICES, *SIZES) if name in bars]
    try:
        moments = stated_moments(pd.Index(bars["date"]), "bars")
        plain = not moments.zoned.any() and at_midnight(moments)
        if not plain or not all(pd.api.types.is_numeric_dtype(bars[name].dtype) for name in numbers):
            return None
        typed = typed_bars(bars, "bars", sessions=settings.sessions, resample=settings.resample)
    except (DataContractError, KeyError):
        return None
    return HeldBars(typed, settings)


def _places(labels: pd.Index) -> slice | npt.NDArray[np.intp]:
    """The rows with these labels, in one piece where they are one."""
    if isinstance(labels, pd.RangeIndex) and labels.step == 1:
        return slice(labels.start, labels.stop)
    return labels.to_numpy()


def _recoded(symbols: pd.Series, named: Mask) -> pd.Categorical:
    """The symbols without the categories that nobody has."""
    codes = np.append(np.cumsum(named) - 1, -1)  # of no symbol the code is -1
    return pd.Categorical.from_codes(codes[symbols.cat.codes.to_numpy()], symbols.cat.categories[named])


def _cut(frame: pd.DataFrame, symbols: Mask, span: slice, days: Mask) -> pd.DataFrame:
    values = frame.to_numpy().T[:, span]
    if not days.all():
        values = values[:, days]
    rows = np.ascontiguousarray(values if symbols.all() else values[symbols])
    return pd.DataFrame(rows.T, index=frame.index[span][days], columns=frame.columns[symbols], copy=False)
