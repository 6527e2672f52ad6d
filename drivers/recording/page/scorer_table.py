"""The scorers of a run for its page: scores, ranks, component probabilities, and how far a challenger agrees."""

from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.recording.page.numbers import Columns

TOP = (10, 25, 50, 100, 250)


def scorers_data(selection: Selection, columns: Columns) -> list[dict[str, Any]]:
    """Champion and challengers in the profile's order; their numbers go to `columns`."""
    outputs, settings = selection.context.inference_outputs, selection.settings
    champion = outputs["alpha_score"]
    found = []
    for name, scorer in settings.active_scorers.items():
        score, prefix = outputs[f"{name}.score"].to_numpy(), f"{name}.p_"
        found.append(
            {
                "name": name,
                "kind": scorer.kind,
                "role": scorer.role,
                "score": columns.add(score),
                "rank": ranks(score, outputs.index),
                "probabilities": {
                    column.removeprefix(prefix): columns.add(outputs[column].to_numpy())
                    for column in outputs.columns
                    if column.startswith(prefix)
                },
                **(
                    {}
                    if scorer.role == "champion"
                    else agreement(champion.to_numpy(), score, outputs.index, len(selection.context.winners))
                ),
            }
        )
    return found


def agreement(champion: np.ndarray, challenger: np.ndarray, symbols: pd.Index, winners: int) -> dict[str, Any]:
    """Spearman's rank correlation, and how much of the champion's top N the challenger's holds."""
    frame = pd.DataFrame({"a": champion, "b": challenger}).dropna().rank()
    varies = len(frame) > 1 and bool((frame.nunique() > 1).all())
    ours, theirs = (np.array(ranks(scores, symbols)) for scores in (champion, challenger))
    sizes = sorted({size for size in (*TOP, winners) if 0 < size <= len(symbols)})
    return {
        # Rounded: the last bits of a dot product differ between BLAS kernels.
        "rank_correlation": round(float(np.corrcoef(frame["a"], frame["b"])[0, 1]), 9) if varies else None,
        "overlap": [[size, int(((ours <= size) & (theirs <= size)).sum())] for size in sizes],
    }


def ranks(scores: np.ndarray, symbols: pd.Index) -> list[int]:
    """1 for the best score; ties by symbol, unknown scores last."""
    order = np.lexsort((symbols.to_numpy(dtype=str), -scores))
    places = np.empty(len(scores), dtype=np.int64)
    places[order] = np.arange(1, len(scores) + 1)
    return places.tolist()
