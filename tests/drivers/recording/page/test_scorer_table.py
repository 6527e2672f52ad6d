"""The scorers on the run page: ranks and overlaps against the run's inference table."""

import pandas as pd

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts


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
