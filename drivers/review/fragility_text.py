"""Fragility in words: of the whole list, and of one asset. Imports nothing heavy."""

import math
from collections.abc import Mapping
from typing import Any

KINDS: Mapping[str, str] = {
    "block_bootstrap": "block-bootstrap draws",
    "jitter": "draws with jitter",
    "leave_one_out": "scores without one feature",
}
"""Kind of draw to what its draws are called."""
SHOWN = 5
"""Assets that came in most often."""


def asset_figures(found: Mapping[str, Any] | None, symbol: str) -> dict[str, dict[str, int]] | None:
    """Kind to the draws in which an asset wins, and how many there were; None without a document."""
    if found is None:
        return None
    own: Mapping[str, int] = next((row for row in found["assets"] if row["asset"] == symbol), {})
    return {kind: {"wins": own.get(kind, 0), "draws": found["kinds"][kind]["draws"]} for kind in KINDS}


def stays_text(figures: Mapping[str, Mapping[str, int]], outcome: str) -> str:
    """Such as `stays in 83 of 100 block-bootstrap draws, 97 of 100 draws with jitter`."""
    verb = "stays" if outcome == "winner" else "comes"
    counts = [f"{each['wins']} of {each['draws']} {KINDS[kind]}" for kind, each in figures.items() if each["draws"]]
    return f"{verb} in {', '.join(counts)}"


def fragility_text(found: Mapping[str, Any]) -> str:
    """The document for a terminal: the list by kind, then each winner, who comes instead, and what each feature decides."""
    width = max(map(len, KINDS.values()))
    lines = [
        f"{found['run_id']}  how often the winners stay: seed {found['seed']}, blocks of {found['block_days']:g} days on "
        f"average, jitter {found['jitter']:g}"
    ]
    for kind, text in KINDS.items():
        each = found["kinds"][kind]
        if each["draws"]:
            error = "" if each["standard_error"] is None else f" (standard error {each['standard_error']:.3f})"
            lines.append(
                f"  {each['draws']:5d} {text:{width}}  {each['mean_share']:.3f} of the list stays{error}, "
                f"Jaccard {each['mean_jaccard']:.3f}"
            )
    if found["draws"]:
        lines.append(
            f"  an asset's share of the draws has a standard error of at most {0.5 / math.sqrt(found['draws']):.3f}"
        )
    return "\n".join([*lines, "", *_winner_lines(found), "", *_feature_lines(found)])


def _winner_lines(found: Mapping[str, Any]) -> list[str]:
    rows = [row for row in found["assets"] if row["winner"]]
    others = [row for row in found["assets"] if not row["winner"]][:SHOWN]
    width = max(len(row["asset"]) for row in [*rows, *others])
    head = f"{'':{width}}  {'bootstrap':>9}  {'jitter':>9}  {'features':>9}"
    lines = [head, *(_counts(row, found, width) for row in rows)]
    return [*lines, "came in most often", *(_counts(row, found, width) for row in others)] if others else lines


def _counts(row: Mapping[str, Any], found: Mapping[str, Any], width: int) -> str:
    counts = (f"{row[kind]}/{found['kinds'][kind]['draws']}" for kind in KINDS)
    return "  ".join([f"{row['asset']:{width}}", *(f"{count:>9}" for count in counts)])


def _feature_lines(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for each in found["features"]:
        parts = [f"{said} {', '.join(each[what])}" for what, said in (("go", "loses"), ("come", "gains")) if each[what]]
        lines.append(f"without {each['feature']} the list {' and '.join(parts) or 'is the same'}")
    return lines or ["the champion weighs no features that could be left out"]
