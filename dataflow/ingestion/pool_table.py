"""The raw pool as a table: one row an asset, a column at a time.

`pool_frame` looks up where each asset's row comes from (`Origins`: its candidate, the instruments, the profile's defaults), then
writes texts, flags and numbers as columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import believed_fields, stated_identity
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    METADATA_FIELDS,
    NUMERIC_FIELDS,
    canonical,
    states,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.money import listing_currency
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import LONG, Proposal
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import market_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbols import Vocabulary, derived_identity
from tradingview_scraper.pipelines.selection.schemas.settings import CompatSettings, DataSettings

Record = Mapping[str, Any]


def pool_frame(
    assets: Sequence[str],
    candidates: Mapping[str, Sequence[Proposal]],
    instruments: Mapping[str, Record],
    lenders: Mapping[str, Record],
    words: Vocabulary,
    settings: DataSettings,
    compat: CompatSettings,
) -> pd.DataFrame:
    """The raw pool in the order of `assets`; where several logics propose an asset, the first by name speaks for it.

    Still without `quarantined` and `is_excluded`, which take more than an asset's own record.
    """
    defaults: Record = {str(name): size for name, size in settings.defaults.items()}
    believed = settings.fields == "believed"
    rows = [
        _origins(asset, candidates.get(asset, ()), instruments.get(asset), lenders.get(asset, {}), defaults, believed)
        for asset in assets
    ]
    texts = {name: pd.array(column, dtype="str") for name, column in _texts(rows, words, believed, compat).items()}
    flags = {
        "has_candidate": np.array([bool(row.proposed) for row in rows], dtype=bool),
        "is_benchmark": np.array([bool(row.fields.get("is_benchmark", False)) for row in rows], dtype=bool),
    }
    index = pd.Index(list(assets), dtype="str", name="symbol")
    return pd.DataFrame(texts | flags | _figures(rows, believed, compat), index=index)


@dataclass(slots=True)
class Origins:
    """Where an asset's row comes from."""

    asset: str
    proposed: Sequence[Proposal]
    """Its candidates, the first of which speaks for it."""
    own: Record
    """The fields of that one, none where there is none."""
    fields: Record
    """What the profile's defaults, the instruments and the candidate say; the later wins."""
    sizes: Record
    """The same for metadata and traded value, which v3.4 borrows for an asset without a candidate."""
    given: Record
    """The candidate's record as it was given, or that of whom is borrowed from."""
    background: Record
    """Defaults and instruments."""


def _origins(
    asset: str,
    proposed: Sequence[Proposal],
    instrument: Record | None,
    lender: Record,
    defaults: Record,
    believed: bool,
) -> Origins:
    background = {**defaults, **instrument} if instrument else defaults
    if proposed:
        own = proposed[0].record
        fields = {**background, **own} if background else own
        return Origins(asset, proposed, own, fields, fields, proposed[0].given, background)
    borrowed = believed_fields(lender) if believed else canonical(lender)
    return Origins(asset, proposed, {}, background, {**background, **borrowed}, lender, background)


def _texts(
    rows: Sequence[Origins], words: Vocabulary, believed: bool, compat: CompatSettings
) -> dict[str, Sequence[str]]:
    symbols = [str(row.own.get("symbol", row.asset)) for row in rows]
    stated = [str(row.fields.get("market", "")) for row in rows]
    markets = [market_of(market, symbol) for market, symbol in zip(stated, symbols, strict=True)]
    named = list(zip(rows, symbols, stated, markets, strict=True))
    return {
        "scanner_symbol": symbols,
        "identity": [_identity(row, symbol, market, words, believed, compat) for row, symbol, market, _ in named],
        "direction": [row.proposed[0].direction if row.proposed else LONG for row in rows],
        "logic": [row.proposed[0].logic if row.proposed else "trend" for row in rows],
        "logics": [",".join(candidate.logic for candidate in row.proposed) or "trend" for row in rows],
        "market": markets,
        "sector": [str(row.fields.get("sector", "")) for row in rows],
        "currency": [listing_currency(symbol, place, row.fields.get("currency")) for row, symbol, _, place in named],
    }


def _identity(row: Origins, symbol: str, market: str, words: Vocabulary, believed: bool, compat: CompatSettings) -> str:
    """What an asset is underneath: as stated, else as its symbol says, or (v3.4) the asset itself."""
    stated = stated_identity(row.own) if believed else row.fields.get("identity")
    derives = compat.missing_identity == "derived"
    return str(stated or (derived_identity(symbol, market, row.fields.get("base"), words) if derives else row.asset))


def _figures(rows: Sequence[Origins], believed: bool, compat: CompatSettings) -> dict[str, np.ndarray]:
    said = set[str]().union(*(row.fields for row in rows))
    nothing = np.full(len(rows), np.nan)
    found = {
        name: _numbers([row.fields.get(name) for row in rows]) if name in said else nothing for name in NUMERIC_FIELDS
    }
    found |= {name: _numbers([row.sizes.get(name) for row in rows]) for name in METADATA_FIELDS}
    as_given = compat.adv_names == "value_traded"
    found["adv"] = _numbers([(row.given if as_given else row.sizes).get("value_traded") for row in rows])
    strengths = (row.fields.get("scanner_adx") for row in rows)
    found["scanner_adx"] = _numbers([compat.missing_adx if value is None else value for value in strengths])
    stated = [sum(_states(row, name, believed) for name in METADATA_FIELDS) for row in rows]
    found["metadata_keys"] = np.array(stated, dtype=np.float64)
    return found


def _states(row: Origins, name: str, believed: bool) -> bool:
    """Whether there is a key of this name, whatever it holds."""
    if believed:
        return name in row.given or name in row.background
    return name in row.sizes or states(row.given, name)


def _numbers(values: Sequence[Any]) -> np.ndarray:
    """Numbers, NaN where there is none or it can't be read as one."""
    plain = {float, type(None)}.issuperset(map(type, values))
    return np.array(values if plain else [_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return float(value) if value is not None else np.nan
    except (TypeError, ValueError, OverflowError):
        return np.nan
