"""Stage 1, ingestion: what there is to choose from.

`tables` reads (nothing else in the dataflow does); `return_nodes` makes returns of them; here candidates join their
assets, get one direction each and form the `raw_pool`; `pool_table_nodes` has what the pool has; `coverage` counts what found no
partner. `ingested` is the stage's border.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from hamilton.function_modifiers import extract_columns, tag

from tradingview_scraper.pipelines.selection.dataflow.component_answers import answered_tables
from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import (
    median_traded_value,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import last_records
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    FIELDS,
    NUMERIC_FIELDS,
    canonical,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.horizon import within_horizon
from tradingview_scraper.pipelines.selection.dataflow.ingestion.input_size import refuse_large_matrices
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import (
    Matcher,
    assets_named,
    counts_per_asset,
    join_report,
    joined,
    of_one_exchange,
    one_record_per_asset,
    refuse_lonely,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.membership import (
    in_universe,
    members,
    without_place,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.money import dollar_rates, money_notes
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plausibility import (
    Judgement,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import (
    Proposal,
    believed_proposals,
    direction_of,
    lenders,
    proposals,
    recent_growth,
    resolved,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool_coverage import (
    missing_cells,
    passed_over,
    stale_markets,
    superseded_candidates,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool_table import pool_frame
from tradingview_scraper.pipelines.selection.dataflow.ingestion.profile_lists import exclusions, known_names
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import (
    PADDING,
    blamed_rows,
    by_reason,
    treatments,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_checks import checked_tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.remarks import remarks
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import refuse_strangers
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frames import DIRECTIONS
from tradingview_scraper.pipelines.selection.schemas.settings import (
    CompatSettings,
    DataSettings,
    SelectionSettings,
)

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
    refuse_large_matrices(found.bars, data)
    seen = within_horizon(found, as_of, moment, pinned_session, data)
    return checked_tables(seen) if data.fields == "checked" else seen


@tag(reads="tables.bars.date tables.returns")
def last_session(tables: Tables) -> pd.Timestamp | None:
    """The last session that is seen."""
    return tables.last_session


@tag(reads="#given_returns ~tables.candidates.symbol")
def matcher(tables: Tables, given_returns: pd.DataFrame, data: DataSettings) -> Matcher:
    """What finds the asset that a name means: one for all tables and lists."""
    return Matcher(given_returns.columns.tolist(), [record["symbol"] for record in tables.candidates], data)


@tag(reads="* < tables.candidates.* #tables.candidates.{symbol,direction} #matcher")
def joined_records(
    tables: Tables, matcher: Matcher, data: DataSettings, believed: bool
) -> list[tuple[str, Mapping[str, Any]]]:
    """(asset, candidate record) for every record that has returns, those of a second exchange left out."""
    if believed:
        return of_one_exchange(joined(last_records(tables.candidates), matcher)[0])[0]
    usable = [record for record in tables.candidates if direction_of(record) in DIRECTIONS]
    pairs, _ = joined(usable, matcher)
    refuse_lonely(pairs, dict.fromkeys(str(record["symbol"]) for record in usable), data.strangers)
    return of_one_exchange(pairs)[0]


@tag(
    reads=[
        "* < joined_records.* ~joined_records.{symbol,logic,direction,universe_only}",
        *(f"{name} < joined_records.{field}" for field, name in FIELDS.items()),
    ]
)
def candidates(joined_records: list[tuple[str, Mapping[str, Any]]], believed: bool) -> list[Proposal]:
    """The candidates, one a key (asset, logic, direction), in the order of the key."""
    return believed_proposals(joined_records) if believed else proposals(joined_records)


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
        "#tables.membership.{symbol,valid_from,valid_to} if data.membership = apply",
        "sector < tables.membership.sector if data.membership = apply",
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
    benchmarks: tuple,
    data: DataSettings,
    compat: CompatSettings,
) -> pd.DataFrame:
    """One row an asset of the pool, in the order of the returns: its candidate, metadata and scanner fields.

    The pool holds the assets with a candidate, or (`universe = "returns"`) all, of them the members of the universe where a table
    names these. Traded value that no scanner gives is the median over the last 30 days of bars. It is in dollars, NaN where its
    currency has no rate.
    """
    sectors = members(tables, matcher, data)
    assets = [name for name in all_returns.columns.tolist() if universe == "returns" or name in candidates_by_asset]
    if not assets and not tables.candidates and not tables.scans and not tables.beyond.get("later scans"):
        raise DataContractError(
            f"ingestion: nothing proposes candidates: there is none of {', '.join((*data.candidates, *data.scans))}. Write a "
            "list of them (candidates.csv with a column symbol will do), or take all assets: --set universe=returns"
        )
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
    proposed = assets
    assets = in_universe(proposed, sectors, benchmarks, matcher)
    if not assets:
        raise DataContractError(
            f"ingestion: none of the {len(proposed)} candidates ({offenders(proposed)}) is a member of the universe on "
            f'{tables.last_session}: nothing to select from. Check the table membership, or set data.membership = "ignore"'
        )
    blamed = blamed_rows(bad_input).drop_duplicates(["table", "symbol", "date"])
    lent = lenders(tables.candidates, compat.candidate_lookup)
    pool = pool_frame(assets, candidates_by_asset, instruments, lent, matcher.words, data, compat)
    reasons = exclusions(pool, tables, all_returns, matcher, data)
    suspects = return_findings.suspects[all_returns.columns.get_indexer(pd.Index(assets))].astype(np.float64)
    for found in bar_findings.values():
        named = wide_prices["close"].columns.repeat(found.suspects).tolist()
        suspects += np.array(counts_per_asset(named, assets, matcher), dtype=np.float64)
    traded = median_traded_value(wide_prices).reindex(assets).to_numpy()
    rate = dollar_rates(pool["currency"], data)
    stated = pd.Series(sectors or {}, dtype="str").reindex(pool.index).fillna("").to_numpy()
    return pool.assign(
        sector=pool["sector"].where(pool["sector"] != "", stated),
        is_excluded=pool.index.isin(list(reasons)),
        quarantined=np.array(counts_per_asset(blamed["symbol"].tolist(), assets, matcher), dtype=np.float64),
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
    universe: str,
    data: DataSettings,
) -> dict[str, Any]:
    """What came in, what became of it, how it was joined, and what found no partner, both ways."""
    pairs, partnerless = joined(tables.candidates, matcher)
    named = {candidate.asset for candidate in candidates}
    treated = treatments(quarantine)
    assets, pool = all_returns.columns.tolist(), raw_pool.index.tolist()
    listed = [*data.include, *data.exclude]
    lists = assets_named(listed, known_names(raw_pool, tables, all_returns, matcher), data) if listed else {}
    return {
        "candidate_records": len(tables.candidates),
        "candidates": len(candidates),
        "assets_with_returns": all_returns.shape[1],
        "days": all_returns.shape[0],
        "pool": len(raw_pool),
        "candidates_without_bars": partnerless,
        "bars_without_candidates": sorted(name for name in assets if name not in named),
        "not_members": without_place(assets if universe == "returns" else named, pool),
        **join_report(pairs, matcher),
        "other_exchange": of_one_exchange(pairs)[1],
        "passed_over": passed_over(tables, matcher, scanner_symbols),
        "superseded": superseded_candidates(superseded, candidates),
        "excluded": exclusions(raw_pool, tables, all_returns, matcher, data),
        "included": {name: reason for name, reason in data.include.items() if lists[name] is not None},
        "listed_but_unknown": sorted(name for name, found in lists.items() if found is None),
        "benchmarks": {"named": list(benchmarks), "found": list(benchmark_assets)},
        "quarantined": by_reason(treated),
        "treatments": treated,
        "suspicious": sorted(raw_pool.index[raw_pool["suspicious"] > 0]),
        "missing_cells": missing_cells(tables.bars, bar_reasons),
        "padding": int((bar_reasons == PADDING).sum()),
        "remarks": remarks(
            all_returns if assets == pool else all_returns[pool],
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
            *(f"candidates were asked of a live scanner: {text}" for text in tables.asked),
            *_absent_benchmarks(benchmarks, benchmark_assets),
            *money_notes(raw_pool["currency"], raw_pool["value_traded"], data.rates, data.currency),
        ],
    }


def _absent_benchmarks(named: tuple, found: tuple) -> list[str]:
    """That no benchmark is in the data: a misspelled one would waive nothing without a word."""
    return [] if found or not named else [f"no benchmark is in the data (named: {', '.join(named)})"]


@extract_columns(*POOL_COLUMNS)
def pool_columns(raw_pool: pd.DataFrame) -> pd.DataFrame:
    """The pool's columns as nodes of their own, so that lineage is exact to the column."""
    return raw_pool


def ingested(settings: SelectionSettings, raw_pool: pd.DataFrame, returns: pd.DataFrame) -> SelectionContext:
    """Border of the stage: the context begins."""
    return SelectionContext(settings=settings, raw_pool=raw_pool, returns=returns)
