"""Stage 1, ingestion: what there is to choose from.

`tables` reads (nothing else in the dataflow does); bad bars and returns go to the `quarantine`; prices become wide and
give the returns; candidates join their assets, get one direction each and form the `raw_pool`; `coverage` counts what
found no partner. `ingested` is the stage's border.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from hamilton.function_modifiers import extract_columns, tag

from tradingview_scraper.pipelines.selection.dataflow.component_answers import answered_tables
from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.horizon import within_horizon
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import (
    Proposal,
    direction_of,
    exclusion_reason,
    joined,
    lenders,
    pool_frame,
    proposals,
    resolved,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    bar_problems,
    empty_quarantine,
    quarantined,
    quarantined_bars,
    quarantined_returns,
    refuse_if_strict,
    return_problems,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (
    FIELDS,
    NUMERIC_FIELDS,
    bare_symbol,
    canonical,
    impossible_fields,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import column_contiguous
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS
from tradingview_scraper.pipelines.selection.schemas.frozen import read_only
from tradingview_scraper.pipelines.selection.schemas.settings import CompatSettings, DataSettings, SelectionSettings

# Statistics column -> value of an asset without statistics (V3_4.md, section 2). A NaN that is there stays.
NEUTRAL_STATISTICS: Mapping[str, float] = {
    "Antifragility_Score": 0.5,
    "Fragility_Score": 0.0,
    "Regime_Survival_Score": 1.0,
}

# The columns of the pool that are nodes of their own.
POOL_COLUMNS: tuple[str, ...] = (
    *NUMERIC_FIELDS,
    *("adv", "metadata_keys", "quarantined", "is_excluded", "direction", "identity", "logic", "market", "sector"),
)


def tables(
    provider: DiscoveryProvider,
    as_of: pd.Timestamp | None,
    moment: pd.Timestamp | None,
    pinned_session: pd.Timestamp | None,
    data: DataSettings,
) -> Tables:
    """All tables as they were known on the date; the only node that reads."""
    found = answered_tables(provider.tables(as_of))
    if found.bars is None and found.returns is None:
        raise DataContractError("ingestion: there are neither bars nor returns; give one of them")
    return within_horizon(found, as_of, moment, pinned_session, data)


@tag(reads="#all_returns")
def days_since_last_bar(tables: Tables, all_returns: pd.DataFrame) -> pd.Series:
    """For each asset with returns the days from its last one to the as-of date; NaN where it has none."""
    days = all_returns.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    aged_at = all_returns.index[-1] if tables.aged_at is None else tables.aged_at
    traded = all_returns.notna().to_numpy()
    last = len(days) - 1 - traded[::-1].argmax(axis=0)
    age = np.datetime64(aged_at, "D").astype(np.int64) - days[last]
    return pd.Series(np.where(traded.any(axis=0), age, np.nan).astype(np.float64), index=all_returns.columns)


@tag(reads="#tables.bars.{symbol,date,open,high,low,close,adj_close,volume}")
def bar_reasons(tables: Tables) -> pd.Series:
    """For each row of the bars what is wrong with it, empty where nothing is."""
    return pd.Series(dtype=str) if tables.bars is None else bar_problems(tables.bars)


@tag(reads="* < tables.bars.* #bar_reasons")
def clean_bars(tables: Tables, bar_reasons: pd.Series) -> pd.DataFrame:
    """The good rows of the long bars; without rows where there are no bars."""
    if tables.bars is None:
        return pd.DataFrame({"symbol": pd.Categorical([]), "date": np.array([], dtype="datetime64[us]"), "close": []})
    return tables.bars.loc[(bar_reasons == "").to_numpy()]


@tag(
    reads=[
        "#bar_reasons #tables.bars.{symbol,date} #tables.returns #tables.candidates.{symbol,direction}",
        *(f"#tables.candidates.{name}" for name in NUMERIC_FIELDS),
        *(f"#tables.candidates.{name}" for name, meant in FIELDS.items() if meant in NUMERIC_FIELDS),
    ]
)
def quarantine(tables: Tables, bar_reasons: pd.Series, data: DataSettings) -> pd.DataFrame:
    """Every bad row and cell of the input: table, symbol, date, reason, value."""
    parts = [empty_quarantine() if tables.quarantine is None else tables.quarantine]
    if tables.bars is not None:
        parts.append(quarantined_bars(tables.bars, bar_reasons))
    if tables.returns is not None:
        parts.append(quarantined_returns(tables.returns))
    undirected = [str(record["symbol"]) for record in tables.candidates if direction_of(record) not in DIRECTIONS]
    parts.append(quarantined("candidates", undirected, pd.NaT, "unknown direction"))
    bad = [(record["symbol"], *item) for record in tables.candidates for item in impossible_fields(record).items()]
    symbols, names, values = zip(*bad, strict=True) if bad else ((), (), ())
    parts.append(quarantined("candidates", symbols, pd.NaT, [f"impossible {name}" for name in names], values))
    found = pd.concat(parts, ignore_index=True)
    refuse_if_strict(found, data.strict)
    return found


@tag(reads="* < clean_bars.* #clean_bars.{symbol,date}")
def wide_prices(clean_bars: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Price field to its matrix, days x symbols, NaN where there is no bar.

    A scatter by codes: pivoting takes ten times as long (notes/RECORDS.md, section 3).
    """
    dates, rows = np.unique(clean_bars["date"].to_numpy(), return_inverse=True)
    symbols = clean_bars["symbol"].cat.remove_unused_categories()
    index = pd.DatetimeIndex(dates, name="date")
    columns = pd.Index(symbols.cat.categories.astype(str), dtype="str", name="symbol")
    wide: dict[str, pd.DataFrame] = {}
    for field in ("high", "low", "close", "adj_close", "volume", "quote_volume"):
        if field in clean_bars:
            matrix = np.full((len(columns), len(dates)), np.nan)
            matrix[symbols.cat.codes.to_numpy(), rows] = clean_bars[field].to_numpy()
            wide[field] = pd.DataFrame(matrix.T, index=index, columns=columns, copy=False)
    return wide


@tag(reads="tables.returns|wide_prices.adj_close|wide_prices.close #tables.returns")
def all_returns(tables: Tables, wide_prices: dict[str, pd.DataFrame], data: DataSettings) -> pd.DataFrame:
    """Simple returns of every asset, days x symbols: as given, else from prices (`adj_close` where there is one).

    A return spans from an asset's previous bar to this one, over days on which it didn't trade. Bad cells become NaN.
    """
    if tables.returns is not None:
        values = tables.returns.to_numpy()
        bad = np.logical_or.reduce(list(return_problems(values).values()))
        frame = tables.returns.mask(bad) if bad.any() else tables.returns
    else:
        prices = wide_prices.get("adj_close", wide_prices["close"])
        frame = (prices / prices.ffill().shift(1) - 1.0).iloc[1:]
    kept = frame.iloc[-data.lookback :] if data.lookback else frame
    if len(kept) < data.min_days:
        raise DataContractError(
            f"ingestion: {len(kept)} days of returns for {kept.shape[1]} assets ({offenders(kept.columns)}), but it takes "
            f"{data.min_days}: check --as-of and the dates of the data (data.min_days)"
        )
    return column_contiguous(kept)


@tag(reads="* < tables.candidates.* #tables.candidates.{symbol,direction} #all_returns")
def joined_records(
    tables: Tables, all_returns: pd.DataFrame, data: DataSettings
) -> list[tuple[str, Mapping[str, Any]]]:
    """(asset, candidate record) for every record that has returns."""
    usable = [_without_impossible(record) for record in tables.candidates if direction_of(record) in DIRECTIONS]
    return joined(usable, list(all_returns.columns), data)[0]


def _without_impossible(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with None for an impossible number; its key stays."""
    bad = impossible_fields(record)
    return read_only({**record, **dict.fromkeys(bad)}) if bad else record


@tag(
    reads=[
        "* < joined_records.* ~joined_records.{symbol,logic,direction,universe_only}",
        *(f"{name} < joined_records.{field}" for field, name in FIELDS.items()),
    ]
)
def candidates(joined_records: list[tuple[str, Mapping[str, Any]]]) -> list[Proposal]:
    """The candidates, one a key (asset, logic, direction), in the order of the key."""
    return proposals(joined_records)


@tag(reads="* < candidates.* ~candidates.direction ~all_returns")
def candidates_by_asset(
    candidates: list[Proposal], all_returns: pd.DataFrame, momentum_window: int
) -> dict[str, list[Proposal]]:
    """Asset to its candidates, in one direction: where both are proposed the recent return decides."""
    return resolved(candidates, _recent_returns(candidates, all_returns, momentum_window))[0]


def superseded(candidates: list[Proposal], candidates_by_asset: dict[str, list[Proposal]]) -> list[Proposal]:
    """The candidates that lost their asset to the other direction."""
    return [
        candidate
        for candidate in candidates
        if candidate.direction != candidates_by_asset[candidate.asset][0].direction
    ]


def _recent_returns(candidates: Sequence[Proposal], returns: pd.DataFrame, window: int) -> dict[str, float]:
    """Compounded return of the last `window` rows of the assets that are proposed in both directions."""
    directions: dict[str, set[str]] = {}
    for candidate in candidates:
        directions.setdefault(candidate.asset, set()).add(candidate.direction)
    both = [asset for asset, found in directions.items() if len(found) > 1]
    growth = (1.0 + returns[both].iloc[-window:].fillna(0.0)).prod() - 1.0
    return {str(asset): float(value) for asset, value in growth.items()}


@tag(
    reads=[
        "* < tables.instruments.* ~tables.instruments.symbol #all_returns",
        *(f"{name} < tables.instruments.{field}" for field, name in FIELDS.items()),
    ]
)
def instruments(tables: Tables, all_returns: pd.DataFrame, data: DataSettings) -> dict[str, dict[str, Any]]:
    """Asset to its row of the instruments table under canonical names."""
    if tables.instruments is None:
        return {}
    records: list[dict[str, Any]] = tables.instruments.to_dict("records")  # type: ignore[assignment]
    pairs, _ = joined([{**row, "symbol": str(row["symbol"])} for row in records], list(all_returns.columns), data)
    return {asset: {key: value for key, value in canonical(row).items() if key != "symbol"} for asset, row in pairs}


@tag(
    reads=[
        "#all_returns",
        "#candidates_by_asset if universe = candidates",
        *(
            f"{name} < {{candidates_by_asset,instruments}}.{name}"
            for name in (*NUMERIC_FIELDS, "sector", "is_benchmark")
        ),
        "value_traded < wide_prices.quote_volume|wide_prices.{volume,close}",
        "adv < {candidates_by_asset,instruments}.value_traded",
        "adv < wide_prices.quote_volume|wide_prices.{volume,close} if adv_names = all",
        "{tick_size,lot_size,price_precision,adv} < tables.candidates if candidate_lookup = symbol-or-identity",
        "metadata_keys < {candidates_by_asset,instruments}.{tick_size,lot_size,price_precision}",
        "{identity,market} < {candidates_by_asset,instruments}.* candidates_by_asset.symbol",
        "identity < {candidates_by_asset,instruments}.{base,market}",
        "{direction,logic} < candidates_by_asset.*",
        "logics < candidates_by_asset.logic",
        "scanner_symbol < candidates_by_asset.symbol",
        "has_candidate < #candidates_by_asset",
        "is_excluded < ~candidates_by_asset.symbol",
        "quarantined < quarantine",
    ]
)
def raw_pool(
    tables: Tables,
    all_returns: pd.DataFrame,
    candidates_by_asset: dict[str, list[Proposal]],
    instruments: dict[str, dict[str, Any]],
    quarantine: pd.DataFrame,
    wide_prices: dict[str, pd.DataFrame],
    universe: str,
    data: DataSettings,
    compat: CompatSettings,
) -> pd.DataFrame:
    """One row an asset of the pool, in the order of the returns: its candidate, metadata and scanner fields.

    The pool holds the assets with a candidate, or (`universe = "returns"`) all. Traded value that no scanner gives
    is the median over the last 30 days of bars.
    """
    assets = [name for name in all_returns.columns if universe == "returns" or name in candidates_by_asset]
    if not assets and not tables.candidates:
        raise DataContractError(
            "ingestion: there are no candidates as of this date, so nothing to select from. Check the dates of the scanner "
            'exports (`meta.asof`) and --as-of, or set universe = "returns"'
        )
    if not assets:
        raise DataContractError(
            f"ingestion: none of the candidates has returns ({offenders(all_returns.columns)} have): nothing to select "
            'from. Check the symbols (`data.symbol_join`, `data.strip_suffixes`) or set universe = "returns"'
        )
    counts = quarantine["symbol"].map(lambda symbol: bare_symbol(symbol, data.strip_suffixes)).value_counts()
    per_asset = {asset: int(counts.get(bare_symbol(asset, data.strip_suffixes), 0)) for asset in assets}
    lent = lenders(tables.candidates, compat.candidate_lookup)
    pool = pool_frame(assets, candidates_by_asset, instruments, lent, per_asset, data, compat)
    traded = _median_traded_value(wide_prices).reindex(assets).to_numpy() if wide_prices else np.nan
    return pool.assign(
        value_traded=pool["value_traded"].where(pool["value_traded"].notna(), traded),
        adv=pool["adv"].where(pool["adv"].notna() | (compat.adv_names != "all"), traded),
    )


def _median_traded_value(wide_prices: dict[str, pd.DataFrame], days: int = 30) -> pd.Series:
    if "quote_volume" in wide_prices:
        return wide_prices["quote_volume"].iloc[-days:].median()
    if "volume" in wide_prices:
        return (wide_prices["volume"] * wide_prices["close"]).iloc[-days:].median()
    return pd.Series(dtype=np.float64)


def returns(all_returns: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.DataFrame:
    """Simple returns of the pool, days x assets, each column in one piece."""
    return all_returns if all_returns.columns.equals(raw_pool.index) else column_contiguous(all_returns[raw_pool.index])


def high(pool_prices: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Daily highs of the pool, days x assets, on the days of the bars; NaN where there are none."""
    return pool_prices["high"]


def low(pool_prices: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Daily lows of the pool, days x assets, on the days of the bars; NaN where there are none."""
    return pool_prices["low"]


def close(pool_prices: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Raw closes of the pool, days x assets, on the days of the bars; NaN where there are none."""
    return pool_prices["close"]


@tag(reads="* < wide_prices.* #all_returns #raw_pool")
def pool_prices(
    wide_prices: dict[str, pd.DataFrame], all_returns: pd.DataFrame, raw_pool: pd.DataFrame, data: DataSettings
) -> dict[str, pd.DataFrame]:
    """High, low and close of the pool's assets. Bars may name them otherwise than the returns do: they join likewise."""
    pairs, _ = joined([{"symbol": name} for name in wide_prices["close"].columns], list(all_returns.columns), data)
    source = {asset: record["symbol"] for asset, record in pairs}
    columns = [source.get(asset, "") for asset in raw_pool.index]
    dates = wide_prices["close"].index[-(data.lookback + 1) :] if data.lookback else wide_prices["close"].index
    found: dict[str, pd.DataFrame] = {}
    for field in ("high", "low", "close"):
        if field in wide_prices:
            found[field] = column_contiguous(wide_prices[field].reindex(index=dates, columns=columns))
        else:
            found[field] = pd.DataFrame(np.full((len(dates), len(columns)), np.nan), index=dates)
    return {field: frame.set_axis(raw_pool.index, axis=1) for field, frame in found.items()}


@tag(reads="* < tables.statistics.* ~tables.statistics.symbol #raw_pool")
def statistics(tables: Tables, raw_pool: pd.DataFrame, data: DataSettings) -> pd.DataFrame:
    """The statistics of the pool's assets, neutral where there are none (V3_4.md, section 2); a NaN stays NaN."""
    given = tables.statistics
    columns: dict[str, np.ndarray] = {}
    for name, neutral in NEUTRAL_STATISTICS.items():
        columns[name] = np.full(len(raw_pool), neutral)
    if given is not None:
        pairs, _ = joined(
            [{"symbol": str(symbol), "row": row} for row, symbol in enumerate(given.index)], list(raw_pool.index), data
        )
        source = np.array([record["row"] for _, record in pairs], dtype=int)
        target = raw_pool.index.get_indexer(pd.Index([asset for asset, _ in pairs]))
        for name in NEUTRAL_STATISTICS:
            if name in given:
                columns[name][target] = given[name].to_numpy(dtype=np.float64, na_value=np.nan)[source]
    return pd.DataFrame(columns, index=raw_pool.index)


def coverage(
    tables: Tables,
    all_returns: pd.DataFrame,
    raw_pool: pd.DataFrame,
    superseded: list[Proposal],
    quarantine: pd.DataFrame,
    candidates: list[Proposal],
    days_since_last_bar: pd.Series,
    data: DataSettings,
) -> dict[str, Any]:
    """What came in, what became of it, and what found no partner, both ways."""
    partnerless = joined(tables.candidates, list(all_returns.columns), data)[1]
    named = {candidate.asset for candidate in candidates}
    reasons = quarantine["reason"].value_counts()
    known = {*raw_pool.index, *raw_pool["scanner_symbol"]}
    return {
        "candidate_records": len(tables.candidates),
        "candidates": len(candidates),
        "assets_with_returns": all_returns.shape[1],
        "days": all_returns.shape[0],
        "pool": len(raw_pool),
        "candidates_without_bars": partnerless,
        "bars_without_candidates": sorted(name for name in all_returns.columns if name not in named),
        "superseded": [f"{lost.asset} {lost.logic} {lost.direction}" for lost in superseded],
        "excluded": {
            str(asset): exclusion_reason(str(asset), symbol, data)
            for asset, symbol in raw_pool.loc[raw_pool["is_excluded"], "scanner_symbol"].items()
        },
        "included": {name: reason for name, reason in data.include.items() if name in known},
        "listed_but_unknown": sorted(name for name in (*data.include, *data.exclude) if name not in known),
        "quarantined": {reason: int(reasons[reason]) for reason in sorted(reasons.index)},
        "last_session": None if tables.last_session is None else str(tables.last_session.date()),
        "stale": _stale_markets(days_since_last_bar, raw_pool["market"], data.max_age_days),
        "scans": {name: None if when is None else str(when) for name, when in sorted(tables.scans.items())},
        "point_in_time": tables.point_in_time,
        "notes": list(tables.notes),
    }


def _stale_markets(ages: pd.Series, market: pd.Series, limit: float) -> dict[str, dict[str, int]]:
    """Market to the number of its assets in the pool, how many of them are stale, and the days since its last bar."""
    found = {}
    for name, members in ages.reindex(market.index).groupby(market.to_numpy(), sort=True):
        stale = int((~(members <= limit)).sum())
        if stale:
            newest = -1 if members.isna().all() else int(members.min())
            found[str(name)] = {"assets": len(members), "stale": stale, "days_since_its_last_bar": newest}
    return found


@extract_columns(*POOL_COLUMNS)
def pool_columns(raw_pool: pd.DataFrame) -> pd.DataFrame:
    """The pool's columns as nodes of their own, so that lineage is exact to the column."""
    return raw_pool


def ingested(settings: SelectionSettings, raw_pool: pd.DataFrame, returns: pd.DataFrame) -> SelectionContext:
    """Border of the stage: the context begins."""
    return SelectionContext(settings=settings, raw_pool=raw_pool, returns=returns)
