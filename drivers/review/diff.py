"""`diff A B`: what changed from one run to another, and why each winner came, stayed or went.

In this order: inputs, parameters, code, metrics, gates (thresholds at the rung that was reached, vetoes), winners (the
reasons are `drivers.review.reasons`'), and the assets whose conviction moved most. Values stand as `A -> B`.
Reads the two run folders with Arrow alone.
"""

from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.changes import (
    changed_symbols,
    changes,
    flat,
    input_changes,
    value_changes,
)
from tradingview_scraper.pipelines.selection.drivers.review.reasons import Fate, fates
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord, run_with_result
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.run_files import INPUTS

MOVERS = 10


def compared(project: Path, first: str, second: str) -> dict[str, Any]:
    """What changed from the first run to the second.

    Raises `ConfigurationError` where a reference means no run, or a run that failed.
    """
    a, b = (run_with_result(run_folder(project, reference)) for reference in (first, second))
    found = fates(a, b)
    return {
        "a": a.folder.name,
        "b": b.folder.name,
        "inputs": input_differences(a, b),
        "params": value_changes(a.params, b.params),
        "code": [
            *value_changes(flat(a.opening["code"]), flat(b.opening["code"])),
            *value_changes(flat(a.opening["environment"]), flat(b.opening["environment"])),
        ],
        "metrics": value_changes(a.closing["metrics"], b.closing["metrics"]),
        "gates": gate_changes(a, b),
        "winners": {
            change: [winner_row(fate) for fate in found if fate.change == change]
            for change in ("came", "went", "stayed")
        },
        "conviction": movers(a, b),
    }


def winner_row(fate: Fate) -> dict[str, Any]:
    """A winner of either run, as it stood in the run that it won (the later one, if both)."""
    return {
        "symbol": fate.symbol,
        "direction": fate.winner["direction"],
        "route": fate.winner["route"],
        "conviction": fate.winner["alpha_score"],
        "reason": fate.reason,
    }


def input_differences(a: RunRecord, b: RunRecord) -> list[dict[str, Any]]:
    """Files by digest, then what of their content changed as of each run's date; `symbols` are all that did."""
    files = changes(*({source["source"]: source["digest"] for source in one.closing["inputs"]} for one in (a, b)))
    found: list[dict[str, Any]] = [{"table": name, "change": "file changed"} for name in files.changed]
    found += [{"table": name, "change": "new"} for name in files.added]
    found += [{"table": name, "change": "gone"} for name in files.removed]
    documents = a.needed_document(INPUTS), b.needed_document(INPUTS)
    symbols = changed_symbols(*documents)
    return found + [
        {
            "table": f"{name} as of the date",
            "change": change,
            **({"symbols": symbols[name]} if name in symbols else {}),
        }
        for name, change in input_changes(*documents).items()
    ]


def gate_changes(a: RunRecord, b: RunRecord) -> list[dict[str, Any]]:
    """Every gate whose threshold or number of vetoes differs."""
    found = []
    for gate in dict.fromkeys([*a.gates, *b.gates]):
        thresholds = [one.gates[gate]["threshold"] if gate in one.gates else None for one in (a, b)]
        vetoes = [one.closing["metrics"].get(f"vetoes.{gate}") for one in (a, b)]
        if thresholds[0] != thresholds[1] or vetoes[0] != vetoes[1]:
            found.append({"gate": gate, "threshold": thresholds, "vetoes": vetoes})
    return found


def movers(a: RunRecord, b: RunRecord) -> list[dict[str, Any]]:
    """The assets whose conviction moved most, of those that both pools hold."""
    moved: list[dict[str, Any]] = []
    for symbol in a.standings.keys() & b.standings.keys():
        old, new = a.standings[symbol]["alpha_score"], b.standings[symbol]["alpha_score"]
        if old is not None and new is not None and old != new:
            moved.append({"symbol": symbol, "old": old, "new": new})
    return sorted(moved, key=lambda row: (-abs(row["new"] - row["old"]), row["symbol"]))[:MOVERS]
