"""Stage 1, ingestion: what there is to choose from.

`tables` reads (nothing else in the dataflow does); bad bars and returns go to the `quarantine`; prices become wide and
give the returns; candidates join their assets; returns that aren't plausible are masked; candidates get one direction each
and form the `raw_pool`; `coverage` counts what found no partner. `ingested` is the stage's border.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from hamilton.function_modifiers import extract_columns, tag

from tradingview_scraper.pipelines.selection.dataflow.component_answers import answered_tables
from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_checks import bar_judgements
from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import (
    adjusted_prices,
    frozen_bars,
    median_traded_value,
    openings,
    scattered,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    FIELDS,
    NUMERIC_FIELDS,
    canonical,
    impossible_fields,
    without_impossible,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.horizon import within_horizon
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import (
    Matcher,
    assets_named,
    counts_per_asset,
    join_report,
    joined,
    of_one_exchange,
    one_record_per_asset,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.money import dollar_rates, money_notes
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import Panel
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plausibility import Judgement, judged_returns
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import (
    Proposal,
    direction_of,
    lenders,
    pool_frame,
    proposals,
    recent_growth,
    resolved,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool_coverage import (
    missing_cells,
    passed_over,
    stale_markets,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.profile_lists import exclusions, known_names
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    PADDING,
    CellProblems,
    blamed_rows,
    cell_problems,
    empty_quarantine,
    masked_bars,
    quarantined,
    quarantined_cells,
    quarantined_returns,
    quarantined_rows,
    refuse_if_strict,
    return_problems,
    row_problems,
    treatments,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_checks import checked_tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.remarks import remarks
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import is_crypto
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import refuse_strangers
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import column_contiguous
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS
from tradingview_scraper.pipelines.selection.schemas.settings import (
    CheckSettings,
    CompatSettings,
    DataSettings,
    SelectionSettings,
)

# Statistics column -> value of an asset without statistics (V3_4.md, section 2). A NaN that is there stays.
NEUTRAL_STATISTICS: Mapping[str, float] = {
    "Antifragility_Score": 0.5,
    "Fragility_Score": 0.0,
    "Regime_Survival_Score": 1.0,
}

# The columns of the pool that are nodes of their own.
POOL_COLUMNS: tuple[str, ...] = (
    *NUMERIC_FIELDS,
    *(
        "adv",
        "metadata_keys",
        "quarantined",
        "suspicious",
        "is_excluded",
        "direction",
        "identity",
        "logic",
        "market",
        "sector",
    ),
)


def tables(
    provider: DiscoveryProvider,
    as_of: pd.Timestamp | None,
    moment: pd.Timestamp | None,
    pinned_session: pd.Timestamp | None,
    data: DataSettings,
) -> Tables:
    """All tables as they were known on the date, their records typed; the only node that reads."""
    found = answered_tables(provider.tables(as_of))
    if found.bars is None and found.returns is None:
        raise DataContractError("ingestion: there are neither bars nor returns; give one of them")
    seen = within_horizon(found, as_of, moment, pinned_session, data)
    return checked_tables(seen) if data.fields == "checked" else seen


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
        counts = ", ".join(f"{count} {reason}" for reason, count in reasons.value_counts().items())
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
    return masked_bars(tables.bars, bar_cells).loc[(bar_reasons == "").to_numpy()]


@tag(
    reads=[
        "#bar_reasons #bar_cells #tables.bars.{symbol,date} #tables.returns #tables.candidates.{symbol,direction}",
        *(f"#tables.candidates.{name}" for name in NUMERIC_FIELDS),
        *(f"#tables.candidates.{name}" for name, meant in FIELDS.items() if meant in NUMERIC_FIELDS),
    ]
)
def bad_input(tables: Tables, bar_reasons: pd.Series, bar_cells: CellProblems) -> pd.DataFrame:
    """Every bad row and cell of the tables, as they came: table, symbol, date, reason, value, treatment, cells."""
    parts = [empty_quarantine() if tables.quarantine is None else tables.quarantine]
    if tables.bars is not None:
        parts.append(quarantined_rows(tables.bars, bar_reasons))
        parts.append(quarantined_cells(tables.bars, bar_cells, (bar_reasons == "").to_numpy()))
    if tables.returns is not None:
        parts.append(quarantined_returns(tables.returns))
    undirected = [str(record["symbol"]) for record in tables.candidates if direction_of(record) not in DIRECTIONS]
    parts.append(quarantined("candidates", undirected, pd.NaT, "unknown direction"))
    bad = [(record["symbol"], *item) for record in tables.candidates for item in impossible_fields(record).items()]
    symbols, names, values = zip(*bad, strict=True) if bad else ((), (), ())
    reasons = [f"impossible {name}" for name in names]
    parts.append(quarantined("candidates", symbols, pd.NaT, reasons, values, treatment="masked"))
    return pd.concat(parts, ignore_index=True)


@tag(reads="#bad_input #bar_findings #return_findings")
def quarantine(
    bad_input: pd.DataFrame,
    bar_findings: dict[str, Judgement],
    return_findings: Judgement,
    data: DataSettings,
) -> pd.DataFrame:
    """All that was set aside, masked or superseded, and why."""
    parts = [bad_input, *(found.quarantine for found in bar_findings.values()), return_findings.quarantine]
    found = pd.concat(parts, ignore_index=True)
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
            cells = bar_findings[name].cells.T
            wide |= {field: column_contiguous(wide[field].mask(cells)) for field in fields if field in wide}
    return wide


@tag(reads="tables.returns|wide_prices.adj_close|wide_prices.close #tables.returns")
def given_returns(tables: Tables, wide_prices: dict[str, pd.DataFrame], data: DataSettings) -> pd.DataFrame:
    """Simple returns of every asset, days x symbols: as given, else from prices (`adj_close` where there is one).

    A return spans from an asset's previous bar to this one, over days on which it didn't trade. Bad cells become NaN.
    """
    if tables.returns is not None:
        values = tables.returns.to_numpy()
        bad = np.logical_or.reduce(list(return_problems(values).values()))
        frame = tables.returns.mask(bad) if bad.any() else tables.returns
    else:
        prices = adjusted_prices(wide_prices)
        frame = (prices / prices.ffill().shift(1) - 1.0).iloc[1:]
    kept = frame.iloc[first_day(frame, data.lookback) :] if data.lookback else frame
    if len(kept) < data.min_days:
        raise DataContractError(
            f"ingestion: {len(kept)} days of returns for {kept.shape[1]} assets ({offenders(kept.columns)}), but it takes "
            f"{data.min_days}: check --as-of and the dates of the data (data.min_days)"
        )
    return column_contiguous(kept)


@tag(reads="candidates.market instruments.market candidates.symbol #given_returns")
def asset_markets(
    candidates: list[Proposal], instruments: dict[str, dict[str, Any]], given_returns: pd.DataFrame
) -> pd.Series:
    """Each asset's market as candidates or instruments state it, empty where they don't; one row per column of returns."""
    proposed = {candidate.asset: candidate.record for candidate in reversed(candidates)}
    found = []
    for asset in given_returns.columns:
        fields = {**instruments.get(asset, {}), **proposed.get(asset, {})}
        market, symbol = str(fields.get("market", "")), str(fields.get("symbol", asset))
        found.append("CRYPTO" if is_crypto(market, symbol) else market.upper())
    return pd.Series(found, index=given_returns.columns, dtype="str")


@tag(reads="#given_returns #tables.returns #asset_markets #wide_prices.{open,high,low,close,volume}")
def return_findings(
    tables: Tables,
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
        return None if frame is None else np.ascontiguousarray(placed(frame, given_returns).to_numpy().T)

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
    )
    return judged_returns(panel, checks)


def first_day(returns: pd.DataFrame, lookback: int) -> int:
    """Row number of the day that begins the last `lookback` days of trading; the first where there are fewer.

    A day counts where a tenth as many assets have a return as on the busiest: one asset's Saturdays push nobody's days out.
    """
    traded = returns.notna().to_numpy().sum(axis=1)
    days = np.flatnonzero(10 * traded >= traded.max(initial=0))
    return int(days[-lookback]) if len(days) > lookback else 0


def placed(frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """A frame on the days and columns of another, NaN where it has none."""
    if frame.columns.equals(like.columns) and frame.index.equals(like.index):
        return frame
    return frame.reindex(index=like.index, columns=like.columns)


def _units_on(checks: CheckSettings) -> bool:
    return checks.units.severity != "off"


@tag(reads="given_returns #return_findings")
def all_returns(given_returns: pd.DataFrame, return_findings: Judgement) -> pd.DataFrame:
    """Simple returns of every asset, days x symbols; NaN where there is none, or none that is believed."""
    cells = return_findings.cells
    return column_contiguous(given_returns.mask(cells.T)) if cells.any() else given_returns


@tag(reads="#given_returns ~tables.candidates.symbol")
def matcher(tables: Tables, given_returns: pd.DataFrame, data: DataSettings) -> Matcher:
    """What finds the asset that a name means: one for all tables and lists."""
    return Matcher(given_returns.columns, [record["symbol"] for record in tables.candidates], data)


@tag(reads="* < tables.candidates.* #tables.candidates.{symbol,direction} #matcher")
def joined_records(tables: Tables, matcher: Matcher) -> list[tuple[str, Mapping[str, Any]]]:
    """(asset, candidate record) for every record that has returns, those of a second exchange left out."""
    usable = [without_impossible(record) for record in tables.candidates if direction_of(record) in DIRECTIONS]
    return of_one_exchange(joined(usable, matcher)[0])[0]


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
    return resolved(candidates, recent_growth(candidates, all_returns, momentum_window))[0]


def superseded(candidates: list[Proposal], candidates_by_asset: dict[str, list[Proposal]]) -> list[Proposal]:
    """The candidates that lost their asset to the other direction."""
    return [
        candidate
        for candidate in candidates
        if candidate.direction != candidates_by_asset[candidate.asset][0].direction
    ]


@tag(
    reads=[
        "* < tables.instruments.* ~tables.instruments.symbol #matcher #given_returns ~scanner_symbols",
        *(f"{name} < tables.instruments.{field}" for field, name in FIELDS.items()),
    ]
)
def instruments(
    tables: Tables,
    matcher: Matcher,
    scanner_symbols: dict[str, str],
    given_returns: pd.DataFrame,
    data: DataSettings,
) -> dict[str, dict[str, Any]]:
    """Asset to its row of the instruments table under canonical names."""
    if tables.instruments is None:
        return {}
    records: list[dict[str, Any]] = tables.instruments.to_dict("records")  # type: ignore[assignment]
    pairs, _ = joined([{**row, "symbol": str(row["symbol"])} for row in records], matcher)
    refuse_strangers(
        "instruments", list(tables.instruments["symbol"]), given_returns.columns, len(pairs), data.strangers
    )
    rows = one_record_per_asset(pairs, matcher, scanner_symbols)[0]
    return {
        asset: {key: value for key, value in canonical(row).items() if key != "symbol"} for asset, row in rows.items()
    }


@tag(reads="* < candidates.symbol")
def scanner_symbols(candidates: list[Proposal]) -> dict[str, str]:
    """Asset to its symbol in the scan of its first candidate."""
    return {candidate.asset: str(candidate.record["symbol"]) for candidate in reversed(candidates)}


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
        "currency < {candidates_by_asset,instruments}.{currency,market} candidates_by_asset.symbol",
        "{value_traded,adv} < ~candidates_by_asset.{currency,market,symbol} ~instruments.{currency,market}",
        "{identity,market} < {candidates_by_asset,instruments}.* candidates_by_asset.symbol",
        "identity < {candidates_by_asset,instruments}.{base,market}",
        "{direction,logic} < candidates_by_asset.*",
        "logics < candidates_by_asset.logic",
        "scanner_symbol < candidates_by_asset.symbol",
        "has_candidate < #candidates_by_asset",
        "is_excluded < ~{candidates_by_asset,instruments}.{base,market} ~candidates_by_asset.symbol",
        "is_excluded < ~tables.candidates.symbol #all_returns",
        "quarantined < bad_input",
        "suspicious < return_findings bar_findings",
    ]
)
def raw_pool(
    tables: Tables,
    all_returns: pd.DataFrame,
    candidates_by_asset: dict[str, list[Proposal]],
    instruments: dict[str, dict[str, Any]],
    bad_input: pd.DataFrame,
    bar_findings: dict[str, Judgement],
    return_findings: Judgement,
    wide_prices: dict[str, pd.DataFrame],
    matcher: Matcher,
    universe: str,
    data: DataSettings,
    compat: CompatSettings,
) -> pd.DataFrame:
    """One row an asset of the pool, in the order of the returns: its candidate, metadata and scanner fields.

    The pool holds the assets with a candidate, or (`universe = "returns"`) all. Traded value that no scanner gives
    is the median over the last 30 days of bars. It is in dollars, NaN where its currency has no rate.
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
    blamed = blamed_rows(bad_input).drop_duplicates(["table", "symbol", "date"])
    lent = lenders(tables.candidates, compat.candidate_lookup)
    pool = pool_frame(assets, candidates_by_asset, instruments, lent, matcher.words, data, compat)
    reasons = exclusions(pool, tables, all_returns, matcher, data)
    suspects = return_findings.suspects[all_returns.columns.get_indexer(pd.Index(assets))].astype(np.float64)
    for found in bar_findings.values():
        named = pd.Series(np.repeat(wide_prices["close"].columns, np.asarray(found.suspects, dtype=np.int64)))
        suspects += np.array(counts_per_asset(named, assets, matcher), dtype=np.float64)
    traded = median_traded_value(wide_prices).reindex(assets).to_numpy()
    rate = dollar_rates(pool["currency"], data)
    return pool.assign(
        is_excluded=pool.index.isin(list(reasons)),
        quarantined=np.array(counts_per_asset(blamed["symbol"], assets, matcher), dtype=np.float64),
        suspicious=suspects,
        value_traded=pool["value_traded"].where(pool["value_traded"].notna(), traded) * rate,
        adv=pool["adv"].where(pool["adv"].notna() | (compat.adv_names != "all"), traded) * rate,
    )


@tag(reads="* < ~raw_pool.{identity,scanner_symbol} #raw_pool")
def benchmark_assets(
    tables: Tables,
    all_returns: pd.DataFrame,
    raw_pool: pd.DataFrame,
    matcher: Matcher,
    benchmarks: tuple,
    data: DataSettings,
) -> tuple:
    """The assets of the pool that the profile's benchmarks name, sorted; none where the data has none of them."""
    if data.symbol_join == "exact":
        return tuple(name for name in benchmarks if name in raw_pool.index)
    named = assets_named(benchmarks, known_names(raw_pool, tables, all_returns, matcher), data)
    return tuple(sorted({asset for found in named.values() for asset in found or () if asset in raw_pool.index}))


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


@tag(reads="* < wide_prices.* #matcher #raw_pool")
def pool_prices(
    wide_prices: dict[str, pd.DataFrame],
    matcher: Matcher,
    scanner_symbols: dict[str, str],
    raw_pool: pd.DataFrame,
    data: DataSettings,
    adx_prices: str,
) -> dict[str, pd.DataFrame]:
    """High, low and close of the pool's assets. Bars may name them otherwise than the returns do: they join likewise.

    With `adx_prices = "adjusted"` all three are scaled like the adjusted close, so that a split is no movement.
    """
    pairs, _ = joined([{"symbol": name} for name in wide_prices["close"].columns], matcher)
    rows = one_record_per_asset(pairs, matcher, scanner_symbols)[0]
    source = {asset: record["symbol"] for asset, record in rows.items()}
    columns = [source.get(asset, "") for asset in raw_pool.index]
    dates = wide_prices["close"].index[-(data.lookback + 1) :] if data.lookback else wide_prices["close"].index
    scaled = adx_prices == "adjusted" and "adj_close" in wide_prices
    factor = adjusted_prices(wide_prices) / wide_prices["close"] if scaled else 1.0
    found: dict[str, pd.DataFrame] = {}
    for field in ("high", "low", "close"):
        if field in wide_prices:
            prices = wide_prices[field] * factor if scaled else wide_prices[field]
            found[field] = column_contiguous(prices.reindex(index=dates, columns=columns))
        else:
            found[field] = pd.DataFrame(np.full((len(dates), len(columns)), np.nan), index=dates)
    return {field: frame.set_axis(raw_pool.index, axis=1) for field, frame in found.items()}


@tag(reads="* < tables.statistics.* ~tables.statistics.symbol #matcher ~scanner_symbols #raw_pool #all_returns")
def statistics(
    tables: Tables,
    matcher: Matcher,
    scanner_symbols: dict[str, str],
    raw_pool: pd.DataFrame,
    all_returns: pd.DataFrame,
    data: DataSettings,
) -> pd.DataFrame:
    """The statistics of the pool's assets, neutral where there are none (V3_4.md, section 2); a NaN stays NaN."""
    given = tables.statistics
    columns: dict[str, np.ndarray] = {}
    for name, neutral in NEUTRAL_STATISTICS.items():
        columns[name] = np.full(len(raw_pool), neutral)
    if given is not None:
        values = given.to_dict("records")
        records = [{"symbol": str(symbol), "values": values[row], "row": row} for row, symbol in enumerate(given.index)]
        partners = joined(records, matcher)[0]
        refuse_strangers("statistics", list(given.index), all_returns.columns, len(partners), data.strangers)
        rows = one_record_per_asset(partners, matcher, scanner_symbols)[0]
        found = [(asset, rows[asset]["row"]) for asset in raw_pool.index if asset in rows]
        target = raw_pool.index.get_indexer(pd.Index([asset for asset, _ in found]))
        source = np.array([row for _, row in found], dtype=int)
        for name in NEUTRAL_STATISTICS:
            if name in given:
                columns[name][target] = given[name].to_numpy(dtype=np.float64, na_value=np.nan)[source]
    return pd.DataFrame(columns, index=raw_pool.index)


def coverage(
    tables: Tables,
    all_returns: pd.DataFrame,
    raw_pool: pd.DataFrame,
    superseded: list[Proposal],
    bar_reasons: pd.Series,
    quarantine: pd.DataFrame,
    candidates: list[Proposal],
    matcher: Matcher,
    scanner_symbols: dict[str, str],
    benchmarks: tuple,
    benchmark_assets: tuple,
    days_since_last_bar: pd.Series,
    wide_prices: dict[str, pd.DataFrame],
    data: DataSettings,
) -> dict[str, Any]:
    """What came in, what became of it, how it was joined, and what found no partner, both ways."""
    pairs, partnerless = joined(tables.candidates, matcher)
    named = {candidate.asset for candidate in candidates}
    reasons = quarantine.groupby("reason", sort=True)["cells"].sum()
    names = known_names(raw_pool, tables, all_returns, matcher)
    lists = assets_named([*data.include, *data.exclude], names, data)
    return {
        "candidate_records": len(tables.candidates),
        "candidates": len(candidates),
        "assets_with_returns": all_returns.shape[1],
        "days": all_returns.shape[0],
        "pool": len(raw_pool),
        "candidates_without_bars": partnerless,
        "bars_without_candidates": sorted(name for name in all_returns.columns if name not in named),
        **join_report(pairs, matcher),
        "other_exchange": of_one_exchange(pairs)[1],
        "passed_over": passed_over(tables, matcher, scanner_symbols),
        "superseded": [f"{lost.asset} {lost.logic} {lost.direction}" for lost in superseded],
        "excluded": exclusions(raw_pool, tables, all_returns, matcher, data),
        "included": {name: reason for name, reason in data.include.items() if lists[name] is not None},
        "listed_but_unknown": sorted(name for name, found in lists.items() if found is None),
        "benchmarks": {"named": list(benchmarks), "found": list(benchmark_assets)},
        "quarantined": {str(reason): int(number) for reason, number in reasons.items()},
        "treatments": treatments(quarantine),
        "suspicious": sorted(raw_pool.index[raw_pool["suspicious"] > 0]),
        "missing_cells": missing_cells(tables.bars, bar_reasons),
        "padding": int((bar_reasons == PADDING).sum()),
        "remarks": remarks(
            all_returns[list(raw_pool.index)],
            raw_pool["market"],
            raw_pool["value_traded"],
            median_traded_value(wide_prices).reindex(raw_pool.index) * dollar_rates(raw_pool["currency"], data),
            pairs,
        ),
        "last_session": None if tables.last_session is None else str(tables.last_session.date()),
        "stale": stale_markets(days_since_last_bar, raw_pool["market"], data.max_age_days),
        "scans": {name: None if when is None else str(when) for name, when in sorted(tables.scans.items())},
        "point_in_time": tables.point_in_time,
        "notes": [
            *tables.notes,
            *money_notes(raw_pool["currency"], raw_pool["value_traded"], data.rates, data.currency),
        ],
    }


@extract_columns(*POOL_COLUMNS)
def pool_columns(raw_pool: pd.DataFrame) -> pd.DataFrame:
    """The pool's columns as nodes of their own, so that lineage is exact to the column."""
    return raw_pool


def ingested(settings: SelectionSettings, raw_pool: pd.DataFrame, returns: pd.DataFrame) -> SelectionContext:
    """Border of the stage: the context begins."""
    return SelectionContext(settings=settings, raw_pool=raw_pool, returns=returns)
