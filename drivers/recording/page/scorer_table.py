"""The scorers of a run for its page: scores, ranks, component probabilities, and how far a challenger agrees."""

from typing import Any

import numpy as np

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.recording.page.challenger_table import challenger_choices
from tradingview_scraper.pipelines.selection.drivers.recording.page.numbers import Columns
from tradingview_scraper.pipelines.selection.lineage.record.agreement import overlap, rank_correlation, ranks

TOP = (10, 25, 50, 100, 250)


def scorers_data(selection: Selection, columns: Columns) -> list[dict[str, Any]]:
    """Champion and challengers in the profile's order; their numbers go to `columns`."""
    outputs, settings = selection.context.inference_outputs, selection.settings
    symbols, winners = outputs.index.to_numpy(dtype=str), len(selection.context.winners)
    champion = outputs["alpha_score"].to_numpy()
    found = []
    for name, scorer in settings.active_scorers.items():
        score, prefix = outputs[f"{name}.score"].to_numpy(), f"{name}.p_"
        entry: dict[str, Any] = {
            "name": name,
            "kind": scorer.kind,
            "role": scorer.role,
            "score": columns.add(score),
            "rank": ranks(score, symbols).tolist(),
            "probabilities": {
                column.removeprefix(prefix): columns.add(outputs[column].to_numpy())
                for column in outputs.columns
                if column.startswith(prefix)
            },
        }
        if scorer.role != "champion":
            entry |= agreement_data(champion, score, symbols, winners) | _choice(selection, name)
        found.append(entry)
    return found


def _choice(selection: Selection, challenger: str) -> dict[str, Any]:
    """Whom a challenger would have chosen, best first, as places in the pool; its rung; on whom it differs most."""
    pool, climb = selection.context.raw_pool.index, selection.challengers[challenger]
    chosen = challenger_choices(selection)[challenger]
    return {
        "rung": climb.rungs[-1].number,
        "chosen": pool.get_indexer(climb.winners.index).tolist(),
        "jaccard": chosen["metrics"]["winners_jaccard"],
        "differs": [pool.get_loc(each["asset"]) for each in chosen["differs"]],
    }


def agreement_data(champion: np.ndarray, challenger: np.ndarray, symbols: np.ndarray, winners: int) -> dict[str, Any]:
    """Rank correlation (None where undefined), and how many of the best N both name, for a few N up to the pool's size."""
    correlation = rank_correlation(champion, challenger)
    sizes = sorted({size for size in (*TOP, winners) if 0 < size <= len(symbols)})
    return {
        "rank_correlation": None if np.isnan(correlation) else correlation,
        "overlap": [[size, overlap(champion, challenger, symbols, size)] for size in sizes],
    }
