"""Each figure of a run, worked out again from its frames in another way."""

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy

from support.market import candidates, longest, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.lineage.record.figures import Figures, run_figures

RUNS = {"the default": selection, "all four rungs": longest}


def figures(run: Selection) -> Figures:
    return run_figures(run.context)


@pytest.fixture(params=RUNS, scope="module")
def run(request: pytest.FixtureRequest) -> Selection:
    return RUNS[request.param]()


def of_prefix(run: Selection, prefix: str) -> dict[str, float]:
    return {name.removeprefix(prefix): value for name, value in figures(run).values.items() if name.startswith(prefix)}


def test_the_pool_is_counted(run: Selection) -> None:
    found, outcomes = figures(run).values, Counter(run.context.standings["outcome"])
    eligible = set(run.decisions["symbol"]) - set(run.decisions.loc[~run.decisions["passed"], "symbol"])
    assert found["pool"] == outcomes.total()
    assert found["sound"] == outcomes.total() - len(hard_vetoed(run))
    assert found["eligible"] == len(eligible)
    assert found["winners"] == outcomes["winner"] == len(run.winners)


def hard_vetoed(run: Selection) -> set[str]:
    hard = run.decisions[run.decisions["kind"] == "hard"]
    return set(hard.loc[~hard["passed"], "symbol"])


def test_clusters_are_measured_by_their_sizes(run: Selection) -> None:
    found = figures(run).values
    sizes = sorted(Counter(run.context.clusters["cluster"]).values())
    assert sizes[0] < sizes[-1]
    assert found["clusters"] == len(sizes)
    assert found["cluster_density"] == pytest.approx(sum(sizes) / len(sizes))
    assert found["cluster_largest_share"] == pytest.approx(sizes[-1] / sum(sizes))
    assert found["cluster_effective_number"] == pytest.approx(math.exp(entropy(sizes)))


def test_conviction_is_averaged_over_winners_and_over_the_pool(run: Selection) -> None:
    found = figures(run).values
    assert found["average_conviction_winners"] == pytest.approx(np.mean([each["alpha_score"] for each in run.winners]))
    assert found["average_conviction_pool"] == pytest.approx(np.nanmean(run.conviction.to_numpy()))


def test_diversity_is_that_of_the_winners_last_200_days(run: Selection) -> None:
    found, recent = figures(run).values, run.context.returns.tail(200)
    names = run.context.winners.index
    matrix = pd.DataFrame(np.eye(len(names)), names, names)
    for one, other in combinations(names, 2):
        both = recent[[one, other]].dropna()
        matrix.loc[one, other] = matrix.loc[other, one] = np.corrcoef(both[one], both[other])[0, 1]
    pairs = [matrix.loc[pair] for pair in combinations(names, 2)]
    assert found["pool_diversity"] == pytest.approx(1 - np.mean(pairs))
    # Correlations over different days need not fit together: an eigenvalue may be negative, and counts as none.
    spectrum = np.linalg.eigvals(matrix).real.clip(min=0)
    assert found["effective_bets"] == pytest.approx(math.exp(entropy(spectrum)))


def test_winners_fall_on_directions_clusters_routes_and_sectors(run: Selection) -> None:
    winners = run.context.winners
    assert of_prefix(run, "winners_direction.") == Counter(winners["direction"])
    assert of_prefix(run, "winners_cluster.") == {str(k): n for k, n in Counter(winners["cluster"]).items()}
    assert of_prefix(run, "winners_route.") == Counter(winners["route"])
    sectors = run.context.raw_pool["sector"]
    assert of_prefix(run, "winners_sector.") == Counter(sectors[name] or "unknown" for name in winners.index)


def test_vetoes_count_the_assets_that_each_gate_stops(run: Selection) -> None:
    failed = Counter(row.gate for row in run.decisions.itertuples() if not row.passed)
    assert of_prefix(run, "vetoes.") == {gate: failed[gate] for gate in run.settings.active_gates}
    assert sum(failed.values()) > 0


def test_what_too_few_winners_leave_open_is_nan_and_says_why() -> None:
    index = pd.date_range("2025-01-01", periods=200)
    still = pd.DataFrame(0.0, index=index, columns=[f"A{number}" for number in range(20)])
    found = figures(select(still, candidates(still.columns)))
    of_winners = {"average_conviction_winners", "pool_diversity", "effective_bets"}
    assert {name for name, value in found.values.items() if math.isnan(value)} == of_winners
    assert set(found.notes) == of_winners
    assert set(found.notes.values()) == {"fewer than two winners"}


def test_two_winners_are_enough() -> None:
    two = selection().context.winners.index[:2]
    run = select(selection().context.returns[two], candidates(two))
    assert len(run.winners) == 2
    correlation = run.context.returns[two].tail(200).corr().iloc[0, 1]
    assert figures(run).values["pool_diversity"] == pytest.approx(1 - correlation)
    assert figures(run).notes == {}
