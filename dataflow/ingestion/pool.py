"""From candidate records to the pool: one row an asset, with everything the scanners said of it.

`proposals` are the records that make a candidate (their assets are found by `matching`), `resolved` settles assets that are
proposed in both directions, and `pool_frame` writes the raw pool.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import (
    believed_fields,
    stated_direction,
    stated_identity,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import (
    METADATA_FIELDS,
    NUMERIC_FIELDS,
    canonical,
    stated_keys,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.money import listing_currency
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import is_crypto
from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbols import Vocabulary, derived_identity
from tradingview_scraper.pipelines.selection.schemas.frozen import Immutable
from tradingview_scraper.pipelines.selection.schemas.settings import CompatSettings, DataSettings

LONG, SHORT = "LONG", "SHORT"


@dataclass(frozen=True)
class Proposal(Immutable):
    """One candidate: an asset by one logic in one direction, with its fields under canonical names."""

    asset: str
    logic: str
    direction: str
    record: Mapping[str, Any]
    given: Mapping[str, Any]
    """The first record of this key, as it was given."""


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


def believed_proposals(pairs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Proposal]:
    """v3.4's candidates: one record per asset as it stands, the last where several symbols mean one."""
    found = {
        asset: Proposal(
            asset,
            str(record.get("logic") or "trend"),
            stated_direction(record),
            MappingProxyType(believed_fields(record)),
            record,
        )
        for asset, record in pairs
    }
    return [found[asset] for asset in sorted(found)]


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
    words: Vocabulary,
    settings: DataSettings,
    compat: CompatSettings,
) -> pd.DataFrame:
    """The raw pool in the order of `assets`; where several logics propose an asset, the first by name speaks for it.

    Still without `quarantined` and `is_excluded`, which take more than an asset's own record.
    """
    rows = [
        _row(
            asset,
            candidates.get(asset, ()),
            instruments.get(asset, {}),
            lenders.get(asset, {}),
            words,
            settings,
            compat,
        )
        for asset in assets
    ]
    frame = pd.DataFrame(rows, index=pd.Index(list(assets), dtype="str", name="symbol"))
    texts = ("scanner_symbol", "identity", "direction", "logic", "logics", "market", "sector", "currency")
    numbers = (*NUMERIC_FIELDS, "adv", "metadata_keys")
    return frame.astype({**dict.fromkeys(texts, "str"), **dict.fromkeys(numbers, np.float64)})


def _row(
    asset: str,
    proposed: Sequence[Proposal],
    instrument: Mapping[str, Any],
    lender: Mapping[str, Any],
    words: Vocabulary,
    settings: DataSettings,
    compat: CompatSettings,
) -> dict[str, Any]:
    own: Mapping[str, Any] = proposed[0].record if proposed else {}
    given: Mapping[str, Any] = proposed[0].given if proposed else lender
    symbol = str(own.get("symbol", asset))
    background: dict[str, Any] = {str(name): size for name, size in settings.defaults.items()} | dict(instrument)
    fields = {**background, **own}
    believed = settings.fields == "believed"
    borrowed = believed_fields(lender) if believed else canonical(lender)
    sizes = fields if proposed else {**background, **borrowed}
    stated = {*given, *background} if believed else stated_keys(given) | sizes.keys()
    market = str(fields.get("market", ""))
    derives = compat.missing_identity == "derived"
    stated_one = stated_identity(own) if believed else fields.get("identity")
    identity = stated_one or (derived_identity(symbol, market, fields.get("base"), words) if derives else asset)
    return {
        "scanner_symbol": symbol,
        "identity": str(identity),
        "direction": proposed[0].direction if proposed else LONG,
        "logic": proposed[0].logic if proposed else "trend",
        "logics": ",".join(candidate.logic for candidate in proposed) or "trend",
        "market": "CRYPTO" if is_crypto(market, symbol) else market.upper(),
        "sector": str(fields.get("sector", "")),
        "currency": listing_currency(symbol, "CRYPTO" if is_crypto(market, symbol) else market, fields.get("currency")),
        "has_candidate": bool(proposed),
        "is_benchmark": bool(fields.get("is_benchmark", False)),
        **{name: number(fields.get(name)) for name in NUMERIC_FIELDS},
        **{name: number(sizes.get(name)) for name in METADATA_FIELDS},
        "adv": number(given.get("value_traded") if compat.adv_names == "value_traded" else sizes.get("value_traded")),
        "scanner_adx": compat.missing_adx if fields.get("scanner_adx") is None else number(fields["scanner_adx"]),
        "metadata_keys": float(sum(name in stated for name in METADATA_FIELDS)),
    }


def exclusion_reasons(
    assets: Sequence[str],
    excluded: Mapping[str, Sequence[str] | None],
    included: Mapping[str, Sequence[str] | None],
    settings: DataSettings,
) -> dict[str, str]:
    """Asset to why the profile's lists leave it out; `excluded` and `included` are entries and the assets they name."""
    reasons: dict[str, str] = {}
    for entry, named in excluded.items():
        for asset in named or ():
            reasons.setdefault(asset, settings.exclude[entry] or "excluded")
    wanted = {asset for named in included.values() for asset in named or ()}
    for asset in assets:
        if settings.include and asset not in wanted:
            reasons.setdefault(asset, "not on the include list")
    return {asset: reasons[asset] for asset in assets if asset in reasons}


def lenders(records: Sequence[Mapping[str, Any]], candidate_lookup: str) -> dict[str, Mapping[str, Any]]:
    """Identity to the first record of it: in v3.4 an asset without a candidate uses the one whose identity it is."""
    found: dict[str, Mapping[str, Any]] = {}
    if candidate_lookup == "symbol-or-identity":
        for record in records:
            if isinstance(record.get("identity"), str):
                found.setdefault(record["identity"], record)
    return found


def number(value: Any) -> float:
    """A number, NaN where there is none or it can't be read as one."""
    try:
        return float(value) if value is not None else np.nan
    except (TypeError, ValueError, OverflowError):
        return np.nan


def recent_growth(candidates: Sequence[Proposal], returns: pd.DataFrame, window: int) -> dict[str, float]:
    """Compounded return of the last `window` rows of the assets that are proposed in both directions."""
    directions: dict[str, set[str]] = {}
    for candidate in candidates:
        directions.setdefault(candidate.asset, set()).add(candidate.direction)
    both = [asset for asset, found in directions.items() if len(found) > 1]
    growth = (1.0 + returns[both].iloc[-window:].fillna(0.0)).prod() - 1.0
    return {str(asset): float(value) for asset, value in growth.items()}
