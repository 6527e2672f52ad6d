"""From tables to the returns that are believed: what is bad is set aside, prices become wide and give the returns.

In this order: rows and cells of the bars are judged (`bar_reasons`, `bar_cells`), the bars go wide, checks of prices set prints
aside, `given_returns` are computed (or were given), checks of returns mask what isn't plausible: `all_returns`. All that was
bad is the `quarantine`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_checks import bar_judgements
from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import (
    adjusted_prices,
    bar_before,
    frozen_bars,
    openings,
    scattered,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import with_enough_returns
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    FIELDS,
    NUMERIC_FIELDS,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import Panel
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plausibility import Judgement, judged_returns
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import (
    Proposal,
    direction_of,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    CellProblems,
    Entries,
    blamed_bars,
    cell_problems,
    joined_quarantine,
    keys,
    masked_bars,
    quarantined,
    quarantined_cells,
    quarantined_returns,
    quarantined_rows,
    refuse_if_strict,
    return_problems,
    row_problems,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import market_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import column_contiguous
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS
from tradingview_scraper.pipelines.selection.schemas.settings import (
    CheckSettings,
    DataSettings,
)


@tag(reads="~all_returns #all_returns")
def days_since_last_bar(tables: Tables, all_returns: pd.DataFrame) -> pd.Series:
    """For each asset with returns the days from its last one to the as-of date; NaN where it has none."""
    days = all_returns.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    aged_at = all_returns.index[-1] if tables.aged_at is None else tables.aged_at
    traded = all_returns.notna().to_numpy()
    last = len(days) - 1 - traded[::-1].argmax(axis=0)
    age = np.datetime64(aged_at, "D").astype(np.int64) - days[last]
    return pd.Series(np.where(traded.any(axis=0), age, np.nan).astype(np.float64), index=all_returns.columns)


@tag(reads="#tables.bars.{symbol,date,open,high,low,close,adj_close} #tables.returns")
def bar_reasons(tables: Tables) -> pd.Series:
    """For each row of the bars why it doesn't count, empty where it does."""
    if tables.bars is None:
        return pd.Series(dtype=str)
    reasons = row_problems(tables.bars)
    if tables.returns is None and len(reasons) and (reasons != "").all():
        counts = ", ".join(f"{count} {reason}" for reason, count in reasons.astype(object).value_counts().items())
        raise DataContractError(f"ingestion: all {len(reasons)} bars were set aside: {counts}")
    return reasons


@tag(reads="#tables.bars.{open,high,low,close,adj_close,volume,quote_volume}")
def bar_cells(tables: Tables) -> CellProblems:
    """(column, reason) to the rows of the bars in which that cell can't be."""
    return {} if tables.bars is None else cell_problems(tables.bars)


@tag(reads="* < tables.bars.* #bar_reasons #bar_cells")
def clean_bars(tables: Tables, bar_reasons: pd.Series, bar_cells: CellProblems) -> pd.DataFrame:
    """The rows of the long bars that count, bad cells as NaN; without rows where there are no bars."""
    if tables.bars is None:
        return pd.DataFrame({"symbol": pd.Categorical([]), "date": np.array([], dtype="datetime64[us]"), "close": []})
    counts = (bar_reasons == "").to_numpy()
    bars = masked_bars(tables.bars, bar_cells)
    return bars if counts.all() else bars.loc[counts]


@tag(
    reads=[
        "#bar_reasons #bar_cells #tables.bars.{symbol,date} #tables.returns #tables.candidates.{symbol,direction}",
        *(f"#tables.candidates.{name}" for name in NUMERIC_FIELDS),
        *(f"#tables.candidates.{name}" for name, meant in FIELDS.items() if meant in NUMERIC_FIELDS),
    ]
)
def bad_input(tables: Tables, bar_reasons: pd.Series, bar_cells: CellProblems, believed: bool) -> pd.DataFrame:
    """Every bad row and cell of the tables, as they came: table, symbol, date, reason, value, treatment, cells."""
    parts = [] if tables.quarantine is None else [tables.quarantine]
    if tables.bars is not None:
        parts.append(quarantined_rows(tables.bars, bar_reasons))
        parts.append(quarantined_cells(tables.bars, bar_cells, (bar_reasons == "").to_numpy()))
    if believed:
        return joined_quarantine(parts)
    if tables.returns is not None:
        parts.append(quarantined_returns(tables.returns))
    undirected = [str(record["symbol"]) for record in tables.candidates if direction_of(record) not in DIRECTIONS]
    parts.append(quarantined(Entries("candidates", undirected, pd.NaT, "unknown direction")))
    return joined_quarantine(parts)


@tag(reads="#bad_input #bar_findings #return_findings")
def quarantine(
    bad_input: pd.DataFrame,
    bar_findings: dict[str, Judgement],
    return_findings: Judgement,
    data: DataSettings,
) -> pd.DataFrame:
    """All that was set aside, masked or superseded, and why, in an order that no order of rows in a file decides."""
    parts = [bad_input, *(found.quarantine for found in bar_findings.values()), return_findings.quarantine]
    found = joined_quarantine(parts).sort_values(
        ["table", "symbol", "date", "reason", "value", "treatment"], kind="stable", ignore_index=True
    )
    refuse_if_strict(found, data.strict)
    return found


@tag(reads="* < clean_bars.* #clean_bars.{symbol,date}")
def wide_bars(clean_bars: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Price field to its matrix, days x symbols, NaN where there is no bar."""
    return scattered(clean_bars)


@tag(reads="#wide_bars.{adj_close,close,volume}")
def bar_findings(wide_bars: dict[str, pd.DataFrame], checks: CheckSettings) -> dict[str, Judgement]:
    """What the checks of bars find: `prints` the bars to set aside, `volume_unit` the volumes to forget."""
    return bar_judgements(wide_bars, checks)


@tag(reads="* < wide_bars.* #bar_findings")
def wide_prices(wide_bars: dict[str, pd.DataFrame], bar_findings: dict[str, Judgement]) -> dict[str, pd.DataFrame]:
    """The wide bars without the prints and volumes that are not believed."""
    wide = dict(wide_bars)
    for name, fields in (("prints", tuple(wide)), ("volume_unit", ("volume", "quote_volume"))):
        if name in bar_findings and bar_findings[name].cells.any():
            cells = bar_findings[name].cells
            wide |= {field: _without_cells(wide[field], cells) for field in fields if field in wide}
    return wide


@tag(reads="tables.returns|wide_prices.adj_close|wide_prices.close #tables.returns")
def given_returns(
    tables: Tables, wide_prices: dict[str, pd.DataFrame], data: DataSettings, believed: bool
) -> pd.DataFrame:
    """Simple returns of every asset, days x symbols: as given, else from prices (`adj_close` where there is one).

    A return spans from an asset's previous bar to this one, over days on which it didn't trade. Bad cells become NaN.
    """
    if tables.returns is not None and believed:
        frame = tables.returns
    elif tables.returns is not None:
        values = tables.returns.to_numpy()
        bad = list(return_problems(values).values())
        frame = tables.returns.mask(np.logical_or.reduce(bad)) if bad else tables.returns
    else:
        prices = adjusted_prices(wide_prices)
        with np.errstate(divide="ignore", invalid="ignore"):  # what v3.4 believes may be a price of 0
            rows = prices.to_numpy().T / bar_before(prices.to_numpy().T) - 1.0
        frame = pd.DataFrame(rows.T, index=prices.index, columns=prices.columns, copy=False).iloc[1:]
    kept = frame.iloc[_first_day(frame, data.lookback) :] if data.lookback else frame
    if len(kept) < data.min_days:
        raise DataContractError(
            f"ingestion: {len(kept)} days of returns for {kept.shape[1]} assets ({offenders(kept.columns)}), but it takes "
            f"{data.min_days}: check --as-of and the dates of the data (data.min_days)"
        )
    # v3.4 takes numbers in the type and order of memory in which it is given them.
    return with_enough_returns(kept) if believed else column_contiguous(kept)


@tag(reads="candidates.market instruments.market candidates.symbol #given_returns")
def asset_markets(
    candidates: list[Proposal], instruments: dict[str, dict[str, Any]], given_returns: pd.DataFrame
) -> pd.Series:
    """Each asset's market as candidates or instruments state it, empty where they don't; one row per column of returns."""
    proposed = {candidate.asset: candidate.record for candidate in reversed(candidates)}
    nothing: Mapping[str, Any] = {}
    found = []
    for asset in given_returns.columns.tolist():
        own, instrument = proposed.get(asset, nothing), instruments.get(asset, nothing)
        stated = own["market"] if "market" in own else instrument.get("market", "")
        found.append(market_of(str(stated), str(own["symbol"] if "symbol" in own else instrument.get("symbol", asset))))
    return pd.Series(found, index=given_returns.columns, dtype="str")


@tag(
    reads="#given_returns #tables.returns #asset_markets #bar_reasons #bar_findings #wide_prices.{open,high,low,close,volume}"
)
def return_findings(
    tables: Tables,
    bar_reasons: pd.Series,
    bar_findings: dict[str, Judgement],
    given_returns: pd.DataFrame,
    asset_markets: pd.Series,
    wide_prices: dict[str, pd.DataFrame],
    checks: CheckSettings,
) -> Judgement:
    """What the checks of returns find; they see nothing after the as-of date."""
    given = tables.returns is not None
    # Percentages below -100 are bad cells of their own: what the unit is can be seen with them only.
    seen = (
        tables.returns.loc[given_returns.index] if tables.returns is not None and _units_on(checks) else given_returns
    )

    def rows(frame: pd.DataFrame | None) -> np.ndarray | None:
        return None if frame is None else np.ascontiguousarray(_placed(frame, given_returns).to_numpy().T)

    frozen = frozen_bars(wide_prices) if checks.frozen.severity != "off" else None
    panel = Panel(
        returns=np.ascontiguousarray(given_returns.to_numpy().T),
        symbols=given_returns.columns,
        dates=pd.DatetimeIndex(given_returns.index),
        markets=asset_markets.to_numpy(dtype=str),
        volume=rows(wide_prices.get("volume")),
        openings=rows(openings(wide_prices) if checks.openings.severity != "off" else None),
        frozen=None if frozen is None else np.asarray(rows(frozen.astype(np.float64)) == 1.0),
        handed_in=np.ascontiguousarray(seen.to_numpy().T) if given else None,
        named=_named_cells(tables, bar_reasons, [each.quarantine for each in bar_findings.values()], given_returns)
        if checks.gaps.severity != "off"
        else None,
    )
    return judged_returns(panel, checks)


def _named_cells(
    tables: Tables, bar_reasons: pd.Series, set_aside: Sequence[pd.DataFrame], returns: pd.DataFrame
) -> np.ndarray:
    """The cells of the returns (assets, days) whose bar or cell was set aside by its symbol and date."""
    parts = [*set_aside]
    if tables.quarantine is not None:
        parts.append(tables.quarantine[tables.quarantine["table"].isin(["bars", "returns"])])
    if tables.returns is not None:
        parts.append(quarantined_returns(tables.returns))
    symbols = [name for part in parts for name in part["symbol"].tolist()]
    dates = [part["date"].to_numpy() for part in parts]
    if tables.bars is not None:
        names, days = keys(tables.bars, blamed_bars(bar_reasons))
        symbols, dates = [*symbols, *names], [*dates, days]
    rows = returns.columns.get_indexer(pd.Index(symbols, dtype="str"))
    columns = returns.index.get_indexer(pd.DatetimeIndex(np.concatenate(dates)))
    there = (rows >= 0) & (columns >= 0)
    cells = np.zeros(returns.shape[::-1], dtype=bool)
    cells[rows[there], columns[there]] = True
    return cells


def _first_day(returns: pd.DataFrame, lookback: int) -> int:
    """Row number of the day that begins the last `lookback` days of trading; the first where there are fewer.

    A day counts where a tenth as many assets have a return as on the busiest: one asset's Saturdays push nobody's days out.
    """
    traded = returns.notna().to_numpy().sum(axis=1)
    days = np.flatnonzero(10 * traded >= traded.max(initial=0))
    return int(days[-lookback]) if len(days) > lookback else 0


def _placed(frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """A frame on the days and columns of another, NaN where it has none."""
    late = frame.iloc[max(0, len(frame) - len(like)) :]  # the usual case: the same but for days before the first
    if late.columns.equals(like.columns) and late.index.equals(like.index):
        return late
    return frame.reindex(index=like.index, columns=like.columns)


def _units_on(checks: CheckSettings) -> bool:
    return checks.units.severity != "off"


@tag(reads="given_returns #return_findings")
def all_returns(given_returns: pd.DataFrame, return_findings: Judgement) -> pd.DataFrame:
    """Simple returns of every asset, days x symbols; NaN where there is none, or none that is believed."""
    cells = return_findings.cells
    return _without_cells(given_returns, cells) if cells.any() else given_returns


def _without_cells(frame: pd.DataFrame, cells: np.ndarray) -> pd.DataFrame:
    """A matrix of numbers (days x symbols) in columns of one piece, NaN in these cells (symbols, days)."""
    values = np.array(frame.to_numpy().T, dtype=np.float64, order="C")
    values[cells] = np.nan
    return pd.DataFrame(values.T, index=frame.index, columns=frame.columns, copy=False)
