"""From candidate records to the pool: one row an asset, with everything the scanners said of it.

`proposals` are the records that make a candidate (their assets are found by `matching`), `resolved` settles assets that are
proposed in both directions; `pool_table` makes the raw pool of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import (
    believed_fields,
    stated_direction,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import canonical
from tradingview_scraper.pipelines.selection.schemas.frozen import Immutable
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

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
    proposed: dict[tuple[str, str, str], tuple[dict[str, Any], Mapping[str, Any]]] = {}
    named = {asset for asset, record in pairs if not record.get("universe_only")}
    for asset, record in _ordered(pairs):
        fields = canonical(record)
        if record.get("universe_only"):
            background[asset] = {**fields, **background.get(asset, {})}
        if not record.get("universe_only") or asset not in named:
            key = (asset, str(fields.get("logic", "trend")), direction_of(record))
            first = proposed.get(key)
            proposed[key] = (fields, record) if first is None else ({**fields, **first[0]}, first[1])
    return [
        Proposal(*key, MappingProxyType({**background.get(key[0], {}), **proposed[key][0]}), proposed[key][1])
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


def recent_growth(candidates: Sequence[Proposal], returns: pd.DataFrame, window: int) -> dict[str, float]:
    """Compounded return of the last `window` rows of the assets that are proposed in both directions."""
    directions: dict[str, set[str]] = {}
    for candidate in candidates:
        directions.setdefault(candidate.asset, set()).add(candidate.direction)
    both = [asset for asset, found in directions.items() if len(found) > 1]
    growth = (1.0 + returns[both].iloc[-window:].fillna(0.0)).prod() - 1.0
    return {str(asset): float(value) for asset, value in growth.items()}
