"""The assets of a page's data as one record each, and how gates judged them, in the words that page and script share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import OPERATORS, UNKNOWN, shown_number

Data = Mapping[str, Any]
WAIVERS: Mapping[str, str] = {"w": "benchmarks", "W": "is_benchmark"}
"""A verdict's letter to who waived the gate."""
FAILS = "fu"
_ANSWERS = {**dict.fromkeys(FAILS, "fails"), **{letter: f"waived by {who}:" for letter, who in WAIVERS.items()}}


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


def gate_text(data: Data, place: int, *, needs: bool) -> str:
    """The gates that an asset fails, then those waived for it and by whom, each with its value and maybe what is needed."""
    groups: dict[str, list[str]] = {}
    for gate in data["gates"]:
        letter = gate["verdicts"][place]
        if letter in FAILS or letter in WAIVERS:
            groups.setdefault(_ANSWERS[letter], []).append(_judged(data, gate, place, needs))
    return "; ".join(
        f"{answer} {', '.join(groups[answer])}" for answer in dict.fromkeys(_ANSWERS.values()) if answer in groups
    )


def _judged(data: Data, gate: Data, place: int, needs: bool) -> str:
    value = data["columns"][gate["column"]][place]
    shown = "unknown" if value is None else shown_number(value)
    needed = f", needs {OPERATORS[gate['op']]} {shown_number(gate['threshold'])}" if needs else ""
    return f"{gate['gate']} ({shown}{needed})"


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
