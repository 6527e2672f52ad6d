"""The scorers on the run page: agreement on small tables, ranks and overlaps against a run's inference table."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.recording.page.scorer_table import agreement_data
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts

SYMBOLS = np.array([f"s{number:02}" for number in range(30)])


def test_overlap_is_counted_for_sizes_up_to_the_pool_and_for_as_many_as_won() -> None:
    champion = -np.arange(30.0)
    challenger = -np.roll(np.arange(30.0), 5)  # its best ten are s05 to s14, its best three s05 to s07
    found = agreement_data(champion, challenger, SYMBOLS, 3)
    assert found["overlap"] == [[3, 0], [10, 5], [25, 20]]
    assert found["rank_correlation"] == pytest.approx(1 - 6 * (25 * 5**2 + 5 * 25**2) / (30 * (30**2 - 1)), rel=1e-14)


def test_a_challenger_that_knows_nothing_has_no_correlation() -> None:
    unknown = np.full(30, math.nan)
    found = agreement_data(-np.arange(30.0), unknown, SYMBOLS, 0)
    assert found == {"rank_correlation": None, "overlap": [[10, 0], [25, 0]]}


def best(scores: pd.Series, count: int) -> set[str]:
    """The names of the best, ties by name."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return {name for name, _ in ordered[:count]}


def test_ranks_and_overlaps_are_those_of_the_scores(sample_run: SampleRun) -> None:
    data = page_parts((sample_run.folder / "report.html").read_text("utf-8"))[0]
    scores = pd.read_parquet(sample_run.folder / "inference.parquet").set_index("symbol")
    names = data["assets"]["symbol"]
    champion, challenger = data["scorers"]
    assert (champion["role"], challenger["role"]) == ("champion", "challenger")
    for scorer in data["scorers"]:
        own = scores[f"{scorer['name']}.score"]
        ordered = sorted(own.items(), key=lambda item: (-item[1], item[0]))
        places = {name: place for place, (name, _) in enumerate(ordered, start=1)}
        assert scorer["rank"] == [places[name] for name in names]
    assert "overlap" not in champion
    sizes = [size for size, _ in challenger["overlap"]]
    assert sizes == sorted({10, 25, 50, 100, len(data["winners"])})
    for size, shared in challenger["overlap"]:
        both = best(scores["alpha_score"], size) & best(scores["rank_average.score"], size)
        assert shared == len(both) < size
    table = pd.read_parquet(sample_run.folder / "challengers.parquet")
    own = table[table["winner"]].sort_values("rank")["symbol"].tolist()
    assert [names[place] for place in challenger["chosen"]] == own
    ledger = json.loads((sample_run.folder / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    recorded = next(scorer for scorer in ledger["scorers"] if scorer["name"] == challenger["name"])
    assert (challenger["rung"], challenger["jaccard"]) == (
        recorded["metrics"]["rung"],
        recorded["metrics"]["winners_jaccard"],
    )
    assert [names[place] for place in challenger["differs"]] == [each["asset"] for each in recorded["differs"]]
