"""How far two scorers agree: ranks, rank correlation, and how many of the best both name."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tradingview_scraper.pipelines.selection.lineage.record.agreement import (
    conviction_figures,
    jaccard,
    most_different,
    overlap,
    rank_correlation,
    ranks,
    scorer_figures,
)
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.schemas.run_files import INFERENCE

SYMBOLS = np.array(["a", "b", "c", "d", "e"])
SCORES = arrays(float, 12, elements=st.sampled_from([-math.inf, -1.0, 0.0, 0.5, 2.0, math.nan]))


def test_ranks_go_by_score_then_symbol_and_unknown_scores_come_last() -> None:
    scores = np.array([2.0, math.nan, 5.0, 2.0, -math.inf])
    assert ranks(scores, SYMBOLS).tolist() == [2, 5, 1, 3, 4]
    assert ranks(scores[::-1], SYMBOLS[::-1]).tolist() == [4, 3, 1, 5, 2]


def test_overlap_counts_what_is_among_the_best_of_both() -> None:
    first, second = np.array([5.0, 4.0, 3.0, 2.0, 1.0]), np.array([1.0, 5.0, 4.0, 2.0, 3.0])
    # The best two are {a, b} and {b, c}, the best three {a, b, c} and {b, c, e}.
    assert [overlap(first, second, SYMBOLS, size) for size in range(6)] == [0, 0, 1, 2, 3, 5]


def test_an_unknown_score_is_never_among_the_best() -> None:
    scores = np.array([1.0, math.nan, math.nan, math.nan, 2.0])
    assert [overlap(scores, scores, SYMBOLS, size) for size in (1, 2, 5)] == [1, 2, 2]


def test_rank_correlation_by_hand() -> None:
    # Differences of the ranks: 0, 1, 1, 0, 0; 1 - 6 * 2 / (5 * 24) = 0.9.
    assert rank_correlation(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 3.0, 2.0, 40.0, 500.0])) == 0.9
    # Ties have their mean rank: 1, 2.5, 2.5, 4 against 1, 2, 3, 4 is 4.5 / sqrt(4.5 * 5).
    tied = rank_correlation(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert tied == pytest.approx(4.5 / math.sqrt(4.5 * 5.0), abs=1e-9)


def test_rank_correlation_leaves_out_what_one_scorer_does_not_know() -> None:
    first, second = np.array([1.0, 2.0, 3.0, math.nan]), np.array([3.0, 2.0, 1.0, 9.0])
    assert rank_correlation(first, second) == rank_correlation(second, first) == -1.0


def test_two_assets_can_be_ranked_and_one_cannot() -> None:
    pair = np.array([1.0, 2.0])
    assert (rank_correlation(pair, pair), rank_correlation(pair, -pair)) == (1.0, -1.0)
    assert math.isnan(rank_correlation(np.ones(2), pair))
    assert math.isnan(rank_correlation(pair[:1], pair[:1]))


def test_overlap_of_lists_by_hand() -> None:
    assert jaccard(3, 4, 2) == 2 / 5
    assert (jaccard(0, 4, 0), jaccard(3, 3, 3)) == (0.0, 1.0)
    assert math.isnan(jaccard(0, 0, 0))


def test_the_most_different_are_named_by_distance_then_by_name() -> None:
    first, second = np.array([1, 2, 3, 4, 5]), np.array([4, 2, 1, 3, 5])
    assert most_different(first, second, SYMBOLS, 2) == [0, 2]
    # b and e have equal ranks, and are never named.
    assert most_different(first, second, SYMBOLS, 9) == [0, 2, 3]
    assert most_different(np.array([1, 2]), np.array([2, 1]), np.array(["Z", "A"]), 1) == [1]


def recorded(folder: Path, champion: list[float], challenger: list[float], winners: int) -> RunRecord:
    """A run of five assets that two scorers have scored."""
    table = {"symbol": list(SYMBOLS), "alpha_score": champion, "own.score": champion, "other.score": challenger}
    pq.write_table(pa.table(table), folder / INFERENCE)
    roles = [{"name": "own", "role": "champion"}, {"name": "other", "role": "challenger"}]
    run = SimpleNamespace(folder=folder, closing={"scorers": roles}, receipt={"winners": winners})
    return cast("RunRecord", run)


def test_the_scorers_of_a_run_by_hand(tmp_path: Path) -> None:
    """The best three are {a, b, c} and {b, c, e}."""
    champion, challenger = [5.0, 4.0, 3.0, 2.0, 1.0], [1.0, 5.0, 4.0, 2.0, 3.0]
    run = recorded(tmp_path, champion, challenger, 3)
    convictions = {"conviction_mean": 3.0, "conviction_lowest": 1.0, "conviction_highest": 5.0}
    both = {"assets": 5, "unknown": 0, **convictions}
    # Differences of the ranks: 4, 1, 1, 0, 2; 1 - 6 * 22 / 120 = -0.1.
    assert scorer_figures(run) == {
        "own": both,
        "other": {**both, "rank_correlation": -0.1, "overlap_at_winners": 2 / 3},
    }
    nobody = recorded(tmp_path, champion, [math.nan] * 5, 0)
    unknown = scorer_figures(nobody)["other"]
    assert (unknown["assets"], unknown["unknown"]) == (5, 5)
    assert (unknown["rank_correlation"]["null"], unknown["overlap_at_winners"]["null"]) == ("nan", "nan")
    (tmp_path / INFERENCE).unlink()
    assert scorer_figures(run) == {}


@pytest.mark.parametrize("second", [[1.0, 1.0, 1.0], [1.0, math.nan, math.nan], [math.nan] * 3])
def test_rank_correlation_is_unknown_where_nothing_can_be_ranked(second: list[float]) -> None:
    assert math.isnan(rank_correlation(np.array([1.0, 2.0, 3.0]), np.array(second)))


@given(SCORES, SCORES)
def test_agreement_is_symmetric_and_within_its_bounds(first: np.ndarray, second: np.ndarray) -> None:
    symbols = np.array([f"s{number:02}" for number in range(12)])
    correlation = rank_correlation(first, second)
    np.testing.assert_equal(correlation, rank_correlation(second, first))
    assert math.isnan(correlation) or -1.0 <= correlation <= 1.0
    for size in (1, 5, 12):
        both = overlap(first, second, symbols, size)
        assert both == overlap(second, first, symbols, size) <= size


def test_conviction_figures_count_what_is_unknown() -> None:
    assert conviction_figures(np.array([1.0, 2.0, 6.0, math.nan])) == {
        "assets": 4,
        "unknown": 1,
        "conviction_mean": 3.0,
        "conviction_lowest": 1.0,
        "conviction_highest": 6.0,
    }
    assert conviction_figures(np.array([math.inf, -2.0, 4.0])) == {
        "assets": 3,
        "unknown": 1,
        "conviction_mean": 1.0,
        "conviction_lowest": -2.0,
        "conviction_highest": 4.0,
    }
    assert conviction_figures(np.array([math.nan])) == {"assets": 1, "unknown": 1}
