"""The whole story of one asset in one run: what it was proposed as, how it stood at each gate, and what became of it.

Reads a finished run's files with Arrow alone: no pandas, so that it starts quickly.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyarrow.parquet import ParquetFile  # not `read_table`, which imports pandas by way of datasets

from tradingview_scraper.pipelines.selection.lineage.record.runs import receipt
from tradingview_scraper.pipelines.selection.schemas.comparisons import COMPARISONS
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

STORIES: Mapping[str, str] = {
    "winner": "won",
    "hard veto": "vetoed by a hard gate, which is never waived",
    "vetoed": "vetoed",
    "outranked": "eligible, but others of its cluster and direction rank higher",
    "identity taken": "eligible, but another asset of its identity took the place",
    "duplicate": "eligible, but its directed returns repeat those of a winner",
}


def explained(folder: Path, asset: str) -> dict[str, Any]:
    """The story of an asset, named as in the frames or as its scanner names it.

    Raises `ConfigurationError` where the run's pool has no such asset; an asset that ingestion left out is told why.
    """
    if receipt(folder)["status"] == "FAILED":
        raise ConfigurationError(
            f"the run {folder.name} failed, so it decided nothing; `tvselect show {folder.name}` says why"
        )
    pool = rows(folder / "pool.parquet")
    found = next((row for row in pool if asset in (row["symbol"], row["scanner_symbol"])), None)
    if found is None:
        raise ConfigurationError(_absence(folder, asset))
    symbol = found["symbol"]
    ladder = json.loads((folder / "ladder.json").read_text("utf-8"))
    standing = rows(folder / "standings.parquet", symbol)[0]
    decisions = rows(folder / "decisions.parquet", symbol)
    operators = {gate["gate"]: gate for gate in json.loads((folder / "gates.json").read_text("utf-8"))["gates"]}
    gates = [_gate(decision, operators[decision["gate"]], ladder["rungs"]) for decision in decisions]
    scores = rows(folder / "inference.parquet", symbol)[0]
    return {
        "asset": symbol,
        "scanner_symbol": found["scanner_symbol"],
        "identity": found["identity"],
        "logics": found["logics"].split(","),
        "direction": standing["direction"],
        "outcome": standing["outcome"],
        "route": standing["route"],
        "duplicate_of": standing["duplicate_of"],
        "conviction": standing["alpha_score"],
        "pool_rank": _pool_rank(folder, symbol),
        "cluster": standing["cluster"],
        "cluster_rank": standing["rank"],
        "rung": ladder["climbed"],
        "would_pass_at_rung": _first_rung(gates, len(ladder["rungs"])),
        "substitute_rungs": [
            {"rung": rung["rung"], "recruit": rung["recruit"]}
            for rung in ladder["rungs"]
            if rung["recruit"] != "ranked"
        ],
        "gates": gates,
        "scores": {name: value for name, value in scores.items() if name.endswith(".score")},
        "probabilities": {name: value for name, value in scores.items() if ".p_" in name},
        "cluster_winners": _cluster_winners(folder, standing["cluster"]),
    }


def rows(path: Path, symbol: str | None = None) -> list[dict[str, Any]]:
    """The rows of an artifact, of one symbol if it is named; NaN as None."""
    table = ParquetFile(path).read()
    if symbol is not None:
        # An asset's rows stand together in every artifact; selecting by a mask would import pandas.
        names = table["symbol"].to_pylist()
        table = table.slice(names.index(symbol), names.count(symbol))
    return [{name: _known(value) for name, value in row.items()} for row in table.to_pylist()]


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _gate(decision: Mapping[str, Any], gate: Mapping[str, Any], ladder: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    passing = [rung["rung"] for rung in ladder if _passes(decision, gate, rung["thresholds"][decision["gate"]])]
    return {
        "gate": decision["gate"],
        "feature": gate["feature"],
        "kind": decision["kind"],
        "op": gate["op"],
        "value": decision["value"],
        "threshold": decision["threshold"],
        "margin": decision["margin"],
        "verdict": decision["verdict"],
        "passed": decision["passed"],
        "reason": gate["reason"],
        "passes_from_rung": passing[0] if passing else None,
    }


def _passes(decision: Mapping[str, Any], gate: Mapping[str, Any], threshold: float) -> bool:
    if decision["value"] is None:
        return bool(decision["passed"])
    return bool(COMPARISONS[gate["op"]](decision["value"], threshold)) or bool(
        decision["passed"] and decision["margin"] < 0
    )


def _first_rung(gates: Sequence[Mapping[str, Any]], rungs: int) -> int | None:
    """The first rung at which every gate would let the asset pass, None where there is none."""
    needed = [gate["passes_from_rung"] for gate in gates]
    return None if None in needed else max([*needed, 1])


def _pool_rank(folder: Path, symbol: str) -> str:
    scored = [(row["alpha_score"], row["symbol"]) for row in rows(folder / "standings.parquet")]
    order = sorted(scored, key=lambda item: (-(item[0] if item[0] is not None else -math.inf), item[1]))
    return f"{[name for _, name in order].index(symbol) + 1} of {len(order)}"


def _cluster_winners(folder: Path, cluster: int) -> list[dict[str, Any]]:
    members = [row for row in rows(folder / "standings.parquet") if row["cluster"] == cluster and row["route"]]
    return [
        {"asset": row["symbol"], "direction": row["direction"], "conviction": row["alpha_score"], "route": row["route"]}
        for row in sorted(members, key=lambda row: (-row["alpha_score"], row["symbol"]))
    ]


def _absence(folder: Path, asset: str) -> str:
    coverage = json.loads((folder / "coverage.json").read_text("utf-8"))
    if asset in coverage["candidates_without_bars"]:
        return f"{asset} is a candidate, but has no bars: it never came into the pool"
    if asset in coverage["bars_without_candidates"]:
        return f"{asset} has bars, but no scanner proposed it: it never came into the pool"
    return f"the run has no asset {asset!r}; name it as in portfolio_candidates.json or as its scanner does"


def explanation_text(story: Mapping[str, Any]) -> str:
    """The story for a terminal, on one screen."""
    note = story["route"] or story["duplicate_of"]
    route = f" ({note})" if note else ""
    head = [
        f"{story['asset']}  {story['direction']}  {', '.join(story['logics'])}  identity {story['identity']}",
        f"outcome     {STORIES[story['outcome']]}{route}, at rung {story['rung']}",
        f"conviction  {story['conviction']:.6g}, {story['pool_rank']} in the pool",
        f"cluster     {story['cluster']}, "
        + (
            f"place {story['cluster_rank']:.0f} among its eligible"
            if story["cluster_rank"]
            else "not among its eligible"
        ),
    ]
    if story["outcome"] == "hard veto":
        head.append("ladder      no rung reaches an asset with a failed hard gate")
    elif story["would_pass_at_rung"] is None:
        substitutes = [str(rung["rung"]) for rung in story["substitute_rungs"]]
        head.append(f"ladder      passes all gates at no rung; may stand in at rung {', '.join(substitutes) or '-'}")
    else:
        head.append(f"ladder      passes every gate from rung {story['would_pass_at_rung']} on")
    table = ["", f"{'gate':13} {'kind':9} {'value':>12}    {'threshold':>9} {'margin':>12}  verdict   passes"]
    for gate in story["gates"]:
        rung = f"from rung {gate['passes_from_rung']}" if gate["passes_from_rung"] else "never"
        table.append(
            f"{gate['gate']:13} {gate['kind']:9} {_number(gate['value'])} {gate['op']:>2} {gate['threshold']:>9.4g} "
            f"{_number(gate['margin'])}  {gate['verdict']:8}  {rung}"
            + (f"  ({gate['reason']})" if gate["reason"] and not gate["passed"] else "")
        )
    champion = ["", "component probabilities"]
    parts = [
        f"{name.partition('.p_')[2]} {value:.3f}" if value is not None else f"{name.partition('.p_')[2]} unknown"
        for name, value in _champions(story["probabilities"]).items()
    ]
    champion += ["  " + "   ".join(parts[start : start + 4]) for start in range(0, len(parts), 4)]
    won = [f"{winner['asset']} {winner['direction']} {winner['conviction']:.4g}" for winner in story["cluster_winners"]]
    return "\n".join(
        [*head, *table, *champion, "", f"winners of cluster {story['cluster']}: {', '.join(won) or 'none'}"]
    )


def _champions(probabilities: Mapping[str, Any]) -> dict[str, Any]:
    first = next(iter(probabilities), "").partition(".")[0]
    return {name: value for name, value in probabilities.items() if name.startswith(f"{first}.")}


def _number(value: float | None) -> str:
    return f"{'unknown':>12}" if value is None else f"{value:>12.5g}"
