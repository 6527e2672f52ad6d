"""What `train` made: a document, and the same as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.execution.model_files import named
from tradingview_scraper.pipelines.selection.drivers.research.learning.training import Trained

SHOWN = 5
"""Features of which the importance is said."""


def training_document(scorer: str, models: Sequence[Trained]) -> dict[str, Any]:
    """Each model with its card."""
    return {
        "scorer": scorer,
        "models": [{"file": named(model.place), "kept": model.kept, "card": dict(model.card)} for model in models],
    }


def training_text(found: Mapping[str, Any]) -> str:
    """One line per model; of the newest also which features it leans on, and its limits."""
    lines = [
        f"scorer {found['scorer']}: {len(found['models'])} model{'s' if len(found['models']) != 1 else ''}",
        f"{'model':<36}{'dates':>7}{'rows':>8}{'IC x 1000 in fold':>20}{'out of fold':>14}",
    ]
    for model in found["models"]:
        card = model["card"]
        name = model["file"] + (" (kept)" if model["kept"] else "")
        inside, outside = (_thousandths(card["measures"][key]) for key in ("ic_in_fold", "ic_out_of_fold"))
        lines.append(f"{name:<36}{card['window']['dates']:>7}{card['window']['rows']:>8}{inside:>20}{outside:>14}")
    newest = found["models"][-1]["card"]
    leaning = ", ".join(f"{name} {_thousandths(lost)}" for name, lost in list(newest["importance"].items())[:SHOWN])
    return "\n".join(
        [*lines, f"the last one leans on, by IC x 1000 that is lost without: {leaning}", *newest["limits"]]
    )


def _thousandths(mean: Mapping[str, Any]) -> str:
    value, error = mean["mean"], mean["error"]
    if not isinstance(value, float):
        return "unknown"
    return f"{1000 * value:.0f} ({1000 * error:.0f})" if isinstance(error, float) else f"{1000 * value:.0f} (?)"
