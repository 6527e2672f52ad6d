"""How the scorers of a run did, from its inference table: conviction, and how far a challenger agrees with the champion."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord


def scorer_figures(run: RunRecord) -> dict[str, dict[str, Any]]:
    """Scorer to its figures; empty where the run has no inference table."""
    path = run.folder / "inference.parquet"
    if not path.is_file():
        return {}
    roles = {scorer["name"]: scorer["role"] for scorer in run.closing["scorers"]}
    table = pq.read_table(path, columns=["symbol", "alpha_score", *(f"{name}.score" for name in roles)])
    symbols = np.array(table["symbol"].to_pylist(), dtype=str)
    champion = _numbers(table["alpha_score"])
    found: dict[str, dict[str, Any]] = {}
    for name, role in roles.items():
        scores = _numbers(table[f"{name}.score"])
        found[name] = described(scores)
        if role != "champion":
            found[name] |= compared(champion, scores, symbols, int(run.receipt["winners"]))
    return found


def described(scores: np.ndarray) -> dict[str, Any]:
    """Mean and range of a scorer's conviction, and how many assets it left unknown."""
    known = scores[np.isfinite(scores)]
    figures: dict[str, Any] = {"assets": len(scores), "unknown": len(scores) - len(known)}
    if len(known):
        figures |= {
            "conviction_mean": float(known.mean()),
            "conviction_lowest": float(known.min()),
            "conviction_highest": float(known.max()),
        }
    return figures


def compared(champion: np.ndarray, scores: np.ndarray, symbols: np.ndarray, winners: int) -> Mapping[str, Any]:
    """Spearman's rank correlation with the champion, and the share of its best that both name (as many as won)."""
    both = np.isfinite(champion) & np.isfinite(scores)
    first, second = _average_ranks(champion[both]), _average_ranks(scores[both])
    varies = len(first) > 1 and first.std() > 0 and second.std() > 0
    best = [
        set(symbols[np.lexsort((symbols, -np.nan_to_num(one, nan=-np.inf)))][:winners]) for one in (champion, scores)
    ]
    return {
        "rank_correlation": round(float(np.corrcoef(first, second)[0, 1]), 9) if varies else {"null": "nan"},
        "overlap_at_winners": len(best[0] & best[1]) / winners if winners else {"null": "nan"},
    }


def _numbers(column: Any) -> np.ndarray:
    return np.asarray(column.to_numpy(), dtype=float)


def _average_ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[places])
