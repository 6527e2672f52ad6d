"""From candidate records to the pool: one row an asset, with everything the scanners said of it.

`joined` finds the asset of each record, `proposals` are the records that make a candidate, `resolved` settles assets that are
proposed in both directions, and `pool_frame` writes the raw pool.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (
    METADATA_FIELDS,
    NUMERIC_FIELDS,
    bare_symbol,
    canonical,
    derived_identity,
    is_crypto,
    stated_keys,
)
from tradingview_scraper.pipelines.selection.schemas.settings import CompatSettings, DataSettings

LONG, SHORT = "LONG", "SHORT"


@dataclass(frozen=True)
class Proposal:
    """One candidate: an asset by one logic in one direction, with its fields under canonical names."""

    asset: str
    logic: str
    direction: str
    record: Mapping[str, Any]
    given: Mapping[str, Any]
    """The first record of this key, as it was given."""


def joined(
    records: Sequence[Mapping[str, Any]], assets: Sequence[str], settings: DataSettings
) -> tuple[list[tuple[str, Mapping[str, Any]]], list[str]]:
    """(asset, record) for every record whose symbol names an asset, and the symbols that name none, sorted.

    A symbol that is itself an asset's name joins it; otherwise, with `symbol_join = "stripped"`, the bare symbols do.
    """
    exact = set(assets)
    bare = (
        {}
        if settings.symbol_join == "exact"
        else {
            # Of several assets with one bare symbol the first by name is meant, in whatever order they come.
            bare_symbol(name, settings.strip_suffixes): name
            for name in sorted(assets, reverse=True)
        }
    )
    pairs: list[tuple[str, Mapping[str, Any]]] = []
    partnerless: list[str] = []
    for record in records:
        symbol = record["symbol"]
        asset = symbol if symbol in exact else bare.get(bare_symbol(symbol, settings.strip_suffixes))
        if asset is None:
            partnerless.append(symbol)
        else:
            pairs.append((asset, record))
    return pairs, sorted(dict.fromkeys(partnerless))


def proposals(pairs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Proposal]:
    """The candidates, one a key (asset, logic, direction), in the order of the key.

    Records of one key are merged, so are an asset's universe records into each of its candidates: the value that
    is there wins over the one that is missing, a scan's own over the universe's.
    """
    background: dict[str, dict[str, Any]] = {}
    proposed: dict[tuple[str, str, str], Proposal] = {}
    named = {asset for asset, record in pairs if not record.get("universe_only")}
    for asset, record in _ordered(pairs):
        fields = canonical(record)
        if record.get("universe_only"):
            background[asset] = {**fields, **background.get(asset, {})}
        if not record.get("universe_only") or asset not in named:
            key = (asset, str(fields.get("logic", "trend")), direction_of(record))
            first = proposed.get(key, Proposal(*key, {}, record))
            proposed[key] = replace(first, record={**fields, **first.record})
    return [
        replace(proposed[key], record=MappingProxyType({**background.get(key[0], {}), **proposed[key].record}))
        for key in sorted(proposed)
    ]


def _ordered(pairs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Mapping[str, Any]]]:
    """By asset; where several records name one, their scanner and content decide who is first, not where they stood."""
    by_asset: dict[str, list[Mapping[str, Any]]] = {}
    for asset, record in pairs:
        by_asset.setdefault(asset, []).append(record)
    for found in by_asset.values():
        if len(found) > 1:
            found.sort(key=lambda record: (str(record.get("scanner", "")), repr(record)))
    return [(asset, record) for asset in sorted(by_asset) for record in by_asset[asset]]


def direction_of(record: Mapping[str, Any]) -> str:
    """The stated direction in capitals, LONG where none is stated."""
    return str(record.get("direction") or LONG).upper()


def resolved(
    candidates: Sequence[Proposal], recent_return: Mapping[str, float]
) -> tuple[dict[str, list[Proposal]], list[Proposal]]:
    """Asset to its candidates, all in one direction, and the candidates that were superseded.

    Where both directions of an asset are proposed the sign of its recent return decides (unknown counts as up).
    """
    by_asset: dict[str, list[Proposal]] = {}
    for candidate in candidates:
        by_asset.setdefault(candidate.asset, []).append(candidate)
    kept: dict[str, list[Proposal]] = {}
    superseded: list[Proposal] = []
    for asset, proposed in by_asset.items():
        directions = {candidate.direction for candidate in proposed}
        if len(directions) > 1:
            favoured = SHORT if recent_return.get(asset, 0.0) < 0 else LONG
            superseded += [candidate for candidate in proposed if candidate.direction != favoured]
            proposed = [candidate for candidate in proposed if candidate.direction == favoured]
        kept[asset] = proposed
    return kept, superseded


def pool_frame(
    assets: Sequence[str],
    candidates: Mapping[str, Sequence[Proposal]],
    instruments: Mapping[str, Mapping[str, Any]],
    lenders: Mapping[str, Mapping[str, Any]],
    quarantined: Mapping[str, int],
    settings: DataSettings,
    compat: CompatSettings,
) -> pd.DataFrame:
    """The raw pool in the order of `assets`; where several logics propose an asset, the first by name speaks for it."""
    rows = [
        _row(
            asset,
            candidates.get(asset, ()),
            instruments.get(asset, {}),
            lenders.get(asset, {}),
            quarantined.get(asset, 0),
            settings,
            compat,
        )
        for asset in assets
    ]
    frame = pd.DataFrame(rows, index=pd.Index(list(assets), dtype="str", name="symbol"))
    texts = ("scanner_symbol", "identity", "direction", "logic", "logics", "market", "sector")
    numbers = (*NUMERIC_FIELDS, "adv", "metadata_keys", "quarantined")
    return frame.astype({**dict.fromkeys(texts, "str"), **dict.fromkeys(numbers, np.float64)})


def _row(
    asset: str,
    proposed: Sequence[Proposal],
    instrument: Mapping[str, Any],
    lender: Mapping[str, Any],
    quarantined: int,
    settings: DataSettings,
    compat: CompatSettings,
) -> dict[str, Any]:
    own: Mapping[str, Any] = proposed[0].record if proposed else {}
    given: Mapping[str, Any] = proposed[0].given if proposed else lender
    symbol = str(own.get("symbol", asset))
    background: dict[str, Any] = {str(name): size for name, size in settings.defaults.items()} | dict(instrument)
    fields = {**background, **own}
    sizes = fields if proposed else {**background, **canonical(lender)}
    stated = stated_keys(given) | sizes.keys()
    market = str(fields.get("market", ""))
    derived = derived_identity(symbol, market, fields.get("base"), settings.strip_suffixes)
    identity = fields.get("identity") or (derived if compat.missing_identity == "derived" else asset)
    return {
        "scanner_symbol": symbol,
        "identity": str(identity),
        "direction": proposed[0].direction if proposed else LONG,
        "logic": proposed[0].logic if proposed else "trend",
        "logics": ",".join(candidate.logic for candidate in proposed) or "trend",
        "market": "CRYPTO" if is_crypto(market, symbol) else market.upper(),
        "sector": str(fields.get("sector", "")),
        "has_candidate": bool(proposed),
        "is_benchmark": bool(fields.get("is_benchmark", False)),
        "is_excluded": bool(exclusion_reason(asset, symbol, settings)),
        "quarantined": float(quarantined),
        **{name: number(fields.get(name)) for name in NUMERIC_FIELDS},
        **{name: number(sizes.get(name)) for name in METADATA_FIELDS},
        "adv": number(given.get("value_traded") if compat.adv_names == "value_traded" else sizes.get("value_traded")),
        "metadata_keys": float(sum(name in stated for name in METADATA_FIELDS)),
    }


def exclusion_reason(asset: str, scanner_symbol: str, settings: DataSettings) -> str:
    """Why the profile's lists leave an asset out, empty where they don't; both its names count."""
    for name in (asset, scanner_symbol):
        if name in settings.exclude:
            return settings.exclude[name] or "excluded"
    included = not settings.include or asset in settings.include or scanner_symbol in settings.include
    return "" if included else "not on the include list"


def lenders(records: Sequence[Mapping[str, Any]], candidate_lookup: str) -> dict[str, Mapping[str, Any]]:
    """Identity to the first record of it: in v3.4 an asset without a candidate uses the one whose identity it is."""
    found: dict[str, Mapping[str, Any]] = {}
    if candidate_lookup == "symbol-or-identity":
        for record in records:
            found.setdefault(str(record.get("identity")), record)
    return found


def number(value: Any) -> float:
    """A number, NaN where there is none or it can't be read as one."""
    try:
        return float(value) if value is not None else np.nan
    except (TypeError, ValueError, OverflowError):
        return np.nan
