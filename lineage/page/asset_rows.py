"""The assets of a page's data as one record each, and how gates judged them, in the words that page and script share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import OPERATORS, UNKNOWN, shown_number

Data = Mapping[str, Any]
WAIVERS: Mapping[str, str] = {"w": "benchmarks", "W": "is_benchmark"}
"""A verdict's letter to who waived the gate."""
FAILS = "fu"
UP, DOWN = "\u2191", "\u2193"


@dataclass(frozen=True)
class AssetRow:
    """One asset of the pool as the run left it."""

    place: int
    symbol: str
    direction: str
    logics: str
    sector: str
    cluster: int
    cluster_rank: int | None
    conviction: float | None
    rank: int
    outcome: str
    route: str
    """Empty where it didn't win."""
    eligible: bool

    @property
    def arrow(self) -> str:
        """Its direction, for the eye as well."""
        return f"{UP if self.direction == 'LONG' else DOWN} {self.direction}"


def asset_rows(data: Data) -> list[AssetRow]:
    """Every asset of the pool in its order."""
    assets = data["assets"]
    coded = {
        name: [assets[name]["names"][code] for code in assets[name]["codes"]]
        for name in ("direction", "logics", "sector", "outcome", "route")
    }
    return [
        AssetRow(
            place=place,
            symbol=symbol,
            cluster=assets["cluster"][place],
            cluster_rank=assets["cluster_rank"][place],
            conviction=assets["conviction"][place],
            rank=assets["rank"][place],
            eligible=assets["eligible"][place] == "1",
            **{name: values[place] for name, values in coded.items()},
        )
        for place, symbol in enumerate(assets["symbol"])
    ]


def gate_texts(data: Data, place: int) -> tuple[list[str], list[str]]:
    """The gates that an asset fails, and those that are waived for it, each with its value and what is needed."""
    failed, waived = [], []
    for gate in data["gates"]:
        letter = gate["verdicts"][place]
        if letter in FAILS:
            failed.append(_needs(data, gate, place))
        elif letter in WAIVERS:
            waived.append(f"{_needs(data, gate, place)} is waived ({WAIVERS[letter]})")
    return failed, waived


def _needs(data: Data, gate: Data, place: int) -> str:
    value = data["columns"][gate["column"]][place]
    shown = "unknown" if value is None else shown_number(value)
    return f"{gate['gate']} ({shown}, needs {OPERATORS[gate['op']]} {shown_number(gate['threshold'])})"


def route_text(data: Data, asset: AssetRow) -> str:
    """How a winner came in."""
    return {
        "ranked": f"place {shown_number(asset.cluster_rank)} among the eligible {asset.direction} of cluster {asset.cluster}",
        "benchmark": "a benchmark of the profile",
        "representative": f"best of cluster {asset.cluster}, which has no eligible member",
        "fill": f"fills up to the floor of {shown_number(data['floor'])}",
    }.get(asset.route, asset.route)


def sector_of(asset: AssetRow) -> str:
    """The sector, or a dash."""
    return asset.sector or UNKNOWN
