"""How far two scorers agree, and how the scorers of a recorded run did.

In this order: `rank_correlation`, `ranks`, `overlap`, `most_different` on plain arrays, for record, run page and exporters alike;
then `scorer_figures`, from a run's inference table. An unknown score (NaN) ranks last, and is never among the best.
"""

import math
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.run_files import INFERENCE


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation over the assets that both score; ties have their mean rank.

    NaN where fewer than two assets are left or all scores of one are equal. Computed in whole numbers, so that it hangs on no
    processor.
    """
    both = ~(np.isnan(first) | np.isnan(second))
    first, second = first[both], second[both]
    if len(first) < 2 or (first == first[0]).all() or (second == second[0]).all():
        return math.nan
    x, y = _centred_ranks(first), _centred_ranks(second)
    return int((x * y).sum()) / math.sqrt(int((x * x).sum()) * int((y * y).sum()))


def _centred_ranks(scores: np.ndarray) -> np.ndarray:
    """Twice the mean rank of each score, less its average: whole numbers."""
    ordered = np.sort(scores)
    return np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right") - len(scores)


def ranks(scores: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """1 for the best score; ties by symbol, unknown scores last."""
    order = np.lexsort((symbols, -scores))
    places = np.empty(len(scores), dtype=np.int64)
    places[order] = np.arange(1, len(scores) + 1)
    return places


def overlap(first: np.ndarray, second: np.ndarray, symbols: np.ndarray, size: int) -> int:
    """How many assets are among the best `size` of both scorers."""
    best = [(ranks(scores, symbols) <= size) & ~np.isnan(scores) for scores in (first, second)]
    return int((best[0] & best[1]).sum())


def jaccard(first: int, second: int, shared: int) -> float:
    """Share of what two lists of these sizes name that both name; NaN where both are empty."""
    named = first + second - shared
    return shared / named if named else math.nan


def most_different(first: np.ndarray, second: np.ndarray, symbols: np.ndarray, count: int) -> list[int]:
    """Positions of the assets whose two ranks lie furthest apart, at most `count`, ties by symbol; never one with equal ranks."""
    apart = np.abs(first - second)
    order = np.lexsort((symbols, -apart))[:count]
    return [int(place) for place in order if apart[place] > 0]


def scorer_figures(run: RunRecord) -> dict[str, dict[str, Any]]:
    """Scorer to its figures; a challenger's agreement with the champion too. Empty without an inference table."""
    path = run.folder / INFERENCE
    if not path.is_file():
        return {}
    roles = {scorer["name"]: scorer["role"] for scorer in run.closing["scorers"]}
    table = pq.read_table(path, columns=["symbol", "alpha_score", *(f"{name}.score" for name in roles)])
    symbols = np.array(table["symbol"].to_pylist(), dtype=str)
    champion, winners = _numbers(table["alpha_score"]), int(run.receipt["winners"])
    found: dict[str, dict[str, Any]] = {}
    for name, role in roles.items():
        scores = _numbers(table[f"{name}.score"])
        found[name] = conviction_figures(scores)
        if role != "champion":
            shared = overlap(champion, scores, symbols, winners) / winners if winners else math.nan
            agreement = {"rank_correlation": rank_correlation(champion, scores), "overlap_at_winners": shared}
            found[name] |= plain(agreement)
    return found


def conviction_figures(scores: np.ndarray) -> dict[str, Any]:
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


def _numbers(column: Any) -> np.ndarray:
    return np.asarray(column.to_numpy(), dtype=float)
