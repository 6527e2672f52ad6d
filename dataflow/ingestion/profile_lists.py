"""What the profile's lists (exclusions, inclusions, benchmarks) name among the assets."""

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import (
    Matcher,
    Names,
    assets_named,
    refuse_unknown,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import exclusion_reasons
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings


def known_names(pool: pd.DataFrame, tables: Tables, all_returns: pd.DataFrame, matcher: Matcher) -> Names:
    """All that a list of the profile may name."""
    spellings = {name: name for name in all_returns.columns.tolist()}
    for record in tables.candidates:
        if record["symbol"] not in spellings:
            spellings[record["symbol"]] = matcher.asset(record["symbol"], str(record.get("market") or "")) or ""
    identities: dict[str, list[str]] = {}
    for asset, identity in zip(pool.index.tolist(), pool["identity"].tolist(), strict=True):
        identities.setdefault(identity.upper(), []).append(asset)
    return Names(spellings, identities)


def exclusions(
    pool: pd.DataFrame, tables: Tables, all_returns: pd.DataFrame, matcher: Matcher, data: DataSettings
) -> dict[str, str]:
    """Asset to why the profile's lists leave it out.

    Raises `ConfigurationError` where an entry names nothing and `data.unknown_names` refuses that.
    """
    if not data.exclude and not data.include:
        return {}
    names = known_names(pool, tables, all_returns, matcher)
    excluded, included = assets_named(data.exclude, names, data), assets_named(data.include, names, data)
    if data.unknown_names == "refuse":
        refuse_unknown("data.exclude", excluded, names)
        refuse_unknown("data.include", included, names)
    return exclusion_reasons([str(asset) for asset in pool.index], excluded, included, data)
