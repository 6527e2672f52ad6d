"""How a challenger agrees with the champion, from the run's inference table, by sets and by SciPy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.record.agreement import scorer_figures
from tradingview_scraper.pipelines.selection.lineage.record.run_record import read_run


@pytest.fixture(scope="module")
def scores(sample_run: SampleRun) -> pd.DataFrame:
    return pd.read_parquet(sample_run.folder / "inference.parquet").set_index("symbol")


def best(scores: pd.Series, count: int) -> set[str]:
    """The names of the best, ties by name."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return {name for name, _ in ordered[:count]}


def test_each_scorer_is_described_by_its_own_scores(sample_run: SampleRun, scores: pd.DataFrame) -> None:
    found = scorer_figures(read_run(sample_run.folder))
    assert list(found) == ["log_mps", "rank_average"]
    for name, figures in found.items():
        known = scores[f"{name}.score"].dropna()
        assert figures["assets"] == len(scores)
        assert figures["unknown"] == len(scores) - len(known)
        assert figures["conviction_mean"] == pytest.approx(known.mean())
        assert (figures["conviction_lowest"], figures["conviction_highest"]) == (known.min(), known.max())


def test_a_challenger_is_compared_with_the_champion(sample_run: SampleRun, scores: pd.DataFrame) -> None:
    run = read_run(sample_run.folder)
    found = scorer_figures(run)
    champion, challenger, winners = scores["alpha_score"], scores["rank_average.score"], run.receipt["winners"]
    shared = best(champion, winners) & best(challenger, winners)
    assert 0 < len(shared) < winners
    assert found["rank_average"]["overlap_at_winners"] == len(shared) / winners
    assert found["rank_average"]["rank_correlation"] == pytest.approx(spearmanr(champion, challenger)[0], abs=1e-8)
    assert not {"overlap_at_winners", "rank_correlation"} & found["log_mps"].keys()
    assert np.isfinite(champion).all()
