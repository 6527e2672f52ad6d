"""How often each winner stays where its past is drawn anew, in the table of the winners; nothing where nobody asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Column,
    Html,
    element,
    percent,
    percentage,
)

TITLES = {
    "block_bootstrap": ("bootstrap", "days drawn in blocks"),
    "jitter": ("jitter", "noise in the returns"),
    "leave_one_out": ("features", "one feature of the score left out"),
}
"""Kind of draw to the title of its column and what is drawn."""


@dataclass(frozen=True)
class StaysCells:
    """Columns and cells of the kinds that were drawn, and a sentence on the whole list."""

    columns: list[Column]
    text: Html
    _shares: Mapping[str, list[float]]

    def of(self, symbol: str) -> list[Any]:
        """The cells of a winner."""
        return [percentage(share) for share in self._shares.get(symbol, [])]


def stays_cells(data: Mapping[str, Any]) -> StaysCells:
    """From the page's `fragility`, where it has one."""
    found = data.get("fragility")
    if found is None:
        return StaysCells([], Html(""), {})
    kinds = {kind: each for kind, each in found["kinds"].items() if each["draws"]}
    columns = [
        Column(
            TITLES[kind][0], numeric=True, note=f"share of {each['draws']} draws in which it stays: {TITLES[kind][1]}"
        )
        for kind, each in kinds.items()
    ]
    parts = [f"{TITLES[kind][0]} {percent(each['mean_share'])}{_error(each)}" for kind, each in kinds.items()]
    text = (
        f"Share of the list that stays where it is selected anew, on average: {', '.join(parts)} (seed "
        f"{found['seed']}, blocks of {found['block_days']:g} days on average, jitter {found['jitter']:g}; tvselect fragility)."
    )
    shares = {row["asset"]: [row[kind] / each["draws"] for kind, each in kinds.items()] for row in found["assets"]}
    return StaysCells(columns, element("p", text, data_testid="stays"), shares)


def _error(figures: Mapping[str, Any]) -> str:
    return "" if figures["standard_error"] is None else f" \u00b1 {percent(figures['standard_error'])}"
