"""Bars that are typed once give each date what a cold reading gives it, whatever comes and goes in them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import SETTINGS, market
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import typed_bars
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, Selector
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_bars import held_bars
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_folder import HeldFolder
from tradingview_scraper.pipelines.selection.drivers.research.walks.panel_rows import known_rows
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document, parquet
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

# A short lookback, so that bars leave the window on the way.
WINDOW = {**SETTINGS, "universe": "returns", "data.lookback": 60, "data.scans": ["none/*.json"], "data.min_days": 2}


@pytest.fixture(scope="module")
def settings() -> SelectionSettings:
    return resolved_settings("v4", settings=WINDOW).settings


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    """The market's, with one asset that leaves and comes back, one listed late, bad and repeated rows, and an empty category."""
    found, days = market().bars, np.sort(market().bars["date"].unique())
    found = found[found["date"] >= days[-300]].reset_index(drop=True)
    names = list(dict.fromkeys(found["symbol"].astype(str)))
    away = (found["symbol"] == names[3]) & found["date"].between(days[-70], days[-31])
    late = (found["symbol"] == names[5]) & (found["date"] < days[-22])
    found = found[~(away | late)].reset_index(drop=True)
    found.loc[found.index[::911], "close"] = -1.0
    found.loc[found.index[::977], "high"] = 0.0
    again = found.iloc[::401].assign(close=lambda rows: rows["close"] * 1.01)
    found = pd.concat([found, again], ignore_index=True)
    symbols = found["symbol"].astype("str").astype("category")
    return found.assign(symbol=symbols.cat.add_categories(["NEVER"]))


def folder_of(bars: pd.DataFrame, folder: Path) -> Path:
    folder.mkdir()
    bars.to_parquet(folder / "bars.parquet")
    return folder


def dates_of(bars: pd.DataFrame) -> list[pd.Timestamp]:
    """Around the days on which an asset leaves, comes back, is new; one with an hour; the last and one behind it."""
    days = [pd.Timestamp(day) for day in np.sort(bars["date"].unique())]
    return [*(days[place] for place in (-50, -29, -23, -1)), days[-5] + pd.Timedelta("15h")]


def content(selection: Selection, date: pd.Timestamp) -> tuple[Any, ...]:
    """All that a date leaves, and what ingestion says of it."""
    winners = document({"winners": selection.portfolio_candidates})
    said = (repr(selection.coverage), selection.quarantine.to_csv())
    return (selection.context.digest(), parquet(known_rows(selection, date)), winners, *said)


def held_contents(folder: Path, settings: SelectionSettings, dates: list[pd.Timestamp]) -> dict[pd.Timestamp, Any]:
    held = HeldFolder(folder, settings.data)
    selector = Selector(plan(settings), held.bars)
    return {date: content(selector.selected(held, date), date) for date in dates}


def test_dates_in_any_order_are_those_of_cold_selections(
    tmp_path: Path, bars: pd.DataFrame, settings: SelectionSettings
) -> None:
    folder, dates = folder_of(bars, tmp_path / "data"), dates_of(bars)
    held = held_contents(folder, settings, dates)
    cold = {
        date: content(Selector(plan(settings)).selected(FolderProvider(folder, settings.data), date), date)
        for date in dates
    }
    assert held == cold
    # The tail of a walk, the other way round: nothing hangs on what was walked before.
    assert held_contents(folder, settings, dates[:3:-1]) == {date: cold[date] for date in dates[:3:-1]}


def test_what_comes_later_changes_nothing(tmp_path: Path, bars: pd.DataFrame, settings: SelectionSettings) -> None:
    date = dates_of(bars)[1]
    later = (bars["date"] > date).to_numpy()
    poisoned = bars.copy()
    poisoned.loc[later, ["open", "high", "low", "close"]] = [np.inf, -1.0, 1e9, 7.0]
    poisoned = pd.concat([poisoned, poisoned[later]], ignore_index=True)
    plain, other = (folder_of(each, tmp_path / name) for name, each in (("plain", bars), ("poisoned", poisoned)))
    assert held_contents(plain, settings, [date]) == held_contents(other, settings, [date])


def test_the_rows_of_a_date_are_what_typing_gives(bars: pd.DataFrame, settings: SelectionSettings) -> None:
    undated = pd.DataFrame({**bars.iloc[:2].to_dict("list"), "date": [pd.NaT, pd.NaT]})
    named = pd.concat([bars.assign(symbol=bars["symbol"].astype(object)), undated], ignore_index=True)
    named.loc[7, "symbol"] = None
    for given in (bars, named):  # day after day, those of a day as they come
        held = held_bars(given, settings.data)
        assert held is not None
        for date in dates_of(bars):
            cold = typed_bars(given, "bars", as_of=date).sort_values("date", kind="stable", ignore_index=True)
            pd.testing.assert_frame_equal(held.as_of(date).reset_index(drop=True), cold, check_exact=True)


def test_what_hangs_on_other_rows_is_typed_at_each_date(bars: pd.DataFrame, settings: SelectionSettings) -> None:
    hours = bars.assign(date=bars["date"] + pd.Timedelta("14h"))
    spelled = bars.assign(volume=bars["volume"].astype(str))
    weekly = bars[bars["date"].dt.day_of_week == 2]
    believed = settings.data.model_copy(update={"sessions": "timestamps"})
    assert all(held_bars(each, settings.data) is None for each in (hours, spelled, weekly, None))
    assert held_bars(bars, believed) is None


def test_bars_that_were_weekly_once_are_refused_on_the_dates_that_saw_no_others(
    bars: pd.DataFrame, settings: SelectionSettings
) -> None:
    days = np.sort(bars["date"].unique())
    mixed = bars[(bars["date"].dt.day_of_week == 2) | (bars["date"] > days[-100])].reset_index(drop=True)
    held = held_bars(mixed, settings.data)
    assert held is not None
    assert len(held.as_of(pd.Timestamp(days[-1]))) == len(mixed)
    messages = []
    for seen in (held.as_of, lambda date: typed_bars(mixed, "bars", as_of=date)):
        with pytest.raises(DataContractError, match="aren't daily") as caught:
            seen(pd.Timestamp(days[-120]))
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
