"""`diff A B`: what changed from one run to another, and why each winner came or went.

In this order: inputs, parameters, code, metrics, gates (thresholds at the rung that was reached, vetoes), winners, and the
assets whose conviction moved most. Values stand as `A -> B`. A winner that only one run has is explained from the other's
record: not in its pool, failed a gate (did the value move or the threshold?), was outranked, or its identity was taken.
Reads the two run folders with Arrow alone.
"""

import json
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.changes import (
    changes,
    columns_of,
    flat,
    input_changes,
    value_changes,
)
from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.lineage.record.runs import LEDGER, run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

MOVERS = 10
VETOES = ("hard veto", "vetoed")
# As `schemas.gates` has them, which imports pandas.
HOLDS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """One of the two runs, read when asked."""

    folder: Path
    opening: Row
    closing: Row

    def document(self, name: str) -> Any:
        """A JSON artifact."""
        return json.loads((self.folder / name).read_text("utf-8"))

    @cached_property
    def standings(self) -> dict[str, Row]:
        """Symbol to its standing."""
        return {row["symbol"]: row for row in self._rows("standings.parquet")}

    @cached_property
    def pool(self) -> dict[str, Row]:
        """Symbol to its row of the pool."""
        return {row["symbol"]: row for row in self._rows("pool.parquet")}

    @cached_property
    def gates(self) -> dict[str, Row]:
        """Gate to what it compares, with the threshold of the rung that was reached."""
        ladder = self.document("ladder.json")
        thresholds = ladder["rungs"][ladder["climbed"] - 1]["thresholds"]
        return {
            gate["gate"]: {**gate, "threshold": thresholds[gate["gate"]]}
            for gate in self.document("gates.json")["gates"]
        }

    @cached_property
    def winners(self) -> dict[str, Row]:
        """The winners' standings, best first."""
        won = [row for row in self.standings.values() if row["route"]]
        return {row["symbol"]: row for row in sorted(won, key=lambda row: (-(row["alpha_score"] or 0), row["symbol"]))}

    def decisions(self, symbols: Sequence[str]) -> dict[str, dict[str, Row]]:
        """Symbol to its decisions by gate, for these symbols only: the table has a row an asset and gate."""
        found: dict[str, dict[str, Row]] = {symbol: {} for symbol in symbols}
        for row in self._rows("decisions.parquet"):
            if row["symbol"] in found:
                found[row["symbol"]][row["gate"]] = row
        return found

    def _rows(self, name: str) -> Iterator[Row]:
        """The rows of a table, NaN as None. Plain lists: Arrow's own filters import pandas."""
        columns = columns_of((self.folder / name).read_bytes())
        for values in zip(*columns.values(), strict=True):
            yield {
                column: None if isinstance(value, float) and math.isnan(value) else value
                for column, value in zip(columns, values, strict=True)
            }


def compared(project: Path, first: str, second: str) -> dict[str, Any]:
    """What changed from the first run to the second.

    Raises `ConfigurationError` where a reference means no run, or a run that failed.
    """
    a, b = side(project, first), side(project, second)
    came = [symbol for symbol in b.winners if symbol not in a.winners]
    went = [symbol for symbol in a.winners if symbol not in b.winners]
    both = [symbol for symbol in a.winners if symbol in b.winners]
    asked = [*came, *went]
    decisions = a.decisions(asked), b.decisions(asked)
    return {
        "a": a.folder.name,
        "b": b.folder.name,
        "inputs": input_differences(a, b),
        "params": value_changes(a.opening["params"], b.opening["params"]),
        "code": [
            *value_changes(flat(a.opening["code"]), flat(b.opening["code"])),
            *value_changes(flat(a.opening["environment"]), flat(b.opening["environment"])),
        ],
        "metrics": value_changes(a.closing["metrics"], b.closing["metrics"]),
        "gates": gate_changes(a, b),
        "winners": {
            "stayed": len(both),
            "came": [_moved(symbol, b, a, decisions, came=True) for symbol in came],
            "went": [_moved(symbol, a, b, decisions, came=False) for symbol in went],
            "turned": [symbol for symbol in both if a.winners[symbol]["direction"] != b.winners[symbol]["direction"]],
        },
        "conviction": movers(a, b),
    }


def side(project: Path, reference: str) -> Side:
    """A finished run.

    Raises `ConfigurationError` where there is none, or it failed.
    """
    folder = run_folder(project, reference)
    events = list(read(folder / LEDGER))
    if events[-1]["event"] != "run.completed":
        raise ConfigurationError(
            f"the run {folder.name} failed: there is nothing to compare (`tvselect show` tells why)"
        )
    return Side(folder, events[0], events[-1])


def input_differences(a: Side, b: Side) -> list[dict[str, str]]:
    """Files by digest, then what of their content changed as of each run's date."""
    files = changes(*({source["source"]: source["digest"] for source in one.closing["inputs"]} for one in (a, b)))
    found = [{"table": name, "change": "file changed"} for name in files.changed]
    found += [{"table": name, "change": "new"} for name in files.added]
    found += [{"table": name, "change": "gone"} for name in files.removed]
    content = input_changes(a.document("inputs.json"), b.document("inputs.json"))
    return found + [{"table": f"{name} as of the date", "change": change} for name, change in content.items()]


def gate_changes(a: Side, b: Side) -> list[dict[str, Any]]:
    """Every gate whose threshold or number of vetoes differs."""
    found = []
    for gate in dict.fromkeys([*a.gates, *b.gates]):
        thresholds = [one.gates[gate]["threshold"] if gate in one.gates else None for one in (a, b)]
        vetoes = [one.closing["metrics"].get(f"vetoes.{gate}") for one in (a, b)]
        if thresholds[0] != thresholds[1] or vetoes[0] != vetoes[1]:
            found.append({"gate": gate, "threshold": thresholds, "vetoes": vetoes})
    return found


def movers(a: Side, b: Side) -> list[dict[str, Any]]:
    """The assets whose conviction moved most, of those that both pools hold."""
    moved = []
    for symbol in a.standings.keys() & b.standings.keys():
        old, new = a.standings[symbol]["alpha_score"], b.standings[symbol]["alpha_score"]
        if old is not None and new is not None and old != new:
            moved.append({"symbol": symbol, "old": old, "new": new})
    return sorted(moved, key=lambda row: (-abs(row["new"] - row["old"]), row["symbol"]))[:MOVERS]


def absence(symbol: str, absent: Side, present: Side, decisions: Mapping[str, Mapping[str, Row]], came: bool) -> str:
    """Why an asset that won in one run (`present`, whose decisions are given second) didn't win in the other."""
    standing = absent.standings.get(symbol)
    if standing is None:
        return f"{'was' if came else 'is'} not in the pool: {_outside(symbol, absent, present)}"
    if standing["outcome"] in VETOES:
        ours, theirs = decisions["absent"], decisions["present"]
        clauses = list(_failed_gates(ours, theirs, absent, present, came))
        route = present.winners[symbol]["route"]
        if route in ("representative", "fill"):
            rungs = ", ".join(f"{name} ended at rung {_rung(one)}" for name, one in _ordered(absent, present, came))
            clauses.append(f"taken as {route} in {'B' if came else 'A'} ({rungs})")
        return "; ".join(clauses)
    if standing["outcome"] == "identity taken":
        identity = absent.pool[symbol]["identity"]
        holder = next((name for name in absent.winners if absent.pool[name]["identity"] == identity), "another asset")
        return f"{holder} {'had' if came else 'has'} the place of its identity {identity}"
    if standing["outcome"] == "duplicate":
        return f"its directed returns {'repeated' if came else 'repeat'} those of {standing['duplicate_of']}"
    return _outranked(symbol, absent, present, came)


def _moved(symbol: str, present: Side, absent: Side, decisions: Sequence[Any], came: bool) -> dict[str, Any]:
    own, other = (decisions[1], decisions[0]) if came else decisions
    held = {"present": own.get(symbol, {}), "absent": other.get(symbol, {})}
    winner = present.winners[symbol]
    return {
        "symbol": symbol,
        "direction": winner["direction"],
        "route": winner["route"],
        "conviction": winner["alpha_score"],
        "reason": absence(symbol, absent, present, held, came),
    }


def _failed_gates(
    ours: Mapping[str, Row], theirs: Mapping[str, Row], absent: Side, present: Side, came: bool
) -> Iterator[str]:
    for gate, decision in sorted(ours.items(), key=lambda item: (item[1]["kind"] != "hard", item[0])):
        if decision["passed"]:
            continue
        op, here = absent.gates[gate]["op"], absent.gates[gate]["threshold"]
        there = present.gates[gate]["threshold"] if gate in present.gates else None
        value, other = decision["value"], theirs[gate]["value"] if gate in theirs else None
        old, new = (value, other) if came else (other, value)
        moved = f"{_number(old)} -> {_number(new)}"
        verb = "passes" if came else "fails"
        if there is None:
            yield f"{verb} {gate}: only {'A' if came else 'B'} has this gate ({_number(value)} {op} {here:g} fails)"
        elif here != there and value is not None and HOLDS[op](value, there):
            limits = f"{here:g} -> {there:g}" if came else f"{there:g} -> {here:g}"
            yield f"{verb} {gate}: threshold {op} {limits}, value {moved}"
        else:
            yield f"{verb} {gate} {op} {(there if came else here):g}: {moved}"


def _outranked(symbol: str, absent: Side, present: Side, came: bool) -> str:
    standing, won = absent.standings[symbol], present.winners[symbol]
    ahead = [
        f"{name} {_number(row['alpha_score'])}"
        for name, row in absent.winners.items()
        if row["cluster"] == standing["cluster"] and row["direction"] == standing["direction"]
    ]
    old, new = (standing, won) if came else (won, standing)
    place = f" at place {standing['rank']:.0f}" if standing["rank"] else ""
    return (
        f"{'was' if came else 'is'} outranked{place} in cluster {standing['cluster']} {standing['direction']} by "
        f"{', '.join(ahead) or 'none of its own side'}; conviction {_number(old['alpha_score'])} -> "
        f"{_number(new['alpha_score'])}, cluster {old['cluster']} -> {new['cluster']}"
    )


def _outside(symbol: str, absent: Side, present: Side) -> str:
    coverage = absent.document("coverage.json")
    if symbol in coverage["bars_without_candidates"]:
        return "no scanner proposed it"
    scanned = present.pool[symbol]["scanner_symbol"]
    return "it has no bars" if scanned in coverage["candidates_without_bars"] else "neither bars nor a candidate of it"


def _ordered(absent: Side, present: Side, came: bool) -> list[tuple[str, Side]]:
    return [("A", absent), ("B", present)] if came else [("A", present), ("B", absent)]


def _rung(one: Side) -> int:
    return int(one.document("ladder.json")["climbed"])


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "unknown"
