"""What an export must not have lost against the one before it of the same scanner: fields, rows, its own total.

A scanner that renames a field, or stops half-way, gives an export that looks like any other. Ingest refuses it by name, before
anything is written. Only exports of the category `universe` may not shrink: what a strategy finds changes from day to day,
what there is to find doesn't.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

TOTALS = ("total", "totalCount", "total_count", "count")
"""Names under which an export's `meta` may state how many rows there are."""
USUAL, FEWEST = 0.9, 5
"""A field that 90 % of an export's rows had, and not one of at least five rows has now, vanished; else it may be chance."""


@dataclass(frozen=True)
class Export:
    """What the contract looks at."""

    scanner: str
    when: pd.Timestamp
    file: str
    rows: int
    fields: frozenset[str]
    """Those of which some row knows the value."""
    usual: frozenset[str]
    """Those of which nearly every row does."""
    stated: int | None
    whole: bool
    """Whether it lists all that there is (category `universe`)."""


def exports(candidates: pd.DataFrame) -> list[Export]:
    """The dated exports in rows of the table `candidates`, by scanner and time."""
    dated = candidates.loc[candidates["date"].notna().to_numpy()].sort_values(["scanner", "date", "row"])
    return [_export(rows) for _, rows in dated.groupby(["scanner", "date"], sort=True)]


def refuse_broken(brought: Sequence[Export], held: Sequence[Export], data: DataSettings) -> None:
    """Raises `DataContractError` naming each export that lost fields or rows, beyond what the settings allow."""
    known = {(each.scanner, each.when): each for each in held}
    timeline = {**known, **{(each.scanner, each.when): each for each in brought}}
    before: dict[str, Export] = {}
    wrong = []
    new = {(each.scanner, each.when) for each in brought if known.get((each.scanner, each.when)) != each}
    for key in sorted(timeline):
        each = timeline[key]
        if key in new:
            wrong += list(_breaches(each, before.get(each.scanner), data))
        before[each.scanner] = each
    if wrong:
        raise DataContractError(
            f"ingest: {len(wrong)} breaches of the scans' contract, nothing was written: {'; '.join(wrong[:5])}"
            f"{f' and {len(wrong) - 5} more' if len(wrong) > 5 else ''}. Mend the exports, or if they are right: --set "
            "data.max_scan_shrink=1 --set data.vanished_fields=report"
        )


def _breaches(export: Export, earlier: Export | None, data: DataSettings) -> Iterator[str]:
    place = f"{export.file} ({export.scanner} of {export.when})"
    if export.stated is not None and export.rows < export.stated * (1 - data.max_scan_shrink):
        yield f"{place} states {export.stated} rows and has {export.rows}"
    if earlier is None:
        return
    if export.whole and export.rows < earlier.rows * (1 - data.max_scan_shrink):
        yield f"{place} shrank from {earlier.rows} rows to {export.rows}"
    vanished = sorted(earlier.usual - export.fields)
    if vanished and export.rows >= FEWEST and data.vanished_fields == "refuse":
        yield f"{place} lost the fields {offenders(vanished)}"


def _export(rows: pd.DataFrame) -> Export:
    first = rows.iloc[0]
    records = [json.loads(text) for text in rows["record"].iloc[1:]]
    meta = json.loads(first["meta"])
    counts: dict[str, int] = {}
    for record in records:
        for name, value in record.items():
            counts[name] = counts.get(name, 0) + (value is not None)
    when = pd.Timestamp(first["date"])
    return Export(
        scanner=str(first["scanner"]),
        when=when,
        file=str(first["file"]),
        rows=len(records),
        fields=frozenset(name for name, count in counts.items() if count),
        usual=frozenset(name for name, count in counts.items() if count and count >= USUAL * len(records)),
        stated=_stated(meta),
        whole=meta.get("data_category") == "universe",
    )


def _stated(meta: Mapping[str, Any]) -> int | None:
    found = [meta[name] for name in TOTALS if isinstance(meta.get(name), int) and not isinstance(meta[name], bool)]
    return found[0] if found else None
