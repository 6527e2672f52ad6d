"""What it would take, in words."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.counterfactual import Takes


def takes_document(symbol: str, outcome: str, found: Sequence[Takes]) -> dict[str, Any]:
    """The changes as they are written as JSON."""
    return {"asset": symbol, "outcome": outcome, "takes": [asdict(each) for each in found]}


def takes_text(document: dict[str, Any]) -> str:
    """A line per change."""
    won = document["outcome"] == "winner"
    fate = "it wouldn't win" if won else "it would win"
    lines = [f"{document['asset']}: {document['outcome']}. Each of these alone, confirmed by a run of the ladder:"]
    lines += [f"  {_change(each)}: {fate}, at rung {each['rung']}" for each in document["takes"]]
    if not document["takes"]:
        tried = (
            "of one gate's threshold"
            if document["outcome"] == "hard veto"
            else "of a threshold, of gates or of conviction"
        )
        lines = [f"{document['asset']}: {document['outcome']}. No change {tried} would do."]
    return "\n".join(lines)


def _change(takes: dict[str, Any]) -> str:
    if takes["gate"]:
        far = "" if takes["spreads"] is None else f" ({takes['spreads']:.2g} interquartile ranges of the pool)"
        return f"the threshold of {takes['gate']} {takes['before']:.6g} -> {takes['after']:.6g}{far}"
    off, parts = takes["gates_off"], []
    if off:
        parts.append(f"without the gate{'s' if len(off) > 1 else ''} {', '.join(off)}")
    if takes["place"] is not None:
        parts.append(f"at place {takes['place']} of the pool by conviction")
    return " and ".join(parts)
